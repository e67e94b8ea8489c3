/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Named values in a tree, however many there are: a configuration, or what
 * else two images are compared by.  A node is a name below its parent; its
 * path is put together only where somebody wants to read it.
 *
 *   c_info.name         VALUE_NAME below VALUE_NAME
 *   disks[0].vdev       the VALUE_MEMBER 0 of an array lies between
 *   domain@id           VALUE_ATTRIBUTE, of an element of XML
 *
 * Nodes are found in a number of steps that grows with the logarithm of their
 * count, whatever their names are, and take bounded memory.
 */
#ifndef LIB_VALUES_H
#define LIB_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buffer.h"

/*
 * Of nodes, names and values together.  A text of CONTAINER_TEXT_MAX bytes as
 * libxl and libvirt write it takes less than half of it.
 */
enum { VALUES_BYTES_MAX = 32 << 20 };

enum value_kind {
    VALUE_NAME,
    VALUE_ATTRIBUTE,
    VALUE_MEMBER,
};

/* What a value was in JSON; of what has no types, all are VALUE_TEXT. */
enum value_type {
    VALUE_TEXT,
    VALUE_NUMBER,
    VALUE_BOOLEAN,
    VALUE_NULL,
};

/* The node 0 is the root; it has no name, but may have a value. */
struct value_node {
    uint32_t parent;
    uint32_t name;         /* where it begins; a member's number */
    uint32_t name_length;
    uint32_t value;        /* where it begins */
    uint32_t value_length;
    uint32_t elements;     /* of XML, that have this path so far */
    uint32_t left, right;  /* in the order of parent, kind and name; or 0 */
    uint8_t kind;
    uint8_t type;          /* of the value */
    uint8_t level;         /* of an AA tree */
    bool has_value;
};

struct values {
    char separator;        /* between names; 0: they are paths already */
    struct value_node *nodes;
    uint32_t count;
    uint32_t capacity;
    uint32_t top;
    struct buffer bytes;   /* names, and values with a NUL behind each */
};

/*
 * The node of that name or number, which is made if it is not there.  Bytes
 * that no key of a list may have (format/keylist.h), and no name at all,
 * become '?'.  -E2BIG beyond VALUES_BYTES_MAX; -ENOMEM.
 */
int values_name(struct values *v, uint32_t parent, enum value_kind kind,
                const char *name, size_t n, uint32_t *out);
int values_member(struct values *v, uint32_t parent, uint32_t number,
                  uint32_t *out);

/* Copies the value, a text, and takes the place of a former one.  As
   values_name(). */
int values_set(struct values *v, uint32_t node, const char *value, size_t n);

/* A value whose path is its name. */
int values_set_named(struct values *v, const char *name, const char *value,
                     size_t n);

/* The node at a path from the root on, such as "disks[0].vdev"; or 0. */
uint32_t values_find(const struct values *v, const char *path);

/* The same, from a node on. */
uint32_t values_find_below(const struct values *v, uint32_t above,
                           const char *path);

/*
 * The value at a path as a C string, borrowed until the next change; or NULL.
 */
const char *values_get(const struct values *v, const char *path);
bool values_get_number(const struct values *v, const char *path,
                       uint64_t *out);

/* The node's own value; NULL if it has none. */
const char *value_of(const struct values *v, uint32_t node);

/* The node of other's that has the path of this one; 0: none.  map is as long
   as v's nodes, and has the same of all nodes before this one. */
uint32_t values_counterpart(const struct values *v, uint32_t node,
                            const struct values *other, const uint32_t *map);

/* Is the node's own name so?  Members have none. */
bool value_is_named(const struct values *v, uint32_t node,
                    enum value_kind kind, const char *name);

/* The node above it, or above the array that it is a member of. */
uint32_t value_parent(const struct values *v, uint32_t node);
bool value_is_below(const struct values *v, uint32_t node, uint32_t above);

/* Appends the path; the root's is "value". */
void value_path(const struct values *v, uint32_t node, struct buffer *out);

void values_free(struct values *v);

#define CLEANUP_VALUES __attribute__((cleanup(values_free)))

#endif
