/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * At every instant of this either the domain lives or its image is complete
 * and on the disk; and what hooks are told is what has become of both.
 */
#include "config.h"

#include "cli/checkpoint_taking.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/connection.h"
#include "cli/restore_image.h"
#include "cli/watch.h"
#include "domain/own_suspend.h"
#include "lib/seal_image.h"
#include "lib/verify.h"
#include "util/cleanup.h"
#include "util/fault.h"
#include "xen/knowledge.h"

/*
 * The last stage, by what has become of the image and of the guest.  A hook
 * that fails over an image that is there has kept nothing of the disks for it.
 */
static int tell_hooks(struct taking *t, xc_interface *xch)
{
    const struct checkpoint_plan *p = t->plan;
    bool complete = stages_image_is_in_place(&t->stages);
    enum guest_fate guest;
    struct xr_error err;
    uint32_t domid;

    guest = guest_fate_read(xch, &p->judgement.domain, &domid);
    if (guest == FATE_RUNS && t->outcome->restored)
        guest = FATE_RESTORED; /* its new domain has the old one's number */
    if (!stages_end(&t->stages, complete ? IMAGE_COMPLETE
                                         : image_fate_without_new(p->path),
                    guest, domid, &err))
        return 0;
    complain("%s", err.message);
    if (complete)
        complain("%s is complete; what the hooks keep of the disks may not "
                 "belong to it", p->path);
    return -EIO;
}

static int tell(struct taking *t)
{
    return tell_hooks(t, t->plan->connection.xch);
}

/* Between its destruction and its restore a guest is in its image alone. */
static void say_where_it_is(const struct taking *t, xc_interface *xch)
{
    const struct checkpoint_plan *p = t->plan;
    uint32_t domid;

    if (guest_fate_read(xch, &p->judgement.domain, &domid) == FATE_GONE
        && stages_image_is_in_place(&t->stages))
        complain("the checkpoint was killed, and the domain of %s is gone; its "
                 "image is complete: xl restore %s", p->judgement.name, p->path);
}

/* In the guardian's process, which shares no handle with this one. */
void checkpoint_tell_after_kill(void *data)
{
    CLEANUP_CONNECTION struct connection connection = { 0 };
    struct xr_error err;

    if (connection_open(&connection, &err)) {
        complain_error("the checkpoint was killed", &err);
        return;
    }
    say_where_it_is(data, connection.xch);
    (void)tell_hooks(data, connection.xch);
}

static bool is_suspended(const struct taking *t)
{
    struct domain d;

    return !domain_read(t->plan->connection.xch, taking_domid(t), &d, NULL)
           && domain_is_suspended(&d);
}

/*
 * The lock's record says so from now on: a save under the plugin can rely on
 * it.  NULL: there is no image.
 */
static void leave_suspended(const struct taking *t, const char *image)
{
    struct xr_error err;

    if (lock_set_state(t->plan->lock.name, LOCK_HELD, &err))
        complain_error(t->plan->judgement.name, &err);
    say_it_is_held(&t->plan->judgement, image);
}

/*
 * After a save that failed.  A guest may suspend when libxl has long given up
 * waiting for it: it is looked after for some seconds more.  One that is not to
 * get a 1 gets none now, either.
 */
static void let_it_go_on(struct taking *t)
{
    struct xr_error err;

    if (!own_suspend_wait(&t->plan->lock, t->plan->connection.xch,
                          t->plan->config.watch))
        return;
    if (policy_ending(t->plan->policy, false) == ENDING_HOLD)
        leave_suspended(t, NULL);
    else if (libxl_session_resume(t->libxl, taking_domid(t), &err))
        complain("%s: %s", t->plan->judgement.name, err.message);
}

int checkpoint_give_up(struct taking *t, const struct xr_error *why)
{
    complain_error(t->plan->judgement.name, why);
    new_image_abandon(&t->image);
    (void)tell(t);
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

/* Before the former one is replaced, or the domain is given up for it. */
static int verify(struct taking *t, struct xr_error *err)
{
    CLEANUP_VERIFY struct verify_result result = { .ok = false };
    const struct verify_options options = { 0 };
    int r = fault_step("the verification", err);

    if (r)
        return r;
    if (lseek(t->image.fd, 0, SEEK_SET) < 0)
        return error_system(err, errno, "%s", t->plan->path);
    r = verify_image(t->image.fd, &options, &result, err);
    if (!r && !result.ok)
        r = error_set(err, EBADMSG, "the image just written is not sound");
    return r;
}

/*
 * The file is whole and on the disk, and gets the image's name.  Something else
 * may have that by now, or have become a domain's disk.
 */
static int commit(struct taking *t, struct xr_error *err)
{
    const struct target target = checkpoint_target(t->plan);
    struct stat st;
    int r;

    if (!new_image_is_file(&t->image)) {
        stages_image_is(&t->stages, NULL);
        return new_image_commit(&t->image, t->plan->keep, err);
    }
    if (fstat(t->image.fd, &st))
        return error_system(err, errno, "%s", t->plan->path);
    r = target_check(&t->plan->connection, &target, err);
    if (r)
        return r;
    t->outcome->bytes = (uint64_t)st.st_size;
    stages_image_is(&t->stages, &st);
    return new_image_commit(&t->image, t->plan->keep, err);
}

/*
 * Who cannot judge an image does not say that it is not sound: it is kept, but
 * nothing is given up for it.
 */
static int judge(struct taking *t, struct xr_error *err)
{
    int r = seal(t, err);

    if (!r && policy_needs_file(t->plan->policy))
        r = verify(t, err);
    if (!verify_cannot_judge(r))
        return r;
    t->unjudged = true;
    complain_error(t->plan->path, err);
    complain("%s is kept all the same%s", t->plan->path,
             t->plan->seal ? ", without a seal" : "");
    return 0;
}

/* The image gets its name; until then the former one stays. */
static int finish_image(struct taking *t, struct xr_error *err)
{
    int r = judge(t, err);

    if (!r)
        r = fault_step("the sync", err);
    if (!r)
        r = new_image_sync(&t->image, err);
    if (!r)
        r = fault_step("the rename", err);
    return r ? r : commit(t, err);
}

/* NULL: there is none.  Of a pipe somebody else knows where it ends. */
static const char *image_in_place(const struct taking *t)
{
    const char *path = t->plan->path;

    if (!stages_image_is_in_place(&t->stages))
        return NULL;
    return image_fate_without_new(path) == IMAGE_NONE ? "IMAGE" : path;
}

static int resume(struct taking *t, struct xr_error *err)
{
    uint64_t now;
    int r = fault_step("the resume", err);

    if (!r)
        r = libxl_session_resume(t->libxl, taking_domid(t), err);
    now = taking_now_ns();
    if (!r && t->suspended_at && now > t->suspended_at)
        t->outcome->freeze_ms = (double)(now - t->suspended_at) / 1e6;
    return r;
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
        if (is_suspended(t))
            leave_suspended(t, image_in_place(t));
        (void)tell(t);
        return STATUS_NO;
    }
    r = finish_image(t, &err);
    if (r)
        return checkpoint_give_up(t, &err);
    if (tell(t))
        return STATUS_NO;
    lock_release(&t->plan->lock);
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

/* With its image or without: whoever gives the domain up, knows which. */
static int stays_suspended(struct taking *t, const struct xr_error *why)
{
    complain_error(t->plan->judgement.name, why);
    leave_suspended(t, image_in_place(t));
    (void)tell(t);
    return STATUS_NO;
}

static int restore_it(struct taking *t, struct xr_error *err)
{
    const struct restore_order order = {
        .path = t->plan->path,
        .container = CONTAINER_XL,
        .change.domid = t->plan->same_domid ? taking_domid(t) : 0,
    };
    int r = fault_step("the restore", err);

    if (!r)
        r = restore_image(&order, err);
    if (!r)
        r = store_find_domain(t->plan->connection.store,
                              t->plan->judgement.name, &t->outcome->domid,
                              err);
    return r;
}

/*
 * The image is whole, verified and on the disk before the domain is given up;
 * if it is not, the domain stays, suspended, with all its memory.
 */
static int go_on_in_new_domain(struct taking *t)
{
    struct xr_error err;
    int r = finish_image(t, &err);

    if (!r && t->unjudged)
        r = error_because(&err, XR_REASON_CANNOT_JUDGE, ENOTSUP, "the domain "
                          "is not given up for an image that cannot be "
                          "judged");
    if (!r)
        r = fault_step("the destruction", &err);
    if (!r)
        r = libxl_session_destroy(t->libxl, taking_domid(t), &err);
    if (r)
        return stays_suspended(t, &err);
    if (restore_it(t, &err)) {
        complain_error(t->plan->path, &err);
        complain("%s was not restored; its image is complete: xl restore %s",
                 t->plan->judgement.name, t->plan->path);
        (void)tell(t);
        return STATUS_NO;
    }
    t->outcome->restored = true;
    hand_on_knowledge(t);
    return tell(t) ? STATUS_NO : STATUS_YES;
}

static int stay_suspended(struct taking *t)
{
    struct xr_error err;

    if (finish_image(t, &err))
        return stays_suspended(t, &err);
    leave_suspended(t, image_in_place(t));
    return tell(t) ? STATUS_NO : STATUS_YES;
}

int checkpoint_end_without_image(struct taking *t, const struct xr_error *why)
{
    let_it_go_on(t);
    return checkpoint_give_up(t, why);
}

int checkpoint_end(struct taking *t)
{
    stages_hide(&t->stages);
    switch (policy_ending(t->plan->policy, true)) {
    case ENDING_RESTORE:
        return go_on_in_new_domain(t);
    case ENDING_HOLD:
        return stay_suspended(t);
    case ENDING_RESUME:
        break;
    }
    return go_on(t);
}

