/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All that can be asked before a checkpoint is asked here, while the guest
 * notices nothing.
 */
#include "config.h"

#include "engine/checkpoint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "domain/scripts.h"
#include "engine/bindings.h"
#include "engine/checkpoint_disks.h"
#include "engine/configuration.h"
#include "engine/parent_image.h"
#include "engine/refusal.h"
#include "lib/stored_kernel.h"
#include "util/cleanup.h"
#include "xen/hypervisor.h"

enum {
    /* What an image has beside the pages: CPU states, those of devices. */
    OVERHEAD = 16 << 20,
    PAGE = 4096,
    /* And with each: its entry, its digest, its part of what aligns lists. */
    BESIDE_PAGE = 32,
};

static enum checkpoint_disks wanted_disks(const struct config *config)
{
    return config->disks == DISKS_NONE ? CHECKPOINT_DISKS_NONE
           : config->disks == DISKS_REQUIRE ? CHECKPOINT_DISKS_REQUIRE
                                            : CHECKPOINT_DISKS_AUTO;
}

struct checkpoint *checkpoint_new(const struct events *events)
{
    struct checkpoint *c = calloc(1, sizeof(*c));

    if (!c)
        return NULL;
    c->events = events;
    c->lock = (struct lock)LOCK_NONE;
    configuration_read(&c->config, events);
    c->options = (struct checkpoint_options){
        .live = c->config.live == LIVE_NEVER ? CHECKPOINT_LIVE_NO
                                             : CHECKPOINT_LIVE_AUTO,
        .policies = c->config.policies,
        .layout = c->config.layout == CONFIG_STREAM ? CHECKPOINT_STREAM
                                                    : CHECKPOINT_FLAT,
        .disks = wanted_disks(&c->config),
        .parent = "auto",
        .hook_dir = c->config.hook_dir,
        .watch = c->config.watch,
    };
    return c;
}

void checkpoint_lend_lock(struct checkpoint *c, const struct lock *lock)
{
    c->lock = *lock;
    c->is_lent = true;
}

void checkpoint_release_lock(struct checkpoint *c)
{
    if (c->is_lent)
        c->lock = (struct lock)LOCK_NONE;
    lock_release(&c->lock);
}

void checkpoint_free(struct checkpoint *c)
{
    if (!c)
        return;
    checkpoint_release_lock(c);
    disk_plan_free(&c->disks);
    judgement_free(&c->judgement);
    connection_close(&c->connection);
    config_free(&c->config);
    free(c->path);
    free(c->parent);
    free(c);
}

struct checkpoint_options *checkpoint_options(struct checkpoint *c)
{
    return &c->options;
}

static int checkpoint_judge(struct checkpoint *c, struct xr_error *err)
{
    const struct judge_aids aids = {
        .overrides = &c->config.overrides,
        .stored_kernel = stored_kernel_notes,
    };
    uint32_t domid;
    int r = store_find_domain(c->connection.store, c->options.domain, &domid,
                              err);

    if (!r)
        r = judge_domain_with(c->connection.xch, c->connection.store, domid,
                              &aids, &c->judgement, err);
    if (!r)
        c->policy = checkpoint_policy(c->judgement.verdict.resumable,
                                      &c->options.policies);
    return r;
}

static void say_checkpoint_waits(const char *for_whom, const void *data)
{
    const struct checkpoint *c = data;

    events_say(c->events, MESSAGE_INFO, "%s (domain %u): waiting for %s",
               c->judgement.name, c->judgement.domain.domid, for_whom);
}

static bool checkpoint_is_to_stop(const void *data)
{
    const struct checkpoint *c = data;

    return events_progress(c->events, 0, 0);
}

static int checkpoint_refuse(const struct checkpoint *c, struct xr_error *err)
{
    return refuse_save(c->events, &c->judgement, "checkpointed",
                       checkpoint_file(c), err);
}

static int refuse_obstacle(const struct checkpoint *c,
                           const struct obstacle *o, struct xr_error *err)
{
    return refuse_save_by(c->events, &c->judgement, "checkpointed",
                          checkpoint_file(c), o, err);
}

/*
 * What was read while another one was at work on the domain is out of date.  A
 * dry run takes no lock.
 */
static int checkpoint_take_lock(struct checkpoint *c, struct xr_error *err)
{
    struct domain *d = &c->judgement.domain;
    const struct lock_wish wish = {
        .uuid = d->uuid,
        .domid = d->domid,
        .intent = INTENT_CHECKPOINT,
        .timeout = c->config.lock_timeout,
        .on_wait = say_checkpoint_waits,
        .wants_stop = checkpoint_is_to_stop,
        .data = c,
    };
    int r = c->options.dry_run || c->is_lent
            ? 0 : lock_take(&wish, &c->lock, err);

    if (r == -ECANCELED)
        return checkpoint_refuse(c, err);
    if (r == -EBUSY)
        return refuse_locked(c->events, c->judgement.name, d->domid,
                             "checkpointed", checkpoint_file(c), err);
    if (!r)
        r = domain_read(c->connection.xch, d->domid, d, err);
    return r ? events_fail(c->events, c->judgement.name, err) : 0;
}

/* Is live what is wanted, and what Xen can do with this guest? */
static bool checkpoint_can_be_live(const struct checkpoint *c)
{
    struct hypervisor h;

    return c->options.live != CHECKPOINT_LIVE_NO
           && !hypervisor_read(c->connection.xch, &h, NULL)
           && hypervisor_logs_dirty(&h, c->judgement.type == GUEST_PV);
}

/* Is it a file, or will it be one? */
static bool can_be_read_back(const char *path)
{
    struct stat st;

    return strcmp(path, "-") && (stat(path, &st) || S_ISREG(st.st_mode));
}

/*
 * What was left by who was killed takes room.  Which copies of disks were left is
 * told by the files of images that were, so these come last.  To drop copies takes
 * its time: nobody is to wait for this domain's lock meanwhile.  Who lends its lock has
 * done it before.
 */
static int clear_left_copies(struct checkpoint *c, struct xr_error *err)
{
    (void)err;
    if (!c->options.dry_run && !c->is_lent)
        copies_sweep(c->events);
    return 0;
}

static void clear_unfinished(const struct checkpoint *c)
{
    unsigned int count = new_image_clear(c->path);

    if (count)
        events_say(c->events, MESSAGE_INFO, "%u unfinished file%s beside %s, "
                   "of checkpoints that were killed: removed", count,
                   count == 1 ? "" : "s", c->path);
}

/* What an image takes that shares blocks with a former one nobody knows before. */
static bool can_need_less(const struct checkpoint *c)
{
    return c->options.layout == CHECKPOINT_FLAT
           && strcmp(c->options.parent, "none")
           && parent_image_is_likely(strcmp(c->options.parent, "auto")
                                     ? c->options.parent : c->path);
}

static int check_for_room(struct checkpoint *c, struct xr_error *err)
{
    uint64_t size = c->judgement.domain.pages * (PAGE + BESIDE_PAGE)
                    + OVERHEAD;
    int r = checkpoint_room_for_disks(c, err);

    if (r)
        return r;
    r = new_image_check_folder(c->path, size + checkpoint_disks_beside(c),
                               err);
    if (r != -ENOSPC || !can_need_less(c))
        return r;
    events_say(c->events, MESSAGE_INFO, "%s: %s; it needs less if it can "
               "share blocks with the former image", c->path, err->message);
    return 0;
}

/* What is there, and is there room? */
static int checkpoint_check_target(struct checkpoint *c, struct xr_error *err)
{
    const struct target target = checkpoint_target(c);
    int r = target_check(&c->connection, &target, err);

    if (r == -EPERM)
        return checkpoint_refuse(c, err);
    if (r)
        return events_fail(c->events, "checkpoint", err);
    if (!c->options.dry_run)
        clear_unfinished(c);
    return check_for_room(c, err) ? checkpoint_refuse(c, err) : 0;
}

/* May this guest be suspended, and by what right does it go on? */
static int ask_about_guest(struct checkpoint *c, struct xr_error *err)
{
    const struct domain *d = &c->judgement.domain;
    const struct verdict *v = &c->judgement.verdict;
    const struct obstacle *obstacle;
    int r;

    if (d->shutdown || d->dying) {
        error_because(err, XR_REASON_NOT_SUSPENDABLE, EPERM, "it %s already",
                      domain_state(d));
        return checkpoint_refuse(c, err);
    }
    r = obstacles_find(c->connection.xch, c->connection.store, &c->judgement,
                       NULL, &c->obstacles, err);
    if (r)
        return events_fail(c->events, c->judgement.name, err);
    obstacle = obstacles_refusal(&c->obstacles);
    if (obstacle)
        return refuse_obstacle(c, obstacle, err);
    if (c->policy != POLICY_REFUSE)
        return 0;
    error_because(err, refusal_reason(v->resumable), EPERM, "%s", v->reason);
    return checkpoint_refuse(c, err);
}

/* Can this checkpoint be of the kind that is wanted? */
static int ask_about_kind(struct checkpoint *c, struct xr_error *err)
{
    if (policy_needs_file(c->policy) && !can_be_read_back(c->path)) {
        error_because(err, refusal_reason(c->judgement.verdict.resumable),
                      EINVAL, "restore needs its image in a file, and %.80s "
                      "is not a file: name a file, or choose hold", c->path);
        return checkpoint_refuse(c, err);
    }
    c->live = checkpoint_can_be_live(c);
    if (c->options.live == CHECKPOINT_LIVE_YES && !c->live) {
        error_because(err, XR_REASON_NOT_SUSPENDABLE, ENOTSUP, "it cannot be "
                      "live: this Xen does not log what a guest of this type "
                      "writes to its memory");
        return checkpoint_refuse(c, err);
    }
    return 0;
}

/* Who has named one means it. */
static int ask_about_parent(struct checkpoint *c, struct xr_error *err)
{
    int r = c->options.layout == CHECKPOINT_FLAT
            ? parent_image_check(c->options.parent, err) : 0;

    return r ? events_fail_file(c->events, c->options.parent, err) : 0;
}

static int ask_about_disks(struct checkpoint *c, struct xr_error *err)
{
    int r;

    c->is_file = can_be_read_back(c->path);
    r = checkpoint_plan_disks(c, err);
    return !r ? 0 : err->reason == XR_REASON_DISK_NOT_KEPT
                    ? checkpoint_refuse(c, err)
                    : events_fail(c->events, c->judgement.name, err);
}

static int checkpoint_needs_core(struct checkpoint *c, struct xr_error *err)
{
    return binding_check_own_core(err) ? checkpoint_refuse(c, err) : 0;
}

static int ask_about_hooks(struct checkpoint *c, struct xr_error *err)
{
    size_t scripts;

    if (!scripts_examine(c->options.hook_dir, &scripts, err))
        return 0;
    err->reason = XR_REASON_HOOK_FAILED;
    return checkpoint_refuse(c, err);
}

/* Everything that is known of the domain. */
static int find_domain(struct checkpoint *c, struct xr_error *err)
{
    int r = target_resolve(c->options.path, &c->path, err);

    if (!r)
        r = connection_open(&c->connection, err);
    if (r)
        return events_fail(c->events, "checkpoint", err);
    r = checkpoint_judge(c, err);
    return r ? events_fail(c->events, c->options.domain, err) : 0;
}

/* While a guest is idle it takes a second. */
static int ask_about_pulse(struct checkpoint *c, struct xr_error *err)
{
    (void)err;
    if (!c->options.dry_run)
        pulse_feel(&c->connection, &c->judgement, &c->pulse);
    return 0;
}

int checkpoint_ask(struct checkpoint *c, struct xr_error *err)
{
    static int (*const questions[])(struct checkpoint *, struct xr_error *) = {
        ask_about_parent, clear_left_copies, checkpoint_take_lock,
        ask_about_guest, checkpoint_ask_toolstack, ask_about_kind,
        ask_about_disks, checkpoint_check_target, checkpoint_needs_core,
        ask_about_hooks, checkpoint_wake_qemu, ask_about_pulse,
    };
    int r = find_domain(c, err);
    size_t i;

    for (i = 0; !r && i < sizeof(questions) / sizeof(questions[0]); i++) {
        r = questions[i](c, err);
        if (r || !checkpoint_is_to_stop(c))
            continue;
        error_set(err, ECANCELED, "stopped on request");
        r = checkpoint_refuse(c, err);
    }
    return r;
}

void checkpoint_describe(struct checkpoint *c, struct checkpoint_plan *out)
{
    const struct domain *d = &c->judgement.domain;

    *out = (struct checkpoint_plan){
        .domain = c->judgement.name,
        .domid = d->domid,
        .resumable = c->judgement.verdict.resumable,
        .reason = c->judgement.verdict.reason,
        .policy = c->policy,
        .path = c->path,
        .container = container_name(c->container),
        .bytes = d->pages * PAGE,
        .live = c->live,
        .obstacles = &c->obstacles,
        .disks = &c->disks,
        .lock_timeout = c->config.lock_timeout,
    };
    if (c->options.dry_run && c->judgement.name
        && lock_is_busy(d->uuid, d->domid, c->waiting_for))
        out->waiting_for = c->waiting_for;
}
