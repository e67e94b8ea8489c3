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
                            const char *image)
{
    if (domain_is_suspended(now))
        complain("%s did not go on: domain %u is held, suspended. With a "
                 "complete image it goes on by: xen-resumable verify %s && "
                 "xl destroy %u && xl restore %s", before->name,
                 before->domain.domid, image, before->domain.domid, image);
    else
        complain("%s (domain %u) did not go on: it has %s. "
                 "If %s is complete, it can be restored from there.",
                 before->name, before->domain.domid, domain_state_name(now),
                 image);
}

bool watch_domain(const struct connection *connection,
                  const struct judgement *judgement, const char *image,
                  unsigned int seconds)
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
            say_what_became(&now, judgement, image);
            return false;
        }
        if (!polls--)
            return true;
        nanosleep(&pause, NULL);
    }
}
