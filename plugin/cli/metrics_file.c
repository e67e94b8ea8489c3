/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The textfile is in a folder that the exporter's user may write to: nothing that
 * stands there is waited for.
 *
 * The new file is ".NAME.XXXXXX.partial" until it is whole, and locked as long as
 * somebody writes it; what is not locked was left behind by one that was killed.
 */
#include "config.h"

#include "cli/metrics.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/io.h"
#include "util/path.h"

/* As much as a thousand guests take.  What is beyond it is not kept. */
enum { FORMER_BYTES_MAX = 1 << 20 };

#define RANDOM "XXXXXX"
#define PARTIAL ".partial"

int metrics_file_read(const char *path, struct buffer *out,
                      struct xr_error *err)
{
    CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY
                                      | O_CLOEXEC);
    char chunk[65536];
    struct stat st;
    ssize_t n = 1;

    if (fd < 0 && errno == ENOENT)
        return 0;
    if (fd < 0 || fstat(fd, &st))
        return error_system(err, errno, "it cannot be read");
    if (!S_ISREG(st.st_mode))
        return error_set(err, EINVAL, "it is no regular file");
    while (n > 0 && out->length < FORMER_BYTES_MAX) {
        n = read_full(fd, chunk, sizeof(chunk));
        buffer_append(out, chunk, n > 0 ? (size_t)n : 0);
    }
    if (n < 0)
        return error_system(err, (int)-n, "it cannot be read");
    return buffer_failed(out) ? error_set(err, ENOMEM, "out of memory") : 0;
}

/* Is it the name of a file that is being written in the place of that one? */
static bool is_partial(const char *name, const char *base)
{
    size_t n = strlen(base);

    return name[0] == '.' && !strncmp(name + 1, base, n)
           && name[1 + n] == '.'
           && strlen(name) == n + strlen("..") + strlen(RANDOM PARTIAL)
           && !strcmp(name + strlen(name) - strlen(PARTIAL), PARTIAL);
}

static void remove_partial(int folder, const char *name)
{
    CLEANUP_CLOSE int fd = openat(folder, name, O_RDONLY | O_NONBLOCK
                                  | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;

    if (fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode)
        && st.st_uid == geteuid() && !flock(fd, LOCK_EX | LOCK_NB))
        unlinkat(folder, name, 0);
}

static char *folder_of(const char *path)
{
    size_t n = (size_t)(path_base(path) - path);

    return n ? strndup(path, n) : strdup(".");
}

static void clear_partial(const char *path)
{
    CLEANUP_FREE char *name = folder_of(path);
    CLEANUP_DIR DIR *folder = name ? opendir(name) : NULL;
    struct dirent *entry;

    while (folder && (entry = readdir(folder)))
        if (is_partial(entry->d_name, path_base(path)))
            remove_partial(dirfd(folder), entry->d_name);
}

/* Who clears may take it for left behind before it is locked: then another. */
static int open_partial(const char *path, char **name_out,
                        struct xr_error *err)
{
    CLEANUP_FREE char *name = NULL;
    struct stat st;
    int fd;

    for (;;) {
        free(name);
        if (asprintf(&name, "%.*s.%s." RANDOM PARTIAL,
                     (int)(path_base(path) - path), path,
                     path_base(path)) < 0) {
            name = NULL;
            return error_set(err, ENOMEM, "out of memory");
        }
        fd = mkostemps(name, (int)strlen(PARTIAL), O_CLOEXEC);
        if (fd < 0)
            return error_system(err, errno, "it cannot be written");
        /* Where there are no locks it is written without. */
        if (flock(fd, LOCK_EX) || (!fstat(fd, &st) && st.st_nlink))
            break;
        close(fd);
    }
    *name_out = STEAL(name);
    return fd;
}

/* The exporter may read it at any time, and as another user. */
int metrics_file_replace(const char *path, const struct buffer *text,
                         struct xr_error *err)
{
    CLEANUP_FREE char *name = NULL;
    CLEANUP_CLOSE int fd = -1;
    int r;

    clear_partial(path);
    fd = open_partial(path, &name, err);
    if (fd < 0)
        return fd;
    r = write_full(fd, text->data, text->length, NULL);
    if (!r && (fchmod(fd, 0644) || fsync(fd) || rename(name, path)))
        r = -errno;
    if (r)
        unlink(name);
    return r ? error_system(err, -r, "it cannot be written") : 0;
}
