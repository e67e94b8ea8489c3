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

/* "libxenguest.so.4.17 => PATH (ADDRESS)" */
static bool names_release(const char *line, char release_out[RELEASE_ROOM])
{
    unsigned int major, minor;

    if (sscanf(line, " libxenguest.so.%u.%u", &major, &minor) != 2)
        return false;
    snprintf(release_out, RELEASE_ROOM, "%u.%u", major, minor);
    return true;
}

/*
 * "PID: binding file A [0] to B [0]: normal symbol `NAME' [VERSION]": NAME and
 * its length, if B is the stub.
 */
static const char *line_symbol(const char *line, size_t *length_out)
{
    const char *stub = plugin_stub_path();
    const char *to = strstr(line, " to ");
    const size_t n = strlen(stub);
    const char *name, *end;

    while (to && (strncmp(to + 4, stub, n) || to[4 + n] != ' '))
        to = strstr(to + 4, " to ");
    name = to ? strchr(to, '`') : NULL;
    end = name ? strchr(name, '\'') : NULL;
    if (!end || !strstr(line, "binding file"))
        return NULL;
    *length_out = (size_t)(end - name - 1);
    return name + 1;
}

static bool has_symbol(const struct buffer *symbols, const char *name,
                       size_t length)
{
    const char *at = symbols->data;

    while (at && *at) {
        size_t n = strcspn(at, "\n");

        if (n == length && !memcmp(at, name, n))
            return true;
        at += n + 1;
    }
    return false;
}

/* Several libraries of a program may call the same function. */
static void note_line(const char *line, struct bindings *b)
{
    const char *name;
    size_t length;

    if (names_release(line, b->release))
        return;
    name = line_symbol(line, &length);
    if (!name || has_symbol(&b->symbols, name, length))
        return;
    buffer_append(&b->symbols, name, length);
    buffer_puts(&b->symbols, "\n");
}

/* Closes fd.  0, or a negative errno. */
static int read_report(int fd, struct bindings *b)
{
    CLEANUP_FREE char *line = NULL;
    FILE *report = fdopen(fd, "r");
    size_t room = 0;
    int r;

    if (!report) {
        r = -errno;
        close(fd);
        return r;
    }
    while (getline(&line, &room, report) >= 0)
        note_line(line, b);
    r = feof(report) ? 0 : -errno;
    fclose(report);
    return buffer_failed(&b->symbols) ? -ENOMEM : r;
}

static int trace_bindings(const char *program, struct bindings *b)
{
    int fd, r, status;
    pid_t pid = -1;

    fd = start_tracing(program, &pid);
    if (fd < 0)
        return fd;
    r = read_report(fd, b);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return r;
}

int bindings_read(const char *program, struct bindings *out,
                  struct xr_error *err)
{
    CLEANUP_BINDINGS struct bindings b = { .release = "" };
    int r;

    r = trace_bindings(program, &b);
    if (r < 0)
        return error_system(err, -r, "cannot ask the dynamic linker");
    *out = b;
    b.symbols = (struct buffer){ 0 };
    return 0;
}

bool bindings_have(const struct bindings *bindings, const char *symbol)
{
    return has_symbol(&bindings->symbols, symbol, strlen(symbol));
}

void bindings_free(struct bindings *bindings)
{
    buffer_free(&bindings->symbols);
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
    char release[RELEASE_ROOM];

    if (!dl_iterate_phdr(is_libxenguest, release))
        return 0;
    path = plugin_core_path(release);
    if (!path)
        return error_set(err, ENOMEM, "out of memory");
    return access(path, R_OK)
           ? error_set(err, errno, "the plugin has no core for Xen %s, so "
                       "that it cannot protect a save: %s: %s; see "
                       "xen-resumable doctor", release, path, strerror(errno))
           : 0;
}
