/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What libvirt's daemons on this host have mapped: /proc/PID/maps says it of a
 * process that has run for months, whatever is installed by now.
 */
#ifndef ENGINE_DAEMON_MAPS_H
#define ENGINE_DAEMON_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum {
    DAEMONS_MAX = 4,
    MAPPED_PATH_ROOM = 256,
};

/* A file that a process has mapped; an empty path: it has none. */
struct mapped_file {
    char path[MAPPED_PATH_ROOM]; /* cut off if it is longer */
    bool is_gone;                /* removed, or replaced by a rename, since */
    bool is_known;               /* device and inode are, as stat() has them */
    dev_t device;
    ino_t inode;
};

struct virt_process {
    const char *name;            /* "libvirtd", "virtxend": a constant */
    pid_t pid;
    bool is_readable;            /* or nothing below is known */
    bool has_libxl;              /* it looks after Xen's guests */
    struct mapped_file stub, core;
};

/*
 * The daemons that run as root, or as us: others can call themselves as they
 * like. proc is NULL for /proc.  Returns how many there are, DAEMONS_MAX at
 * most.
 */
size_t daemons_find(const char *proc, struct virt_process out[DAEMONS_MAX]);

/* Is it the file that path leads to now? */
bool mapped_file_is(const struct mapped_file *mapped, const char *path);

#endif
