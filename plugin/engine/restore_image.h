/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A domain made from an image by the toolstack that wrote it, under the
 * plugin.  It is xl, or libvirt, that goes on to look after the domain: what
 * libxl alone restores, nobody restarts when it reboots.
 */
#ifndef ENGINE_RESTORE_IMAGE_H
#define ENGINE_RESTORE_IMAGE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/events.h"
#include "engine/heir.h"
#include "lib/save_image.h"
#include "util/error.h"

struct restore_order {
    const struct events *events; /* told what the toolstack says */
    const char *path;
    int fd;                     /* as it is, from here, whatever path names by now;
                                 * 0: by the path */
    enum container container;   /* xl's or libvirt's */
    const char *config;         /* in the place of the image's; or NULL */
    uint32_t domid;             /* of xl's, without config; 0: any */
    bool paused;
    int keep;                   /* is open in the toolstack, too; 0: nothing */
    const struct heir *heir;    /* is told of the toolstack; NULL: there is none */
    _Atomic int32_t *end;       /* how that has ended (enum toolstack_end), also if
                                 * this process is killed; NULL: nobody asks */
};

/*
 * Runs under the stub, or what it starts does not: plugin_preload.  Signals of
 * the terminal do not interrupt it.  -EIO if the toolstack failed.  All that it
 * said is told then, and otherwise its warnings alone.
 */
int restore_image(const struct restore_order *order, struct xr_error *err);

#endif
