/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/doctor.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/bindings.h"
#include "engine/plugin_files.h"
#include "util/cleanup.h"
#include "xen/configuration.h"
#include "xen/connection.h"
#include "xen/hypervisor.h"

void diagnose(struct diagnosis *e, const char *name, enum finding finding,
              const char *format, ...)
{
    struct examination *c;
    va_list ap;

    if (e->count == EXAMINATIONS_MAX)
        return;
    c = &e->items[e->count++];
    c->name = name;
    c->finding = finding;
    va_start(ap, format);
    vsnprintf(c->detail, sizeof(c->detail), format, ap);
    va_end(ap);
}

static void examine_xen(struct diagnosis *e, xc_interface *xch)
{
    struct hypervisor h;
    struct xr_error err;

    if (hypervisor_read(xch, &h, &err)) {
        diagnose(e, "xen", FINDING_BAD, "%s", err.message);
        return;
    }
    diagnose(e, "xen", FINDING_OK, "Xen %d.%d%s", h.major, h.minor, h.extra);
    diagnose(e, "live PVH and HVM", h.hap ? FINDING_OK : FINDING_NOTE,
             h.hap ? "possible: hardware assisted paging"
                   : "not possible: no hardware assisted paging");
    diagnose(e, "live PV", h.shadow ? FINDING_OK : FINDING_NOTE,
             h.shadow ? "possible: shadow paging"
                      : "not possible: this Xen has no shadow paging");
    if (hypervisor_libxl_mistakes_0(&h))
        diagnose(e, "libxl", FINDING_NOTE,
                 "this release returns a 0 instead of a 1; the plugin "
                 "corrects that");
}

static void examine_xenstore(struct diagnosis *e, struct store *store)
{
    CLEANUP_FREE char *name = store_read_domain(store, 0, "name");

    if (name || errno == ENOENT)
        diagnose(e, "xenstore", FINDING_OK, "xenstored answers");
    else
        diagnose(e, "xenstore", FINDING_BAD, "%s", strerror(errno));
}

static void examine_host(struct diagnosis *e)
{
    CLEANUP_CONNECTION struct connection connection = { 0 };
    struct xr_error err;

    if (connection_open(&connection, &err))
        diagnose(e, "xen", FINDING_BAD, "%s", err.message);
    else {
        examine_xen(e, connection.xch);
        examine_xenstore(e, connection.store);
    }
}

static void examine_file(struct diagnosis *e, const char *name,
                         const char *path)
{
    if (access(path, R_OK))
        diagnose(e, name, FINDING_BAD, "%s: %s", path, strerror(errno));
    else
        diagnose(e, name, FINDING_OK, "%s", path);
}

/* A program of the toolstack, and what the linker says of it. */
struct program {
    const char *path;
    int r; /* below 0: the linker could not be asked, for this error */
    struct xr_error err;
    struct bindings bindings;
};

/* The stub's doors in a program. */
struct door {
    const char *name; /* as the diagnosis has it */
    const char *symbol;
};

static const struct door xl_doors[] = {
    { "build hook", "xc_dom_boot_image" },
    { "resume hook", "xc_domain_resume" },
    { "watcher hook", "libxl_event_wait" },
    { "watcher's event", "libxl_evenable_domain_death" },
    { NULL, NULL },
};

static const struct door helper_doors[] = {
    { "save hook", "xc_domain_save" },
    { "restore hook", "xc_domain_restore" },
    { NULL, NULL },
};

static struct program program_look_at(const char *path)
{
    struct program p = { .path = path };

    p.r = bindings_read(path, &p.bindings, &p.err);
    return p;
}

/* Does the program call the doors through the stub? */
static void examine_doors(struct diagnosis *e, const struct program *p,
                          const struct door *door)
{
    for (; door->name; door++) {
        if (p->r < 0)
            diagnose(e, door->name, FINDING_BAD, "%s: %s", p->path,
                     p->err.message);
        else if (!bindings_have(&p->bindings, door->symbol))
            diagnose(e, door->name, FINDING_BAD,
                     "%s does not go through the stub in %s", door->symbol,
                     p->path);
        else
            diagnose(e, door->name, FINDING_OK, "%s, in %s", door->symbol,
                     p->path);
    }
}

static void examine_core_of(struct diagnosis *e, const char *release)
{
    CLEANUP_FREE char *path = plugin_core_path(release);

    if (!path)
        diagnose(e, "core", FINDING_BAD, "out of memory");
    else if (access(path, R_OK))
        diagnose(e, "core", FINDING_BAD, "%s: %s; xl is of Xen %s", path,
                 strerror(errno), release);
    else
        diagnose(e, "core", FINDING_OK, "%s, for xl of Xen %s", path, release);
}

/* The core that the stub loads in that program, and what others there are. */
static void examine_core(struct diagnosis *e, const struct program *p)
{
    CLEANUP_FREE char *releases = plugin_core_releases();

    if (p->r < 0) {
        diagnose(e, "core", FINDING_BAD, "%s", p->err.message);
        return;
    }
    if (!*p->bindings.release) {
        diagnose(e, "core", FINDING_BAD, "%s loads no libxenguest", p->path);
        return;
    }
    examine_core_of(e, p->bindings.release);
    if (releases)
        diagnose(e, "cores installed", FINDING_OK, "for Xen %s", releases);
}

static void examine_programs(struct diagnosis *e, const char *xl_path,
                             const char *helper_path)
{
    struct program xl = program_look_at(xl_path);
    struct program helper = program_look_at(helper_path);

    examine_core(e, &xl);
    examine_doors(e, &xl, xl_doors);
    examine_doors(e, &helper, helper_doors);
    bindings_free(&xl.bindings);
    bindings_free(&helper.bindings);
}

static void examine_toolstack(struct diagnosis *e)
{
    CLEANUP_FREE char *xl = plugin_toolstack_file("xl");
    CLEANUP_FREE char *helper = plugin_toolstack_file("libxl-save-helper");

    if (xl && helper)
        examine_programs(e, xl, helper);
    else
        diagnose(e, "toolstack", FINDING_BAD, "%s is not found",
                 xl ? "libxl-save-helper" : "xl");
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

static void examine_config(struct diagnosis *e)
{
    CLEANUP_CONFIG struct config config = { 0 };
    struct findings f = { 0 };
    const char *path = config_path();

    config_read(path, note_problem, &f, &config);
    if (f.problems)
        diagnose(e, "configuration", FINDING_BAD, "%u problems, the first: %s",
                 f.problems, f.first);
    else if (access(path, F_OK))
        diagnose(e, "configuration", FINDING_OK, "no %s: the defaults apply",
                 path);
    else
        diagnose(e, "configuration", FINDING_OK, "%s, overrides: %zu", path,
                 config.overrides.count);
}

void doctor_examine(struct diagnosis *e)
{
    e->count = 0;
    examine_host(e);
    examine_file(e, "stub", plugin_stub_path());
    examine_toolstack(e);
    examine_daemons(e);
    examine_config(e);
    examine_disks(e);
    examine_copies(e);
    examine_rollbacks(e);
}

bool diagnosis_is_sound(const struct diagnosis *e)
{
    size_t i;

    for (i = 0; i < e->count; i++)
        if (e->items[i].finding == FINDING_BAD)
            return false;
    return true;
}
