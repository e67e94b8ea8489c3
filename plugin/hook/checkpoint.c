/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "hook/checkpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
};

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* A decimal number of the environment; absent is a failure, too. */
static bool read_number(const char *variable, long max, long *out)
{
    const char *text = secure_getenv(variable);
    char *end;
    long value;

    if (!text || *text < '0' || *text > '9')
        return false;
    value = strtol(text, &end, 10);
    if (*end || value > max)
        return false;
    *out = value;
    return true;
}

/* By what Xen can do: log the pages that a guest of this kind writes to. */
static bool can_be_live(xc_interface *xch, const struct judgement *j)
{
    struct hypervisor h;

    return !hypervisor_read(xch, &h, NULL)
           && hypervisor_logs_dirty(&h, j->type == GUEST_PV);
}

static bool wants_live(const struct config *config)
{
    const char *word = secure_getenv("XR_LIVE");

    if (!word)
        return config->live == LIVE_CHECKPOINTS;
    return strcmp(word, "no");
}

/* If it cannot, the stage "suspended" says so: then there is no checkpoint. */
static void join(struct checkpoint *c)
{
    const char *dir = secure_getenv("XR_HOOK_DIR");
    const struct stage_order order = {
        .dir = dir ? dir : c->config->hook_dir,
        .timeout = c->config->hook_timeout,
        .image = secure_getenv("XR_IMAGE"),
    };
    struct xr_error err;

    if (stages_join(&c->stages, &order, c->judgement, &err))
        debug("the stages are not shared: %s", err.message);
}

void checkpoint_begin(struct checkpoint *c, xc_interface *xch,
                      const struct config *config,
                      const struct judgement *judgement)
{
    long number;

    fault_role(FAULT_HELPER);
    *c = (struct checkpoint){
        .progress_fd = -1,
        .config = config,
        .judgement = judgement,
        .live = wants_live(config) && can_be_live(xch, judgement),
        .last_dirty = -1,
    };
    join(c);
    if (read_number("XR_MAX_FREEZE", 3600000, &number))
        c->max_freeze = (unsigned int)number;
    if (read_number("XR_PROGRESS_FD", 1 << 20, &number))
        c->progress_fd = (int)number;
}

/* One short line, whole or not at all: less than PIPE_BUF. */
__attribute__((format(printf, 2, 3)))
static void say(const struct checkpoint *c, const char *format, ...)
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
    enough = is_short_enough(c, stats);
    say(c, "round %u %ld %llu", stats.iteration, stats.dirty_count,
        (unsigned long long)stats.total_written);
    c->last_dirty = stats.dirty_count;
    c->round_began = now;
    c->round_written = stats.total_written;
    return enough ? XGS_POLICY_STOP_AND_COPY : XGS_POLICY_CONTINUE_PRECOPY;
}

int checkpoint_suspended(struct checkpoint *c, struct xr_error *err)
{
    say(c, "suspended %llu", (unsigned long long)now_ns());
    return stages_suspended(&c->stages, err);
}

void checkpoint_end(struct checkpoint *c)
{
    stages_close(&c->stages);
}
