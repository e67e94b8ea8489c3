/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What "xen-resumable checkpoint" and "exec" want of the doors in the
 * processes that they start, libxl-save-helper above all.  It is encoded once,
 * into the environment, and decoded by each door that needs it:
 *
 *   XR_REQUEST=version=1,intent=checkpoint,on-not-resumable=refuse,...
 *
 * That is a list as format/keylist.h has them.  Its first two pairs are the
 * same in every version, so that also a core of another version knows whether
 * it may go on without the rest: a plain save is then stock's, a checkpoint
 * must not be taken without what was wanted of it.
 */
#ifndef DOMAIN_REQUEST_H
#define DOMAIN_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "domain/intent.h"
#include "format/keylist.h"
#include "util/buffer.h"
#include "util/error.h"
#include "verdict/action.h"

enum {
    /* It changes with every key that comes, goes or means something else. */
    REQUEST_VERSION = 1,
    /* Linux passes no longer string on to a program (MAX_ARG_STRLEN). */
    REQUEST_TEXT_MAX = (128 << 10) - 64,
    REQUEST_FREEZE_MAX = 3600000,
};

struct request {
    enum intent intent;        /* INTENT_UNKNOWN: no save of the command's */
    struct policies policies;
    bool live;                 /* the guest runs meanwhile, if Xen can */
    const char *image;         /* where it is written; NULL: not known */
    const char *hook_dir;      /* NULL: the configuration's */
    const char *labels;        /* user.KEY, a list as text; NULL: none */
    unsigned int max_freeze;   /* ms; 0: libxc's own rule */
    unsigned int keep;         /* former images */
    int progress_fd;           /* -1: nobody listens */
    const char *checkpoint;    /* the stages' id (domain/stages.h), */
    int stages_fd;             /* and where they are shared; -1: nowhere */
    struct keylist list;       /* of one that was decoded: has its texts */
};

#define REQUEST_NONE { .progress_fd = -1, .stages_fd = -1 }

/* Appends the text.  -E2BIG: it is too long for an environment. */
int request_encode(const struct request *request, struct buffer *out,
                   struct xr_error *err);

/*
 * -ENOTSUP: of another version.  -EINVAL: malformed.  -E2BIG: too long.  Free
 * *out with request_free.
 */
int request_decode(const char *text, size_t n, struct request *out,
                   struct xr_error *err);

/* Of a text of any version, and also where memory is short. */
enum intent request_intent(const char *text);

/* To the processes that are started from now on, in place of a former one. */
int request_announce(const struct request *request, struct xr_error *err);

/* What is started from now on does not save for the command. */
void request_withdraw(void);

/*
 * The request that this process was given.  -ENOENT: none; else as
 * request_decode(), and then *intent_out is what the request says all the
 * same.
 */
int request_find(struct request *out, enum intent *intent_out,
                 struct xr_error *err);

void request_free(struct request *request);

#define CLEANUP_REQUEST __attribute__((cleanup(request_free)))

#endif
