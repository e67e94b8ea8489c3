/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "xen/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenstore.h>

#include "util/cleanup.h"
#include "util/number.h"

enum {
    PATH_ROOM = 256,
    /* A transaction that loses against another one is tried again. */
    TRANSACTION_TRIES = 16,
};

struct store {
    struct xs_handle *xs;
};

struct store *store_open(void)
{
    struct store *store = malloc(sizeof(*store));

    if (!store)
        return NULL;
    store->xs = xs_open(0);
    if (!store->xs) {
        free(store);
        return NULL;
    }
    return store;
}

void store_close(struct store *store)
{
    int saved = errno;

    if (store) {
        xs_close(store->xs);
        free(store);
    }
    errno = saved;
}

/* /local/domain/DOMID/NODE; false if it is too long to be a path. */
static bool domain_path(char *path, uint32_t domid, const char *node)
{
    int n = snprintf(path, PATH_ROOM, "/local/domain/%u/%s", domid, node);

    if (n > 0 && n < PATH_ROOM)
        return true;
    errno = ENAMETOOLONG;
    return false;
}

char *store_read(struct store *store, const char *path)
{
    CLEANUP_FREE char *value = NULL;
    unsigned int length = 0;

    value = xs_read(store->xs, XBT_NULL, path, &length);
    if (!value)
        return NULL;
    /* libxenstore puts a NUL behind the value. */
    if (strnlen(value, length) != length) {
        errno = EBADMSG;
        return NULL;
    }
    return STEAL(value);
}

char *store_read_domain(struct store *store, uint32_t domid,
                        const char *node)
{
    char path[PATH_ROOM];

    return domain_path(path, domid, node) ? store_read(store, path) : NULL;
}

char **store_list(struct store *store, const char *path, size_t *count_out)
{
    unsigned int count = 0;
    char **names = xs_directory(store->xs, XBT_NULL, path, &count);

    if (names)
        *count_out = count;
    return names;
}

char **store_list_domain(struct store *store, uint32_t domid,
                         const char *node, size_t *count_out)
{
    char path[PATH_ROOM];

    return domain_path(path, domid, node)
           ? store_list(store, path, count_out) : NULL;
}

int store_watch_domain(struct store *store, uint32_t domid, const char *node,
                       struct xr_error *err)
{
    char path[PATH_ROOM];

    if (!domain_path(path, domid, node) || !xs_watch(store->xs, path, node))
        return error_system(err, errno ? errno : EIO, "cannot watch %s",
                            node);
    return 0;
}

bool store_watch_fired(struct store *store)
{
    CLEANUP_FREE char **event = xs_check_watch(store->xs);

    return event;
}

static bool parse_domid(const char *text, uint32_t *out)
{
    uint64_t value;

    /* A number as xl prints it; 0x10 is a name. */
    if (!strncmp(text, "0x", 2) || !number_parse(text, &value)
        || value > 0x7fff)
        return false;
    *out = (uint32_t)value;
    return true;
}

int store_find_domain(struct store *store, const char *name,
                      uint32_t *domid_out, struct xr_error *err)
{
    CLEANUP_FREE char **domids = NULL;
    unsigned int count = 0, i;
    int failure = 0;
    uint32_t domid;

    if (parse_domid(name, domid_out))
        return 0;
    domids = xs_directory(store->xs, XBT_NULL, "/local/domain", &count);
    if (!domids)
        return error_system(err, errno, "cannot list the domains");
    for (i = 0; i < count; i++) {
        CLEANUP_FREE char *found = NULL;

        if (!parse_domid(domids[i], &domid))
            continue;
        found = store_read_domain(store, domid, "name");
        if (found && !strcmp(found, name)) {
            *domid_out = domid;
            return 0;
        }
        if (!found && errno != ENOENT)
            failure = errno;
    }
    if (failure)
        return error_system(err, failure, "cannot read the names of all "
                            "domains");
    return error_set(err, ENOENT, "there is no domain with that name");
}

static bool write_all(struct store *store, xs_transaction_t t,
                      uint32_t domid, const struct store_node *nodes,
                      size_t count)
{
    char path[PATH_ROOM];
    size_t i;

    for (i = 0; i < count; i++)
        if (!domain_path(path, domid, nodes[i].name)
            || !xs_write(store->xs, t, path, nodes[i].value,
                         (unsigned int)strlen(nodes[i].value)))
            return false;
    return true;
}

static bool is_met(struct store *store, xs_transaction_t t, uint32_t domid,
                   const struct store_node *condition)
{
    CLEANUP_FREE char *value = NULL;
    char path[PATH_ROOM];
    unsigned int length;

    if (!condition)
        return true;
    if (!domain_path(path, domid, condition->name))
        return false;
    value = xs_read(store->xs, t, path, &length);
    if (!value && errno != ENOENT)
        return false;
    errno = ESTALE;
    return value && !strcmp(value, condition->value);
}

int store_write_domain(struct store *store, uint32_t domid,
                       const struct store_node *nodes, size_t count,
                       struct xr_error *err)
{
    return store_write_domain_if(store, domid, NULL, nodes, count, err);
}

int store_write_domain_if(struct store *store, uint32_t domid,
                          const struct store_node *condition,
                          const struct store_node *nodes, size_t count,
                          struct xr_error *err)
{
    int tries, saved;

    for (tries = 0; tries < TRANSACTION_TRIES; tries++) {
        xs_transaction_t t = xs_transaction_start(store->xs);

        if (t == XBT_NULL)
            break;
        if (!is_met(store, t, domid, condition)
            || !write_all(store, t, domid, nodes, count)) {
            saved = errno;
            xs_transaction_end(store->xs, t, true);
            errno = saved;
            break;
        }
        if (xs_transaction_end(store->xs, t, false))
            return 0;
        if (errno != EAGAIN)
            break;
    }
    return error_system(err, errno ? errno : EIO,
                        "cannot write to xenstore");
}

int store_open_to_guest(struct store *store, uint32_t domid,
                        const char *node, struct xr_error *err)
{
    struct xs_permissions owner = { .id = domid, .perms = XS_PERM_NONE };
    char path[PATH_ROOM];

    if (!domain_path(path, domid, node)
        || !xs_mkdir(store->xs, XBT_NULL, path)
        || !xs_set_permissions(store->xs, XBT_NULL, path, &owner, 1))
        return error_system(err, errno ? errno : EIO,
                            "cannot let the guest write to %s", node);
    return 0;
}
