/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * check: is a checkpoint of this guest okay (engine/check.h)?  With --here:
 * would this image restore on this host (engine/preflight.h)?
 */
#include "config.h"

#include "cli/check_answers.h"
#include "cli/check_options.h"
#include "cli/facts.h"
#include "cli/findings.h"
#include "cli/input.h"
#include "cli/output.h"
#include "cli/signals.h"
#include "engine/check.h"
#include "engine/preflight.h"
#include "util/cleanup.h"

#include <stdio.h>

static void print_here(const char *path, const struct preflight *p)
{
    print_line("Image", "%s", path);
    print_verdict("Restorable", p->answer, NULL);
    printf("\n");
    print_findings(p);
}

static int show_here(const struct output *out, const char *path,
                     const struct preflight *p)
{
    static const int statuses[] = {
        [VERDICT_UNKNOWN] = STATUS_UNKNOWN,
        [VERDICT_YES] = STATUS_YES,
        [VERDICT_NO] = STATUS_NO,
    };
    yajl_gen g;

    if (!output_is_json(out)) {
        print_here(path, p);
        return finish_output(statuses[p->answer]);
    }
    g = output_result_begin(out, NULL, NULL);
    json_text(g, "image", path);
    json_findings(g, p);
    output_result_end(out, g);
    return finish_output(statuses[p->answer]);
}

static int check_here(const struct output *out, const char *path)
{
    CLEANUP_CLOSE int fd = -1;
    struct preflight p = { .count = 0 };
    struct xr_error err;

    fd = input_open(path, &err);
    if (fd < 0)
        return output_file_failure(out, path, &err);
    if (preflight_image_here(fd, path, &out->events, &p, &err))
        return output_failure(out, &err, NULL);
    return show_here(out, path, &p);
}

/* The worst of all: an error, then no, then unknown, then yes. */
static int status_of(const struct check *check)
{
    int status = check_failed(check) ? STATUS_ERROR : STATUS_YES;
    size_t i;

    for (i = 0; i < check_count(check) && status != STATUS_ERROR; i++) {
        const struct check_answer *a = check_get(check, i);

        if (a->verdict.resumable == VERDICT_NO
            || obstacles_refusal(&a->obstacles))
            status = STATUS_NO;
        else if (a->verdict.resumable == VERDICT_UNKNOWN
                 && status == STATUS_YES)
            status = STATUS_UNKNOWN;
    }
    return status;
}

static void ask_checks(struct check *check, const struct check_options *q)
{
    char **name;

    if (q->scan_memory)
        check_scan_memory(check);
    if (q->learn) {
        check_learn(check, *q->domains, q->kernel, q->dry_run);
        return;
    }
    if (q->kernel)
        check_kernel(check, q->kernel);
    if (q->image)
        check_image(check, q->image);
    if (q->all)
        check_all_domains(check);
    for (name = q->domains; *name; name++)
        check_one_domain(check, *name);
}

static int show_answers(const struct output *out, const struct check *check,
                        const struct check_options *q)
{
    yajl_gen g;

    if (output_is_json(out)) {
        g = output_result_begin(out, check_failed(check),
                                check_failed_domain(check));
        check_json(g, check, q->scan_memory);
        output_result_end(out, g);
    } else if (check_count(check)) {
        check_print_text(check, q->evidence);
    }
    return finish_output(status_of(check));
}

static void check_cleanup(struct check **check)
{
    check_free(*check);
}

int cmd_check(int argc, char **argv)
{
    CLEANUP(check_cleanup) struct check *check = NULL;
    struct check_options q;
    struct output out;
    int r = check_options_parse(argc, argv, &q);

    if (r)
        return -1 - r;
    /* A file may come from a pipe, in whose reads nothing else would stop. */
    if ((q.format == FORMAT_JSON || q.format == FORMAT_JSONL)
        && !q.kernel && !q.image)
        signals_take();
    output_begin(&out, q.format, false);
    if (q.here)
        return check_here(&out, q.image);
    check = check_new(&out.events);
    if (!check) {
        complain("out of memory");
        return STATUS_ERROR;
    }
    ask_checks(check, &q);
    return show_answers(&out, check, &q);
}
