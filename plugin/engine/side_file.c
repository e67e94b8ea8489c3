/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/side_file.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "domain/lock_file.h"
#include "util/cleanup.h"
#include "util/path.h"

#define LOCK "images"

enum {
    RANDOM = 12,
    /* What is left of a name that is as long as names can be. */
    NAME_SHOWN = NAME_MAX - RANDOM - 16,
    LOCK_TRIES = 6000,
    LOCK_PAUSE_NS = 10 * 1000 * 1000,
};

static const char *const endings[] = {
    [SIDE_FILE_PARTIAL] = ".partial",
    [SIDE_FILE_FORMER] = ".former",
};

static void make_random(char out[RANDOM + 1])
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    uint8_t bytes[RANDOM];
    size_t i;

    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
        memset(bytes, 0, sizeof(bytes));
    for (i = 0; i < RANDOM; i++)
        out[i] = letters[bytes[i] % (sizeof(letters) - 1)];
    out[RANDOM] = '\0';
}

char *side_file_name(const char *path, enum side_file kind)
{
    const char *base = path_base(path);
    char random[RANDOM + 1], *name;

    make_random(random);
    return asprintf(&name, "%.*s.%.*s.%s%s", (int)(base - path), path,
                    NAME_SHOWN, base, random, endings[kind]) < 0 ? NULL : name;
}

static int lock_whole(int fd, int command, short *type_out)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    int r = fcntl(fd, command, &lock);

    *type_out = lock.l_type;
    return r;
}

int side_file_create(const char *name, struct xr_error *err)
{
    int fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    short type;

    if (fd < 0)
        return error_system(err, errno, "%s", name);
    /* Without locks a file that was left is never taken for one. */
    (void)lock_whole(fd, F_OFD_SETLK, &type);
    return fd;
}

/* "RANDOM.partial"? */
static bool is_ending(const char *text, enum side_file kind)
{
    size_t i;

    for (i = 0; i < RANDOM; i++)
        if (!islower((unsigned char)text[i])
            && !isdigit((unsigned char)text[i]))
            return false;
    return !strcmp(text + RANDOM, endings[kind]);
}

/* ".NAME.RANDOM.partial" of this very name? */
static bool is_named(const char *file, const char *path, enum side_file kind)
{
    const char *base = path_base(path);
    size_t n = strnlen(base, NAME_SHOWN);

    return file[0] == '.' && !strncmp(file + 1, base, n)
           && file[n + 1] == '.' && is_ending(file + n + 2, kind);
}

bool side_file_is_one(const char *file, enum side_file *kind_out)
{
    size_t n = strlen(file), tail;
    enum side_file kind;

    for (kind = SIDE_FILE_PARTIAL; kind <= SIDE_FILE_FORMER; kind++) {
        tail = RANDOM + strlen(endings[kind]);
        if (n < tail + 2 || file[0] != '.' || file[n - tail - 1] != '.'
            || !is_ending(file + n - tail, kind))
            continue;
        *kind_out = kind;
        return true;
    }
    return false;
}

/* A file of ours, or of the image's owner, that nobody writes any more. */
static bool is_left(int folder, const char *file, enum side_file kind,
                    uid_t owner)
{
    CLEANUP_CLOSE int fd = -1;
    struct stat st;
    short type;

    if (fstatat(folder, file, &st, AT_SYMLINK_NOFOLLOW)
        || !S_ISREG(st.st_mode)
        || (st.st_uid != geteuid() && st.st_uid != owner))
        return false;
    if (kind == SIDE_FILE_FORMER)
        return true;
    fd = openat(folder, file, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    return fd >= 0 && !lock_whole(fd, F_OFD_GETLK, &type) && type == F_UNLCK;
}

unsigned int side_files_remove(const char *path, enum side_file kind)
{
    CLEANUP_FREE char *copy = strdup(path);
    DIR *folder = copy ? opendir(dirname(copy)) : NULL;
    unsigned int count = 0;
    struct dirent *entry;
    struct stat st;
    uid_t owner = stat(path, &st) ? geteuid() : st.st_uid;

    while (folder && (entry = readdir(folder)))
        if (is_named(entry->d_name, path, kind)
            && is_left(dirfd(folder), entry->d_name, kind, owner)
            && !unlinkat(dirfd(folder), entry->d_name, 0))
            count++;
    if (folder)
        closedir(folder);
    return count;
}

/* Whoever had it removes the file: it is no longer everybody's then. */
static bool is_taken(int fd)
{
    return lock_file_lock(fd, LOCK_BYTE_OPERATION)
           && lock_file_is_current(fd, LOCK);
}

int side_files_lock(int *lock_out, struct xr_error *err)
{
    const struct timespec pause = { .tv_nsec = LOCK_PAUSE_NS };
    int fd, i;

    for (i = 0; i < LOCK_TRIES; i++) {
        fd = lock_file_open(LOCK, true, NULL);
        if (fd < 0 || is_taken(fd)) {
            *lock_out = fd < 0 ? -1 : fd;
            return 0;
        }
        close(fd);
        nanosleep(&pause, NULL);
    }
    return error_set(err, EBUSY, "another checkpoint has held the file for a "
                     "minute");
}

void side_files_unlock(int *lock)
{
    int saved = errno;

    if (*lock >= 0) {
        lock_file_remove(LOCK);
        close(*lock);
        *lock = -1;
    }
    errno = saved;
}
