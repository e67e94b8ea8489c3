/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A checkpoint from within: checkpoint.c asks, checkpoint_take.c brings it up
 * to the end of the save, checkpoint_end.c makes of that what was wanted.
 */
#ifndef ENGINE_CHECKPOINT_STATE_H
#define ENGINE_CHECKPOINT_STATE_H

#include <stdint.h>
#include <string.h>

#include "domain/fate.h"
#include "domain/lock.h"
#include "domain/obstacles.h"
#include "domain/stage_page.h"
#include "domain/stages.h"
#include "engine/checkpoint.h"
#include "engine/disk_copies.h"
#include "engine/flat_image.h"
#include "engine/guardian.h"
#include "engine/new_image.h"
#include "engine/target.h"
#include "engine/watch.h"
#include "format/container.h"
#include "xen/configuration.h"
#include "xen/connection.h"
#include "xen/judge.h"
#include "xen/libxl.h"

struct checkpoint {
    const struct events *events;
    struct checkpoint_options options;
    struct config config;
    char *path;                /* symbolic links followed */
    char *parent;              /* of its flat image; NULL: none */

    /* What asking beforehand has found. */
    struct connection connection;
    struct judgement judgement;
    struct obstacles obstacles;
    struct lock lock;          /* the domain's; none in a dry run */
    bool is_lent;              /* the lock is the caller's */
    struct pulse pulse;
    enum policy policy;        /* what becomes of this guest */
    bool live;
    enum container container;  /* the image's: xl's or libvirt's */
    bool is_xls_by_wish;       /* libvirt's guest, whose image is to be xl's */
    uint64_t began;            /* as struct process has it, with the former */
    char id[STAGE_ID_SIZE];    /* the checkpoint's; "" before there is one */
    bool is_file;              /* where the image goes: else no disks are kept */
    bool has_too_many_disks;   /* for a record to name them */
    struct disk_plan disks;
    char waiting_for[LOCK_TEXT_ROOM];
};

static inline struct target checkpoint_target(const struct checkpoint *c)
{
    return (struct target){ c->path, c->options.keep, c->options.force };
}

/* For refusals; NULL: standard output. */
static inline const char *checkpoint_file(const struct checkpoint *c)
{
    return strcmp(c->path, "-") ? c->path : NULL;
}

struct taking {
    struct checkpoint *checkpoint;
    struct checkpoint_outcome *outcome;
    struct libxl_session *libxl;
    struct new_image image;
    char *xml;               /* libvirt's of the guest, for libvirt's container */
    struct flat_image *flat; /* NULL: it is written as a stream */
    int stream;              /* where libxl writes: the image, or to the above */
    struct heir guardian;
    struct stages stages;
    struct disk_copies copies; /* none where none are kept */
    struct disk_copies going;  /* of the former image that has gone */
    struct keylist facts;      /* of the disks, when the guest stood still */
    int progress[2];         /* from libxl-save-helper */
    char told[64];           /* of its lines, the one that has not ended yet */
    size_t told_length;
    uint64_t suspended_at;   /* ns; 0: not, or nobody has said so */
    bool written;            /* libxc has read all that it needs of the domain */
    bool resume_tried;       /* once only */
    struct xr_error resume_error; /* what came of it; code 0: it goes on */
    enum guest_fate fate;    /* once the last stage was told */
    bool begun;              /* libxl-save-helper is at it */
    bool saved;              /* libxl says so: its suspend was ours */
    bool stop;               /* somebody wants it to */
    bool unjudged;           /* the image is there; nobody can say if it is sound */
};

uint64_t taking_now_ns(void);

static inline uint32_t taking_domid(const struct taking *t)
{
    return t->checkpoint->judgement.domain.domid;
}

/* Gives the lock up, or back to whom it is lent from. */
void checkpoint_release_lock(struct checkpoint *c);

/*
 * Is it libvirt's guest?  Then its libvirtd is asked: refuses if that cannot be
 * (these are checkpoint_toolstack.c's).
 */
int checkpoint_ask_toolstack(struct checkpoint *c, struct xr_error *err);

/* What the head needs of libvirt, before the image is begun. */
int checkpoint_read_xml(struct taking *t, struct xr_error *err);

/* The file's beginning, as its toolstack writes it, and reads it. */
int checkpoint_write_head(struct taking *t, struct xr_error *err);

/* The guest may have been resumed: then libvirt is to know. */
void checkpoint_mend_libvirt(const struct taking *t, xc_interface *xch);

/* The domain ends, by its toolstack. */
int checkpoint_destroy(const struct taking *t, struct xr_error *err);

/* The command that makes a domain of the image: "xl restore". */
const char *checkpoint_restored_by(const struct checkpoint *c);

/* How much of the image has come until now.  True: it is to be given up. */
bool taking_tell_progress(const struct taking *t);

/* Opens the file, and decides how it is laid out. */
int checkpoint_open_image(struct taking *t, struct xr_error *err);

/* Nothing more is written for libxl. */
void checkpoint_end_stream(struct taking *t);

/* Nothing is left of it, nor of copies of disks, unless it has its name. */
void checkpoint_abandon_image(struct taking *t);

/* The image gets its name; until then the former one stays. */
int checkpoint_finish_image(struct taking *t, struct xr_error *err);

/* Of a pipe somebody else knows where it ends: "IMAGE". */
const char *checkpoint_image_name(const struct checkpoint *c);

/* The same, once it is there; NULL: there is none. */
const char *checkpoint_image_in_place(const struct taking *t);

/*
 * While libxl still ends the save: lets the guest go on as soon as libxc has
 * written the last of it, if that is what becomes of this guest in any case.
 */
void checkpoint_resume_early(struct taking *t);

/*
 * Each says what there is to say, has the last stage's hooks run, and returns
 * 0 or what failed first.
 */

/* The guest is suspended, the stream is written. */
int checkpoint_end(struct taking *t, struct xr_error *err);

/* The save has failed, by *why; the guest may be suspended, now or in a moment. */
int checkpoint_end_without_image(struct taking *t, const struct xr_error *why);

/* Whatever the guest is, nothing more is done to it; returns -why->code. */
int checkpoint_give_up(struct taking *t, const struct xr_error *why);

/* In the guardian, when this process was killed: data is the struct taking. */
void checkpoint_tell_after_kill(void *data);

#endif
