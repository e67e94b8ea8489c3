/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A restore from within: restore.c asks, restore_run.c does it.
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
    char uuid[UUID_TEXT + 1];   /* of a domain under another name */

    struct save_image image;
    struct domain_config domain;
    struct preflight checks;
    bool checked;
    enum seal_state seal;
    struct connection connection;
    struct judgement judgement; /* of the new domain */
};

/* Says that nothing was created, and why.  Returns -err->code. */
int restore_refuse(const struct restore *restore, const struct xr_error *err);

#endif
