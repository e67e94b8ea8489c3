/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A rollback from within: rollback.c asks, rollback_image.c knows to which image,
 * rollback_safety.c has what is now kept, rollback_run.c does it.
 */
#ifndef ENGINE_ROLLBACK_STATE_H
#define ENGINE_ROLLBACK_STATE_H

#include <sys/stat.h>

#include "domain/lock.h"
#include "engine/checkpoint.h"
#include "engine/heir.h"
#include "engine/restore_state.h"
#include "engine/rollback.h"
#include "engine/rollback_note.h"
#include "util/buffer.h"
#include "xen/configuration.h"
#include "xen/connection.h"

struct rollback {
    const struct events *events;
    struct events inner;       /* what restore and checkpoint tell goes through it */
    bool quiet;                /* their errors are warnings now */
    bool past_return;          /* nobody is asked any more whether to stop */
    struct rollback_options options;
    struct config config;

    struct connection connection;
    bool is_there;             /* the domain; else: */
    struct domain domain;      /* all zero */
    char *name;
    char uuid[LOCK_NAME_ROOM];
    struct lock lock;

    struct rollback_note former; /* of one that has not ended; name NULL: none */
    bool is_half;              /* that one has left half a domain */
    bool is_libvirts;          /* libvirt ends it and brings it back, else xl */
    bool may_end_yet;          /* libvirt was asked to end it, and did not answer */
    bool goes_on;              /* with that one, to the image that it was to: what was
                                * before is kept, or gone */
    struct rollback_note note; /* of this one; its texts are ours */
    char *image;               /* an absolute path */
    char *name_in_image;       /* it was renamed, if it is not its name */
    bool is_formers;           /* nobody has named it but the former's note */
    int image_fd;              /* it is held as long as this is open */
    struct stat seen;          /* the file in it, before it was verified */
    struct restore *restore;

    struct checkpoint *safety; /* NULL: none is wanted, or needed */
    char *safety_path;
    char domid_text[12];
    struct buffer labels;
    struct buffer as_it_is;    /* the note's */

    char *next;                /* the command that goes on */
    uint64_t destroyed_at;     /* ms; 0: not yet */
};

/* Says that the domain is as before, and why.  Returns -err->code. */
int rollback_refuse(const struct rollback *rb, const struct xr_error *err);

/* The same where the reason was said before. */
int rollback_stays(const struct rollback *rb, const struct xr_error *err);

/*
 * The same once a checkpoint was begun, which may have left it suspended, or have
 * destroyed it: looks, and says what it is now.
 */
int rollback_stays_as_it_is(struct rollback *rb, const struct xr_error *err);

/*
 * The domain that has that uuid and is not dying; -ENOENT: there is none.
 * Sets is_there and domain.
 */
int rollback_look(struct rollback *rb, struct xr_error *err);

/* -EINVAL: it is none. */
int rollback_keep_uuid(struct rollback *rb, const char *uuid,
                       struct xr_error *err);

/* --- rollback_image.c */

/* Before the lock: which image, if it is known without the series; of a domain that
   is gone also whose it is. */
int rollback_name_image(struct rollback *rb, struct xr_error *err);

/* Under the lock: the image, held, sound and fit for this host. */
int rollback_find_image(struct rollback *rb, struct xr_error *err);

/* -EBUSY: its name is another file's by now, or it was written to. */
int rollback_check_image(const struct rollback *rb, struct xr_error *err);

/* --- rollback_toolstack.c */

/* Of one that is libvirt's: can libvirt be asked, and does it know it? */
int rollback_ask_toolstack(struct rollback *rb, struct xr_error *err);

/* Would the image be restored by who looks after the domain? */
int rollback_check_container(struct rollback *rb, struct xr_error *err);

/* The domain, which is there, ends, by its toolstack. */
int rollback_destroy(struct rollback *rb, struct xr_error *err);

/* Then the note stays: if the domain ends, it says how it goes on. */
void rollback_say_it_may_end(const struct rollback *rb);

/* "xl" or "virsh": what "destroy" is a command of. */
const char *rollback_destroyed_by(const struct rollback *rb);

/* --- rollback_safety.c */

/* Could what is now be kept? */
int rollback_ask_safety(struct rollback *rb, struct xr_error *err);

/* It is. */
int rollback_keep_safety(struct rollback *rb, struct xr_error *err);

/* What the label of such an image is called. */
#define ROLLBACK_LABEL "before-rollback"

#endif
