/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/watch.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "cli/cli.h"
#include "xen/domain.h"

enum {
    POLLS_PER_SECOND = 10,
    POLL_NS = 1000000000 / POLLS_PER_SECOND,
};

static bool goes_on(const struct domain *now, const struct judgement *before)
{
    return !now->shutdown && !now->dying
           && !strcmp(now->uuid, before->domain.uuid);
}

static void say_what_became(const struct domain *now,
                            const struct judgement *before,
                            const struct target_file *target)
{
    uint32_t domid = before->domain.domid;
    bool complete = target->state == TARGET_COMPLETE;

    if (!domain_is_suspended(now))
        complain("%s (domain %u) did not go on: it has %s.%s%s%s",
                 before->name, domid, domain_state_name(now),
                 complete ? " It can be restored from " : "",
                 complete ? target->path : "", complete ? "." : "");
    else if (complete)
        complain("%s did not go on: domain %u is held, suspended. It goes on "
                 "by: xl destroy %u && xl restore %s", before->name, domid,
                 domid, target->path);
    else
        complain("%s did not go on: domain %u is held, suspended, with all its "
                 "memory, and %s is no image of it: do not destroy it; this "
                 "writes one: xen-resumable exec -- xl save %u IMAGE",
                 before->name, domid, target->path, domid);
}

bool watch_domain(const struct connection *connection,
                  const struct judgement *judgement,
                  const struct target_file *target, unsigned int seconds)
{
    const struct timespec pause = { .tv_nsec = POLL_NS };
    unsigned int polls = seconds * POLLS_PER_SECOND;
    struct domain now;
    struct xr_error err;
    int r;

    for (;;) {
        r = domain_read(connection->xch, judgement->domain.domid, &now, &err);
        if (r == -ENOENT) {
            complain("%s (domain %u) did not go on: the domain is gone",
                     judgement->name, judgement->domain.domid);
            return false;
        }
        if (r) {
            complain_error(judgement->name, &err);
            return false;
        }
        if (!goes_on(&now, judgement)) {
            say_what_became(&now, judgement, target);
            return false;
        }
        if (!polls--)
            return true;
        nanosleep(&pause, NULL);
    }
}
