/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * doctor: is everything in place on this host for the plugin to work?
 */
#include "config.h"

#include <getopt.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/json.h"
#include "cli/table.h"
#include "engine/doctor.h"

static void print_help(void)
{
    printf("Usage: xen-resumable doctor [--format=text|json]\n"
           "Looks whether everything is in place on this host.\n"
           "\n"
           "Exit status: 0 if so, 1 if something is wrong.\n");
}

static void print_text(const struct diagnosis *e)
{
    static const char *const marks[] = {
        [FINDING_OK] = "ok",
        [FINDING_NOTE] = "note",
        [FINDING_BAD] = "BAD",
    };
    struct table *t = table_new();
    size_t i;

    table_column(t, "WHAT");
    table_column(t, "");
    table_column(t, "DETAIL");
    for (i = 0; i < e->count; i++) {
        table_row(t);
        table_cell(t, e->items[i].name);
        table_cell(t, marks[e->items[i].finding]);
        table_cell(t, e->items[i].detail);
    }
    table_print(t, "");
    table_free(t);
}

static void print_json(const struct diagnosis *e, bool ok)
{
    CLEANUP_JSON yajl_gen g = json_new();
    size_t i;

    yajl_gen_map_open(g);
    json_bool(g, "ok", ok);
    json_key(g, "checks");
    yajl_gen_array_open(g);
    for (i = 0; i < e->count; i++) {
        yajl_gen_map_open(g);
        json_text(g, "name", e->items[i].name);
        json_bool(g, "ok", e->items[i].finding != FINDING_BAD);
        json_text(g, "detail", e->items[i].detail);
        yajl_gen_map_close(g);
    }
    yajl_gen_array_close(g);
    yajl_gen_map_close(g);
}

int cmd_doctor(int argc, char **argv)
{
    static const struct option options[] = {
        { "help", no_argument, NULL, 'h' },
        { "format", required_argument, NULL, 'f' },
        { NULL, 0, NULL, 0 },
    };
    struct diagnosis e = { .count = 0 };
    enum format format = FORMAT_TEXT;
    int option;

    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 'h') {
            print_help();
            return finish_output(STATUS_YES);
        }
        if (option != 'f')
            return complain_usage("doctor");
        if (!parse_format("doctor", optarg, false, &format))
            return STATUS_ERROR;
    }
    if (optind < argc) {
        complain("doctor: %s: no operand is expected", argv[optind]);
        return complain_usage("doctor");
    }
    doctor_examine(&e);
    if (format == FORMAT_JSON)
        print_json(&e, diagnosis_is_sound(&e));
    else
        print_text(&e);
    return finish_output(diagnosis_is_sound(&e) ? STATUS_YES : STATUS_NO);
}
