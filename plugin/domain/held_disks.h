/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The disks of the domains that there are, running or not, found out anew by
 * whoever is about to write to a file or to give a disk to a domain.  They are
 * compared by device and inode, never by name.
 *
 * Not seen is what a driver domain serves, and what another host does to
 * storage that both can reach.
 */
#ifndef DOMAIN_HELD_DISKS_H
#define DOMAIN_HELD_DISKS_H

#include <stddef.h>
#include <stdint.h>

#include <xenctrl.h>

#include "domain/disk_parts.h"
#include "util/error.h"
#include "xen/store.h"

struct held_disk {
    uint32_t domid;
    char *domain;    /* its name */
    char *dev;       /* "xvda"; NULL: something else that its QEMU has open */
    struct disk_parts parts;
};

struct held_disks {
    struct held_disk *items;
    size_t count;
};

/* Where to look; NULL: /sys, /proc. */
struct held_roots {
    const char *sys;
    const char *proc;
};

/* *out is to be freed.  roots: NULL: the usual ones. */
int held_disks_find(xc_interface *xch, struct store *store,
                    const struct held_roots *roots, struct held_disks *out,
                    struct xr_error *err);

/* That domain will have gone: what it holds does not count. */
void held_disks_leave_out(struct held_disks *held, uint32_t domid);

/* The first that clashes with that one; NULL: none. */
const struct held_disk *held_disks_clash(const struct held_disks *held,
                                         const struct disk_parts *disk);

/* The first that writing to this would hit; NULL: none. */
const struct held_disk *held_disks_hit_by(const struct held_disks *held,
                                          const struct layers *target);

/* "xvda of web (domain 7)". */
enum { HELD_TEXT_ROOM = 160 };
void held_disk_describe(const struct held_disk *disk,
                        char out[HELD_TEXT_ROOM]);

void held_disks_free(struct held_disks *held);

#define CLEANUP_HELD_DISKS __attribute__((cleanup(held_disks_free)))

#endif
