/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A checkpoint that the command takes itself: what is wanted, and what came of
 * it.  checkpoint.c is the verb, checkpoint_take.c the doing.
 */
#ifndef CLI_CHECKPOINT_H
#define CLI_CHECKPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/cli.h"
#include "cli/connection.h"
#include "cli/target.h"
#include "cli/watch.h"
#include "domain/lock.h"
#include "xen/configuration.h"
#include "xen/judge.h"

struct checkpoint_plan {
    const char *domain;
    char *path;                /* symbolic links followed */
    struct config config;      /* the file's, overruled by the options */
    const char *hook_dir;      /* NULL: the configuration's */
    const char *labels;        /* as the record has them; NULL: none */
    unsigned int max_freeze;   /* ms; 0: libxc's own rule */
    unsigned int keep;         /* former images */
    bool force;                /* give up what is no image */
    bool seal;
    bool same_domid;           /* of a guest that is restored */
    bool progress;

    /* What asking beforehand has found. */
    struct connection connection;
    struct judgement judgement;
    struct lock lock;          /* the domain's; none in a dry run */
    struct pulse pulse;
    enum policy policy;        /* what becomes of this guest */
    bool live;
};

static inline struct target
checkpoint_target(const struct checkpoint_plan *plan)
{
    return (struct target){ plan->path, plan->keep, plan->force };
}

struct checkpoint_outcome {
    uint64_t bytes;
    unsigned int rounds;       /* of a live save, before the suspend */
    double freeze_ms;          /* from the end of the suspend to the resume */
    double total_ms;
    bool sealed;
    bool restored;             /* it goes on in a new domain */
    uint32_t domid;            /* in which it goes on */
};

/*
 * Runs under the stub.  Complains of whatever goes wrong.  STATUS_YES: there
 * is an image, and the guest goes on (or is held, if that was wanted).  With
 * any other status the guest goes on as if nothing had happened, or it was
 * said what became of it; there is no new image, and the former one is as it
 * was.
 */
int checkpoint_take(struct checkpoint_plan *plan,
                    struct checkpoint_outcome *out);

#endif
