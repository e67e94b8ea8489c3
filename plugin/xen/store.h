/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * xenstore, as far as we need it: a domain's own directory and what libxl
 * says of it.  Values are bounded and NUL-terminated; a value that holds a NUL
 * itself is refused, for no reader of ours could mean it.
 */
#ifndef XEN_STORE_H
#define XEN_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/error.h"

struct store;

/* NULL and errno if xenstored cannot be reached.  Free with store_close. */
struct store *store_open(void);
void store_close(struct store *store);

#define CLEANUP_STORE __attribute__((cleanup(store_cleanup)))
static inline void store_cleanup(struct store **store)
{
    store_close(*store);
}

/* One value, to be freed; NULL and errno (ENOENT: no such node). */
char *store_read(struct store *store, const char *path);

/* The same in a domain's directory: /local/domain/DOMID/NODE. */
char *store_read_domain(struct store *store, uint32_t domid,
                        const char *node);

/* Names of the children of a node; free the array with one free(). */
char **store_list(struct store *store, const char *path, size_t *count_out);

/* The same in a domain's directory. */
char **store_list_domain(struct store *store, uint32_t domid,
                         const char *node, size_t *count_out);

/*
 * From now on changes of a node in the domain's directory are counted, the
 * first one at once.  To see those up to now, read something before.
 */
int store_watch_domain(struct store *store, uint32_t domid, const char *node,
                       struct xr_error *err);

/* One more change?  Does not wait. */
bool store_watch_fired(struct store *store);

/*
 * The domain with this name, or with this number if name is one.  -ENOENT.
 */
int store_find_domain(struct store *store, const char *name,
                      uint32_t *domid_out, struct xr_error *err);

/*
 * Writes all nodes of a batch in one transaction: all or none.  Names are
 * relative to the domain's directory.
 */
struct store_node {
    char *name;
    char *value;
};

int store_write_domain(struct store *store, uint32_t domid,
                       const struct store_node *nodes, size_t count,
                       struct xr_error *err);

/*
 * The same, in that transaction, only if a node has a value.  -ESTALE: it has
 * not.
 */
int store_write_domain_if(struct store *store, uint32_t domid,
                          const struct store_node *condition,
                          const struct store_node *nodes, size_t count,
                          struct xr_error *err);

/*
 * An empty node that belongs to the guest, as libxl makes control/shutdown and
 * control/feature-suspend.  A value that is there already stays.
 */
int store_open_to_guest(struct store *store, uint32_t domid,
                        const char *node, struct xr_error *err);

#endif
