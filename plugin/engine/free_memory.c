/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The host says it in /proc/meminfo.  A line of /proc/self/cgroup (cgroups(7)) is
 *
 *     HIERARCHY:CONTROLLERS:PATH
 *
 * "0::/system.slice/web.service" of cgroups of version 2, whose files are below
 * /sys/fs/cgroup, and "4:memory:/web" of version 1, below /sys/fs/cgroup/memory.
 *
 * A limit is one for all cgroups below it, so that those above count, too; in a
 * container some of the path may not be there.  What a file's pages take that
 * nobody has used lately is given back before anybody is killed: as the host
 * does, that counts as free.  Else the image of the guest before would be taken
 * for memory that is in use.
 */
#include "config.h"

#include "engine/free_memory.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/buffer.h"
#include "util/cleanup.h"
#include "util/number.h"

struct cgroup_version {
    const char *controller;
    const char *mount;
    const char *limits[2];
    const char *used;
    const char *cache; /* the line of memory.stat */
};

static const struct cgroup_version cgroup_versions[] = {
    { "", "/sys/fs/cgroup", { "memory.max", "memory.high" }, "memory.current",
      "inactive_file" },
    { "memory", "/sys/fs/cgroup/memory", { "memory.limit_in_bytes", NULL },
      "memory.usage_in_bytes", "total_inactive_file" },
};

static void close_stream(FILE **f)
{
    if (*f)
        fclose(*f);
}

#define CLEANUP_STREAM CLEANUP(close_stream)

static FILE *open_below(const char *folder, const char *name)
{
    CLEANUP_BUFFER struct buffer path = { 0 };

    buffer_printf(&path, "%s/%s", folder, name);
    return buffer_failed(&path) ? NULL : fopen(path.data, "re");
}

/* A file of one line; false also where it says "max". */
static bool read_figure(const char *folder, const char *name, uint64_t *out)
{
    CLEANUP_STREAM FILE *f = open_below(folder, name);
    char line[32];

    if (!f || !fgets(line, sizeof(line), f))
        return false;
    line[strcspn(line, "\n")] = '\0';
    return number_parse(line, out);
}

/* The number behind a word at the beginning of a line; 0: there is none. */
static uint64_t read_row(const char *folder, const char *name,
                         const char *word)
{
    CLEANUP_STREAM FILE *f = open_below(folder, name);
    size_t n = strlen(word);
    uint64_t figure = 0;
    char line[128];

    while (f && fgets(line, sizeof(line), f))
        if (!strncmp(line, word, n)
            && sscanf(line + n, " %" SCNu64, &figure) == 1)
            return figure;
    return 0;
}

static uint64_t at_most(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* What the limits of one cgroup leave. */
static uint64_t room_in(const char *folder, const struct cgroup_version *v)
{
    uint64_t used = 0, limit, room = UINT64_MAX;
    size_t i;

    if (read_figure(folder, v->used, &used))
        used -= at_most(used, read_row(folder, "memory.stat", v->cache));
    for (i = 0; i < 2 && v->limits[i]; i++)
        if (read_figure(folder, v->limits[i], &limit))
            room = at_most(room, limit > used ? limit - used : 0);
    return room;
}

/* path is cut off piece by piece. */
static uint64_t room_up_from(const char *root, const struct cgroup_version *v,
                             char *path)
{
    uint64_t room = UINT64_MAX;
    char *end;

    do {
        CLEANUP_BUFFER struct buffer folder = { 0 };

        buffer_printf(&folder, "%s%s%s", root, v->mount, path);
        if (!buffer_failed(&folder))
            room = at_most(room, room_in(folder.data, v));
        end = strrchr(path, '/');
        if (end)
            *end = '\0';
    } while (end);
    return room;
}

static bool has_controller(const char *list, const char *controller)
{
    size_t n = strlen(controller);

    if (!n || !*list)
        return !n && !*list;
    for (; list; list = strchr(list, ',')) {
        list += *list == ',';
        if (!strncmp(list, controller, n) && (!list[n] || list[n] == ','))
            return true;
    }
    return false;
}

static uint64_t room_by_line(const char *root, char *line)
{
    char *controllers = strchr(line, ':'), *path;
    uint64_t room = UINT64_MAX;
    size_t i;

    path = controllers ? strchr(++controllers, ':') : NULL;
    if (!path)
        return room;
    *path++ = '\0';
    path[strcspn(path, "\n")] = '\0';
    for (i = 0; i < sizeof(cgroup_versions) / sizeof(*cgroup_versions); i++)
        if (has_controller(controllers, cgroup_versions[i].controller))
            room = at_most(room, room_up_from(root, &cgroup_versions[i],
                                              path));
    return room;
}

uint64_t free_memory(const char *root)
{
    CLEANUP_STREAM FILE *f = open_below(root, "proc/self/cgroup");
    uint64_t kib = read_row(root, "proc/meminfo", "MemAvailable:");
    uint64_t room = kib < UINT64_MAX / 1024 ? kib * 1024 : 0;
    CLEANUP_FREE char *line = NULL;
    size_t size = 0;

    while (f && getline(&line, &size, f) > 0)
        room = at_most(room, room_by_line(root, line));
    return room;
}
