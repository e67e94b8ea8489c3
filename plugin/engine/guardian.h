/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The heir of a checkpoint's process: if that is killed, the guest does not
 * stay suspended, and no half image stays behind.
 */
#ifndef ENGINE_GUARDIAN_H
#define ENGINE_GUARDIAN_H

#include <stdbool.h>

#include "engine/disk_copies.h"
#include "engine/heir.h"
#include "domain/lock.h"
#include "domain/stages.h"
#include "util/error.h"
#include "xen/judge.h"

struct guardian_order {
    const struct events *events; /* told in the guardian's process */
    struct lock *lock;     /* the guardian inherits it */
    const char *temporary; /* NULL: none */
    const char *image;     /* its name, once it is in place */
    struct disk_copies *copies; /* the guardian inherits them, too */
    const struct judgement *judgement;
    const struct stages *stages;
    bool hold;             /* it is not to get a 1 */
    void (*afterwards)(void *data); /* with no handles but those it opens */
    void *data;
};

/*
 * From now on: if this process ends before heir_dismiss, the temporary file is
 * removed, and so are the copies of disks, unless the image has its name.  Once the
 * save has ended, too, and if the lock's record says that the checkpoint has
 * suspended the domain, now or a moment later, the domain is resumed, by way of the
 * plugin; or it is said that it is held.
 */
int guardian_post(struct heir *guardian, const struct guardian_order *order,
                  struct xr_error *err);

#endif
