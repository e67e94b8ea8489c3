/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * restore: the counterpart of checkpoint (engine/restore.h).
 */
#include "config.h"

#include <stdio.h>

#include "cli/facts.h"
#include "cli/findings.h"
#include "cli/image_disks.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/restore_options.h"
#include "cli/signals.h"
#include "engine/restore.h"
#include "util/buffer.h"
#include "util/cleanup.h"

/* "disk xvda" */
static void put_changed(const struct config_change *c, struct buffer *out)
{
    buffer_puts(out, c->what);
    if (!c->of)
        return;
    buffer_puts(out, " ");
    buffer_puts(out, c->of);
}

static void print_change(const struct config_change *c, bool done)
{
    CLEANUP_BUFFER struct buffer line = { 0 };

    put_changed(c, &line);
    buffer_puts(&line, ": ");
    if (c->from) {
        buffer_puts(&line, c->from);
        buffer_puts(&line, " -> ");
    }
    buffer_puts(&line, c->to);
    if (buffer_failed(&line))
        lose_output("out of memory");
    else
        print_line(done ? "Changed" : "To change", "%s", line.data);
}

static void print_changes(const struct restore_plan *p, bool done)
{
    size_t i;

    for (i = 0; i < p->change_count; i++)
        print_change(&p->changes[i], done);
}

static void json_changes(yajl_gen g, const struct restore_plan *p)
{
    size_t i;

    json_key(g, "changes");
    yajl_gen_array_open(g);
    for (i = 0; i < p->change_count; i++) {
        yajl_gen_map_open(g);
        json_text(g, "what", p->changes[i].what);
        json_text(g, "of", p->changes[i].of);
        json_text(g, "from", p->changes[i].from);
        json_text(g, "to", p->changes[i].to);
        yajl_gen_map_close(g);
    }
    yajl_gen_array_close(g);
}

static void print_restore_plan(const struct restore_options *o,
                               const struct restore_plan *p)
{
    print_line("Image", "%s", o->path);
    print_line("Domain", "%s", p->domain);
    print_line("By", "%s", p->container == CONTAINER_XL ? "xl restore"
                                                        : "virsh restore");
    print_line("Then", "%s", o->paused ? "it stays paused"
                                       : "it goes on from the image");
    print_changes(p, false);
    print_put_back(p->back, false);
    print_made(p->clones, p->origin, false);
    printf("\n");
    print_findings(p->checks);
}

static void json_restore_plan(yajl_gen g, const struct restore_options *o,
                              const struct restore_plan *p)
{
    json_bool(g, "dry_run", true);
    json_text(g, "domain", p->domain);
    json_text(g, "image", o->path);
    json_text(g, "container", container_name(p->container));
    json_bool(g, "paused", o->paused);
    json_changes(g, p);
    json_put_back(g, p->back);
    json_made(g, p->clones, p->origin);
    json_findings(g, p->checks);
}

/* Of a dry run, as far as it came; err: why not further, or NULL. */
static int show_restore_plan(const struct output *out, struct restore *r,
                             const struct xr_error *err)
{
    struct restore_plan plan;
    yajl_gen g;

    restore_describe(r, &plan);
    if (!plan.checks)
        return err ? output_failure(out, err, plan.domain) : STATUS_YES;
    if (!output_is_json(out)) {
        print_restore_plan(restore_options(r), &plan);
        return err ? output_failure(out, err, plan.domain)
                   : finish_output(STATUS_YES);
    }
    g = output_result_begin(out, err, plan.domain);
    json_restore_plan(g, restore_options(r), &plan);
    output_result_end(out, g);
    return finish_output(err ? output_status(err) : STATUS_YES);
}

static void json_restore_outcome(yajl_gen g, const struct restore_options *o,
                                 const struct restore_plan *p,
                                 const struct restore_outcome *outcome)
{
    json_text(g, "domain", p->domain);
    json_number(g, "domid", outcome->domid);
    json_text(g, "image", o->path);
    json_text(g, "container", container_name(p->container));
    json_text(g, "seal", seal_state_name(outcome->seal));
    json_bool(g, "paused", o->paused);
    json_changes(g, p);
    json_put_back(g, p->back);
    json_made(g, p->clones, p->origin);
    json_text(g, "resumable", verdict_answer_name(outcome->resumable));
    json_number(g, "total_ms", (uint64_t)outcome->total_ms);
}

static void print_restore_outcome(const struct restore_options *o,
                                  const struct restore_plan *p,
                                  const struct restore_outcome *outcome)
{
    print_line("Domain", "%s (domain %u), %s", p->domain, outcome->domid,
               o->paused ? "paused" : "goes on from the image");
    print_line("Image", "%s, sound%s", o->path,
               outcome->seal == SEAL_MATCH ? ", its seal matches" : "");
    print_changes(p, true);
    print_put_back(p->back, true);
    print_made(p->clones, p->origin, true);
    print_verdict("Resumable", outcome->resumable, outcome->reason);
    print_line("Time", "%.2f s", outcome->total_ms / 1000);
}

static int run_restore(struct restore *r, struct output *out)
{
    struct restore_outcome outcome;
    struct restore_plan plan;
    struct xr_error err;
    yajl_gen g;
    int failed;

    output_guard(out);
    failed = restore_run(r, &outcome, &err);
    output_end(out);
    restore_describe(r, &plan);
    if (failed)
        return output_failure(out, &err, plan.domain);
    if (!output_is_json(out)) {
        print_restore_outcome(restore_options(r), &plan, &outcome);
        return finish_output(STATUS_YES);
    }
    g = output_result_begin(out, NULL, NULL);
    json_restore_outcome(g, restore_options(r), &plan, &outcome);
    output_result_end(out, g);
    return finish_output(STATUS_YES);
}

static int ask_and_run(struct restore *r, struct output *out)
{
    struct restore_plan plan;
    struct xr_error err;
    int failed;

    failed = restore_ask(r, &err);
    output_end(out);
    if (restore_options(r)->dry_run)
        return show_restore_plan(out, r, failed ? &err : NULL);
    if (!failed)
        return run_restore(r, out);
    restore_describe(r, &plan);
    return output_failure(out, &err, plan.domain);
}

static void restore_cleanup(struct restore **r)
{
    restore_free(*r);
}

int cmd_restore(int argc, char **argv)
{
    CLEANUP(restore_cleanup) struct restore *r = NULL;
    struct restore_request q;
    struct output out;
    int status;

    output_begin(&out, FORMAT_TEXT, false); /* until the options are known */
    r = restore_new(&out.events);
    if (!r) {
        complain("out of memory");
        return STATUS_ERROR;
    }
    status = restore_options_parse(argc, argv, restore_options(r), &q);
    if (status)
        return -1 - status;
    *restore_options(r) = q.options;
    signals_take();
    output_begin(&out, q.format, q.progress);
    return ask_and_run(r, &out);
}
