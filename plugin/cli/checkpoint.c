/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * checkpoint: writes an image of a guest that goes on (engine/checkpoint.h).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/checkpoint_options.h"
#include "cli/checkpoint_series.h"
#include "cli/disk_plans.h"
#include "cli/facts.h"
#include "cli/json.h"
#include "cli/obstacles.h"
#include "cli/output.h"
#include "cli/restart.h"
#include "cli/signals.h"
#include "engine/checkpoint.h"
#include "engine/plugin_files.h"
#include "util/cleanup.h"

static const char *name_ending(enum policy policy)
{
    return policy == POLICY_RESTORE
               ? "it is destroyed and goes on from the image"
           : policy == POLICY_HOLD ? "it stays suspended"
                                   : "it goes on: its suspend is cancelled";
}

static const char *name_reader(const struct checkpoint_plan *p)
{
    return strcmp(p->container, "libvirt") ? "" : ", for libvirt";
}

static void print_checkpoint_plan(const struct checkpoint_plan *p)
{
    char size[SIZE_TEXT_MAX];
    size_t i;

    size_text(p->bytes, size);
    print_line("Domain", "%s (domain %u)", p->domain, p->domid);
    print_verdict("Resumable", p->resumable, p->reason);
    print_line("Then", "%s", name_ending(p->policy));
    print_line("Image", "%s, about %s%s", p->path, size,
               name_reader(p));
    print_line("Live", "%s", p->live ? "yes" : "no: it stands still "
               "during the write");
    print_disk_plan(p->disks, false);
    for (i = 0; i < p->obstacles->count; i++)
        print_line("Unknown", "%s", p->obstacles->items[i].text);
    if (p->waiting_for)
        print_line("Waiting for", "%s, for %u s at most", p->waiting_for,
                   p->lock_timeout);
}

static void json_checkpoint_plan(yajl_gen g, const struct checkpoint_plan *p)
{
    json_bool(g, "dry_run", true);
    json_text(g, "domain", p->domain);
    json_number(g, "domid", p->domid);
    json_text(g, "image", p->path);
    json_text(g, "container", p->container);
    json_number(g, "bytes", p->bytes);
    json_bool(g, "live", p->live);
    json_text(g, "resumable", verdict_answer_name(p->resumable));
    json_text(g, "reason", p->reason);
    json_text(g, "policy", policy_name(p->policy));
    json_obstacles(g, p->obstacles);
    json_disk_plan(g, p->disks, false);
    json_text(g, "waiting_for", p->waiting_for);
}

static int show_checkpoint_plan(const struct output *out,
                                const struct checkpoint_plan *p)
{
    yajl_gen g;

    if (!output_is_json(out)) {
        print_checkpoint_plan(p);
        return finish_output(STATUS_YES);
    }
    g = output_result_begin(out, NULL, NULL);
    json_checkpoint_plan(g, p);
    output_result_end(out, g);
    return finish_output(STATUS_YES);
}

static void json_checkpoint_outcome(yajl_gen g,
                                    const struct checkpoint_plan *p,
                                    const struct checkpoint_outcome *o)
{
    json_text(g, "domain", p->domain);
    json_number(g, "domid", o->domid);
    json_text(g, "image", p->path);
    json_text(g, "container", p->container);
    json_number(g, "bytes", o->bytes);
    json_bool(g, "live", p->live);
    json_number(g, "rounds", o->rounds);
    json_number(g, "freeze_us", (uint64_t)(o->freeze_ms * 1000));
    json_number(g, "total_ms", (uint64_t)o->total_ms);
    json_text(g, "layout", o->flat ? "flat" : "stream");
    json_text(g, "parent", o->parent);
    if (o->flat) {
        json_number(g, "pages_changed", o->pages_changed);
        json_number(g, "bytes_written", o->bytes_written);
        json_number(g, "bytes_shared", o->bytes_shared);
    }
    json_disk_plan(g, p->disks, true);
    json_bool(g, "sealed", o->sealed);
    json_bool(g, "restored", o->restored);
    json_text(g, "guest", o->guest);
}

static void print_checkpoint_outcome(const struct checkpoint_plan *p,
                                     const struct checkpoint_outcome *o,
                                     unsigned int max_freeze)
{
    char size[SIZE_TEXT_MAX];

    size_text(o->bytes, size);
    print_line("Domain", "%s (domain %u)%s", p->domain, o->domid,
               o->restored ? ", restored from the image" : "");
    print_line("Image", "%s, %s%s%s", p->path, size,
               o->sealed ? ", sealed" : "", name_reader(p));
    if (o->parent) {
        size_text(o->bytes_shared, size);
        print_line("Shared", "%s with %s", size, o->parent);
        size_text(o->bytes_written, size);
        print_line("Written", "%s, of %llu pages that have changed", size,
                   (unsigned long long)o->pages_changed);
    }
    print_disk_plan(p->disks, true);
    if (max_freeze && o->freeze_ms > max_freeze)
        print_line("Frozen", "for %.1f ms: %u ms were wanted, but %sthe guest "
                   "writes too fast", o->freeze_ms, max_freeze,
                   disk_plan_kept(p->disks) ? "copies of its disks take time, "
                   "or " : "");
    else if (o->freeze_ms > 0)
        print_line("Frozen", "for %.1f ms", o->freeze_ms);
    if (p->live)
        print_line("Live", "yes, in %u round%s", o->rounds,
                   o->rounds == 1 ? "" : "s");
    else
        print_line("Live", "no");
    print_line("Time", "%.2f s", o->total_ms / 1000);
}

static int show_outcome(const struct output *out,
                        const struct checkpoint_plan *p,
                        const struct checkpoint_outcome *o,
                        unsigned int max_freeze)
{
    yajl_gen g;

    if (!output_is_json(out)) {
        print_checkpoint_outcome(p, o, max_freeze);
        return finish_output(STATUS_YES);
    }
    g = output_result_begin(out, NULL, NULL);
    json_checkpoint_outcome(g, p, o);
    output_result_end(out, g);
    return finish_output(STATUS_YES);
}

/* Once the guest may have noticed something a failure is a no. */
static int fail_after_start(const struct output *out,
                            const struct xr_error *err, const char *domain,
                            const struct checkpoint_outcome *o)
{
    int status = output_status(err);
    yajl_gen g;

    if (output_is_json(out)) {
        g = output_result_begin(out, err, domain);
        json_text(g, "guest", o->guest);
        output_result_end(out, g);
    }
    status = finish_output(status);
    return status == STATUS_ERROR && err->reason != XR_REASON_SYSTEM
           && err->reason != XR_REASON_NO_XEN ? STATUS_NO : status;
}

static int take_checkpoint(struct checkpoint *c, struct output *out)
{
    const struct checkpoint_options *options = checkpoint_options(c);
    struct checkpoint_outcome outcome;
    struct checkpoint_plan plan;
    struct xr_error err;
    int r;

    checkpoint_describe(c, &plan);
    signals_take_blocked();
    output_guard(out);
    r = checkpoint_take(c, &outcome, &err);
    output_end(out);
    if (r)
        return fail_after_start(out, &err, plan.domain, &outcome);
    return strcmp(options->path, "-")
           ? show_outcome(out, &plan, &outcome, options->max_freeze)
           : STATUS_YES;
}

static int ask_and_take(struct checkpoint *c, struct output *out)
{
    struct checkpoint_plan plan;
    struct xr_error err;
    int r = checkpoint_ask(c, &err);

    if (!r && !checkpoint_options(c)->dry_run)
        return take_checkpoint(c, out);
    checkpoint_describe(c, &plan);
    return r ? output_failure(out, &err, plan.domain)
             : show_checkpoint_plan(out, &plan);
}

static void checkpoint_cleanup(struct checkpoint **c)
{
    checkpoint_free(*c);
}

int cmd_checkpoint(int argc, char **argv)
{
    CLEANUP(checkpoint_options_free) struct checkpoint_request q = {
        .format = FORMAT_TEXT,
    };
    CLEANUP(checkpoint_cleanup) struct checkpoint *c = NULL;
    struct output out;
    int r;

    output_begin(&out, FORMAT_TEXT, false); /* until the options are known */
    c = checkpoint_new(&out.events);
    if (!c) {
        complain("out of memory");
        return STATUS_ERROR;
    }
    r = checkpoint_options_parse(argc, argv, checkpoint_options(c), &q);
    if (r)
        return -1 - r;
    if (checkpoint_is_series(&q)) {
        signals_take();
        output_begin(&out, q.format, q.progress);
        return checkpoint_series(&q, &out);
    }
    *checkpoint_options(c) = q.options;
    if (!q.options.dry_run && !plugin_is_preloaded())
        return restart_under_stub("checkpoint", argv);
    signals_take(); /* from here on there is a result, whatever happens */
    output_begin(&out, q.format, q.progress);
    return ask_and_take(c, &out);
}
