/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The arguments of libxl-save-helper (libxl_save_callout.c, run_helper):
 *
 *   PATH --save-domain STREAM-FD BACK-FD DOMID FLAGS CALLBACKS STREAM-TYPE
 */
#include "config.h"

#include "domain/savers.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "domain/process.h"
#include "util/cleanup.h"
#include "util/io.h"

enum { DOMID_ARGUMENT = 4, ARGUMENTS_ROOM = 4096 };

/* The Nth of the words that end with a NUL each; NULL if there are fewer. */
static const char *word_at(const char *words, size_t n, int which)
{
    const char *end = words + n;

    while (which-- && words < end)
        words += strnlen(words, (size_t)(end - words)) + 1;
    return words < end ? words : NULL;
}

static bool process_saves(const char *pid, uint32_t domid)
{
    CLEANUP_CLOSE int fd = -1;
    char path[64], text[ARGUMENTS_ROOM], wanted[16];
    const char *mode, *found;
    ssize_t n;

    snprintf(path, sizeof(path), "/proc/%.20s/cmdline", pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    n = fd < 0 ? -1 : read_full(fd, text, sizeof(text) - 1);
    if (n <= 0)
        return false;
    text[n] = '\0';
    snprintf(wanted, sizeof(wanted), "%u", domid);
    mode = word_at(text, (size_t)n, 1);
    found = word_at(text, (size_t)n, DOMID_ARGUMENT);
    return mode && found && !strcmp(mode, "--save-domain")
           && !strcmp(found, wanted);
}

static void describe_saver(struct saver *saver)
{
    struct process helper, toolstack;

    if (process_read(saver->pid, &helper) && helper.parent > 1
        && process_read(helper.parent, &toolstack))
        snprintf(saver->text, sizeof(saver->text), "a save by %s (pid %ld)",
                 toolstack.name, (long)toolstack.pid);
    else
        snprintf(saver->text, sizeof(saver->text), "a save (pid %ld) whose "
                 "toolstack has ended", (long)saver->pid);
}

/*
 * Whose process it is comes first: a command line is read out of the process's
 * memory, whose lock any user can keep.
 */
bool savers_find(uint32_t domid, struct saver *out)
{
    CLEANUP_DIR DIR *proc = opendir("/proc");
    struct dirent *entry;

    while (proc && (entry = readdir(proc))) {
        pid_t pid = (pid_t)atol(entry->d_name);

        if (*entry->d_name < '1' || *entry->d_name > '9' || pid == getpid()
            || !process_runs(pid, "libxl-save-helper")
            || !process_saves(entry->d_name, domid))
            continue;
        out->pid = pid;
        describe_saver(out);
        return true;
    }
    return false;
}
