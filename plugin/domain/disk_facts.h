/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * By what a disk is known again, and whether somebody has written to it: its
 * size, of a file the time of its last change, and an id.  A file that was
 * copied together with its time of last change is the same disk; another inode
 * alone says nothing.
 */
#ifndef DOMAIN_DISK_FACTS_H
#define DOMAIN_DISK_FACTS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "util/error.h"

enum { DISK_ID_ROOM = 128 };

struct disk_facts {
    bool is_device;
    uint64_t size;            /* of the file, or of the device */
    struct timespec mtime;    /* of a file; of a device 0 */
    char id[DISK_ID_ROOM];    /* "inode:123", "lvm:UUID" (device-mapper's, with the
                               * group's), or "" where there is none */
};

/* As a time of last change: nobody can tell. */
#define DISK_TIME_UNKNOWN ((struct timespec){ 0, 0 })

/* -ENOENT: there is none.  -EINVAL: neither file nor block device. */
int disk_facts_read(const char *path, struct disk_facts *out,
                    struct xr_error *err);

/*
 * -ETIMEDOUT, too: its server does not answer for so many ms.  Where one is
 * dead, all that it has is not waited for again: *ms is small from then on.
 */
enum { DISK_PATIENCE_MS = 2000 };
int disk_facts_read_within(const char *path, unsigned int *ms,
                           struct disk_facts *out, struct xr_error *err);

enum disk_likeness {
    DISK_SAME,        /* of a file: size and time */
    DISK_NOT_TOLD,    /* a device: it has the size and the id, or there is no id */
    DISK_CHANGED,     /* written to since, of another size, or another one */
};

/*
 * why: a short text of what differs; DISK_CHANGED only.  To be used at once.
 */
enum disk_likeness disk_facts_compare(const struct disk_facts *then,
                                      const struct disk_facts *now,
                                      const char **why);

/* "2026-11-30T06:05:50.123456789Z", always of this length. */
enum { DISK_TIME_SIZE = 31 };
void disk_time_print(const struct timespec *time, char out[DISK_TIME_SIZE]);
bool disk_time_parse(const char *text, struct timespec *out);

#endif
