/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "domain/way_stages.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "domain/environment.h"
#include "domain/program.h"
#include "domain/scripts.h"
#include "util/fault.h"

enum { PATIENCE = 60 }; /* seconds */

const char *way_stage_name(enum way_stage stage)
{
    static const char *const names[] = {
        [WAY_PRE_RESTORE] = "pre-restore",
        [WAY_PUT_BACK] = "put-back",
        [WAY_RESTORED] = "restored",
        [WAY_RESTORE_FAILED] = "restore-failed",
    };

    return names[stage];
}

int way_open(struct way_stages *w, const struct way_order *order,
             struct xr_error *err)
{
    void *page = mmap(NULL, sizeof(*w->page), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (page == MAP_FAILED)
        return error_system(err, errno, "memory");
    *w = (struct way_stages){ .order = *order, .page = page };
    return 0;
}

void way_close(struct way_stages *w)
{
    if (w->page)
        munmap(w->page, sizeof(*w->page));
    w->page = NULL;
}

/* Those before this one, in their order. */
static void put_begun(struct environment *e, uint32_t begun,
                      enum way_stage stage)
{
    char text[64] = "";
    enum way_stage before;

    for (before = WAY_PRE_RESTORE; before < stage; before++)
        if (begun & 1U << before)
            snprintf(text + strlen(text), sizeof(text) - strlen(text),
                     "%s%s", *text ? " " : "", way_stage_name(before));
    environment_put(e, "XR_STAGES", text);
}

static int compose_way(struct environment *e, const struct way_stages *w,
                       enum way_stage stage, uint32_t domid)
{
    const struct way_order *o = &w->order;

    environment_begin(e);
    environment_put(e, "XR_STAGE", way_stage_name(stage));
    put_begun(e, atomic_load(&w->page->begun), stage);
    environment_put(e, "XR_CHECKPOINT", o->checkpoint ? o->checkpoint : "");
    if (domid)
        environment_put_number(e, "XR_DOMID", domid);
    environment_put(e, "XR_NAME", o->name ? o->name : "");
    environment_put(e, "XR_UUID", o->uuid ? o->uuid : "");
    environment_put(e, "XR_DISKS", o->disks ? o->disks : "");
    environment_put(e, "XR_IMAGE", o->image);
    environment_put(e, "XR_RESTORE_DISKS", o->wish);
    if (stage >= WAY_RESTORED)
        environment_put(e, "XR_GUEST_STATE",
                        guest_fate_name((enum guest_fate)w->page->guest));
    return e->failed ? -ENOMEM : 0;
}

/* Nobody waits for a guest that stands still. */
static unsigned int patience(unsigned int timeout)
{
    return timeout < PATIENCE ? PATIENCE : timeout;
}

static int run_way_stage(struct way_stages *w, enum way_stage stage,
                         uint32_t domid, struct xr_error *err)
{
    CLEANUP_ENVIRONMENT struct environment environment = { .count = 0 };
    struct script_order order = {
        .dir = w->order.dir,
        .limit = stage == WAY_PRE_RESTORE ? w->order.timeout
                                          : patience(w->order.timeout),
        .environment = environment.variables,
        .running = &w->page->running,
        .begun = stage >= WAY_RESTORED ? &w->page->scripts : NULL,
    };
    size_t count;
    int r;

    atomic_fetch_or(&w->page->begun, 1U << stage);
    r = fault_step(way_stage_name(stage), err);
    if (!r)
        r = scripts_examine(w->order.dir, &count, err);
    if (!r && count && compose_way(&environment, w, stage, domid))
        r = error_set(err, ENOMEM, "out of memory");
    if (!r && count)
        r = scripts_run(&order, err);
    if (r && err)
        err->reason = XR_REASON_HOOK_FAILED;
    return r;
}

int way_begin(struct way_stages *w, uint32_t domid, struct xr_error *err)
{
    return w->page ? run_way_stage(w, WAY_PRE_RESTORE, domid, err) : 0;
}

int way_put_back(struct way_stages *w, struct xr_error *err)
{
    return w->page ? run_way_stage(w, WAY_PUT_BACK, 0, err) : 0;
}

/* The last stage, if one was begun, else one that is none. */
static enum way_stage last_way_stage(const struct way_stages *w)
{
    uint32_t begun = atomic_load(&w->page->begun);
    enum way_stage stage = WAY_RESTORED;

    while (stage <= WAY_RESTORE_FAILED && !(begun & 1U << stage))
        stage++;
    return stage;
}

/* What a process that was killed has left running: it ends, or is ended. */
static void wait_for_script(const struct way_stages *w)
{
    int32_t left = atomic_load(&w->page->running);

    if (left > 0)
        program_wait_for(left, PATIENCE, PROGRAM_HOOK_GRACE);
}

int way_end(struct way_stages *w, enum guest_fate guest, uint32_t domid,
            struct xr_error *err)
{
    enum way_stage last;
    int r;

    if (!w->page || !(atomic_load(&w->page->begun) & 1U << WAY_PRE_RESTORE)
        || atomic_load(&w->page->ended))
        return 0;
    wait_for_script(w);
    last = last_way_stage(w);
    if (last > WAY_RESTORE_FAILED) {
        last = guest == FATE_RESTORED ? WAY_RESTORED : WAY_RESTORE_FAILED;
        w->page->guest = guest;
        w->page->domid = domid;
    }
    r = run_way_stage(w, last, w->page->domid, err);
    atomic_store(&w->page->ended, 1);
    return r;
}
