/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A line of /proc/PID/maps (proc(5)):
 *
 *   START-END PERMISSIONS OFFSET MAJOR:MINOR INODE   PATH[ (deleted)]
 *
 * The path is what the process has mapped, and may hold anything but a
 * newline. Its device is not always that of stat(2) (btrfs, overlayfs); that
 * is told by the link map_files/START-END.
 */
#include "config.h"

#include "engine/daemon_maps.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/cleanup.h"

#define DELETED " (deleted)"

enum {
    PROC_PATH_ROOM = 512,
    MAPS_LINE_ROOM = 8192,     /* a path of PATH_MAX, and more */
    MAPS_BYTES_MAX = 32 << 20, /* max_map_count lines of some length */
};

static const char *const daemon_names[] = { "libvirtd", "virtxend" };

static bool ends_with(const char *text, size_t n, const char *end)
{
    size_t m = strlen(end);

    return n >= m && !memcmp(text + n - m, end, m);
}

static bool file_is_named(const char *path, size_t n, const char *name)
{
    size_t m = strlen(name);

    return n > m && path[n - m - 1] == '/' && ends_with(path, n, name);
}

/*
 * What stat() says of it; that the file has gone does not matter to the link.
 */
static void identify_mapped(int dir, const char *range, struct mapped_file *m)
{
    char link[96];
    struct stat st;

    snprintf(link, sizeof(link), "map_files/%.64s", range);
    m->is_known = !fstatat(dir, link, &st, 0);
    if (m->is_known) {
        m->device = st.st_dev;
        m->inode = st.st_ino;
    }
}

/* The first mapping counts; all of a file's have the same end. */
static void note_mapped(int dir, const char *range, const char *path, size_t n,
                        const char *name, struct mapped_file *m)
{
    bool is_gone = ends_with(path, n, DELETED);

    n -= is_gone ? strlen(DELETED) : 0;
    if (*m->path || !file_is_named(path, n, name))
        return;
    m->is_gone = is_gone;
    snprintf(m->path, sizeof(m->path), "%.*s", (int)n, path);
    identify_mapped(dir, range, m);
}

/* "libxenlight.so.4.17.0", wherever it is. */
static bool is_libxl(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash && !strncmp(slash + 1, "libxenlight.so", 14);
}

static void note_maps_line(int dir, char *line, struct virt_process *p)
{
    const char *path = strchr(line, '/');
    char *range_end = strchr(line, ' ');
    size_t n;

    if (!path || !range_end || range_end > path)
        return;
    *range_end = '\0';
    n = strcspn(path, "\n");
    p->has_libxl = p->has_libxl || is_libxl(path);
    note_mapped(dir, line, path, n, "xen-resumable-preload.so", &p->stub);
    note_mapped(dir, line, path, n, "xen-resumable-core.so", &p->core);
}

/* What is too long for a line is none of ours, and is passed over. */
static bool read_maps(int dir, FILE *maps, struct virt_process *p)
{
    char line[MAPS_LINE_ROOM];
    bool is_continued = false, is_whole;
    size_t left = MAPS_BYTES_MAX, n;

    while (left && fgets(line, sizeof(line), maps)) {
        n = strlen(line);
        is_whole = n && line[n - 1] == '\n';
        if (!is_continued && is_whole)
            note_maps_line(dir, line, p);
        is_continued = !is_whole;
        left -= n < left ? n : left;
    }
    return left && !ferror(maps);
}

static void look_into_process(int dir, struct virt_process *p)
{
    int fd = openat(dir, "maps", O_RDONLY | O_CLOEXEC);
    FILE *maps = fd < 0 ? NULL : fdopen(fd, "r");

    if (!maps) {
        if (fd >= 0)
            close(fd);
        return;
    }
    p->is_readable = read_maps(dir, maps, p);
    fclose(maps);
}

/* By the file that it runs, not by the name that it gives itself. */
static const char *daemon_name(int dir)
{
    char file[4096];
    ssize_t n = readlinkat(dir, "exe", file, sizeof(file));
    size_t i, length = n > 0 ? (size_t)n : 0;

    if (ends_with(file, length, DELETED))
        length -= strlen(DELETED);
    for (i = 0; i < sizeof(daemon_names) / sizeof(daemon_names[0]); i++)
        if (file_is_named(file, length, daemon_names[i]))
            return daemon_names[i];
    return NULL;
}

static bool is_roots_or_ours(int dir)
{
    struct stat st;

    return !fstat(dir, &st) && (!st.st_uid || st.st_uid == geteuid());
}

static bool is_virt_process(const char *proc, const char *pid,
                            struct virt_process *out)
{
    char path[PROC_PATH_ROOM];
    CLEANUP_CLOSE int dir = -1;

    if (*pid < '1' || *pid > '9')
        return false;
    snprintf(path, sizeof(path), "%s/%.20s", proc, pid);
    dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0 || !is_roots_or_ours(dir))
        return false;
    *out = (struct virt_process){ .name = daemon_name(dir),
                                  .pid = (pid_t)atol(pid) };
    if (out->name)
        look_into_process(dir, out);
    return out->name;
}

size_t daemons_find(const char *proc, struct virt_process out[DAEMONS_MAX])
{
    CLEANUP_DIR DIR *dir = opendir(proc ? proc : "/proc");
    struct dirent *entry;
    size_t count = 0;

    while (dir && count < DAEMONS_MAX && (entry = readdir(dir)))
        count += is_virt_process(proc ? proc : "/proc", entry->d_name,
                                 &out[count]);
    return count;
}

bool mapped_file_is(const struct mapped_file *m, const char *path)
{
    struct stat st;

    if (m->is_gone || stat(path, &st))
        return false;
    return m->is_known ? m->device == st.st_dev && m->inode == st.st_ino
                       : !strncmp(m->path, path, sizeof(m->path) - 1);
}
