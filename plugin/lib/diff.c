/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/diff.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format/pages.h"
#include "util/cleanup.h"

struct comparing {
    const struct values *a, *b;
    uint32_t *in_b;            /* the nodes of a there; 0: none */
    bool *met;                 /* the nodes of b that a has, too */
    struct differences *out;
};

static bool nodes_equal(const struct comparing *c, uint32_t a, uint32_t b)
{
    const struct value_node *x = &c->a->nodes[a], *y = &c->b->nodes[b];

    return x->value_length == y->value_length
           && !memcmp(value_of(c->a, a), value_of(c->b, b), x->value_length);
}

/* Grows at every power of two. */
static int reserve_difference(struct differences *d)
{
    struct difference *items;

    if (d->count & (d->count - 1))
        return 0;
    items = reallocarray(d->items, d->count ? 2 * d->count : 1,
                         sizeof(*items));
    if (!items)
        return -ENOMEM;
    d->items = items;
    return 0;
}

/* The keys move while they grow: they are set when all are there. */
static int add_difference(struct differences *d, const struct values *v,
                          uint32_t node, const char *a, const char *b)
{
    int r;

    d->found++;
    if (d->keys.length >= DIFFERENCES_KEYS_MAX)
        return 0;
    r = reserve_difference(d);
    if (r)
        return r;
    value_path(v, node, &d->keys);
    buffer_append(&d->keys, "", 1);
    if (buffer_failed(&d->keys))
        return -ENOMEM;
    d->items[d->count++] = (struct difference){ .a = a, .b = b };
    return 0;
}

static void set_keys(struct differences *d)
{
    const char *key = d->keys.data;
    size_t i;

    for (i = 0; i < d->count; i++) {
        d->items[i].key = key;
        key += strlen(key) + 1;
    }
}

/* Nodes stand behind those that they are below. */
static int compare_node(struct comparing *c, uint32_t node)
{
    uint32_t there = node ? values_counterpart(c->a, node, c->b, c->in_b) : 0;
    const char *a = value_of(c->a, node), *b = NULL;

    c->in_b[node] = there;
    if (there || !node) {
        c->met[there] = true;
        b = value_of(c->b, there);
    }
    if ((!a && !b) || (a && b && nodes_equal(c, node, there)))
        return 0;
    return add_difference(c->out, c->a, node, a, b);
}

static int compare_nodes(struct comparing *c)
{
    uint32_t i;
    int r = 0;

    for (i = 0; !r && i < c->a->count; i++)
        r = compare_node(c, i);
    for (i = 0; !r && i < c->b->count; i++)
        if (!c->met[i] && value_of(c->b, i))
            r = add_difference(c->out, c->b, i, NULL, value_of(c->b, i));
    set_keys(c->out);
    return r;
}

static int compare_values(const struct values *a, const struct values *b,
                          struct differences *out)
{
    CLEANUP_FREE uint32_t *in_b = calloc((size_t)a->count + 1, sizeof(*in_b));
    CLEANUP_FREE bool *met = calloc((size_t)b->count + 1, sizeof(*met));
    struct comparing c = { a, b, in_b, met, out };

    return in_b && met ? compare_nodes(&c) : -ENOMEM;
}

static int add_page(struct image_diff *d, uint64_t number)
{
    struct page_range *last = d->range_count
        ? &d->ranges[d->range_count - 1] : NULL;

    d->pages_changed++;
    if (d->ranges_found == d->range_count && last
        && last->last + 1 == number) {
        last->last = number;
        return 0;
    }
    d->ranges_found++;
    if (d->range_count == PAGE_RANGES_MAX)
        return 0;
    if (!d->ranges) {
        d->ranges = calloc(PAGE_RANGES_MAX, sizeof(*d->ranges));
        if (!d->ranges)
            return -ENOMEM;
    }
    d->ranges[d->range_count++] = (struct page_range){ number, number };
    return 0;
}

/* What no entry names is not there. */
static uint64_t digest_of(const struct page_state *page)
{
    return !page || page->digest == PAGE_NO_DIGEST ? PAGE_XTAB : page->digest;
}

static uint64_t count_pages_there(const struct page_state *leaf)
{
    uint64_t i, count = 0;

    for (i = 0; leaf && i < PAGE_MAP_LEAF; i++)
        count += digest_of(leaf + i) != PAGE_XTAB;
    return count;
}

/* Those of one leaf of both, which may be NULL. */
static int compare_leaves(const struct page_state *a,
                          const struct page_state *b, uint64_t first,
                          struct image_diff *out)
{
    uint64_t i;
    int r = 0;

    out->pages_total += count_pages_there(a);
    if (a && b && !memcmp(a, b, PAGE_MAP_LEAF * sizeof(*a)))
        return 0;
    for (i = 0; !r && i < PAGE_MAP_LEAF; i++)
        if (digest_of(a ? a + i : NULL) != digest_of(b ? b + i : NULL))
            r = add_page(out, first + i);
    return r;
}

static int compare_pages(const struct image_state *a,
                         const struct image_state *b, struct image_diff *out)
{
    const struct page_state *in_a, *in_b;
    uint64_t first = 0, at_a, at_b;
    int r = 0;

    for (; !r; first += PAGE_MAP_LEAF) {
        at_a = at_b = first;
        in_a = page_map_next(&a->pages, &at_a);
        in_b = page_map_next(&b->pages, &at_b);
        if (!in_a && !in_b)
            break;
        first = in_a && (!in_b || at_a < at_b) ? at_a : at_b;
        r = compare_leaves(in_a && at_a == first ? in_a : NULL,
                           in_b && at_b == first ? in_b : NULL, first, out);
    }
    return r;
}

int image_diff(const struct image_state *a, const struct image_state *b,
               struct image_diff *out, struct xr_error *err)
{
    int r;

    *out = (struct image_diff){ .same = false };
    r = compare_values(&a->config, &b->config, &out->config);
    if (!r)
        r = compare_values(&a->metadata, &b->metadata, &out->metadata);
    if (!r)
        r = compare_values(&a->records, &b->records, &out->records);
    if (!r)
        r = compare_pages(a, b, out);
    if (r) {
        image_diff_free(out);
        return error_set(err, ENOMEM, "out of memory");
    }
    out->same = !out->config.found && !out->metadata.found
                && !out->records.found && !out->pages_changed;
    return 0;
}

static void differences_free(struct differences *d)
{
    free(d->items);
    buffer_free(&d->keys);
}

void image_diff_free(struct image_diff *diff)
{
    int saved = errno;

    differences_free(&diff->config);
    differences_free(&diff->metadata);
    differences_free(&diff->records);
    free(diff->ranges);
    *diff = (struct image_diff){ .same = false };
    errno = saved;
}
