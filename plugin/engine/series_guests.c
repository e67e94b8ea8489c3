/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whose checkpoints are taken.  Names are taken as they are, and only a number
 * takes a Xen to be understood.
 */
#include "config.h"

#include "engine/series_take.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/cleanup.h"
#include "util/number.h"
#include "xen/connection.h"
#include "xen/domain.h"

/* Takes the name over, also in a failure. */
int series_add_guest(struct series *series, char *name, struct xr_error *err)
{
    struct series_guest *guests = reallocarray(series->guests,
                                               series->count + 1,
                                               sizeof(*guests));

    if (guests)
        series->guests = guests;
    if (!guests || !name) {
        free(name);
        return error_set(err, ENOMEM, "out of memory");
    }
    guests[series->count++] = (struct series_guest){ .name = name };
    return 0;
}

/*
 * 1: it is a guest, whose name (to be freed) is in *name_out; 0: it is none.  A
 * device model in a domain of its own belongs to a guest; what has gone meanwhile,
 * or is just being made, has no name.  Any other failure is one.
 */
static int find_guest(struct store *store, uint32_t domid, char **name_out,
                      struct xr_error *err)
{
    CLEANUP_FREE char *target = store_read_domain(store, domid, "target");

    *name_out = target || errno != ENOENT
                ? NULL : store_read_domain(store, domid, "name");
    if (target || *name_out || errno == ENOENT)
        return *name_out != NULL;
    return error_system(err, errno, "xenstore does not say who domain %"
                        PRIu32 " is", domid);
}

/* A guest whose name cannot be read is one that fails. */
static int add_failed_guest(struct series *series, uint32_t domid,
                            const struct xr_error *why, struct xr_error *err)
{
    char *name;
    int r;

    if (asprintf(&name, "%" PRIu32, domid) < 0)
        name = NULL;
    r = series_add_guest(series, name, err);
    if (!r)
        series->guests[series->count - 1].error = *why;
    return r;
}

static int add_domid(struct series *series, struct store *store,
                     uint32_t domid, struct xr_error *err)
{
    struct xr_error why;
    bool is_number;
    uint64_t number;
    char *name;
    int r = find_guest(store, domid, &name, &why);

    if (r < 0)
        return add_failed_guest(series, domid, &why, err);
    if (!r)
        return 0;
    is_number = number_parse(name, &number);
    r = series_add_guest(series, name, err);
    if (!r && is_number)
        snprintf(series->guests[series->count - 1].number,
                 sizeof(series->guests->number), "%" PRIu32, domid);
    return r;
}

static int add_all(struct series *series, struct xr_error *err)
{
    CLEANUP_CONNECTION struct connection connection = { 0 };
    CLEANUP_FREE struct domain *domains = NULL;
    size_t count = 0, i;
    int r = connection_open(&connection, err);

    if (!r)
        r = domain_list(connection.xch, &domains, &count, err);
    for (i = 0; !r && i < count; i++)
        if (!domains[i].dying)
            r = add_domid(series, connection.store, domains[i].domid, err);
    return r;
}

static int add_number(struct series *series, uint64_t number,
                      struct xr_error *err)
{
    CLEANUP_CONNECTION struct connection connection = { 0 };
    size_t before = series->count;
    int r = connection_open(&connection, err);

    if (!r && number <= UINT32_MAX)
        r = add_domid(series, connection.store, (uint32_t)number, err);
    return r || series->count > before
           ? r : error_set(err, ENOENT, "there is no domain %llu",
                           (unsigned long long)number);
}

int series_find_guests(const struct series_order *order, struct series *out,
                       struct xr_error *err)
{
    char *const *word;
    uint64_t number;
    int r = order->all ? add_all(out, err) : 0;

    for (word = order->domains; !r && !order->all && *word; word++)
        r = number_parse(*word, &number)
            ? add_number(out, number, err)
            : series_add_guest(out, strdup(*word), err);
    return r;
}
