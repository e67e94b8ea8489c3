/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Before "xl save" truncates its file the guest is asked about; what became of it
 * is looked at after "xl save -c": xl itself exits with 0 over a dead guest.
 */
#include "config.h"

#include "engine/exec_state.h"

#include <errno.h>
#include <string.h>

#include "domain/lock.h"
#include "domain/obstacles.h"
#include "domain/stages.h"
#include "engine/bindings.h"
#include "engine/heir.h"
#include "engine/refusal.h"
#include "engine/run_command.h"
#include "engine/target.h"
#include "engine/target_file.h"
#include "engine/watch.h"
#include "lib/stored_kernel.h"
#include "util/cleanup.h"
#include "verdict/action.h"
#include "xen/connection.h"

struct save {
    struct exec *exec;
    char **argv;
    struct connection connection;
    struct stages stages; /* of a checkpoint */
    struct target_file target;
    struct pulse pulse;
    struct heir heir;     /* of a checkpoint */
    struct lock lock;     /* until the last stage */
    bool refused;         /* it must not be; else nobody could be asked */
};

static void say_save_waits(const char *for_whom, const void *data)
{
    const struct exec *e = data;

    events_say(e->events, MESSAGE_INFO, "%s: waiting for %s",
               e->command.domain, for_whom);
}

static const char *is_what(const struct exec *e)
{
    return e->command.intent == TOOLSTACK_CHECKPOINT ? "checkpointed"
                                                     : "saved";
}

static int save_refuse(struct save *s, struct xr_error *err)
{
    const struct exec *e = s->exec;

    s->refused = true;
    return refuse_save(e->events, &e->judgement, is_what(e), e->command.file,
                       err);
}

/*
 * The domain's lock, before the stages begin and xl truncates the file.  xl
 * inherits it (hook/door_lock.c).  Whatever else is wrong is not said here.
 */
static int save_take_lock(struct save *s, struct xr_error *err)
{
    const struct exec *e = s->exec;
    struct lock_wish wish = {
        .intent = e->command.intent == TOOLSTACK_CHECKPOINT
                  ? INTENT_CHECKPOINT : INTENT_SAVE,
        .timeout = e->config.lock_timeout,
        .on_wait = say_save_waits,
        .data = e,
    };
    struct domain d;

    if (store_find_domain(s->connection.store, e->command.domain,
                          &wish.domid, NULL)
        || domain_read(s->connection.xch, wish.domid, &d, NULL))
        return 0;
    wish.uuid = d.uuid;
    if (lock_take(&wish, &s->lock, err) != -EBUSY)
        return 0;
    s->refused = true;
    return refuse_locked(e->events, e->command.domain, d.domid, is_what(e),
                         e->command.file, err);
}

/* Everything that is known of the domain. */
static int save_judge(struct save *s, struct xr_error *err)
{
    struct exec *e = s->exec;
    const struct judge_aids aids = {
        .overrides = &e->config.overrides,
        .stored_kernel = stored_kernel_notes,
    };
    uint32_t domid;
    int r = store_find_domain(s->connection.store, e->command.domain, &domid,
                              err);

    if (!r)
        r = judge_domain_with(s->connection.xch, s->connection.store, domid,
                              &aids, &e->judgement, err);
    return r ? events_fail(e->events, e->command.domain, err) : 0;
}

static int ask_about_obstacles(struct save *s, struct xr_error *err)
{
    const struct exec *e = s->exec;
    const struct obstacle *first;
    struct obstacles obstacles;
    int r = obstacles_find(s->connection.xch, s->connection.store,
                           &e->judgement, NULL, &obstacles, err);

    if (r)
        return events_fail(e->events, e->judgement.name, err);
    first = obstacles_refusal(&obstacles);
    if (!first)
        return 0;
    s->refused = true;
    return refuse_save_by(e->events, &e->judgement, is_what(e),
                          e->command.file, first, err);
}

static int ask_about_resume(struct save *s, struct xr_error *err)
{
    const struct exec *e = s->exec;
    const struct verdict *v = &e->judgement.verdict;

    if (e->command.intent != TOOLSTACK_CHECKPOINT
        || checkpoint_policy(v->resumable, &e->options.policies)
           != POLICY_REFUSE)
        return 0;
    error_because(err, refusal_reason(v->resumable), EPERM, "%s", v->reason);
    return save_refuse(s, err);
}

/* xl keeps none; where all were to be kept it is refused. */
static int ask_about_saved_disks(struct save *s, struct xr_error *err)
{
    return exec_ask_about_disks(s->exec, s->connection.store, err)
           ? save_refuse(s, err) : 0;
}

/* A plain save ends the guest's domain with the plugin as without. */
static int save_needs_core(struct save *s, struct xr_error *err)
{
    return s->exec->command.intent == TOOLSTACK_CHECKPOINT
           && binding_check_own_core(err) ? save_refuse(s, err) : 0;
}

/* xl truncates whatever its file is. */
static int save_check_target(struct save *s, struct xr_error *err)
{
    const char *file = s->exec->command.file;
    struct target target = { .force = s->exec->options.force };
    CLEANUP_FREE char *path = NULL;
    int r = target_resolve(strcmp(file, "-") ? file : "./-", &path, err);

    target.path = path;
    if (!r)
        r = target_check(&s->connection, &target, err);
    return r ? save_refuse(s, err) : 0;
}

/* Is the save to go ahead? */
static int ask_beforehand(struct save *s, struct xr_error *err)
{
    int r = connection_open(&s->connection, err);

    if (r)
        return events_fail(s->exec->events, "exec", err);
    r = save_take_lock(s, err);
    if (!r)
        r = save_judge(s, err);
    if (!r)
        r = ask_about_obstacles(s, err);
    if (!r)
        r = ask_about_resume(s, err);
    if (!r)
        r = ask_about_saved_disks(s, err);
    if (!r)
        r = save_needs_core(s, err);
    return r ? r : save_check_target(s, err);
}

static void save_free(struct save *s)
{
    heir_dismiss(&s->heir);
    lock_release(&s->lock);
    stages_close(&s->stages);
    connection_close(&s->connection);
}

/* Runs it, and says what it left in its file if it failed. */
static int run_save(struct save *s, int *status_out, struct xr_error *err)
{
    int r = exec_announce(s->exec, &s->stages, err), status = COMMAND_NOT_RUN;

    if (!r)
        status = run_command(s->argv, &s->heir);
    /* Was the toolstack killed, what saves for it may outlive it. */
    stages_wait_for_saver(&s->stages);
    target_end(&s->target);
    if (status)
        target_say(&s->target, s->exec->events);
    *status_out = status;
    return r;
}

static int save_open_stages(struct save *s, struct xr_error *err)
{
    const struct exec *e = s->exec;
    const struct stage_order order = {
        .dir = e->config.hook_dir,
        .timeout = e->config.hook_timeout,
        .image = e->command.file,
    };
    int r = stages_open(&s->stages, &order, &e->judgement, err);

    return r ? events_fail(e->events, e->judgement.name, err) : 0;
}

/* The last one, by what has become of the image and of the guest. */
static int end_stages(struct save *s, enum image_fate image,
                      struct xr_error *err)
{
    const struct exec *e = s->exec;
    enum guest_fate guest;
    uint32_t domid;

    guest = guest_fate_read(s->connection.xch, &e->judgement.domain, &domid);
    if (!stages_end(&s->stages, image, guest, domid, err))
        return 0;
    err->reason = XR_REASON_HOOK_FAILED;
    events_say(e->events, MESSAGE_ERROR, "%s", err->message);
    if (image == IMAGE_COMPLETE)
        events_say(e->events, MESSAGE_WARNING, "%s is complete, but what the "
                   "hooks kept of the disks may not belong to it",
                   e->command.file);
    return -err->code;
}

/* Did the guest go on, as far as it was to? */
static int see_it_go_on(struct save *s, struct xr_error *err)
{
    const struct exec *e = s->exec;
    const struct watched watched = {
        e->events, &s->connection, &e->judgement, &s->target,
    };

    return e->command.paused
           ? watch_paused_domain(&watched, err)
           : watch_domain(&watched, e->options.watch, &s->pulse, err);
}

/*
 * This process was killed, by now the command has ended as well; how, nobody
 * knows.  The handles of who was killed are not this one's.
 */
static void save_inherit(void *data)
{
    struct save *s = data;
    struct xr_error err;

    s->connection = (struct connection){ 0 };
    stages_wait_for_saver(&s->stages);
    target_end(&s->target);
    if (connection_open(&s->connection, &err)) {
        events_fail(s->exec->events, "exec was killed", &err);
        return;
    }
    (void)end_stages(s, target_fate(&s->target, false), &err);
    lock_release(&s->lock);
    (void)see_it_go_on(s, &err);
}

/* The command has succeeded, and that is not enough. */
static int take_failure(const struct xr_error *later, int *status_out,
                        struct xr_error *err)
{
    *status_out = EXEC_REFUSED;
    *err = *later;
    return -later->code;
}

/* It had none with an older core, or with an xl that drops what is preloaded. */
static int see_plugin_took_part(const struct save *s, struct xr_error *err)
{
    const struct exec *e = s->exec;

    if (stages_was_suspended(&s->stages))
        return 0;
    error_because(err, XR_REASON_SAVE_FAILED, ENOENT, "the plugin was not "
                  "loaded into %s: no hook ran while the guest stood still, "
                  "and %s has no record; see xen-resumable doctor",
                  s->argv[0], e->command.file);
    return events_fail(e->events, e->judgement.name, err);
}

/* Pre-suspend is done.  A failure of xl's own comes first. */
static int save_and_watch(struct save *s, int *status_out,
                          struct xr_error *err)
{
    struct xr_error later;
    int r = run_save(s, status_out, err), status = *status_out;

    if (end_stages(s, target_fate(&s->target, !status), &later)
        && !r && !status)
        r = take_failure(&later, status_out, err);
    if (!r && !status && see_plugin_took_part(s, &later))
        r = take_failure(&later, status_out, err);
    lock_release(&s->lock);
    if (see_it_go_on(s, &later) && !r && !status)
        r = take_failure(&later, status_out, err);
    return r;
}

/* The stage "suspended" is the save door's. */
static int begin_stages(struct save *s, struct xr_error *err)
{
    const struct exec *e = s->exec;
    int r = stages_begin(&s->stages, err);

    if (!r)
        return 0;
    err->reason = XR_REASON_HOOK_FAILED;
    return events_fail(e->events, e->judgement.name, err);
}

/* From the first stage on somebody sees to the last one. */
static int save_checkpoint(struct save *s, int *status_out,
                           struct xr_error *err)
{
    struct exec *e = s->exec;
    struct xr_error later;
    int r = save_open_stages(s, err);

    if (r)
        return r;
    pulse_feel(&s->connection, &e->judgement, &s->pulse);
    r = heir_appoint(&s->heir, e->events, save_inherit, s, err);
    if (r)
        return events_fail(e->events, "exec", err);
    r = begin_stages(s, err);
    if (!r)
        return save_and_watch(s, status_out, err);
    *status_out = EXEC_REFUSED;
    (void)end_stages(s, image_fate_without_new(e->command.file), &later);
    return r;
}

static void save_begin(struct save *s, struct exec *e, char **argv)
{
    *s = (struct save){
        .exec = e,
        .argv = argv,
        .stages = STAGES_NONE,
        .heir = { .wire = -1, .events = e->events },
        .lock = LOCK_NONE,
    };
    target_begin(&s->target, e->command.file);
}

int exec_checkpoint(struct exec *e, char **argv, int *status_out,
                    struct xr_error *err)
{
    CLEANUP(save_free) struct save s;
    int r;

    save_begin(&s, e, argv);
    r = ask_beforehand(&s, err);
    if (!r)
        return save_checkpoint(&s, status_out, err);
    *status_out = s.refused ? EXEC_REFUSED : EXEC_FAILED;
    return r;
}

/*
 * The domain is destroyed afterwards, so nothing is left to be watched.  Where
 * nobody could be asked about it, xl does what it does without us.
 */
int exec_save(struct exec *e, char **argv, int *status_out,
              struct xr_error *err)
{
    CLEANUP(save_free) struct save s;
    int r;

    save_begin(&s, e, argv);
    r = ask_beforehand(&s, err);
    if (!r || !s.refused)
        return run_save(&s, status_out, err);
    *status_out = EXEC_REFUSED;
    return r;
}
