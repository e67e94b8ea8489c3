/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "domain/process.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/io.h"

enum { TEXT_ROOM = 4096 };

/* A file of /proc/PID as a string, as far as there is room. */
static bool process_text(pid_t pid, const char *file, char text[TEXT_ROOM])
{
    CLEANUP_CLOSE int fd = -1;
    char path[64];
    ssize_t n;

    snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, file);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    n = fd < 0 ? -1 : read_full(fd, text, TEXT_ROOM - 1);
    if (n <= 0)
        return false;
    text[n] = '\0';
    return true;
}

void process_name_copy(char out[PROCESS_NAME_ROOM], const char *name)
{
    size_t i;

    for (i = 0; i < PROCESS_NAME_ROOM - 1 && name[i]; i++)
        out[i] = name[i] > ' ' && name[i] < 0x7f ? name[i] : '_';
    if (!i)
        out[i++] = '_';
    out[i] = '\0';
}

/* "PID (NAME) STATE PARENT ... STARTED": the name may hold anything. */
bool process_read(pid_t pid, struct process *out)
{
    struct process p = { .pid = pid };
    char text[TEXT_ROOM], *name, *end;
    long parent;

    if (!process_text(pid, "stat", text))
        return false;
    name = strchr(text, '(');
    end = strrchr(text, ')');
    if (!name || !end || end < name
        || sscanf(end + 1, " %*c %ld %*d %*d %*d %*d %*u %*u %*u %*u %*u "
                  "%*u %*u %*d %*d %*d %*d %*d %*d %" SCNu64, &parent,
                  &p.started) != 2)
        return false;
    *end = '\0';
    process_name_copy(p.name, name + 1);
    p.parent = (pid_t)parent;
    *out = p;
    return true;
}

/* By the real user: whoever runs a set-user-ID program stays what he is. */
static bool is_process_ours(pid_t pid)
{
    char text[TEXT_ROOM], *line;
    unsigned int real;

    if (!process_text(pid, "status", text))
        return false;
    line = strstr(text, "\nUid:");
    return line && sscanf(line, "\nUid: %u", &real) == 1 && real == geteuid();
}

/* A program that was replaced since is "NAME (deleted)". */
bool process_runs(pid_t pid, const char *file_name)
{
    size_t length = strlen(file_name);
    char path[64], file[TEXT_ROOM];
    const char *base;
    ssize_t n;

    snprintf(path, sizeof(path), "/proc/%ld/exe", (long)pid);
    n = readlink(path, file, sizeof(file) - 1);
    if (n <= 0)
        return false;
    file[n] = '\0';
    base = strrchr(file, '/');
    base = base ? base + 1 : file;
    return !strncmp(base, file_name, length)
           && (!base[length] || base[length] == ' ') && is_process_ours(pid);
}
