/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "domain/scripts.h"

#include <errno.h>

#include "domain/program.h"
#include "domain/program_folder.h"

#define DEFAULT_DIR XEN_CONFIG_DIR "/xen-resumable.d"

/* The scripts in order; none where there is no default folder. */
static int find_scripts(const char *dir, struct program_folder *out,
                        struct xr_error *err)
{
    const char *folder = dir ? dir : DEFAULT_DIR;
    int r = program_folder_examine(folder, err);

    if (!r)
        r = program_folder_read(folder, out, err);
    return r == -ENOENT && !dir ? 0 : r;
}

int scripts_examine(const char *dir, size_t *count_out, struct xr_error *err)
{
    CLEANUP_PROGRAM_FOLDER struct program_folder scripts = { 0 };
    int r = find_scripts(dir, &scripts, err);
    size_t i;

    for (i = 0; !r && i < scripts.count; i++)
        r = program_examine(scripts.paths[i], err);
    *count_out = scripts.count;
    return r;
}

static int run_script(const struct script_order *order, char *path,
                      struct xr_error *err)
{
    char *argv[] = { path, NULL };
    const struct program program = {
        .argv = argv,
        .environment = order->environment,
        .limit = order->limit,
        .grace = PROGRAM_HOOK_GRACE,
        .running = order->running,
    };
    int status, r = program_examine(path, err);

    if (!r)
        r = program_run(&program, &status, err);
    if (!r && status)
        r = error_set(err, EIO, "%s: exit status %d", path, status);
    return r;
}

int scripts_run(const struct script_order *order, struct xr_error *err)
{
    CLEANUP_PROGRAM_FOLDER struct program_folder scripts = { 0 };
    int r = find_scripts(order->dir, &scripts, err);
    size_t i = order->begun ? atomic_load(order->begun) : 0;

    for (; !r && i < scripts.count; i++) {
        if (order->begun)
            atomic_store(order->begun, (uint32_t)i + 1);
        r = run_script(order, scripts.paths[i], err);
    }
    return r;
}
