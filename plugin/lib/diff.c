/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/diff.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *value(const struct keypair *pair)
{
    return pair ? pair->value : NULL;
}

static bool equal(const struct keypair *a, const struct keypair *b)
{
    return a && b && a->value_length == b->value_length
           && !memcmp(a->value, b->value, a->value_length);
}

/* Grows at every power of two. */
static int add(struct differences *d, const struct keypair *a,
               const struct keypair *b)
{
    struct difference *items;

    if (equal(a, b))
        return 0;
    if (!(d->count & (d->count - 1))) {
        items = reallocarray(d->items, d->count ? 2 * d->count : 1,
                             sizeof(*items));
        if (!items)
            return -ENOMEM;
        d->items = items;
    }
    d->items[d->count++] = (struct difference){
        .key = a ? a->key : b->key,
        .a = value(a),
        .b = value(b),
    };
    return 0;
}

static int compare(const struct keylist *a, const struct keylist *b,
                   struct differences *out)
{
    size_t i;
    int r = 0;

    for (i = 0; !r && i < a->count; i++)
        r = add(out, &a->pairs[i], keylist_find(b, a->pairs[i].key));
    for (i = 0; !r && i < b->count; i++)
        if (!keylist_find(a, b->pairs[i].key))
            r = add(out, NULL, &b->pairs[i]);
    return r;
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

static int compare_pages(const struct image_state *a,
                         const struct image_state *b, struct image_diff *out)
{
    uint64_t most = a->page_count > b->page_count ? a->page_count
                                                  : b->page_count, i;
    int r = 0;

    for (i = 0; !r && i < most; i++)
        if (i >= a->page_count || i >= b->page_count
            || a->pages[i] != b->pages[i])
            r = add_page(out, i);
    return r;
}

int image_diff(const struct image_state *a, const struct image_state *b,
               struct image_diff *out, struct xr_error *err)
{
    int r;

    *out = (struct image_diff){ .same = false };
    r = compare(&a->config, &b->config, &out->config);
    if (!r)
        r = compare(&a->metadata, &b->metadata, &out->metadata);
    if (!r)
        r = compare(&a->records, &b->records, &out->records);
    if (!r)
        r = compare_pages(a, b, out);
    if (r) {
        image_diff_free(out);
        return error_set(err, ENOMEM, "out of memory");
    }
    out->same = !out->config.count && !out->metadata.count
                && !out->records.count && !out->pages_changed;
    return 0;
}

void image_diff_free(struct image_diff *diff)
{
    int saved = errno;

    free(diff->config.items);
    free(diff->metadata.items);
    free(diff->records.items);
    free(diff->ranges);
    *diff = (struct image_diff){ .same = false };
    errno = saved;
}
