/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "domain/program_folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/cleanup.h"

bool program_name_is_valid(const char *name)
{
    return *name
           && name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz"
                                "0123456789_-")] == '\0';
}

static int is_program(const struct dirent *entry)
{
    return program_name_is_valid(entry->d_name);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

int program_folder_read(const char *dir, struct program_folder *out,
                        struct xr_error *err)
{
    struct program_folder found = { 0 };
    struct dirent **entries;
    int i, n = scandir(dir, &entries, is_program, by_name);
    bool failed;

    if (n < 0)
        return error_system(err, errno, "%s", dir);
    found.paths = calloc((size_t)n + 1, sizeof(*found.paths));
    failed = !found.paths;
    for (i = 0; i < n; i++) {
        if (!failed && asprintf(&found.paths[found.count], "%s/%s", dir,
                                entries[i]->d_name) >= 0)
            found.count++;
        else
            failed = true;
        free(entries[i]);
    }
    free(entries);
    if (failed) {
        program_folder_free(&found);
        return error_set(err, ENOMEM, "out of memory");
    }
    *out = found;
    return 0;
}

static bool is_ours(const struct stat *st)
{
    return !st->st_uid || st->st_uid == geteuid();
}

static bool others_can_write(const struct stat *st)
{
    return !is_ours(st) || st->st_mode & S_IWOTH
           || (st->st_mode & S_IWGRP && st->st_gid);
}

int program_examine(const char *path, struct xr_error *err)
{
    struct stat st, link;

    if (stat(path, &st) || lstat(path, &link))
        return error_system(err, errno, "%s", path);
    if (!S_ISREG(st.st_mode) || access(path, X_OK))
        return error_set(err, EACCES, "%s: not executable", path);
    if (others_can_write(&st) || !is_ours(&link))
        return error_set(err, EACCES, "%s: others than root can write to it",
                         path);
    return 0;
}

/* What the programs of a folder read; its name is no program's. */
static bool is_shared_part(const char *name)
{
    size_t n = strlen(name), end = strlen(".common");

    return n > end && !strcmp(name + n - end, ".common");
}

static int examine_shared_parts(const char *dir, struct xr_error *err)
{
    CLEANUP_DIR DIR *d = opendir(dir);
    struct dirent *entry;
    struct stat st;

    if (!d)
        return error_system(err, errno, "%s", dir);
    while ((entry = readdir(d)))
        if (is_shared_part(entry->d_name)
            && (fstatat(dirfd(d), entry->d_name, &st, 0)
                || others_can_write(&st)))
            return error_set(err, EACCES, "%s/%s: others than root can write "
                             "to it", dir, entry->d_name);
    return 0;
}

int program_folder_examine(const char *dir, struct xr_error *err)
{
    struct stat st;

    if (stat(dir, &st))
        return error_system(err, errno, "%s", dir);
    if (others_can_write(&st))
        return error_set(err, EACCES, "%s: others than root can write to it",
                         dir);
    return examine_shared_parts(dir, err);
}

/* In a folder with the sticky bit nobody replaces what is another's. */
static int examine_folder_above(const char *path, struct xr_error *err)
{
    struct stat st;

    if (stat(path, &st))
        return error_system(err, errno, "%s", path);
    return !others_can_write(&st) || st.st_mode & S_ISVTX
           ? 0 : error_set(err, EACCES, "%s: others than root can write to it",
                           path);
}

int program_folder_examine_above(const char *dir, const char *program,
                                 struct xr_error *err)
{
    CLEANUP_FREE char *above = realpath(dir, NULL);
    CLEANUP_FREE char *path = NULL;
    char *slash = above ? strrchr(above, '/') : NULL;
    int r;

    if (!slash)
        return error_system(err, errno, "%s", dir);
    slash[slash == above] = '\0';
    if (asprintf(&path, "%s/%s", above, program) < 0) {
        path = NULL;
        return error_set(err, ENOMEM, "out of memory");
    }
    r = examine_folder_above(above, err);
    return r || access(path, F_OK) ? r : program_examine(path, err);
}

void program_folder_free(struct program_folder *folder)
{
    int saved = errno;

    while (folder->count)
        free(folder->paths[--folder->count]);
    free(folder->paths);
    folder->paths = NULL;
    errno = saved;
}
