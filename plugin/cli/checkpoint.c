/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * checkpoint: writes an image of a guest that goes on.  All that can be asked
 * beforehand is asked before the guest notices anything.
 */
#include "config.h"

#include "cli/checkpoint.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/checkpoint_options.h"
#include "cli/configuration.h"
#include "cli/facts.h"
#include "cli/json.h"
#include "cli/new_image.h"
#include "cli/plugin_files.h"
#include "cli/refusal.h"
#include "cli/target.h"
#include "lib/stored_kernel.h"
#include "util/cleanup.h"
#include "xen/hypervisor.h"
#include "domain/scripts.h"

enum {
    /* What an image has beside the pages: lists of pages, CPU states. */
    OVERHEAD = 16 << 20,
    PAGE = 4096,
};

struct options {
    struct checkpoint_plan *plan;
    struct checkpoint_options asked;
    bool dry_run;
    bool live_only;      /* --live=yes */
    struct obstacles obstacles; /* none that says no */
    enum format format;
};

static void plan_from(const struct checkpoint_options *asked,
                      struct checkpoint_plan *p)
{
    p->domain = asked->domain;
    p->config.live = asked->live == LIVE_NOT ? LIVE_NEVER : LIVE_CHECKPOINTS;
    p->config.policies = asked->policies;
    p->config.watch = asked->watch;
    p->hook_dir = asked->hook_dir;
    p->labels = asked->labels.data;
    p->max_freeze = asked->max_freeze;
    p->keep = asked->keep;
    p->force = asked->force;
    p->seal = asked->seal;
    p->same_domid = asked->same_domid;
    p->progress = asked->progress;
}

/* 0 to go on, else -1 - exit status. */
static int plan_read_options(int argc, char **argv, struct options *o)
{
    struct xr_error err;
    int r = checkpoint_options_parse(argc, argv, &o->plan->config, &o->asked);

    if (r)
        return r;
    plan_from(&o->asked, o->plan);
    o->dry_run = o->asked.dry_run;
    o->live_only = o->asked.live == LIVE_OR_NOT_AT_ALL;
    o->format = o->asked.format;
    if (target_resolve(o->asked.file, &o->plan->path, &err))
        return -1 - complain_error("checkpoint", &err);
    return 0;
}

/* The stub must be there before libxl is, so the program starts anew. */
static int restart_under_stub(char **argv)
{
    char *all[64] = { (char *)"xen-resumable" };
    char self[4096];
    ssize_t n;
    size_t i;

    for (i = 0; argv[i]; i++) {
        if (i + 2 >= sizeof(all) / sizeof(all[0])) {
            complain("checkpoint: too many arguments");
            return STATUS_ERROR;
        }
        all[i + 1] = argv[i];
    }
    /* By its name, which it is found under in a list of processes. */
    n = readlink("/proc/self/exe", self, sizeof(self) - 1);
    if (n < 0 || plugin_preload())
        return STATUS_ERROR;
    self[n] = '\0';
    execv(self, all);
    complain("cannot start under the plugin: %s", strerror(errno));
    return STATUS_ERROR;
}

static int judge(struct checkpoint_plan *p)
{
    const struct judge_aids aids = {
        .overrides = &p->config.overrides,
        .stored_kernel = stored_kernel_notes,
    };
    struct xr_error err;
    uint32_t domid;

    if (connection_open(&p->connection, &err))
        return complain_error("checkpoint", &err);
    if (store_find_domain(p->connection.store, p->domain, &domid, &err)
        || judge_domain_with(p->connection.xch, p->connection.store, domid,
                             &aids, &p->judgement, &err))
        return complain_error(p->domain, &err);
    p->policy = checkpoint_policy(p->judgement.verdict.resumable,
                                  &p->config.policies);
    return STATUS_YES;
}

static void say_wait(const char *for_whom, const void *data)
{
    const struct checkpoint_plan *p = data;

    complain("%s (domain %u): waiting for %s", p->judgement.name,
             p->judgement.domain.domid, for_whom);
}

/* What was read while another one was at work on the domain is out of date. */
static int take_lock(struct checkpoint_plan *p)
{
    struct domain *d = &p->judgement.domain;
    const struct lock_wish wish = {
        .uuid = d->uuid,
        .domid = d->domid,
        .intent = INTENT_CHECKPOINT,
        .timeout = p->config.lock_timeout,
        .on_wait = say_wait,
        .data = p,
    };
    struct xr_error err;
    int r = lock_take(&wish, &p->lock, &err);

    if (r == -EBUSY) {
        complain("%s (domain %u) is not checkpointed: %s. %s was not touched.",
                 p->judgement.name, d->domid, err.message, p->path);
        return STATUS_NO;
    }
    if (!r)
        r = domain_read(p->connection.xch, d->domid, d, &err);
    return r ? complain_error(p->judgement.name, &err) : STATUS_YES;
}

__attribute__((format(printf, 2, 3)))
static int refuse(const struct checkpoint_plan *p, const char *format, ...)
{
    char reason[512];
    va_list ap;

    va_start(ap, format);
    vsnprintf(reason, sizeof(reason), format, ap);
    va_end(ap);
    complain("%s (domain %u) is not checkpointed: %s. It was not suspended, "
             "and %s was not touched.", p->judgement.name,
             p->judgement.domain.domid, reason, p->path);
    return STATUS_NO;
}

/* Is live what is wanted, and what Xen can do with this guest? */
static bool can_be_live(const struct checkpoint_plan *p)
{
    struct hypervisor h;

    return p->config.live == LIVE_CHECKPOINTS
           && !hypervisor_read(p->connection.xch, &h, NULL)
           && hypervisor_logs_dirty(&h, p->judgement.type == GUEST_PV);
}

/* Is it a file, or will it be one? */
static bool can_be_read_back(const char *path)
{
    struct stat st;

    return strcmp(path, "-") && (stat(path, &st) || S_ISREG(st.st_mode));
}

/* What was left by who was killed takes room. */
static void clear(const struct checkpoint_plan *p)
{
    unsigned int count = new_image_clear(p->path);

    if (count)
        complain("%u unfinished file%s beside %s, of checkpoints that were "
                 "killed: removed", count, count == 1 ? "" : "s", p->path);
}

/* What is there, and is it whole?  STATUS_YES, STATUS_NO or STATUS_ERROR. */
static int ask_about_target(const struct options *o)
{
    const struct checkpoint_plan *p = o->plan;
    const struct target target = checkpoint_target(p);
    uint64_t size = p->judgement.domain.pages * PAGE + OVERHEAD;
    struct xr_error err;
    int r = target_check(&p->connection, &target, &err);

    if (r == -EPERM)
        return refuse(p, "%s", err.message);
    if (r)
        return complain_error("checkpoint", &err);
    if (!o->dry_run)
        clear(p);
    return new_image_find_room(p->path, size, &err)
           ? refuse(p, "%s", err.message) : STATUS_YES;
}

/* All that can be known before the guest notices anything. */
static int ask_beforehand(struct options *o)
{
    struct checkpoint_plan *p = o->plan;
    const struct domain *d = &p->judgement.domain;
    const char *dir = p->hook_dir ? p->hook_dir : p->config.hook_dir;
    struct xr_error err;
    size_t scripts;
    int status;

    if (d->shutdown || d->dying)
        return refuse(p, "it has %s already", domain_state_name(d));
    status = refuse_obstacles(&p->connection, &p->judgement, "checkpointed",
                              p->path, &o->obstacles);
    if (status)
        return status;
    if (p->policy == POLICY_REFUSE)
        return refuse(p, "%s", p->judgement.verdict.reason);
    if (policy_needs_file(p->policy) && !can_be_read_back(p->path))
        return refuse(p, "it is to go on from its image, and %s is no file: "
                      "name one, or have it held (hold)", p->path);
    p->live = can_be_live(p);
    if (o->live_only && !p->live)
        return refuse(p, "this Xen does not log what a guest of its kind "
                      "writes to its memory, so it cannot be live");
    status = ask_about_target(o);
    if (status)
        return status;
    if (scripts_examine(dir, &scripts, &err))
        return refuse(p, "%s", err.message);
    if (!o->dry_run)
        pulse_feel(&p->connection, &p->judgement, &p->pulse);
    return STATUS_YES;
}

static void print_plan(const struct options *o)
{
    const struct checkpoint_plan *p = o->plan;
    const struct domain *d = &p->judgement.domain;
    char size[SIZE_TEXT_MAX], busy[LOCK_TEXT_ROOM];
    size_t i;

    size_text(d->pages * PAGE, size);
    print_line("Domain", "%s (domain %u)", p->judgement.name,
               p->judgement.domain.domid);
    print_line("Resumable", "%s: %s",
               verdict_answer_name(p->judgement.verdict.resumable),
               p->judgement.verdict.reason);
    print_line("Then", "%s",
               p->policy == POLICY_RESTORE
                   ? "it is destroyed and goes on from the image"
               : p->policy == POLICY_HOLD ? "it stays suspended"
                                          : "it goes on, by a 1");
    print_line("Image", "%s, about %s", p->path, size);
    print_line("Live", "%s", p->live ? "yes" : "no: it stands still "
               "during the write");
    for (i = 0; i < o->obstacles.count; i++)
        print_line("Unknown", "%s", o->obstacles.items[i].text);
    if (lock_is_busy(d->uuid, d->domid, busy))
        print_line("Waiting for", "%s, for %u s at most", busy,
                   p->config.lock_timeout);
}

static void print_json(const struct checkpoint_plan *p,
                       const struct checkpoint_outcome *o)
{
    CLEANUP_JSON yajl_gen g = json_new();

    yajl_gen_map_open(g);
    json_text(g, "domain", p->judgement.name);
    json_number(g, "domid", o->domid);
    json_text(g, "image", p->path);
    json_number(g, "bytes", o->bytes);
    json_bool(g, "live", p->live);
    json_number(g, "rounds", o->rounds);
    json_number(g, "freeze_us", (uint64_t)(o->freeze_ms * 1000));
    json_number(g, "total_ms", (uint64_t)o->total_ms);
    json_bool(g, "sealed", o->sealed);
    json_bool(g, "restored", o->restored);
    yajl_gen_map_close(g);
}

static void print_text(const struct checkpoint_plan *p,
                       const struct checkpoint_outcome *o)
{
    char size[SIZE_TEXT_MAX];

    size_text(o->bytes, size);
    print_line("Domain", "%s (domain %u)%s", p->judgement.name, o->domid,
               o->restored ? ", restored from the image: it got a 0" : "");
    print_line("Image", "%s, %s%s", p->path, size,
               o->sealed ? ", sealed" : "");
    if (p->max_freeze && o->freeze_ms > p->max_freeze)
        print_line("Frozen", "for %.1f ms: %u ms were wanted, but the guest "
                   "writes too fast", o->freeze_ms, p->max_freeze);
    else if (o->freeze_ms > 0)
        print_line("Frozen", "for %.1f ms", o->freeze_ms);
    if (p->live)
        print_line("Live", "yes, in %u round%s", o->rounds,
                   o->rounds == 1 ? "" : "s");
    else
        print_line("Live", "no");
    print_line("Time", "%.2f s", o->total_ms / 1000);
}

static int take(struct options *o)
{
    struct checkpoint_outcome outcome = { 0 };
    int status;

    status = checkpoint_take(o->plan, &outcome);
    if (status || !strcmp(o->plan->path, "-"))
        return status;
    if (o->format == FORMAT_JSON)
        print_json(o->plan, &outcome);
    else
        print_text(o->plan, &outcome);
    return finish_output(STATUS_YES);
}

static void options_free(struct options *o)
{
    checkpoint_options_free(&o->asked);
    lock_release(&o->plan->lock);
    judgement_free(&o->plan->judgement);
    connection_close(&o->plan->connection);
    config_free(&o->plan->config);
    cleanup_free(&o->plan->path);
}

int cmd_checkpoint(int argc, char **argv)
{
    struct checkpoint_plan plan = { .lock = LOCK_NONE };
    CLEANUP(options_free) struct options o = { .plan = &plan };
    int status;

    configuration_read(&plan.config);
    status = plan_read_options(argc, argv, &o);
    if (status)
        return -1 - status;
    if (!o.dry_run && !plugin_is_preloaded())
        return restart_under_stub(argv);
    status = judge(&plan);
    if (!status && !o.dry_run)
        status = take_lock(&plan);
    if (!status)
        status = ask_beforehand(&o);
    if (status)
        return status;
    if (!o.dry_run)
        return take(&o);
    print_plan(&o);
    return finish_output(STATUS_YES);
}
