/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/bindings.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/plugin_files.h"
#include "util/cleanup.h"

/*
 * ld.so's tracing, as ldd uses it: relocations are done and reported, then
 * the process ends before the program's first instruction.
 */
static int set_environment(void)
{
    return setenv("LD_TRACE_LOADED_OBJECTS", "1", 1)
           || setenv("LD_WARN", "yes", 1) || setenv("LD_BIND_NOW", "yes", 1)
           || setenv("LD_DEBUG", "bindings", 1)
           || setenv("LD_PRELOAD", plugin_stub_path(), 1) ? -errno : 0;
}

/* Starts the tracing; its report comes from the fd. */
static int start_tracing(const char *program, pid_t *pid_out)
{
    int ends[2];
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC))
        return -errno;
    pid = fork();
    if (pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        if (!set_environment())
            execl(program, program, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return -EAGAIN;
    }
    *pid_out = pid;
    return ends[0];
}

/* What is looked for in the report, line by line. */
struct search {
    bool (*is_it)(const char *line, struct search *s);
    const char *symbol;
    char release[RELEASE_ROOM];
};

/*
 * "PID: binding file A [0] to B [0]: normal symbol `NAME' [VERSION]": is B the
 * stub and NAME the symbol?
 */
static bool line_binds(const char *line, struct search *s)
{
    const char *to = strstr(line, " to ");
    const char *stub = to ? strstr(to, plugin_stub_path()) : NULL;
    const char *name = stub ? strchr(stub, '`') : NULL;
    size_t n = strlen(s->symbol);

    return strstr(line, "binding file") && name
           && !strncmp(name + 1, s->symbol, n) && name[n + 1] == '\'';
}

/* "libxenguest.so.4.17 => PATH (ADDRESS)" */
static bool names_release(const char *line, struct search *s)
{
    unsigned int major, minor;

    if (sscanf(line, " libxenguest.so.%u.%u", &major, &minor) != 2)
        return false;
    snprintf(s->release, sizeof(s->release), "%u.%u", major, minor);
    return true;
}

/* 1: found; 0: not; below 0: the linker could not be asked. */
static int trace_bindings(const char *program, struct search *s,
                          struct xr_error *err)
{
    CLEANUP_FREE char *line = NULL;
    bool found = false;
    size_t room = 0;
    int fd, status;
    FILE *report;
    pid_t pid = -1;

    fd = start_tracing(program, &pid);
    report = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (!report)
        return error_system(err, fd < 0 ? -fd : errno,
                            "the dynamic linker cannot be asked");
    while (getline(&line, &room, report) >= 0)
        found = found || s->is_it(line, s);
    fclose(report);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return found;
}

int binding_find(const char *program, const char *symbol,
                 struct xr_error *err)
{
    struct search s = { .is_it = line_binds, .symbol = symbol };

    return trace_bindings(program, &s, err);
}

int binding_release(const char *program, char release_out[RELEASE_ROOM],
                    struct xr_error *err)
{
    struct search s = { .is_it = names_release };
    int r;

    r = trace_bindings(program, &s, err);
    if (r < 0)
        return r;
    if (!r)
        return error_set(err, ENOENT, "%s loads no libxenguest", program);
    memcpy(release_out, s.release, sizeof(s.release));
    return 0;
}

static int is_libxenguest(struct dl_phdr_info *info, size_t size, void *data)
{
    const char *slash = strrchr(info->dlpi_name, '/');

    (void)size;
    return names_release(slash ? slash + 1 : info->dlpi_name, data);
}

int binding_check_own_core(struct xr_error *err)
{
    CLEANUP_FREE char *path = NULL;
    struct search s = { .is_it = names_release };

    if (!dl_iterate_phdr(is_libxenguest, &s))
        return 0;
    path = plugin_core_path(s.release);
    if (!path)
        return error_set(err, ENOMEM, "out of memory");
    return access(path, R_OK)
           ? error_set(err, errno, "the plugin has no core for Xen %s, and "
                       "cannot look after a save: %s: %s; xen-resumable doctor "
                       "says more", s.release, path, strerror(errno))
           : 0;
}
