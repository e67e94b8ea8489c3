/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "domain/stages.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "domain/environment.h"
#include "domain/program.h"
#include "domain/scripts.h"
#include "domain/stage_page.h"
#include "util/cleanup.h"
#include "util/fault.h"
#include "xen/disks.h"

enum {
    PATIENCE = 60, /* seconds */
    POLLS_PER_SECOND = 10,
};

const char *stage_name(enum stage stage)
{
    static const char *const names[] = {
        [STAGE_PRE_SUSPEND] = "pre-suspend",
        [STAGE_SUSPENDED] = "suspended",
        [STAGE_RESUMED] = "resumed",
        [STAGE_STOPPED] = "stopped",
        [STAGE_FAILED] = "failed",
    };

    return names[stage];
}

enum stage stage_last(enum image_fate image, enum guest_fate guest)
{
    if (image != IMAGE_COMPLETE)
        return STAGE_FAILED;
    return guest == FATE_RUNS || guest == FATE_RESTORED
           || guest == FATE_PAUSED ? STAGE_RESUMED : STAGE_STOPPED;
}

int stages_open(struct stages *s, const struct stage_order *order,
                const struct judgement *judgement, struct xr_error *err)
{
    int r;

    *s = (struct stages){ .order = *order, .judgement = judgement, .fd = -1 };
    r = stage_page_make(order->id, &s->page, &s->fd);
    return r ? error_system(err, -r, "the checkpoint's stages") : 0;
}

void stages_close(struct stages *s)
{
    stage_page_unmap(s->page);
    cleanup_close(&s->fd);
    s->page = NULL;
    s->fd = -1;
}

int stages_announce(const struct stages *s, struct request *request,
                    struct xr_error *err)
{
    if (!s->page)
        return 0;
    if (fcntl(s->fd, F_SETFD, 0))
        return error_system(err, errno, "the checkpoint's stages");
    request->keep = s->order.keep;
    request->checkpoint = s->page->id;
    request->stages_fd = s->fd;
    return 0;
}

void stages_hide(const struct stages *s)
{
    if (s->page)
        fcntl(s->fd, F_SETFD, FD_CLOEXEC);
}

int stages_join(struct stages *s, const struct stage_order *order,
                const struct request *request,
                const struct judgement *judgement, struct xr_error *err)
{
    *s = (struct stages){ .order = *order, .judgement = judgement, .fd = -1 };
    if (stage_page_find(request->checkpoint, request->stages_fd, &s->page))
        return stages_open(s, order, judgement, err);
    s->fd = request->stages_fd;
    stage_page_mark_saver(s->fd);
    return 0;
}

const char *stages_id(const struct stages *s)
{
    return s->page ? s->page->id : NULL;
}

void stages_wait_for_saver(const struct stages *s)
{
    const struct timespec pause = { .tv_nsec = 1000000000 / POLLS_PER_SECOND };
    unsigned int polls = PATIENCE * POLLS_PER_SECOND;

    while (s->page && polls-- && stage_page_saver(s->fd))
        nanosleep(&pause, NULL);
}

void stages_end_saver(const struct stages *s, int signal)
{
    pid_t pid = s->page ? stage_page_saver(s->fd) : 0;

    if (pid > 0)
        kill(pid, signal);
}

/* Those before this one, in their order. */
static void put_stages(struct environment *e, const struct stages *s,
                       enum stage stage)
{
    uint32_t begun = atomic_load(&s->page->begun);
    char text[64] = "";
    enum stage before;

    for (before = STAGE_PRE_SUSPEND; before < stage; before++)
        if (begun & 1U << before)
            snprintf(text + strlen(text), sizeof(text) - strlen(text),
                     "%s%s", *text ? " " : "", stage_name(before));
    environment_put(e, "XR_STAGES", text);
}

static int compose_environment(struct environment *e, const struct stages *s,
                               enum stage stage, struct xr_error *err)
{
    const struct judgement *j = s->judgement;
    const struct stage_page *p = s->page;
    bool last = stage >= STAGE_RESUMED;

    environment_begin(e);
    environment_put(e, "XR_STAGE", stage_name(stage));
    put_stages(e, s, stage);
    environment_put(e, "XR_CHECKPOINT", p->id);
    environment_put_number(e, "XR_DOMID", last ? p->domid : j->domain.domid);
    environment_put(e, "XR_NAME", j->name);
    environment_put(e, "XR_UUID", j->domain.uuid);
    environment_put(e, "XR_DISKS", p->disks);
    environment_put(e, "XR_IMAGE", s->order.image ? s->order.image : "");
    environment_put_number(e, "XR_KEEP", s->order.keep);
    if (last) {
        environment_put(e, "XR_IMAGE_STATE", image_fate_name(p->image));
        environment_put(e, "XR_GUEST_STATE", guest_fate_name(p->guest));
    }
    return e->failed ? error_set(err, ENOMEM, "out of memory") : 0;
}

/*
 * The last stage may need them when the domain is gone.  A hook that is told of
 * no disks keeps none, and says that all is well.
 */
static int note_disks(struct stages *s, struct xr_error *err)
{
    CLEANUP_FREE char *disks = disks_list(s->judgement->domain.domid);

    if (!disks)
        return error_set(err, EIO, "the guest's disks cannot be listed for "
                         "the hooks");
    if (strlen(disks) >= STAGE_DISKS_MAX)
        return error_set(err, E2BIG, "the list of the guest's disks is too "
                         "long for the hooks");
    strcpy(s->page->disks, disks);
    return 0;
}

static int run_stage(struct stages *s, enum stage stage, struct xr_error *err)
{
    CLEANUP_ENVIRONMENT struct environment environment = { .count = 0 };
    bool last = stage >= STAGE_RESUMED;
    struct script_order order = {
        .dir = s->order.dir,
        .limit = last && s->order.timeout < PATIENCE ? PATIENCE
                                                     : s->order.timeout,
        .environment = environment.variables,
        .running = &s->page->running,
        .begun = last ? &s->page->scripts : NULL,
    };
    size_t count;
    int r;

    atomic_fetch_or(&s->page->begun, 1U << stage);
    r = fault_step(stage_name(stage), err);
    if (!r)
        r = scripts_examine(s->order.dir, &count, err);
    if (r || !count)
        return r;
    if (!last)
        r = note_disks(s, err);
    if (r)
        return r;
    r = compose_environment(&environment, s, stage, err);
    return r ? r : scripts_run(&order, err);
}

int stages_begin(struct stages *s, struct xr_error *err)
{
    return run_stage(s, STAGE_PRE_SUSPEND, err);
}

int stages_suspended(struct stages *s, struct xr_error *err)
{
    return s->page ? run_stage(s, STAGE_SUSPENDED, err)
                   : error_set(err, ENOMEM, "out of memory");
}

bool stages_was_suspended(const struct stages *s)
{
    return s->page && atomic_load(&s->page->begun) & 1U << STAGE_SUSPENDED;
}

void stages_image_is(struct stages *s, const struct stat *file)
{
    if (!s->page)
        return;
    if (file) {
        s->page->device = file->st_dev;
        s->page->inode = file->st_ino;
    }
    atomic_store(&s->page->placed, file ? PLACED_FILE : PLACED_ELSEWHERE);
}

bool stages_image_is_in_place(const struct stages *s)
{
    uint32_t placed = s->page ? atomic_load(&s->page->placed) : PLACED_NOT;
    struct stat now;

    return placed == PLACED_ELSEWHERE
           || (placed == PLACED_FILE && !stat(s->order.image, &now)
               && now.st_dev == s->page->device
               && now.st_ino == s->page->inode);
}

/* The last stage, if one was begun, else one that is none. */
static enum stage last_begun(const struct stages *s)
{
    uint32_t begun = atomic_load(&s->page->begun);
    enum stage stage = STAGE_RESUMED;

    while (stage <= STAGE_FAILED && !(begun & 1U << stage))
        stage++;
    return stage;
}

void stages_wait_for_program(const struct stages *s)
{
    int32_t left = s->page ? atomic_load(&s->page->running) : 0;

    if (left > 0)
        program_wait_for(left, PATIENCE, PROGRAM_DRIVER_GRACE);
}

int stages_end(struct stages *s, enum image_fate image, enum guest_fate guest,
               uint32_t domid, struct xr_error *err)
{
    const uint32_t pre_suspend = 1U << STAGE_PRE_SUSPEND;
    enum stage last;
    int r;

    if (!s->page || !(atomic_load(&s->page->begun) & pre_suspend)
        || atomic_load(&s->page->ended))
        return 0;
    stages_wait_for_program(s);
    last = last_begun(s);
    if (last > STAGE_FAILED) {
        last = stage_last(image, guest);
        s->page->image = image;
        s->page->guest = guest;
        s->page->domid = domid;
    }
    r = run_stage(s, last, err);
    atomic_store(&s->page->ended, 1);
    return r;
}
