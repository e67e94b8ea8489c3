/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * At every instant of this either the domain lives or its image is complete
 * and on the disk.
 */
#include "config.h"

#include "cli/checkpoint_taking.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/xl_file.h"
#include "util/cleanup.h"
#include "util/fault.h"

uint64_t taking_now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* Signals: while libxl is waited for, they end the save, not the process. */

static volatile sig_atomic_t stop_wanted;

static void want_stop(int signal)
{
    (void)signal;
    stop_wanted = 1;
}

/*
 * Blocked but for the wait, so that libxl-save-helper inherits that: it is
 * libxl that ends it, by a SIGTERM, and not the terminal.
 */
static void take_signals(void)
{
    static const int signals[] = { SIGINT, SIGHUP, SIGQUIT, SIGTERM };
    const struct sigaction action = { .sa_handler = want_stop };
    sigset_t blocked;
    size_t i;

    signal(SIGPIPE, SIG_IGN); /* of who reads the complaints no more */
    sigemptyset(&blocked);
    for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        sigaction(signals[i], &action, NULL);
        if (signals[i] != SIGTERM)
            sigaddset(&blocked, signals[i]);
    }
    sigprocmask(SIG_BLOCK, &blocked, NULL);
}

static bool wants_stop(void *data)
{
    (void)data;
    return stop_wanted;
}

/* What the save hook says (hook/checkpoint.c). */

static void take_line(struct taking *t, const char *line)
{
    unsigned long long at;
    unsigned int round;

    if (sscanf(line, "suspended %llu", &at) == 1)
        t->suspended_at = at;
    else if (sscanf(line, "round %u", &round) == 1)
        t->outcome->rounds = round;
}

/* Lines come whole: each was one short write. */
static void on_readable(void *data)
{
    struct taking *t = data;
    char text[4096];
    ssize_t n = read(t->progress[0], text, sizeof(text) - 1);
    char *line, *rest = text;

    if (n <= 0)
        return;
    text[n] = '\0';
    while ((line = strsep(&rest, "\n")))
        take_line(t, line);
}

static void on_tick(void *data)
{
    struct taking *t = data;
    struct stat st;

    if (new_image_is_file(&t->image) && !fstat(t->image.fd, &st))
        progress_show(&t->bar, (uint64_t)st.st_size,
                      t->plan->judgement.domain.pages * 4096);
}

/* How the save hook hears of it. */
static int announce(const struct taking *t, struct xr_error *err)
{
    const struct checkpoint_plan *p = t->plan;
    struct request request = {
        .intent = INTENT_CHECKPOINT,
        /* Also for the resume door, where "restore" is "hold". */
        .policies = p->config.policies,
        .live = p->live,
        .image = p->path,
        .hook_dir = p->hook_dir,
        .labels = p->labels,
        .max_freeze = p->max_freeze,
        .progress_fd = t->progress[1],
        .stages_fd = -1,
    };
    int r = stages_announce(&t->stages, &request, err);

    return r ? r : request_announce(&request, err);
}

/* The file's beginning, as xl writes it: xl restore reads it. */
static int write_header(struct taking *t, struct xr_error *err)
{
    CLEANUP_FREE char *json = NULL;
    int r = fault_step("the configuration", err);

    if (!r)
        r = libxl_session_config(t->libxl, taking_domid(t), &json, err);

    if (!r)
        r = fault_step("the header", err);
    return r ? r : xl_file_begin(t->image.fd, json, err);
}

static int save(struct taking *t, struct xr_error *err)
{
    const struct libxl_watcher watcher = {
        .fd = t->progress[0],
        .on_readable = on_readable,
        .on_tick = on_tick,
        .wants_stop = wants_stop,
        .data = t,
    };
    int r = fault_step("the save", err);

    if (r)
        return r;
    progress_begin(&t->bar, t->plan->progress);
    r = libxl_session_save(t->libxl, taking_domid(t), t->image.fd, &watcher,
                           err);
    progress_end(&t->bar);
    on_readable(t); /* what came last */
    /* What is started from now on must not inherit it. */
    cleanup_close(&t->progress[1]);
    t->progress[1] = -1;
    if (!r && !t->suspended_at)
        r = error_set(err, EIO, "the plugin had no part in the save, nor had "
                      "the hooks: xen-resumable doctor may say why");
    return r ? r : fault_step("the end of the save", err);
}

static int post_guardian(struct taking *t, struct xr_error *err)
{
    const struct guardian_order order = {
        .lock = &t->plan->lock,
        .temporary = t->image.temporary,
        .judgement = &t->plan->judgement,
        .stages = &t->stages,
        .hold = policy_ending(t->plan->policy, false) == ENDING_HOLD,
        .afterwards = checkpoint_tell_after_kill,
        .data = t,
    };

    return guardian_post(&t->guardian, &order, err);
}

/* The stream may only go where nothing that counts is, whatever path says now. */
static int open_image(struct taking *t, struct xr_error *err)
{
    const struct target target = checkpoint_target(t->plan);
    int r = fault_step("the new file", err);

    if (!r)
        r = new_image_open(&t->image, err);
    if (!r && !new_image_is_file(&t->image))
        r = target_check_fd(&t->plan->connection, &target, t->image.fd, err);
    return r;
}

static int take(struct taking *t)
{
    struct xr_error err;
    int r = new_image_name(&t->image, t->plan->path, &err);

    if (!r)
        r = post_guardian(t, &err);
    if (!r)
        r = stages_begin(&t->stages, &err);
    if (!r)
        r = open_image(t, &err);
    if (!r)
        r = write_header(t, &err);
    if (r)
        return checkpoint_give_up(t, &err);
    r = save(t, &err);
    if (r)
        return checkpoint_end_without_image(t, &err);
    return checkpoint_end(t);
}

static int open_stages(struct taking *t, struct xr_error *err)
{
    const struct checkpoint_plan *p = t->plan;
    const struct stage_order order = {
        .dir = p->hook_dir ? p->hook_dir : p->config.hook_dir,
        .timeout = p->config.hook_timeout,
        .image = p->path,
        .keep = p->keep,
    };

    return stages_open(&t->stages, &order, &p->judgement, err);
}

/* The writing end of its progress is libxl-save-helper's, too. */
static int begin(struct taking *t, struct xr_error *err)
{
    int r;

    if (pipe(t->progress) || fcntl(t->progress[0], F_SETFD, FD_CLOEXEC)
        || fcntl(t->progress[0], F_SETFL, O_NONBLOCK))
        return error_system(err, errno, "a pipe");
    r = open_stages(t, err);
    return r ? r : announce(t, err);
}

int checkpoint_take(struct checkpoint_plan *plan,
                    struct checkpoint_outcome *out)
{
    CLEANUP_LIBXL struct libxl_session *libxl = NULL;
    struct taking t = {
        .plan = plan,
        .outcome = out,
        .image = { .fd = -1 },
        .guardian = HEIR_NONE,
        .stages = STAGES_NONE,
        .progress = { -1, -1 },
    };
    uint64_t began = taking_now_ns();
    struct xr_error err;
    int status;

    fault_begin();
    fault_role(FAULT_CHECKPOINT);
    if (libxl_session_open(&libxl, &err))
        return complain_error("checkpoint", &err);
    t.libxl = libxl;
    out->domid = taking_domid(&t);
    status = STATUS_ERROR;
    if (begin(&t, &err)) {
        complain_error("checkpoint", &err);
    } else {
        take_signals();
        status = take(&t);
    }
    new_image_abandon(&t.image);
    heir_dismiss(&t.guardian);
    stages_close(&t.stages);
    lock_release(&plan->lock);
    cleanup_close(&t.progress[0]);
    cleanup_close(&t.progress[1]);
    out->total_ms = (double)(taking_now_ns() - began) / 1e6;
    return status;
}
