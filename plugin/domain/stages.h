/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The stages of one checkpoint: which of them this very operation has begun,
 * and which is the last.  What is run at them is told to administrators in
 * xen-resumable-hooks(7).
 *
 * Several processes take part: the command begins and ends, libxl-save-helper
 * runs "suspended", and if the command is killed its guardian ends in its
 * place.  So the state is in memory that they share, and whoever comes later
 * waits for the script that one before has left running.
 */
#ifndef DOMAIN_STAGES_H
#define DOMAIN_STAGES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "domain/disk_plan.h"
#include "domain/fate.h"
#include "domain/request.h"
#include "util/error.h"
#include "xen/judge.h"

enum stage {
    STAGE_PRE_SUSPEND, /* the guest still runs; a failure: no checkpoint */
    STAGE_SUSPENDED,   /* its vCPUs stand still; a failure: it goes on */
    /* One of these is the last, if pre-suspend was begun. */
    STAGE_RESUMED,     /* there is a new image, and the guest goes on */
    STAGE_STOPPED,     /* there is a new image, and the guest does not go on */
    STAGE_FAILED,      /* there is no new image */
};

/* "pre-suspend", "suspended", "resumed", "stopped", "failed". */
const char *stage_name(enum stage stage);

/* The last stage of an operation by the facts. */
enum stage stage_last(enum image_fate image, enum guest_fate guest);

struct stage_order {
    const char *dir;      /* NULL: the default, which need not exist */
    unsigned int timeout; /* seconds for each script, a minute or more at the
                           * last stage; then it is ended, with all that it
                           * has started */
    const char *image;    /* where it is written; NULL: not known */
    unsigned int keep;    /* former images */
    const char *id;       /* of the checkpoint (domain/stage_page.h); NULL: a new
                           * one */
};

/* What the processes of an operation share. */
struct stage_page;

struct stages {
    struct stage_order order;
    const struct judgement *judgement;
    struct stage_page *page;
    int fd; /* the page's; -1: nobody else takes part */
};

#define STAGES_NONE { .fd = -1 }

/*
 * A new operation; nothing is run yet.  The order's texts and the judgement
 * are borrowed.  stages_close ends nothing.
 */
int stages_open(struct stages *s, const struct stage_order *order,
                const struct judgement *judgement, struct xr_error *err);
void stages_close(struct stages *s);

/*
 * Processes that are started from now on can join it, if they are given the
 * request, which gets what they need for that.
 */
int stages_announce(const struct stages *s, struct request *request,
                    struct xr_error *err);
void stages_hide(const struct stages *s);

/*
 * In the save door: the operation that the request has, or, if it has none,
 * one of its own.
 */
int stages_join(struct stages *s, const struct stage_order *order,
                const struct request *request,
                const struct judgement *judgement, struct xr_error *err);

/* The checkpoint's own; NULL: there is no memory for stages. */
const char *stages_id(const struct stages *s);

/*
 * Where a process between here and the saving one was killed: waits until that
 * one, too, has ended, if it has joined; a minute at most.
 */
void stages_wait_for_saver(const struct stages *s);

/* Sends it to the process that saves, if that has joined and still runs. */
void stages_end_saver(const struct stages *s, int signal);

/* The first script that fails ends it: -EIO, with its name. */
int stages_begin(struct stages *s, struct xr_error *err);
int stages_suspended(struct stages *s, struct xr_error *err);

/*
 * What is to be kept of the disks while the guest stands still, before the
 * stages are announced.  drivers: NULL: nothing; then the record has the facts
 * all the same.  -E2BIG: a record has no room for it.
 */
int stages_plan_disks(struct stages *s, const struct disk_plan *plan,
                      const struct disk_drivers *drivers,
                      struct xr_error *err);

/*
 * In the save door.  What the record is to say of the disks: *out, an empty
 * list, gets the keys.  -ENOENT: there is no plan.
 */
int stages_record_keys(const struct stages *s, struct keylist *out,
                       struct xr_error *err);

/*
 * In the save door, behind "suspended", and with a record that has those keys
 * only: the copies are taken, and what the disks are now is noted.  Nothing is
 * done without a plan.
 */
int stages_keep_disks(struct stages *s, struct xr_error *err);

/* disk_plan_settle, of the plan; the guest runs. */
bool stages_settle_disks(const struct stages *s);

/*
 * What saves was killed while it copied the disks: QEMU, which serves one of them, may
 * stand still, and goes on.  To be called before the guest does.
 */
void stages_wake_qemu(const struct stages *s);

/*
 * In the command, when all is saved: the keys of the record, which are to be
 * set anew in it.  -ENOENT: it did not come to that: no copy belongs to this
 * image.
 */
int stages_disk_facts(const struct stages *s, struct keylist *out,
                      struct xr_error *err);

/*
 * Was it a disk for which the save was given up?  *why, if not NULL, gets what
 * the door has said, with the reason disk-not-kept.
 */
bool stages_disks_failed(const struct stages *s, struct xr_error *why);

/* Was "suspended" begun?  Not if the save door was nobody's. */
bool stages_was_suspended(const struct stages *s);

/*
 * This file is about to get the image's name; NULL: it has been written,
 * whole, to a place that has no files.
 */
void stages_image_is(struct stages *s, const struct stat *file);

/* Did it come to that?  Also in another process. */
bool stages_image_is_in_place(const struct stages *s);

/* What a process that was killed has left running: it ends, or is ended. */
void stages_wait_for_program(const struct stages *s);

/*
 * The last stage, unless pre-suspend was never begun, or another stage was the
 * last.  domid: the guest's now.  If a process that was killed had begun the
 * last stage, the scripts go on where it was, with its facts.
 */
int stages_end(struct stages *s, enum image_fate image, enum guest_fate guest,
               uint32_t domid, struct xr_error *err);

#endif
