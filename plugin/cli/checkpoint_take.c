/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * At every instant of this either the domain lives or its image is complete
 * and on the disk.
 */
#include "config.h"

#include "cli/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/guardian.h"
#include "cli/new_image.h"
#include "cli/progress.h"
#include "cli/restore_image.h"
#include "cli/watch.h"
#include "lib/seal_image.h"
#include "lib/xl_file.h"
#include "util/cleanup.h"
#include "util/fault.h"
#include "xen/knowledge.h"
#include "xen/libxl.h"
#include "domain/scripts.h"

/* A checkpoint under way. */
struct taking {
    struct checkpoint_plan *plan;
    struct checkpoint_outcome *outcome;
    struct libxl_session *libxl;
    struct new_image image;
    struct guardian guardian;
    struct progress bar;
    int progress[2];         /* from libxl-save-helper */
    uint64_t suspended_at;   /* ns; 0: not, or nobody has said so */
};

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static uint32_t domid_of(const struct taking *t)
{
    return t->plan->judgement.domain.domid;
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

static int set_number(const char *name, unsigned int value)
{
    char text[16];

    snprintf(text, sizeof(text), "%u", value);
    return setenv(name, text, 1);
}

/* How the save hook hears of it. */
static int announce(struct taking *t)
{
    const struct checkpoint_plan *p = t->plan;
    int r = setenv("XR_INTENT", "checkpoint", 1);

    /* "restore" and "hold" are this process's business, by not resuming. */
    r |= setenv("XR_ON_NOT_RESUMABLE",
                policy_name(p->policy == POLICY_FORCE ? POLICY_FORCE
                                                      : POLICY_HOLD), 1);
    r |= setenv("XR_ON_UNKNOWN", policy_name(POLICY_PROCEED), 1);
    r |= setenv("XR_LIVE", p->live ? "yes" : "no", 1);
    r |= setenv("XR_IMAGE", p->path, 1);
    r |= set_number("XR_PROGRESS_FD", (unsigned int)t->progress[1]);
    if (p->max_freeze)
        r |= set_number("XR_MAX_FREEZE", p->max_freeze);
    if (p->hook_dir)
        r |= setenv("XR_HOOK_DIR", p->hook_dir, 1);
    if (p->labels)
        r |= setenv("XR_LABELS", p->labels, 1);
    return r ? -errno : 0;
}

/* The file's beginning, as xl writes it: xl restore reads it. */
static int write_header(struct taking *t, struct xr_error *err)
{
    CLEANUP_FREE char *json = NULL;
    int r = fault_step("the configuration", err);

    if (!r)
        r = libxl_session_config(t->libxl, domid_of(t), &json, err);

    if (!r)
        r = fault_step("the header", err);
    return r ? r : xl_file_begin(t->image.fd, json, err);
}

static int run_scripts(struct taking *t, enum script_stage stage,
                       struct xr_error *err)
{
    const struct checkpoint_plan *p = t->plan;
    struct judgement now = p->judgement;
    const struct script_order order = {
        .dir = p->hook_dir ? p->hook_dir : p->config.hook_dir,
        .timeout = p->config.hook_timeout,
        .image = p->path,
        .keep = p->keep,
    };
    int r = fault_step(script_stage_name(stage), err);

    if (r)
        return r;
    now.domain.domid = t->outcome->domid; /* a new one after a restore */
    return scripts_run(&order, stage, &now, err);
}

static bool is_suspended(const struct taking *t)
{
    struct domain d;

    return !domain_read(t->plan->connection.xch, domid_of(t), &d, NULL)
           && domain_is_suspended(&d);
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
    r = libxl_session_save(t->libxl, domid_of(t), t->image.fd, &watcher, err);
    progress_end(&t->bar);
    on_readable(t); /* what came last */
    if (!r && !t->suspended_at)
        r = error_set(err, EIO, "the plugin had no part in the save, nor had "
                      "the hooks: xen-resumable doctor may say why");
    return r ? r : fault_step("the end of the save", err);
}

/*
 * After a save that failed.  A guest may suspend when libxl has long given up
 * waiting for it: it is looked after for some seconds more.
 */
static void let_it_go_on(struct taking *t)
{
    const struct timespec pause = { .tv_nsec = 100000000 };
    unsigned int polls = t->plan->config.watch * 10;
    struct xr_error err;

    do {
        if (is_suspended(t)) {
            if (libxl_session_resume(t->libxl, domid_of(t), &err))
                complain("%s: %s", t->plan->judgement.name, err.message);
            return;
        }
        nanosleep(&pause, NULL);
    } while (polls--);
}

static int give_up(struct taking *t, const struct xr_error *why)
{
    struct xr_error err;

    complain_error(t->plan->judgement.name, why);
    new_image_abandon(&t->image);
    if (run_scripts(t, STAGE_FAILED, &err))
        complain("%s", err.message);
    return STATUS_NO;
}

static int seal(struct taking *t, struct xr_error *err)
{
    CLEANUP_VERIFY struct verify_result result = { .ok = false };
    const struct verify_options options = { 0 };
    bool was_sealed;
    struct seal seal;
    int r;

    if (!t->plan->seal || !new_image_is_file(&t->image))
        return 0;
    if (lseek(t->image.fd, 0, SEEK_SET) < 0)
        return error_system(err, errno, "%s", t->plan->path);
    r = fault_step("the seal", err);
    if (r)
        return r;
    r = seal_image(t->image.fd, &options, &result, &seal, &was_sealed, err);
    t->outcome->sealed = !r;
    return r;
}

/* The image gets its name; until then the former one stays. */
static int finish_image(struct taking *t, struct xr_error *err)
{
    struct stat st;
    int r = seal(t, err);

    if (!r)
        r = fault_step("the sync", err);
    if (!r)
        r = new_image_sync(&t->image, err);
    if (!r && new_image_is_file(&t->image) && !fstat(t->image.fd, &st))
        t->outcome->bytes = (uint64_t)st.st_size;
    if (!r)
        r = fault_step("the rename", err);
    if (!r)
        r = new_image_commit(&t->image, t->plan->keep, err);
    return r;
}

static int resume(struct taking *t, struct xr_error *err)
{
    uint64_t now;
    int r = fault_step("the resume", err);

    if (!r)
        r = libxl_session_resume(t->libxl, domid_of(t), err);
    now = now_ns();
    if (!r && t->suspended_at && now > t->suspended_at)
        t->outcome->freeze_ms = (double)(now - t->suspended_at) / 1e6;
    return r;
}

/* To the hooks, that the guest goes on and the image is there. */
static int tell_resumed(struct taking *t)
{
    struct xr_error err;

    if (!run_scripts(t, STAGE_RESUMED, &err))
        return 0;
    complain("%s", err.message);
    complain("%s is complete; what the hooks keep of the disks may not belong"
             " to it", t->plan->path);
    return -EIO;
}

/* The guest is suspended, the stream is written; now it goes on by a 1. */
static int go_on(struct taking *t)
{
    const struct target_file target = {
        .path = t->plan->path,
        .state = TARGET_COMPLETE,
    };
    struct xr_error err;
    int r = resume(t, &err);

    if (r) {
        /* Its image is all that it has. */
        complain_error(t->plan->judgement.name, &err);
        if (finish_image(t, &err))
            complain("%s: %s", t->plan->path, err.message);
        return STATUS_NO;
    }
    r = finish_image(t, &err);
    if (r)
        return give_up(t, &err);
    if (tell_resumed(t))
        return STATUS_NO;
    return watch_domain(&t->plan->connection, &t->plan->judgement, &target,
                        t->plan->config.watch, &t->plan->pulse)
               ? STATUS_YES : STATUS_NO;
}

/*
 * What is known of the guest's kernel is what makes the next checkpoint safe;
 * the image lacks it if its record was not to be, or could not be written.
 */
static void hand_on_knowledge(struct taking *t)
{
    struct store *store = t->plan->connection.store;
    uint32_t domid = t->outcome->domid;
    CLEANUP_FREE char *origin =
        store_read_domain(store, domid, "image/xen-resumable");
    struct xr_error err;

    if (!origin && t->plan->judgement.notes.count
        && knowledge_write(store, domid, &t->plan->judgement.notes, "restore",
                           &err))
        complain_error(t->plan->judgement.name, &err);
}

static int verify_file(const char *path, struct xr_error *err)
{
    CLEANUP_VERIFY struct verify_result result = { .ok = false };
    const struct verify_options options = { 0 };
    CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
    int r = fd < 0 ? error_system(err, errno, "%s", path)
                   : verify_image(fd, &options, &result, err);

    if (!r && !result.ok)
        r = error_set(err, EBADMSG, "the image just written is not sound");
    return r;
}

/*
 * The image is whole, verified and on the disk before the domain is given up;
 * if it is not, the domain stays, suspended, with all its memory.
 */
static int go_on_in_new_domain(struct taking *t)
{
    const char *path = t->plan->path;
    struct restore_order order = { .path = path, .container = CONTAINER_XL };
    struct xr_error err;
    int r = finish_image(t, &err);

    if (!r)
        r = fault_step("the verification", &err);
    if (!r)
        r = verify_file(path, &err);
    if (!r)
        r = fault_step("the destruction", &err);
    if (!r)
        r = libxl_session_destroy(t->libxl, domid_of(t), &err);
    if (r) {
        complain_error(t->plan->judgement.name, &err);
        complain("%s (domain %u) stays suspended, with all its memory",
                 t->plan->judgement.name, domid_of(t));
        return STATUS_NO;
    }
    t->outcome->restored = true;
    order.change.domid = t->plan->same_domid ? domid_of(t) : 0;
    if (fault_step("the restore", &err) || restore_image(&order, &err)
        || store_find_domain(t->plan->connection.store,
                             t->plan->judgement.name, &t->outcome->domid,
                             &err)) {
        complain_error(path, &err);
        complain("%s was not restored; its image is complete: xl restore %s",
                 t->plan->judgement.name, path);
        return STATUS_NO;
    }
    hand_on_knowledge(t);
    if (tell_resumed(t))
        return STATUS_NO;
    return STATUS_YES;
}

static int stay_suspended(struct taking *t)
{
    struct xr_error err;

    if (finish_image(t, &err)) {
        complain_error(t->plan->judgement.name, &err);
        return STATUS_NO;
    }
    complain("%s (domain %u) stays suspended; %s is its image",
             t->plan->judgement.name, domid_of(t), t->plan->path);
    return STATUS_YES;
}

static int take(struct taking *t)
{
    struct xr_error err;
    int r = new_image_name(&t->image, t->plan->path, &err);

    if (!r)
        r = guardian_post(&t->guardian, domid_of(t), t->image.temporary,
                          t->progress, &err);
    if (!r)
        r = run_scripts(t, STAGE_PRE_SUSPEND, &err);
    if (!r)
        r = fault_step("the new file", &err);
    if (!r)
        r = new_image_open(&t->image, &err);
    if (!r)
        r = write_header(t, &err);
    if (r)
        return give_up(t, &err);
    r = save(t, &err);
    if (r) {
        let_it_go_on(t);
        return give_up(t, &err);
    }
    switch (t->plan->policy) {
    case POLICY_RESTORE:
        return go_on_in_new_domain(t);
    case POLICY_HOLD:
        return stay_suspended(t);
    default:
        return go_on(t);
    }
}

int checkpoint_take(struct checkpoint_plan *plan,
                    struct checkpoint_outcome *out)
{
    CLEANUP_LIBXL struct libxl_session *libxl = NULL;
    struct taking t = {
        .plan = plan,
        .outcome = out,
        .image = { .fd = -1 },
        .guardian = { -1, -1 },
        .progress = { -1, -1 },
    };
    uint64_t began = now_ns();
    struct xr_error err;
    int status;

    fault_begin();
    if (libxl_session_open(&libxl, &err))
        return complain_error("checkpoint", &err);
    t.libxl = libxl;
    out->domid = domid_of(&t);
    /* The writing end is libxl-save-helper's, too. */
    if (pipe(t.progress) || fcntl(t.progress[0], F_SETFD, FD_CLOEXEC)
        || fcntl(t.progress[0], F_SETFL, O_NONBLOCK) || announce(&t)) {
        complain("checkpoint: %s", strerror(errno));
        status = STATUS_ERROR;
    } else {
        take_signals();
        status = take(&t);
    }
    new_image_abandon(&t.image);
    guardian_dismiss(&t.guardian);
    cleanup_close(&t.progress[0]);
    cleanup_close(&t.progress[1]);
    out->total_ms = (double)(now_ns() - began) / 1e6;
    return status;
}
