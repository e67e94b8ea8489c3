/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * doctor: is everything in place on this host for the plugin to work?
 */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/bindings.h"
#include "cli/cli.h"
#include "cli/connection.h"
#include "cli/json.h"
#include "cli/options_common.h"
#include "cli/plugin_files.h"
#include "cli/table.h"
#include "util/cleanup.h"
#include "xen/configuration.h"
#include "xen/hypervisor.h"

enum finding {
    FINDING_OK,
    FINDING_NOTE, /* worth knowing, nothing is wrong */
    FINDING_BAD,
};

struct check {
    const char *name;
    enum finding finding;
    char detail[300];
};

enum { CHECKS_MAX = 16 };

struct examination {
    struct check checks[CHECKS_MAX];
    size_t count;
};

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
    .exit_status = "0 if so, 1 if something is wrong.",
    .expected = "no operand is expected",
};

__attribute__((format(printf, 4, 5)))
static void find(struct examination *e, const char *name,
                 enum finding finding, const char *format, ...)
{
    struct check *c;
    va_list ap;

    if (e->count == CHECKS_MAX)
        return;
    c = &e->checks[e->count++];
    c->name = name;
    c->finding = finding;
    va_start(ap, format);
    vsnprintf(c->detail, sizeof(c->detail), format, ap);
    va_end(ap);
}

static void examine_xen(struct examination *e, xc_interface *xch)
{
    struct hypervisor h;
    struct xr_error err;

    if (hypervisor_read(xch, &h, &err)) {
        find(e, "xen", FINDING_BAD, "%s", err.message);
        return;
    }
    find(e, "xen", FINDING_OK, "Xen %d.%d%s", h.major, h.minor, h.extra);
    find(e, "live PVH and HVM", h.hap ? FINDING_OK : FINDING_NOTE,
         h.hap ? "possible: hardware assisted paging"
               : "not possible: no hardware assisted paging");
    find(e, "live PV", h.shadow ? FINDING_OK : FINDING_NOTE,
         h.shadow ? "possible: shadow paging"
                  : "not possible: this Xen has no shadow paging");
    if (hypervisor_libxl_mistakes_0(&h))
        find(e, "libxl", FINDING_NOTE, "this release resumes with a 0 where "
             "it means 1; the plugin corrects that");
}

static void examine_xenstore(struct examination *e, struct store *store)
{
    CLEANUP_FREE char *name = store_read_domain(store, 0, "name");

    if (name || errno == ENOENT)
        find(e, "xenstore", FINDING_OK, "xenstored answers");
    else
        find(e, "xenstore", FINDING_BAD, "%s", strerror(errno));
}

static void examine_host(struct examination *e)
{
    CLEANUP_CONNECTION struct connection connection = { 0 };
    struct xr_error err;

    if (connection_open(&connection, &err))
        find(e, "xen", FINDING_BAD, "%s", err.message);
    else {
        examine_xen(e, connection.xch);
        examine_xenstore(e, connection.store);
    }
}

static void examine_file(struct examination *e, const char *name,
                         const char *path)
{
    if (access(path, R_OK))
        find(e, name, FINDING_BAD, "%s: %s", path, strerror(errno));
    else
        find(e, name, FINDING_OK, "%s", path);
}

/* Does the program call the door through the stub? */
static void examine_door(struct examination *e, const char *name,
                         const char *program, const char *symbol)
{
    struct xr_error err;
    int r = binding_find(program, symbol, &err);

    if (r < 0)
        find(e, name, FINDING_BAD, "%s: %s", program, err.message);
    else if (!r)
        find(e, name, FINDING_BAD, "%s does not come by the stub in %s",
             symbol, program);
    else
        find(e, name, FINDING_OK, "%s, in %s", symbol, program);
}

/* The core that the stub loads in that program, and what others there are. */
static void examine_core(struct examination *e, const char *program)
{
    CLEANUP_FREE char *releases = plugin_core_releases();
    CLEANUP_FREE char *path = NULL;
    char release[RELEASE_ROOM];
    struct xr_error err;

    if (binding_release(program, release, &err)) {
        find(e, "core", FINDING_BAD, "%s", err.message);
        return;
    }
    path = plugin_core_path(release);
    if (!path)
        find(e, "core", FINDING_BAD, "out of memory");
    else if (access(path, R_OK))
        find(e, "core", FINDING_BAD, "%s: %s; xl is of Xen %s", path,
             strerror(errno), release);
    else
        find(e, "core", FINDING_OK, "%s, for xl of Xen %s", path, release);
    if (releases)
        find(e, "cores installed", FINDING_OK, "for Xen %s", releases);
}

static void examine_toolstack(struct examination *e)
{
    CLEANUP_FREE char *xl = plugin_toolstack_file("xl");
    CLEANUP_FREE char *helper = plugin_toolstack_file("libxl-save-helper");

    if (!xl || !helper) {
        find(e, "toolstack", FINDING_BAD, "%s is not found",
             xl ? "libxl-save-helper" : "xl");
        return;
    }
    examine_core(e, xl);
    examine_door(e, "build hook", xl, "xc_dom_boot_image");
    examine_door(e, "resume hook", xl, "xc_domain_resume");
    examine_door(e, "watcher hook", xl, "libxl_event_wait");
    examine_door(e, "watcher's event", xl, "libxl_evenable_domain_death");
    examine_door(e, "save hook", helper, "xc_domain_save");
    examine_door(e, "restore hook", helper, "xc_domain_restore");
}

struct findings {
    unsigned int problems;
    char first[200];
};

static void note_problem(const char *problem, void *data)
{
    struct findings *f = data;

    if (!f->problems++)
        snprintf(f->first, sizeof(f->first), "%s", problem);
}

static void examine_config(struct examination *e)
{
    CLEANUP_CONFIG struct config config = { 0 };
    struct findings f = { 0 };
    const char *path = config_path();

    config_read(path, note_problem, &f, &config);
    if (f.problems)
        find(e, "configuration", FINDING_BAD, "%u problems, the first: %s",
             f.problems, f.first);
    else if (access(path, F_OK))
        find(e, "configuration", FINDING_OK, "no %s: the defaults apply",
             path);
    else
        find(e, "configuration", FINDING_OK, "%s, overrides: %zu", path,
             config.overrides.count);
}

static void examine(struct examination *e)
{
    examine_host(e);
    examine_file(e, "stub", plugin_stub_path());
    examine_toolstack(e);
    examine_config(e);
}

static void print_text(const struct examination *e)
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
        table_cell(t, e->checks[i].name);
        table_cell(t, marks[e->checks[i].finding]);
        table_cell(t, e->checks[i].detail);
    }
    table_print(t, "");
    table_free(t);
}

static void print_json(const struct examination *e, bool ok)
{
    CLEANUP_JSON yajl_gen g = json_new();
    size_t i;

    yajl_gen_map_open(g);
    json_bool(g, "ok", ok);
    json_key(g, "checks");
    yajl_gen_array_open(g);
    for (i = 0; i < e->count; i++) {
        yajl_gen_map_open(g);
        json_text(g, "name", e->checks[i].name);
        json_bool(g, "ok", e->checks[i].finding != FINDING_BAD);
        json_text(g, "detail", e->checks[i].detail);
        yajl_gen_map_close(g);
    }
    yajl_gen_array_close(g);
    yajl_gen_map_close(g);
}

static bool is_sound(const struct examination *e)
{
    size_t i;

    for (i = 0; i < e->count; i++)
        if (e->checks[i].finding == FINDING_BAD)
            return false;
    return true;
}

static int cmd_doctor(int argc, char **argv)
{
    struct examination e = { .count = 0 };
    struct doctor_request q = { .format = FORMAT_TEXT };
    int first = options_parse(&verb_doctor, argc, argv, &q);

    if (first < 0)
        return -1 - first;
    examine(&e);
    if (q.format == FORMAT_JSON)
        print_json(&e, is_sound(&e));
    else
        print_text(&e);
    return finish_output(is_sound(&e) ? STATUS_YES : STATUS_NO);
}
