/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * xen-resumable.conf: what the administrator has set (man 5
 * xen-resumable.conf).
 *
 * Nothing in this file can fail: what is wrong with the configuration is
 * reported, a line each, and the rest of it applies.
 */
#ifndef XEN_CONFIGURATION_H
#define XEN_CONFIGURATION_H

#include <stdbool.h>
#include <stddef.h>

#include "verdict/action.h"
#include "verdict/override.h"

enum {
    CONFIG_SIZE_MAX = 256 * 1024,
    CONFIG_PROBLEMS_MAX = 20, /* reported; then only that there are more */
    WATCH_SECONDS = 4,
    WATCH_SECONDS_MAX = 3600,
    LOCK_SECONDS = 10,
    LOCK_SECONDS_MAX = 3600,
};

enum verbosity {
    VERBOSITY_HOLDS,      /* warnings and holds */
    VERBOSITY_OPERATIONS, /* a line for every operation */
    VERBOSITY_DEBUG,
};

enum live {
    LIVE_CHECKPOINTS,
    LIVE_NEVER,
};

enum config_layout {
    CONFIG_FLAT,
    CONFIG_STREAM,
};

/* What a checkpoint does with the guest's disks. */
enum config_disks {
    DISKS_AUTO,    /* keeps those that it can keep, and names the others */
    DISKS_NONE,
    DISKS_REQUIRE, /* is refused unless all that are written are kept */
};

struct config {
    struct policies policies;
    struct overrides overrides;
    bool record;
    enum live live;
    enum config_layout layout;
    enum config_disks disks;
    char *lvm_snapshot_size;   /* as lvcreate takes it; NULL: none is set */
    char *hook_dir;            /* NULL: the default */
    char *checkpoint_dir;      /* NULL: the default */
    unsigned int hook_timeout; /* seconds */
    unsigned int watch;        /* seconds */
    unsigned int lock_timeout; /* seconds */
    enum verbosity verbose;
};

/* "FILE:LINE: what, and what is expected"; not yet safe for a terminal. */
typedef void config_report(const char *problem, void *data);

/* $XR_CONFIG, for trees that are not installed, or the installed place. */
const char *config_path(void);

/*
 * Sets *out to the defaults and to what the file says; that there is no file
 * is no problem.  Free with config_free.
 */
void config_read(const char *path, config_report *report, void *data,
                 struct config *out);

/* config_read for a file's contents; the path is only named. */
void config_parse(const char *path, const char *text, size_t n,
                  config_report *report, void *data, struct config *out);

/*
 * XR_ON_NOT_RESUMABLE and XR_ON_UNKNOWN overrule the file: an administrator
 * sets them for one command, or for a toolstack that is started without ours.
 */
void config_overrule(struct config *config, config_report *report, void *data);

void config_free(struct config *config);

#define CLEANUP_CONFIG __attribute__((cleanup(config_free)))

#endif
