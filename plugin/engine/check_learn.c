/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * check --learn: the lock is waited for, and people are told.  What is believed
 * is engine/learn.h's business.
 */
#include "config.h"

#include "engine/check_state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>

#include "engine/learn.h"
#include "util/cleanup.h"

static void say_check_waits(const char *for_whom, const void *data)
{
    const struct check *c = data;

    events_say(c->events, MESSAGE_INFO, "waiting for %s", for_whom);
}

static bool check_waits_no_more(const void *data)
{
    const struct check *c = data;

    return events_progress(c->events, 0, 0);
}

static void say_what_was_learned(const struct check *c,
                                 const struct check_lesson *lesson,
                                 const struct learned *l)
{
    if (l->was_known)
        events_say(c->events, MESSAGE_INFO, "%s: the notes of its kernel are "
                   "recorded already, as %s has them", lesson->name,
                   lesson->kernel);
    else
        events_say(c->events, MESSAGE_INFO, "%s: the notes of %s are in its "
                   "memory at 0x%" PRIx64 "%s", lesson->name, lesson->kernel,
                   l->address,
                   l->written ? ", and are recorded from now on"
                              : "; nothing was written");
}

int check_learn_notes(const struct check *c,
                      const struct check_lesson *lesson, bool *written_out,
                      struct xr_error *err)
{
    CLEANUP_CLOSE int fd = open(lesson->kernel, O_RDONLY | O_CLOEXEC);
    const struct learn_order order = {
        .connection = &c->connection,
        .domid = lesson->domid,
        .fd = fd,
        .dry_run = lesson->dry_run,
        .lock = {
            .timeout = c->config.lock_timeout,
            .on_wait = say_check_waits,
            .wants_stop = check_waits_no_more,
            .data = c,
        },
    };
    struct learned learned;
    int r = fd < 0 ? error_system(err, errno, "%.100s", lesson->kernel)
                   : learn_kernel(&order, &learned, err);

    if (r)
        return r;
    say_what_was_learned(c, lesson, &learned);
    *written_out = learned.written;
    return 0;
}
