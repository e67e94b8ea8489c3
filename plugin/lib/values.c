/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The nodes stand in one array and in an AA tree by indices (Andersson, 1993:
 * a red-black tree whose red nodes are right children only).  Node 0 is the
 * values' root and the tree's nil: its level is 0, and it is in no order.
 */
#include "config.h"

#include "lib/values.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format/keylist.h"
#include "util/number.h"

enum {
    WAY_MAX = 64,      /* down the tree: two levels per bit of a count */
    DEPTH_MAX = 256,   /* of a path: lib/flatten.c makes no deeper ones */
    CAPACITY_FIRST = 64,
};

/* What a node is looked for by. */
struct wanted {
    uint32_t parent;
    enum value_kind kind;
    const char *name;      /* of a member: NULL */
    uint32_t length;       /* of a member: its number */
};

static const char *name_of(const struct values *v,
                           const struct value_node *node)
{
    return v->bytes.data + node->name;
}

static int compare_numbers(uint32_t a, uint32_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_wanted(const struct values *v, const struct wanted *w,
                          const struct value_node *node)
{
    int r = compare_numbers(w->parent, node->parent);

    if (!r)
        r = compare_numbers(w->kind, node->kind);
    if (r)
        return r;
    if (w->kind == VALUE_MEMBER)
        return compare_numbers(w->length, node->name);
    r = compare_numbers(w->length, node->name_length);
    return r ? r : memcmp(w->name, name_of(v, node), w->length);
}

static uint32_t find_wanted(const struct values *v, const struct wanted *w)
{
    uint32_t at = v->top;
    int r;

    while (at) {
        r = compare_wanted(v, w, &v->nodes[at]);
        if (!r)
            return at;
        at = r < 0 ? v->nodes[at].left : v->nodes[at].right;
    }
    return 0;
}

/* No left child of the same level. */
static uint32_t skew_node(struct value_node *nodes, uint32_t at)
{
    uint32_t left = nodes[at].left;

    if (nodes[left].level != nodes[at].level)
        return at;
    nodes[at].left = nodes[left].right;
    nodes[left].right = at;
    return left;
}

/* No two right children of the same level, one behind the other. */
static uint32_t split_node(struct value_node *nodes, uint32_t at)
{
    uint32_t right = nodes[at].right;

    if (nodes[nodes[right].right].level != nodes[at].level)
        return at;
    nodes[at].right = nodes[right].left;
    nodes[right].left = at;
    nodes[right].level++;
    return right;
}

/* A node that is not in the tree yet. */
static void insert_node(struct values *v, const struct wanted *w,
                        uint32_t node)
{
    struct value_node *nodes = v->nodes;
    uint32_t way[WAY_MAX], at = v->top;
    bool left[WAY_MAX];
    unsigned int depth = 0;

    while (at && depth < WAY_MAX) {
        way[depth] = at;
        left[depth] = compare_wanted(v, w, &nodes[at]) < 0;
        at = left[depth++] ? nodes[at].left : nodes[at].right;
    }
    at = node;
    while (depth--) {
        *(left[depth] ? &nodes[way[depth]].left
                      : &nodes[way[depth]].right) = at;
        at = split_node(nodes, skew_node(nodes, way[depth]));
    }
    v->top = at;
}

static bool is_full(const struct values *v, size_t n)
{
    size_t used = v->bytes.length + v->count * sizeof(*v->nodes);

    return used > VALUES_BYTES_MAX || n > VALUES_BYTES_MAX - used;
}

/* Room for one more node, and the root. */
static int reserve_node(struct values *v)
{
    uint32_t capacity = v->capacity ? 2 * v->capacity : CAPACITY_FIRST;
    struct value_node *nodes;

    if (v->count < v->capacity)
        return 0;
    nodes = reallocarray(v->nodes, capacity, sizeof(*nodes));
    if (!nodes)
        return -ENOMEM;
    v->nodes = nodes;
    v->capacity = capacity;
    if (!v->count)
        v->nodes[v->count++] = (struct value_node){ .kind = VALUE_NAME };
    return 0;
}

static int find_or_make(struct values *v, const struct wanted *w,
                        uint32_t name, uint32_t *out)
{
    uint32_t node = find_wanted(v, w);
    int r;

    if (!node) {
        if (is_full(v, sizeof(*v->nodes)))
            return -E2BIG;
        r = reserve_node(v);
        if (r)
            return r;
        node = v->count++;
        v->nodes[node] = (struct value_node){
            .parent = w->parent,
            .kind = (uint8_t)w->kind,
            .name = name,
            .name_length = w->name ? w->length : 0,
            .level = 1,
        };
        insert_node(v, w, node);
    }
    *out = node;
    return 0;
}

static void append_name(struct buffer *out, const char *name, size_t n)
{
    size_t valid = 0;

    while (n) {
        while (valid < n && keylist_key_valid(name + valid, 1))
            valid++;
        buffer_append(out, valid ? name : "?", valid ? valid : 1);
        name += valid ? valid : 1;
        n -= valid ? valid : 1;
        valid = 0;
    }
}

/* The name is appended first, to be compared as it is kept. */
int values_name(struct values *v, uint32_t parent, enum value_kind kind,
                const char *name, size_t n, uint32_t *out)
{
    size_t start = v->bytes.length;
    uint32_t count = v->count;
    struct wanted wanted = { parent, kind, NULL, 0 };
    int r;

    if (!n) {
        name = "?";
        n = 1;
    }
    if (is_full(v, n))
        return -E2BIG;
    append_name(&v->bytes, name, n);
    if (buffer_failed(&v->bytes))
        return -ENOMEM;
    wanted.name = v->bytes.data + start;
    wanted.length = (uint32_t)n;
    r = find_or_make(v, &wanted, (uint32_t)start, out);
    if (r || count == v->count)
        v->bytes.length = start;
    return r;
}

int values_member(struct values *v, uint32_t parent, uint32_t number,
                  uint32_t *out)
{
    const struct wanted wanted = { parent, VALUE_MEMBER, NULL, number };

    return find_or_make(v, &wanted, number, out);
}

int values_set(struct values *v, uint32_t node, const char *value, size_t n)
{
    size_t start = v->bytes.length;
    int r = is_full(v, n + 1) ? -E2BIG : reserve_node(v);

    if (r)
        return r;
    if (n)
        buffer_append(&v->bytes, value, n);
    buffer_append(&v->bytes, "", 1);
    if (buffer_failed(&v->bytes))
        return -ENOMEM;
    v->nodes[node].value = (uint32_t)start;
    v->nodes[node].value_length = (uint32_t)n;
    v->nodes[node].type = VALUE_TEXT;
    v->nodes[node].has_value = true;
    return 0;
}

int values_set_named(struct values *v, const char *name, const char *value,
                     size_t n)
{
    uint32_t node;
    int r = values_name(v, 0, VALUE_NAME, name, strlen(name), &node);

    return r ? r : values_set(v, node, value, n);
}

/* "[12]": behind it, or NULL. */
static const char *find_member(const struct values *v, const char *path,
                               struct wanted *w, uint32_t *out)
{
    char *end;

    w->kind = VALUE_MEMBER;
    w->name = NULL;
    w->length = (uint32_t)strtoul(path + 1, &end, 10);
    *out = find_wanted(v, w);
    return *out && *end == ']' ? end + 1 : NULL;
}

/* A name of libxl's may have dots in it: the shortest that leads on counts. */
uint32_t values_find_below(const struct values *v, uint32_t above,
                           const char *path)
{
    const char stops[] = { '@', '[', v->separator, '\0' };
    struct wanted w = { .parent = above };
    uint32_t node = 0, there = 0;

    if (!*path)
        return above;
    if (*path == '[') {
        path = find_member(v, path, &w, &node);
        return path ? values_find_below(v, node, path) : 0;
    }
    w.kind = *path == '@' ? VALUE_ATTRIBUTE : VALUE_NAME;
    path += *path == '@' || (*path == v->separator && above);
    w.name = path;
    while (*path && !there) {
        path += 1 + (v->separator ? strcspn(path + 1, stops)
                                  : strlen(path + 1));
        w.length = (uint32_t)(path - w.name);
        node = find_wanted(v, &w);
        there = node ? values_find_below(v, node, path) : 0;
    }
    return there;
}

uint32_t values_find(const struct values *v, const char *path)
{
    return values_find_below(v, 0, path);
}

const char *value_of(const struct values *v, uint32_t node)
{
    return node < v->count && v->nodes[node].has_value
           ? v->bytes.data + v->nodes[node].value : NULL;
}

const char *values_get(const struct values *v, const char *path)
{
    uint32_t node = values_find(v, path);

    return node ? value_of(v, node) : NULL;
}

bool values_get_number(const struct values *v, const char *path,
                       uint64_t *out)
{
    const char *value = values_get(v, path);

    return value
           && strlen(value) == v->nodes[values_find(v, path)].value_length
           && number_parse(value, out);
}

uint32_t values_counterpart(const struct values *v, uint32_t node,
                            const struct values *other, const uint32_t *map)
{
    const struct value_node *n = &v->nodes[node];
    bool member = n->kind == VALUE_MEMBER;
    const struct wanted wanted = {
        .parent = map[n->parent],
        .kind = n->kind,
        .name = member ? NULL : name_of(v, n),
        .length = member ? n->name : n->name_length,
    };

    return n->parent && !wanted.parent ? 0 : find_wanted(other, &wanted);
}

bool value_is_named(const struct values *v, uint32_t node,
                    enum value_kind kind, const char *name)
{
    const struct value_node *n = &v->nodes[node];

    return node && n->kind == kind && n->name_length == strlen(name)
           && !memcmp(name_of(v, n), name, n->name_length);
}

uint32_t value_parent(const struct values *v, uint32_t node)
{
    do
        node = v->nodes[node].parent;
    while (v->nodes[node].kind == VALUE_MEMBER);
    return node;
}

bool value_is_below(const struct values *v, uint32_t node, uint32_t above)
{
    while (node && node != above)
        node = v->nodes[node].parent;
    return node && node == above;
}

static void append_step(const struct values *v, uint32_t node,
                        struct buffer *out)
{
    const struct value_node *n = &v->nodes[node];

    if (n->kind == VALUE_MEMBER) {
        buffer_printf(out, "[%u]", n->name);
        return;
    }
    if (n->kind == VALUE_ATTRIBUTE)
        buffer_append(out, "@", 1);
    else if (n->parent && v->separator)
        buffer_append(out, &v->separator, 1);
    buffer_append(out, name_of(v, n), n->name_length);
}

void value_path(const struct values *v, uint32_t node, struct buffer *out)
{
    uint32_t way[DEPTH_MAX];
    unsigned int depth = 0;

    if (!node)
        buffer_puts(out, "value");
    for (; node && depth < DEPTH_MAX; node = v->nodes[node].parent)
        way[depth++] = node;
    while (depth--)
        append_step(v, way[depth], out);
}

void values_free(struct values *v)
{
    int saved = errno;

    free(v->nodes);
    buffer_free(&v->bytes);
    *v = (struct values){ .separator = v->separator };
    errno = saved;
}
