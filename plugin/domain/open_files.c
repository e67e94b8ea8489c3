/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "domain/open_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/io.h"

enum { TEXT_ROOM = 64 << 10, PATH_ROOM = 4096 };

/* A file of /proc/PID, with a NUL behind it; its length, or below 0. */
static ssize_t read_proc_file(const char *proc, pid_t pid, const char *name,
                              char *text, size_t room)
{
    char path[PATH_ROOM];
    CLEANUP_CLOSE int fd = -1;
    ssize_t n;

    snprintf(path, sizeof(path), "%s/%ld/%s", proc, (long)pid, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    n = fd < 0 ? -errno : read_full(fd, text, room - 1);
    if (n >= 0)
        text[n] = '\0';
    return n;
}

/* libxl gives it the domain's number: "-xen-domid 7". */
static bool is_for(const char *words, size_t n, uint32_t domid)
{
    const char *end = words + n;
    char wanted[16];
    bool next = false;

    snprintf(wanted, sizeof(wanted), "%u", domid);
    for (; words < end; words += strlen(words) + 1) {
        if (next)
            return !strcmp(words, wanted);
        next = !strcmp(words, "-xen-domid");
    }
    return false;
}

static bool is_device_model(const char *proc, pid_t pid, uint32_t domid)
{
    CLEANUP_FREE char *text = malloc(TEXT_ROOM);
    ssize_t n = text ? read_proc_file(proc, pid, "cmdline", text, TEXT_ROOM)
                     : -1;

    return n > 0 && is_for(text, (size_t)n, domid);
}

/* "flags:\t0100002", octal, as open(2) was given them. */
static bool is_open_for_writing(const char *proc, pid_t pid, const char *fd)
{
    char name[64], text[4096], *flags;

    snprintf(name, sizeof(name), "fdinfo/%.20s", fd);
    if (read_proc_file(proc, pid, name, text, sizeof(text)) < 0)
        return true;
    flags = strstr(text, "flags:");
    return !flags
           || (strtoul(flags + strlen("flags:"), NULL, 8) & O_ACCMODE)
                  != O_RDONLY;
}

/* Its standard output is a log. */
static bool may_be_disk(const char *fd)
{
    return *fd >= '0' && *fd <= '9' && atoi(fd) > STDERR_FILENO;
}

int open_files_list(const char *proc, pid_t pid, uint32_t domid,
                    struct open_file **out, size_t *count_out)
{
    CLEANUP_FREE struct open_file *found = NULL;
    CLEANUP_DIR DIR *dir = NULL;
    char path[PATH_ROOM];
    struct dirent *entry;
    size_t count = 0;

    proc = proc ? proc : "/proc";
    snprintf(path, sizeof(path), "%s/%ld/fd", proc, (long)pid);
    if (is_device_model(proc, pid, domid))
        dir = opendir(path);
    while (dir && (entry = readdir(dir))) {
        struct open_file *grown, file;
        struct stat st;

        if (!may_be_disk(entry->d_name)
            || fstatat(dirfd(dir), entry->d_name, &st, 0)
            || !storage_of(&st, &file.storage))
            continue;
        file.written = is_open_for_writing(proc, pid, entry->d_name);
        grown = reallocarray(found, count + 1, sizeof(*grown));
        if (!grown)
            return -ENOMEM;
        found = grown;
        found[count++] = file;
    }
    *out = STEAL(found);
    *count_out = count;
    return 0;
}
