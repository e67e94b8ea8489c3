/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rollback: back to an image, with its disks (engine/rollback.h).
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cli/facts.h"
#include "cli/findings.h"
#include "cli/image_disks.h"
#include "cli/json.h"
#include "cli/options_common.h"
#include "cli/output.h"
#include "cli/restart.h"
#include "cli/signals.h"
#include "engine/plugin_files.h"
#include "engine/rollback.h"
#include "util/cleanup.h"

struct rollback_request {
    struct rollback_options options;
    bool progress;
    enum format format;
};

static int take_disk_to_leave(const char *word, void *request,
                              struct xr_error *err)
{
    struct rollback_request *q = request;

    return disk_names_add(&q->options.as_it_is, word, err);
}

static const struct option_row rollback_rows[] = {
    { .name = "as-it-is", .word = "VDEV", .repeatable = true,
      IS_TAKEN_BY(take_disk_to_leave),
      .help = "leave this disk as it is now, also if it has no copy" },
    { .name = "no-safety",
      SETS_FLAG(struct rollback_request, options.no_safety),
      .help = "do not take a checkpoint of the present state before" },
    WATCH_ROW(struct rollback_request, options.watch,
              "watch the guest for so long afterwards (4)"),
    { .name = "dry-run", SETS_FLAG(struct rollback_request, options.dry_run),
      .help = "only say what would be done" },
    PROGRESS_ROW(struct rollback_request, progress),
    FORMAT_ROW(struct rollback_request, format),
    { .name = NULL },
};

static int cmd_rollback(int argc, char **argv);

const struct verb verb_rollback = {
    .name = "rollback",
    .run = cmd_rollback,
    .synopsis = "DOMAIN [IMAGE]",
    .summary = "take a domain back to an image, with its disks",
    .description = "Takes a domain back to an image, with the disks that belong "
                   "to it. Without IMAGE, it is the newest sound one of the "
                   "series. Before that, a checkpoint keeps the present state.",
    .options = rollback_rows,
    .exit_status = "0 done; 1 refused, or the guest does not go on; 2 error.",
    .operands = { { "DOMAIN", OFFER_DOMAINS }, { "IMAGE", OFFER_FILES } },
    .least = 1,
    .most = 2,
    .expected = "a domain, and at most one image, are expected",
};

/* --- the plan */

static void print_rollback_plan(const struct rollback_plan *p)
{
    if (p->domid)
        print_line("Domain", "%s (domain %u)", p->domain, p->domid);
    else
        print_line("Domain", "%s, which is gone", p->domain);
    print_line("Image", "%s", p->image);
    print_put_back(p->restore.back, false);
    if (!p->restore.back)
        print_line("Disks", "none would be put back");
    if (p->safety)
        print_line("Before", "a checkpoint of what is now: %s", p->safety);
    else
        print_line("Before", "%s", p->goes_on
                   ? "nothing: a rollback goes on that has not ended"
                   : "nothing: what is now is given up");
    printf("\n");
    print_findings(p->restore.checks);
}

static void json_rollback_plan(yajl_gen g, const struct rollback_plan *p)
{
    json_bool(g, "dry_run", true);
    json_text(g, "domain", p->domain);
    json_text(g, "image", p->image);
    json_text(g, "safety", p->safety);
    json_bool(g, "goes_on", p->goes_on);
    json_put_back(g, p->restore.back);
    json_findings(g, p->restore.checks);
}

/* Of a dry run, as far as it came; err: why not further, or NULL. */
static int show_rollback_plan(const struct output *out,
                              const struct rollback *rb,
                              const struct xr_error *err)
{
    struct rollback_plan plan;
    yajl_gen g;

    rollback_describe(rb, &plan);
    if (!plan.restore.checks)
        return output_failure(out, err, plan.domain);
    if (!output_is_json(out)) {
        print_rollback_plan(&plan);
        return err ? output_failure(out, err, plan.domain)
                   : finish_output(STATUS_YES);
    }
    g = output_result_begin(out, err, plan.domain);
    json_rollback_plan(g, &plan);
    output_result_end(out, g);
    return finish_output(err ? output_status(err) : STATUS_YES);
}

/* --- what became of it */

static void print_rollback_outcome(const struct rollback_plan *p,
                                   const struct rollback_outcome *o)
{
    print_line("Domain", "%s (domain %u), goes on from the image", p->domain,
               o->restore.domid);
    print_line("Image", "%s, sound%s", p->image,
               o->restore.seal == SEAL_MATCH ? ", its seal matches" : "");
    print_put_back(p->restore.back, true);
    if (o->safety)
        print_line("Before", "%s: what was before", o->safety);
    print_verdict("Resumable", o->restore.resumable, o->restore.reason);
    print_line("Down", "for %.2f s", o->down_ms / 1000);
    print_line("Time", "%.2f s", o->total_ms / 1000);
}

static void json_rollback_outcome(yajl_gen g, const struct rollback_plan *p,
                                  const struct rollback_outcome *o)
{
    json_text(g, "domain", p->domain);
    json_number(g, "domid", o->restore.domid);
    json_text(g, "image", p->image);
    json_text(g, "safety", o->safety);
    json_bool(g, "goes_on", p->goes_on);
    json_put_back(g, p->restore.back);
    json_text(g, "guest", o->guest);
    json_text(g, "next", o->next);
    json_text(g, "seal", seal_state_name(o->restore.seal));
    json_text(g, "resumable", verdict_answer_name(o->restore.resumable));
    json_number(g, "down_ms", (uint64_t)o->down_ms);
    json_number(g, "put_back_ms", (uint64_t)o->restore.put_back_ms);
    json_number(g, "total_ms", (uint64_t)o->total_ms);
}

/* Once the domain may have been destroyed, a failure is a no. */
static int rollback_failure(const struct output *out,
                            const struct xr_error *err,
                            const struct rollback_plan *p,
                            const struct rollback_outcome *o)
{
    int status = output_status(err);
    yajl_gen g;

    if (output_is_json(out)) {
        g = output_result_begin(out, err, p->domain);
        json_text(g, "safety", o->safety);
        json_text(g, "guest", o->guest);
        json_text(g, "next", o->next);
        output_result_end(out, g);
    }
    status = finish_output(status);
    return o->next ? STATUS_NO : status;
}

static int run_rollback(struct rollback *rb, struct output *out)
{
    struct rollback_outcome outcome;
    struct rollback_plan plan;
    struct xr_error err;
    yajl_gen g;
    int r;

    signals_take_blocked();
    output_guard(out);
    r = rollback_run(rb, &outcome, &err);
    output_end(out);
    rollback_describe(rb, &plan);
    if (r)
        return rollback_failure(out, &err, &plan, &outcome);
    if (!output_is_json(out)) {
        print_rollback_outcome(&plan, &outcome);
        return finish_output(STATUS_YES);
    }
    g = output_result_begin(out, NULL, NULL);
    json_rollback_outcome(g, &plan, &outcome);
    output_result_end(out, g);
    return finish_output(STATUS_YES);
}

static int ask_and_roll_back(struct rollback *rb, struct output *out)
{
    struct rollback_plan plan;
    struct xr_error err;
    int r = rollback_ask(rb, &err);

    if (rollback_options(rb)->dry_run) {
        output_end(out);
        return show_rollback_plan(out, rb, r ? &err : NULL);
    }
    if (!r)
        return run_rollback(rb, out);
    output_end(out);
    rollback_describe(rb, &plan);
    return output_failure(out, &err, plan.domain);
}

static void rollback_cleanup(struct rollback **rb)
{
    rollback_free(*rb);
}

static int cmd_rollback(int argc, char **argv)
{
    CLEANUP(rollback_cleanup) struct rollback *rb = NULL;
    struct rollback_request q = { .format = FORMAT_TEXT };
    struct output out;
    int first;

    output_begin(&out, FORMAT_TEXT, false); /* until the options are known */
    rb = rollback_new(&out.events);
    if (!rb) {
        complain("out of memory");
        return STATUS_ERROR;
    }
    q.options = *rollback_options(rb);
    first = options_parse(&verb_rollback, argc, argv, &q);
    if (first < 0)
        return -1 - first;
    q.options.domain = argv[first];
    q.options.image = argv[first + 1];
    if (q.options.image && !strcmp(q.options.image, "-")) {
        complain("rollback: an image in a file is expected");
        return complain_usage("rollback");
    }
    *rollback_options(rb) = q.options;
    if (!q.options.dry_run && !plugin_is_preloaded())
        return restart_under_stub("rollback", argv);
    signals_take(); /* from here on there is a result, whatever happens */
    output_begin(&out, q.format, q.progress);
    return ask_and_roll_back(rb, &out);
}
