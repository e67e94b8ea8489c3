/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A restore from within: restore.c asks, restore_change.c changes the
 * configuration, restore_run.c does it.
 */
#ifndef ENGINE_RESTORE_STATE_H
#define ENGINE_RESTORE_STATE_H

#include "engine/restore.h"
#include "lib/domain_config.h"
#include "lib/save_image.h"
#include "xen/configuration.h"
#include "xen/connection.h"
#include "xen/judge.h"

enum { UUID_TEXT = 36 };

struct restore {
    const struct events *events;
    struct restore_options options;
    struct config config;
    char uuid[UUID_TEXT + 1];   /* a new one */

    struct save_image image;
    struct domain_config original; /* what the image says */
    struct domain_config domain;   /* what it is to be: that, or changed */
    struct config_edited edited;   /* text NULL: nothing is to be changed */
    struct preflight checks;
    bool checked;
    enum seal_state seal;
    struct connection connection;
    struct judgement judgement; /* of the new domain */
};

/* After the image was read: what is to be changed, is, in edited; domain is
   what it is to be. */
int restore_change(struct restore *restore, struct xr_error *err);

/* Is the configuration one that this image can have, now that every page of it
   was seen? */
int restore_check_fit(const struct restore *restore,
                      const struct verify_result *result,
                      struct xr_error *err);

/* Does the new domain stand for another one than the image's? */
bool restore_is_copy(const struct restore *restore);

/* Is a disk of the domain to be one of the image's? */
bool restore_is_original_disk(const struct restore *restore,
                              const struct domain_disk *disk);

/* Says that nothing was created, and why.  Returns -err->code. */
int restore_refuse(const struct restore *restore, const struct xr_error *err);

#endif
