/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * doctor: is everything in place on this host for the plugin to work?
 */
#include "config.h"

#include "engine/doctor.h"

#include <errno.h>

#include "cli/cli.h"
#include "cli/options_common.h"
#include "cli/output.h"
#include "cli/table.h"

struct doctor_request {
    enum format format;
};

static const struct option_row doctor_options[] = {
    FORMAT_ROW(struct doctor_request, format),
    { .name = NULL },
};

static int cmd_doctor(int argc, char **argv);

const struct verb verb_doctor = {
    .name = "doctor",
    .run = cmd_doctor,
    .synopsis = "",
    .summary = "is everything in place on this host?",
    .description = "Looks whether everything is in place on this host.",
    .options = doctor_options,
    .exit_status = "0 it is; 1 something is wrong.",
    .expected = "no operand is expected",
};

static void print_diagnosis(const struct diagnosis *d)
{
    static const struct {
        const char *word;
        enum mark mark;
    } findings[] = {
        [FINDING_OK] = { "ok", MARK_GOOD },
        [FINDING_NOTE] = { "note", MARK_DOUBT },
        [FINDING_BAD] = { "BAD", MARK_BAD },
    };
    struct table *t = table_new();
    size_t i;

    table_column(t, "WHAT");
    table_column(t, "");
    table_prose(t, "DETAIL");
    for (i = 0; i < d->count; i++) {
        table_row(t);
        table_cell(t, d->items[i].name);
        table_marked(t, findings[d->items[i].finding].mark,
                     findings[d->items[i].finding].word);
        table_cell(t, d->items[i].detail);
    }
    table_print(t, "");
    table_free(t);
}

static void json_checks(yajl_gen g, const struct diagnosis *d)
{
    size_t i;

    json_key(g, "checks");
    yajl_gen_array_open(g);
    for (i = 0; i < d->count; i++) {
        yajl_gen_map_open(g);
        json_text(g, "name", d->items[i].name);
        json_bool(g, "ok", d->items[i].finding != FINDING_BAD);
        json_text(g, "detail", d->items[i].detail);
        yajl_gen_map_close(g);
    }
    yajl_gen_array_close(g);
}

/* The first of what is wrong. */
static void set_problem(const struct diagnosis *d, struct xr_error *err)
{
    size_t i;

    for (i = 0; i < d->count; i++)
        if (d->items[i].finding == FINDING_BAD)
            break;
    error_set(err, ENOSYS, "%s: %.200s", d->items[i].name,
              d->items[i].detail);
}

static void show_diagnosis(const struct output *out, const struct diagnosis *d)
{
    bool sound = diagnosis_is_sound(d);
    struct xr_error err;
    yajl_gen g;

    if (!sound)
        set_problem(d, &err);
    g = output_result_begin(out, sound ? NULL : &err, NULL);
    json_checks(g, d);
    output_result_end(out, g);
}

static int cmd_doctor(int argc, char **argv)
{
    struct doctor_request q = { .format = FORMAT_TEXT };
    struct diagnosis d;
    struct output out;
    int first = options_parse(&verb_doctor, argc, argv, &q);

    if (first < 0)
        return -1 - first;
    output_begin(&out, q.format, false);
    doctor_examine(&d);
    if (output_is_json(&out))
        show_diagnosis(&out, &d);
    else
        print_diagnosis(&d);
    return finish_output(diagnosis_is_sound(&d) ? STATUS_YES : STATUS_NO);
}
