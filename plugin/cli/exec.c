/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * exec: an unmodified toolstack under the plugin.  Before "xl save" truncates its
 * file the guest is asked about; what became of it is looked at after "xl save
 * -c": xl itself exits with 0 over a dead guest.  An xl that the command starts
 * in turn comes back here (cli/handover.h).
 */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <xenctrl.h>

#include "cli/cli.h"
#include "cli/configuration.h"
#include "cli/connection.h"
#include "cli/handover.h"
#include "cli/plugin_files.h"
#include "cli/refusal.h"
#include "cli/target.h"
#include "cli/target_file.h"
#include "cli/toolstack.h"
#include "cli/watch.h"
#include "domain/lock.h"
#include "domain/stages.h"
#include "lib/stored_kernel.h"
#include "util/cleanup.h"
#include "util/number.h"
#include "verdict/action.h"
#include "xen/judge.h"

struct plan {
    struct toolstack_command command;
    char **options;             /* exec's own, from the verb on */
    int options_count;
    struct config config;       /* the file's, overruled by the options */
    bool force;                 /* give up what is no image */
    struct judgement judgement; /* of a checkpoint's domain */
};

static void print_help(void)
{
    printf("Usage: xen-resumable exec [OPTIONS] -- COMMAND...\n"
           "Runs COMMAND, a toolstack such as xl or what starts it, under "
           "the plugin.\n"
           "\n"
           "  --on-not-resumable=refuse|hold|force\n"
           "              what 'xl save -c' does with a guest that a resume "
           "would kill:\n"
           "              do not even suspend it (refuse, the default); "
           "write the image\n"
           "              and leave it suspended (hold); resume it all the "
           "same (force)\n"
           "  --on-unknown=proceed|refuse|hold\n"
           "              the same for a guest of which nothing is known\n"
           "  --watch=SECONDS\n"
           "              how long a guest is watched after 'xl save -c' "
           "(4)\n"
           "  --force     let 'xl save' write over a block device, or give up a "
           "file that\n"
           "              is no save image\n"
           "The defaults can be set in xen-resumable.conf.\n"
           "\n"
           "Exit status: that of COMMAND; 1 if a save was refused or the "
           "guest did not go\n"
           "on after a checkpoint; 2 if COMMAND could not be run.\n");
}

/* What the hooks are to know. */
static int announce(const struct plan *plan)
{
    static const char *const intents[] = {
        [TOOLSTACK_OTHER] = NULL,
        [TOOLSTACK_SAVE] = "save",
        [TOOLSTACK_CHECKPOINT] = "checkpoint",
    };
    const char *intent = intents[plan->command.intent];

    if (intent ? setenv("XR_INTENT", intent, 1) : unsetenv("XR_INTENT"))
        return -errno;
    if (setenv("XR_ON_NOT_RESUMABLE",
               policy_name(plan->config.policies.on_not_resumable), 1)
        || setenv("XR_ON_UNKNOWN",
                  policy_name(plan->config.policies.on_unknown), 1))
        return -errno;
    if (plan->command.file ? setenv("XR_IMAGE", plan->command.file, 1)
                           : unsetenv("XR_IMAGE"))
        return -errno;
    if (plan->command.is_xl || plan->command.is_sudo)
        return handover_withdraw();
    return handover_offer(plan->options_count, plan->options);
}

/* Puts the stub first; what was preloaded before stays. */
static bool announced(const struct plan *plan)
{
    int r = announce(plan);

    if (r)
        complain("the command was not started: %s", strerror(-r));
    return !r && !plugin_preload();
}

static volatile sig_atomic_t child;

static void pass_on(int signal)
{
    if (child)
        kill(child, signal);
}

/*
 * While the command runs: what a terminal sends reaches it by itself, what is
 * sent to this process alone is passed on.
 */
static const struct {
    int signal;
    void (*handler)(int);
} signals[] = {
    { SIGINT, SIG_IGN },
    { SIGQUIT, SIG_IGN },
    { SIGTERM, pass_on },
    { SIGHUP, pass_on },
};

enum { SIGNALS = sizeof(signals) / sizeof(signals[0]) };

static void take_signals(struct sigaction old[SIGNALS])
{
    size_t i;

    for (i = 0; i < SIGNALS; i++) {
        struct sigaction new = { .sa_handler = signals[i].handler };

        sigaction(signals[i].signal, &new, &old[i]);
    }
}

static void restore_signals(const struct sigaction old[SIGNALS])
{
    size_t i;

    for (i = 0; i < SIGNALS; i++)
        sigaction(signals[i].signal, &old[i], NULL);
}

/* The exit status of the command, as a shell would report it. */
static int run(char **argv)
{
    struct sigaction old[SIGNALS];
    int status;
    pid_t pid;

    take_signals(old);
    pid = fork();
    if (pid == 0) {
        restore_signals(old);
        execvp(argv[0], argv);
        complain("%s: %s", argv[0], strerror(errno));
        _exit(STATUS_ERROR);
    }
    if (pid < 0) {
        complain("cannot start %s: %s", argv[0], strerror(errno));
        return STATUS_ERROR;
    }
    child = pid;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return STATUS_ERROR;
    child = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void say_wait(const char *for_whom, const void *data)
{
    complain("%s: waiting for %s", (const char *)data, for_whom);
}

/*
 * Waits for whoever saves the domain, for xl would truncate the file first.  It
 * takes the lock itself then.  Whatever else is wrong is not said here.
 */
static int wait_for_others(const struct plan *plan,
                           const struct connection *connection)
{
    struct lock lock = LOCK_NONE;
    struct lock_wish wish = {
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
    if (lock_take(&wish, &lock, &err) == -EBUSY) {
        complain("%s (domain %u) is not saved: %s. %s was not touched.",
                 plan->command.domain, d.domid, err.message,
                 plan->command.file);
        return STATUS_NO;
    }
    lock_release(&lock);
    return STATUS_YES;
}

/* Everything that is known of the domain.  STATUS_YES or STATUS_ERROR. */
static int judge(struct plan *plan, const struct connection *connection)
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

static const char *is_what(const struct plan *plan)
{
    return plan->command.intent == TOOLSTACK_CHECKPOINT ? "checkpointed"
                                                        : "saved";
}

static int refuse(const struct plan *plan, const char *why)
{
    complain("%s (domain %u) is not %s: %s. It was not suspended, and %s was "
             "not touched.", plan->judgement.name,
             plan->judgement.domain.domid, is_what(plan), why,
             plan->command.file);
    return STATUS_NO;
}

/* xl truncates whatever its file is. */
static int ask_about_target(const struct plan *plan,
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
static int ask_beforehand(struct plan *plan, struct connection *connection)
{
    struct obstacles obstacles;
    struct xr_error err;
    int status;

    if (connection_open(connection, &err))
        return complain_error("exec", &err);
    status = wait_for_others(plan, connection);
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

/* Runs it, and says what it left in its file if it failed. */
static int run_save(const struct plan *plan, char **argv,
                    struct target_file *target, struct stages *stages)
{
    int status = STATUS_ERROR;

    target_begin(target, plan->command.file);
    if (announced(plan))
        status = run(argv);
    /* Was the toolstack killed, what saves for it may outlive it. */
    stages_wait_for_saver(stages);
    target_end(target);
    if (status)
        target_complain(target);
    return status;
}

/* The stage "suspended" is the save door's. */
static int begin_stages(const struct plan *plan, struct stages *stages)
{
    const struct stage_order order = {
        .dir = plan->config.hook_dir,
        .timeout = plan->config.hook_timeout,
        .image = plan->command.file,
    };
    struct xr_error err;
    int r = stages_open(stages, &order, &plan->judgement, &err);

    if (!r)
        r = stages_announce(stages, &err);
    if (!r)
        r = stages_begin(stages, &err);
    if (r)
        complain("%s: %s", plan->judgement.name, err.message);
    return r ? STATUS_NO : STATUS_YES;
}

/* The last one, by what has become of the image and of the guest. */
static int end_stages(const struct connection *connection,
                      const struct plan *plan, struct stages *stages,
                      enum image_fate image)
{
    enum guest_fate guest;
    struct xr_error err;
    uint32_t domid;

    guest = guest_fate_read(connection->xch, &plan->judgement.domain, &domid);
    if (!stages_end(stages, image, guest, domid, &err))
        return STATUS_YES;
    complain("%s", err.message);
    if (image == IMAGE_COMPLETE)
        complain("%s is complete; what the hooks keep of the disks may not "
                 "belong to it", plan->command.file);
    return STATUS_NO;
}

/* Did the guest go on, as far as it was to? */
static bool goes_on(const struct plan *plan,
                    const struct connection *connection,
                    const struct target_file *target,
                    const struct pulse *pulse)
{
    return plan->command.paused
           ? watch_paused_domain(connection, &plan->judgement, target)
           : watch_domain(connection, &plan->judgement, target,
                          plan->config.watch, pulse);
}

/* Pre-suspend is done. */
static int save_and_watch(struct plan *plan, char **argv,
                          const struct connection *connection,
                          struct stages *stages)
{
    struct target_file target;
    struct pulse pulse;
    int status;

    pulse_feel(connection, &plan->judgement, &pulse);
    status = run_save(plan, argv, &target, stages);
    if (end_stages(connection, plan, stages, target_fate(&target, !status))
        && !status)
        status = STATUS_NO;
    if (!goes_on(plan, connection, &target, &pulse) && !status)
        status = STATUS_NO;
    return status;
}

static int checkpoint(struct plan *plan, char **argv)
{
    CLEANUP_CONNECTION struct connection connection = { 0 };
    CLEANUP(stages_close) struct stages stages = STAGES_NONE;
    int status = ask_beforehand(plan, &connection);

    if (status)
        return status;
    if (!begin_stages(plan, &stages))
        return save_and_watch(plan, argv, &connection, &stages);
    end_stages(&connection, plan, &stages,
               image_fate_without_new(plan->command.file));
    return STATUS_NO;
}

/*
 * The domain is destroyed afterwards, so nothing is left to be watched.  Where
 * nobody could be asked about it, xl does what it does without us.
 */
static int save(struct plan *plan, char **argv)
{
    CLEANUP_CONNECTION struct connection connection = { 0 };
    struct stages none = STAGES_NONE;
    struct target_file target;
    int status = ask_beforehand(plan, &connection);

    return status == STATUS_NO ? status
                               : run_save(plan, argv, &target, &none);
}

/* Becomes the command. */
static int become(struct plan *plan, int argc, char **argv)
{
    int r = handover_behind_sudo(argc, argv, plan->options_count,
                                 plan->options, &argv);

    if (r) {
        complain("the command was not started: %s", strerror(-r));
        return STATUS_ERROR;
    }
    if (!announced(plan))
        return STATUS_ERROR;
    execvp(argv[0], argv);
    complain("%s: %s", argv[0], strerror(errno));
    return STATUS_ERROR;
}

/* The plan and the index of COMMAND; below 0: exit status is -1 - value. */
static int parse(int argc, char **argv, struct plan *plan)
{
    static const struct option options[] = {
        { "help", no_argument, NULL, 'h' },
        { "on-not-resumable", required_argument, NULL, 'n' },
        { "on-unknown", required_argument, NULL, 'u' },
        { "watch", required_argument, NULL, 'w' },
        { "force", no_argument, NULL, 'f' },
        { NULL, 0, NULL, 0 },
    };
    enum policy policy;
    uint64_t watch;
    int option;

    while ((option = getopt_long(argc, argv, "+h", options, NULL)) != -1) {
        switch (option) {
        case 'h':
            print_help();
            return -1 - finish_output(STATUS_YES);
        case 'n':
        case 'u':
            if (!policy_from_name(optarg, &policy) || policy == POLICY_RESTORE
                || (option == 'n' && policy == POLICY_PROCEED)
                || (option == 'u' && policy == POLICY_FORCE)) {
                complain("%s: not a policy that exec can carry out", optarg);
                return -1 - complain_usage("exec");
            }
            *(option == 'n' ? &plan->config.policies.on_not_resumable
                            : &plan->config.policies.on_unknown) = policy;
            break;
        case 'w':
            if (!number_parse(optarg, &watch) || watch > WATCH_SECONDS_MAX) {
                complain("--watch=%s: 0 to %d seconds are expected", optarg,
                         WATCH_SECONDS_MAX);
                return -1 - complain_usage("exec");
            }
            plan->config.watch = (unsigned int)watch;
            break;
        case 'f':
            plan->force = true;
            break;
        default:
            return -1 - complain_usage("exec");
        }
    }
    if (optind >= argc) {
        complain("exec: which command?");
        return -1 - complain_usage("exec");
    }
    return optind;
}

static void plan_free(struct plan *plan)
{
    judgement_free(&plan->judgement);
    config_free(&plan->config);
}

int cmd_exec(int argc, char **argv)
{
    CLEANUP(plan_free) struct plan plan = { 0 };
    int first;

    configuration_read(&plan.config);
    first = parse(argc, argv, &plan);
    if (first < 0)
        return -1 - first;
    plan.options = argv;
    plan.options_count = first;
    argc -= first;
    argv += first;
    if (toolstack_parse(argc, argv, &plan.command)) {
        complain("out of memory");
        return STATUS_ERROR;
    }
    switch (plan.command.intent) {
    case TOOLSTACK_CHECKPOINT:
        return checkpoint(&plan, argv);
    case TOOLSTACK_SAVE:
        return save(&plan, argv);
    case TOOLSTACK_OTHER:
        break;
    }
    return become(&plan, argc, argv);
}
