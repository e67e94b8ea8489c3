/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "hook/checkpoint.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "util/debug.h"
#include "util/fault.h"
#include "xen/hypervisor.h"

enum {
    /* libxc's own bounds (xg_sr_save.c). */
    ROUNDS_MAX = 5,
    DIRTY_TARGET = 50,
    /* With a freeze to reach. */
    FREEZE_ROUNDS_MAX = 30,
    NO_BETTER_MAX = 3,
    /* A tenth of a processor for which others wait: enough to come to an end. */
    NICER = 10,
};

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* By what Xen can do: log the pages that a guest of this kind writes to. */
static bool guest_can_be_live(xc_interface *xch, const struct judgement *j)
{
    struct hypervisor h;

    return !hypervisor_read(xch, &h, NULL)
           && hypervisor_logs_dirty(&h, j->type == GUEST_PV);
}

/* One short line, whole or not at all: less than PIPE_BUF. */
__attribute__((format(printf, 2, 3)))
static void report_progress(const struct checkpoint *c,
                            const char *format, ...)
{
    char line[128];
    va_list ap;

    if (c->progress_fd < 0)
        return;
    va_start(ap, format);
    vsnprintf(line, sizeof(line), format, ap);
    va_end(ap);
    if (dprintf(c->progress_fd, "%s\n", line) < 0)
        debug("nobody listens: %s", line);
}

/* If it cannot, the stage "suspended" says so: then there is no checkpoint. */
static void join_stages(struct checkpoint *c, const struct settings *settings)
{
    const struct request *request = &settings->request;
    const struct stage_order order = {
        .dir = request->hook_dir ? request->hook_dir
                                 : settings->config.hook_dir,
        .timeout = settings->config.hook_timeout,
        .image = request->image,
        .keep = request->keep,
    };
    struct xr_error err;

    if (stages_join(&c->stages, &order, request, c->judgement, &err))
        debug("the stages are not shared: %s", err.message);
}

void checkpoint_begin(struct checkpoint *c, xc_interface *xch,
                      const struct settings *settings,
                      const struct judgement *judgement)
{
    /* A process that exec has become may save for days: by the file of now. */
    bool live = settings->requested
                && settings->request.intent != INTENT_UNKNOWN
                ? settings->request.live
                : settings->config.live == LIVE_CHECKPOINTS;

    fault_role(FAULT_HELPER);
    *c = (struct checkpoint){
        .max_freeze = settings->request.max_freeze,
        .progress_fd = settings->request.progress_fd,
        .judgement = judgement,
        .live = live && guest_can_be_live(xch, judgement),
        .last_dirty = -1,
    };
    join_stages(c, settings);
    report_progress(c, "begun");
}

/* How long the guest would be frozen if it were suspended now. */
static double freeze_ms(const struct checkpoint *c, long dirty)
{
    return c->pages_per_ms > 0 ? (double)dirty / c->pages_per_ms : 0;
}

static bool is_short_enough(struct checkpoint *c, struct precopy_stats stats)
{
    long dirty = stats.dirty_count;

    if (dirty < DIRTY_TARGET)
        return true;
    if (!c->max_freeze)
        return stats.iteration >= ROUNDS_MAX;
    if (stats.iteration >= FREEZE_ROUNDS_MAX
        || (stats.iteration && freeze_ms(c, dirty) <= c->max_freeze))
        return true;
    if (c->last_dirty >= 0 && dirty * 10 > c->last_dirty * 9)
        c->no_better++;
    return c->no_better >= NO_BETTER_MAX;
}

/* Once; it takes time, in which the guest writes to its memory: one more round. */
static bool settle_disks(struct checkpoint *c)
{
    bool first = !c->settled;

    c->settled = true;
    return first && stages_settle_disks(&c->stages);
}

/*
 * libxc asks twice in a round: with the number of dirty pages before they are
 * sent, and with -1 afterwards.
 */
int checkpoint_round(struct checkpoint *c, struct precopy_stats stats)
{
    uint64_t now = now_ns();
    bool enough;

    if (stats.dirty_count < 0) {
        double ms = (double)(now - c->round_began) / 1e6;

        if (c->round_began && ms > 0)
            c->pages_per_ms =
                (double)(stats.total_written - c->round_written) / ms;
        return XGS_POLICY_CONTINUE_PRECOPY;
    }
    enough = is_short_enough(c, stats) && !settle_disks(c);
    report_progress(c, "round %u %ld %llu", stats.iteration, stats.dirty_count,
                    (unsigned long long)stats.total_written);
    c->last_dirty = stats.dirty_count;
    c->round_began = now;
    c->round_written = stats.total_written;
    return enough ? XGS_POLICY_STOP_AND_COPY : XGS_POLICY_CONTINUE_PRECOPY;
}

int checkpoint_suspended(struct checkpoint *c, bool recorded,
                         struct xr_error *err)
{
    int r;

    report_progress(c, "suspended %llu", (unsigned long long)now_ns());
    r = stages_suspended(&c->stages, err);
    return r || !recorded ? r : stages_keep_disks(&c->stages, err);
}

/*
 * The guest stands still while command, xenstored and libxl see to its resume.  What
 * is still to be done here takes as long, and dom0 may have one processor.  Where the
 * resume waits for the end of this process, nobody listens, or it is an HVM guest's.
 */
static void stand_back(struct checkpoint *c)
{
    if (c->progress_fd < 0 || c->judgement->type == GUEST_HVM)
        return;
    errno = 0;
    c->priority = getpriority(PRIO_PROCESS, 0);
    c->stands_back = !errno
                     && !setpriority(PRIO_PROCESS, 0, c->priority + NICER);
}

void checkpoint_written(struct checkpoint *c)
{
    report_progress(c, "written");
    stand_back(c);
}

void checkpoint_close(struct checkpoint *c)
{
    int saved = errno;

    stages_close(&c->stages);
    /* Who may not take it back ends soon. */
    if (c->stands_back && setpriority(PRIO_PROCESS, 0, c->priority))
        debug("the priority stays lower");
    c->stands_back = false;
    errno = saved;
}
