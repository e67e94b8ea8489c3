/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The stages of one way back, a restore or a rollback.  What is run at them is told
 * to administrators in xen-resumable-hooks(7).
 *
 * If the command is killed its heir ends them in its place.  So the state is in
 * memory that this process and those that it forks share.
 */
#ifndef DOMAIN_WAY_STAGES_H
#define DOMAIN_WAY_STAGES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "domain/fate.h"
#include "util/error.h"

enum way_stage {
    WAY_PRE_RESTORE,    /* nothing has happened; a failure: nothing will */
    WAY_PUT_BACK,       /* there is no domain, and the disks are about to be put
                         * back; a failure: no domain is made */
    /* One of these is the last, if pre-restore was begun. */
    WAY_RESTORED,       /* there is a new domain of the image */
    WAY_RESTORE_FAILED, /* there is none */
};

/* "pre-restore", "put-back", "restored", "restore-failed". */
const char *way_stage_name(enum way_stage stage);

struct way_order {
    const char *dir;        /* NULL: the default, which need not exist */
    unsigned int timeout;   /* seconds for each script; a minute or more once
                             * the domain is gone */
    const char *image;
    const char *checkpoint; /* the image's; NULL: its record has none */
    const char *name, *uuid; /* of the domain that is to be; NULL: not known */
    const char *disks;      /* a line for each; NULL: none */
    const char *wish;       /* what is done about the disks: "back" and so on */
};

/* How the toolstack that makes the domain has ended. */
enum toolstack_end {
    TOOLSTACK_NOT_BEGUN,
    TOOLSTACK_AT_WORK, /* or it was killed together with who waits for it */
    TOOLSTACK_SUCCEEDED,
    TOOLSTACK_FAILED,
};

/* What the processes of one way back share. */
struct way_page {
    _Atomic uint32_t begun;    /* a bit for each stage */
    _Atomic uint32_t ended;    /* the last one, whatever came of it */
    _Atomic uint32_t scripts;  /* of the last stage: so many were begun */
    _Atomic int32_t running;   /* a script's process group; 0: none */
    _Atomic int32_t driver;    /* a driver's of disks; 0: none */
    _Atomic int32_t toolstack; /* enum toolstack_end */
    uint32_t guest, domid;     /* the last stage's facts */
};

struct way_stages {
    struct way_order order;
    struct way_page *page;     /* NULL: not opened */
};

/* Nothing is run yet.  The order's texts are borrowed. */
int way_open(struct way_stages *w, const struct way_order *order,
             struct xr_error *err);
void way_close(struct way_stages *w);

/*
 * The first script that fails ends it: -EIO, with its name.  domid: of the domain
 * that is there yet; 0: there is none.
 */
int way_begin(struct way_stages *w, uint32_t domid, struct xr_error *err);
int way_put_back(struct way_stages *w, struct xr_error *err);

/*
 * The last stage, unless pre-restore was never begun, or another stage was the
 * last: by whether the guest is FATE_RESTORED.  If a process that was killed had
 * begun the last stage, the scripts go on where it was, with its facts.
 */
int way_end(struct way_stages *w, enum guest_fate guest, uint32_t domid,
            struct xr_error *err);

#endif
