/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Before "xl save" truncates its file the guest is asked about; what became of it
 * is looked at after "xl save -c": xl itself exits with 0 over a dead guest.
 */
#include "config.h"

#include "cli/exec.h"

#include <string.h>

#include <xenctrl.h>

#include "cli/cli.h"
#include "cli/connection.h"
#include "cli/heir.h"
#include "cli/refusal.h"
#include "cli/run_command.h"
#include "cli/target.h"
#include "cli/target_file.h"
#include "cli/watch.h"
#include "domain/lock.h"
#include "domain/stages.h"
#include "lib/stored_kernel.h"
#include "util/cleanup.h"
#include "verdict/action.h"

static void say_wait(const char *for_whom, const void *data)
{
    complain("%s: waiting for %s", (const char *)data, for_whom);
}

/*
 * The domain's lock, before the stages begin and xl truncates the file.  xl
 * inherits it (hook/door_lock.c).  Whatever else is wrong is not said here.
 */
static int take_lock(const struct exec_plan *plan,
                     const struct connection *connection, struct lock *lock)
{
    struct lock_wish wish = {
        .intent = plan->command.intent == TOOLSTACK_CHECKPOINT
                  ? INTENT_CHECKPOINT : INTENT_SAVE,
        .timeout = plan->config.lock_timeout,
        .on_wait = say_wait,
        .data = plan->command.domain,
    };
    struct domain d;
    struct xr_error err;

    if (store_find_domain(connection->store, plan->command.domain,
                          &wish.domid, NULL)
        || domain_read(connection->xch, wish.domid, &d, NULL))
        return STATUS_YES;
    wish.uuid = d.uuid;
    if (lock_take(&wish, lock, &err) == -EBUSY) {
        complain("%s (domain %u) is not saved: %s. %s was not touched.",
                 plan->command.domain, d.domid, err.message,
                 plan->command.file);
        return STATUS_NO;
    }
    return STATUS_YES;
}

/* Everything that is known of the domain.  STATUS_YES or STATUS_ERROR. */
static int judge(struct exec_plan *plan, const struct connection *connection)
{
    const struct judge_aids aids = {
        .overrides = &plan->config.overrides,
        .stored_kernel = stored_kernel_notes,
    };
    struct xr_error err;
    uint32_t domid;

    if (store_find_domain(connection->store, plan->command.domain, &domid,
                          &err)
        || judge_domain_with(connection->xch, connection->store, domid,
                             &aids, &plan->judgement, &err))
        return complain_error(plan->command.domain, &err);
    return STATUS_YES;
}

static const char *is_what(const struct exec_plan *plan)
{
    return plan->command.intent == TOOLSTACK_CHECKPOINT ? "checkpointed"
                                                        : "saved";
}

static int refuse(const struct exec_plan *plan, const char *why)
{
    complain("%s (domain %u) is not %s: %s. It was not suspended, and %s was "
             "not touched.", plan->judgement.name,
             plan->judgement.domain.domid, is_what(plan), why,
             plan->command.file);
    return STATUS_NO;
}

/* xl truncates whatever its file is. */
static int ask_about_target(const struct exec_plan *plan,
                            const struct connection *connection)
{
    struct target target = { .force = plan->force };
    CLEANUP_FREE char *path = NULL;
    struct xr_error err;
    const char *file = plan->command.file;
    int r = target_resolve(strcmp(file, "-") ? file : "./-", &path, &err);

    target.path = path;
    if (!r)
        r = target_check(connection, &target, &err);
    return r ? refuse(plan, err.message) : STATUS_YES;
}

/* Is the save to go ahead?  STATUS_YES, STATUS_NO or STATUS_ERROR. */
static int ask_beforehand(struct exec_plan *plan, struct connection *connection,
                          struct lock *lock)
{
    struct obstacles obstacles;
    struct xr_error err;
    int status;

    if (connection_open(connection, &err))
        return complain_error("exec", &err);
    status = take_lock(plan, connection, lock);
    if (!status)
        status = judge(plan, connection);
    if (!status)
        status = refuse_obstacles(connection, &plan->judgement, is_what(plan),
                                  plan->command.file, &obstacles);
    if (!status && plan->command.intent == TOOLSTACK_CHECKPOINT
        && checkpoint_policy(plan->judgement.verdict.resumable,
                             &plan->config.policies) == POLICY_REFUSE)
        status = refuse(plan, plan->judgement.verdict.reason);
    return status ? status : ask_about_target(plan, connection);
}

struct save {
    struct exec_plan *plan;
    char **argv;
    struct connection connection;
    struct stages stages; /* of a checkpoint */
    struct target_file target;
    struct pulse pulse;
    struct heir heir;     /* of a checkpoint */
    struct lock lock;     /* until the last stage */
};

static void save_free(struct save *s)
{
    heir_dismiss(&s->heir);
    lock_release(&s->lock);
    stages_close(&s->stages);
    connection_close(&s->connection);
}

/* Runs it, and says what it left in its file if it failed. */
static int run_save(struct save *s)
{
    int status = STATUS_ERROR;

    if (exec_announced(s->plan, &s->stages))
        status = run_command(s->argv, &s->heir);
    /* Was the toolstack killed, what saves for it may outlive it. */
    stages_wait_for_saver(&s->stages);
    target_end(&s->target);
    if (status)
        target_complain(&s->target);
    return status;
}

static int open_stages(struct save *s)
{
    const struct exec_plan *plan = s->plan;
    const struct stage_order order = {
        .dir = plan->config.hook_dir,
        .timeout = plan->config.hook_timeout,
        .image = plan->command.file,
    };
    struct xr_error err;
    int r = stages_open(&s->stages, &order, &plan->judgement, &err);

    return r ? complain_error(plan->judgement.name, &err) : STATUS_YES;
}

/* The stage "suspended" is the save door's. */
static int begin_stages(struct save *s)
{
    struct xr_error err;

    if (!stages_begin(&s->stages, &err))
        return STATUS_YES;
    complain("%s: %s", s->plan->judgement.name, err.message);
    return STATUS_NO;
}

/* The last one, by what has become of the image and of the guest. */
static int end_stages(struct save *s, enum image_fate image)
{
    const struct exec_plan *plan = s->plan;
    enum guest_fate guest;
    struct xr_error err;
    uint32_t domid;

    guest = guest_fate_read(s->connection.xch, &plan->judgement.domain,
                            &domid);
    if (!stages_end(&s->stages, image, guest, domid, &err))
        return STATUS_YES;
    complain("%s", err.message);
    if (image == IMAGE_COMPLETE)
        complain("%s is complete; what the hooks keep of the disks may not "
                 "belong to it", plan->command.file);
    return STATUS_NO;
}

/* Did the guest go on, as far as it was to? */
static bool goes_on(const struct save *s)
{
    const struct exec_plan *plan = s->plan;

    return plan->command.paused
           ? watch_paused_domain(&s->connection, &plan->judgement, &s->target)
           : watch_domain(&s->connection, &plan->judgement, &s->target,
                          plan->config.watch, &s->pulse);
}

/*
 * This process was killed, by now the command has ended as well; how, nobody
 * knows.  The handles of who was killed are not this one's.
 */
static void inherit(void *data)
{
    struct save *s = data;
    struct xr_error err;

    s->connection = (struct connection){ 0 };
    stages_wait_for_saver(&s->stages);
    target_end(&s->target);
    if (connection_open(&s->connection, &err)) {
        complain_error("exec was killed", &err);
        return;
    }
    (void)end_stages(s, target_fate(&s->target, false));
    lock_release(&s->lock);
    (void)goes_on(s);
}

/* Pre-suspend is done. */
static int save_and_watch(struct save *s)
{
    int status = run_save(s);

    if (end_stages(s, target_fate(&s->target, !status)) && !status)
        status = STATUS_NO;
    lock_release(&s->lock);
    if (!goes_on(s) && !status)
        status = STATUS_NO;
    return status;
}

/* From the first stage on somebody sees to the last one. */
static int checkpoint(struct save *s)
{
    struct xr_error err;
    int status = open_stages(s);

    if (status)
        return status;
    pulse_feel(&s->connection, &s->plan->judgement, &s->pulse);
    if (heir_appoint(&s->heir, inherit, s, &err))
        return complain_error("exec", &err);
    if (!begin_stages(s))
        return save_and_watch(s);
    end_stages(s, image_fate_without_new(s->plan->command.file));
    return STATUS_NO;
}

static void save_begin(struct save *s, struct exec_plan *plan, char **argv)
{
    *s = (struct save){
        .plan = plan,
        .argv = argv,
        .stages = STAGES_NONE,
        .heir = HEIR_NONE,
        .lock = LOCK_NONE,
    };
    target_begin(&s->target, plan->command.file);
}

int exec_checkpoint(struct exec_plan *plan, char **argv)
{
    CLEANUP(save_free) struct save s;
    int status;

    save_begin(&s, plan, argv);
    status = ask_beforehand(plan, &s.connection, &s.lock);
    return status ? status : checkpoint(&s);
}

/*
 * The domain is destroyed afterwards, so nothing is left to be watched.  Where
 * nobody could be asked about it, xl does what it does without us.
 */
int exec_save(struct exec_plan *plan, char **argv)
{
    CLEANUP(save_free) struct save s;
    int status;

    save_begin(&s, plan, argv);
    status = ask_beforehand(plan, &s.connection, &s.lock);
    return status == STATUS_NO ? status : run_save(&s);
}
