/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/restore_image.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "domain/request.h"
#include "domain/way_stages.h"
#include "engine/events.h"
#include "engine/plugin_files.h"
#include "lib/xl_file.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "xen/libxl.h"

/* A toolstack at work. */
struct restoring {
    const struct restore_order *order;
    char *program;
    int said;     /* what it writes to stdout and stderr */
    int changed;  /* the image with another configuration; -1: as it is */
    pid_t feeder; /* who writes it */
};

static bool is_changed(const struct restore_order *order)
{
    return order->config || order->domid;
}

static int set_image_domid(const struct restore_order *order, int fd,
                           char **json_out, struct xr_error *err)
{
    CLEANUP_SAVE_IMAGE struct save_image image = { 0 };
    CLEANUP_LIBXL struct libxl_session *libxl = NULL;
    int r = save_image_read(fd, NULL, NULL, &image, err);

    if (r)
        return r;
    if (!image.config || !image.config_is_json)
        return error_set(err, EINVAL, "%s has no configuration that could be "
                         "changed", order->path);
    r = libxl_session_open(&libxl, err);
    if (r)
        return r;
    return libxl_session_set_domid(libxl, image.config, order->domid,
                                   json_out, err);
}

/* Never returns. */
static void feed_config(const struct restore_order *order, int fd,
                        const char *config, int out)
{
    struct xr_error err;
    int r = order->container == CONTAINER_LIBVIRT
                ? libvirt_file_copy_as(fd, config, out, &err)
                : xl_file_copy_as(fd, config, out, &err);

    /* EPIPE: the toolstack gave up, and says why. */
    if (r && r != -EPIPE)
        events_say(order->events, MESSAGE_WARNING, "%s", err.message);
    _exit(r ? EXIT_FAILURE : EXIT_SUCCESS);
}

/* Anew: who holds it reads elsewhere in it. */
static int open_to_feed(const struct restore_order *order)
{
    char held[32];

    snprintf(held, sizeof(held), "/proc/self/fd/%d", order->fd);
    return open(order->fd ? held : order->path, O_RDONLY | O_CLOEXEC);
}

static int start_feeder(struct restoring *r, struct xr_error *err)
{
    CLEANUP_CLOSE int fd = open_to_feed(r->order);
    const char *config = r->order->config;
    CLEANUP_FREE char *json = NULL;
    int wire[2], result;

    if (fd < 0)
        return error_system(err, errno, "%s", r->order->path);
    result = config ? 0 : set_image_domid(r->order, fd, &json, err);
    if (result)
        return result;
    if (pipe2(wire, O_CLOEXEC))
        return error_system(err, errno, "a pipe");
    r->feeder = fork();
    if (!r->feeder) {
        signal(SIGPIPE, SIG_IGN);
        signal(SIGTERM, SIG_DFL);
        close(wire[0]);
        feed_config(r->order, fd, config ? config : json, wire[1]);
    }
    close(wire[1]);
    r->changed = wire[0];
    return r->feeder < 0 ? error_system(err, errno, "cannot fork") : 0;
}

/* In the child: nothing of this process's signals is to be inherited. */
static void detach_child(const struct restoring *r)
{
    sigset_t none;
    int null = open("/dev/null", O_RDWR);

    setpgid(0, 0);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    dup2(null, STDIN_FILENO);
    dup2(r->said, STDOUT_FILENO);
    dup2(r->said, STDERR_FILENO);
    if (null > STDERR_FILENO)
        close(null);
    if (r->changed >= 0)
        fcntl(r->changed, F_SETFD, 0);
    if (r->order->keep > 0)
        fcntl(r->order->keep, F_SETFD, 0);
}

/* In the child: what a toolstack would say. */
static void say_why_not(int said, const char *program, int code)
{
    char text[256];
    int n = snprintf(text, sizeof(text), "%s: %s\n", program, strerror(code));

    if (n > 0)
        (void)write_full(said, text, (size_t)n < sizeof(text)
                                     ? (size_t)n : sizeof(text) - 1, NULL);
}

static void execute_restore(const struct restoring *r, const char *path)
{
    /* For a toolstack, what begins with "-" is an option. */
    CLEANUP_FREE char *below = NULL;
    const char *argv[8];
    size_t n = 0;

    if (*path == '-' && asprintf(&below, "./%s", path) >= 0)
        path = below;

    argv[n++] = r->program;
    if (r->order->container == CONTAINER_LIBVIRT) {
        argv[n++] = "--connect";
        argv[n++] = "xen:///system";
    }
    argv[n++] = "restore";
    if (r->order->paused)
        argv[n++] = r->order->container == CONTAINER_LIBVIRT ? "--paused"
                                                             : "-p";
    argv[n++] = path;
    argv[n] = NULL;
    execvp(argv[0], (char **)argv);
    say_why_not(r->said, argv[0], errno);
    _exit(127);
}

/*
 * What it is to read.  libvirtd opens it, not virsh, which is a process of
 * ours; this one is there until that has ended.  xl stays for as long as the
 * guest, and is not to have the image all that time.
 */
static const char *name_image(const struct restoring *r, pid_t us,
                              char room[64])
{
    int fd = r->changed >= 0 ? r->changed : r->order->fd;

    if (r->changed < 0 && !r->order->fd)
        return r->order->path;
    if (r->changed < 0 || r->order->container == CONTAINER_LIBVIRT)
        snprintf(room, 64, "/proc/%d/fd/%d", (int)us, fd);
    else
        snprintf(room, 64, "/proc/self/fd/%d", fd);
    return room;
}

/*
 * libxl keeps the number of a domain unused for a minute after its end, or as
 * many seconds as it is told; it counts whole ones, and more than those.
 */
static void let_domid_be_used(void)
{
    setenv("LIBXL_DOMID_REUSE_TIMEOUT", "0", 1);
    sleep(1);
}

/*
 * In the child, if somebody is to know how it ends: this process waits for it, and
 * notes that, whatever has become of the one that wants it.
 */
static void wait_and_note(const struct restoring *r)
{
    int status = -1;
    pid_t child;

    if (!r->order->end)
        return;
    atomic_store(r->order->end, TOOLSTACK_AT_WORK);
    child = fork();
    if (!child)
        return;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (child > 0 && WIFEXITED(status))
        status = WEXITSTATUS(status);
    else
        status = 126;
    atomic_store(r->order->end, status ? TOOLSTACK_FAILED
                                       : TOOLSTACK_SUCCEEDED);
    _exit(status);
}

static int restoring_run(const struct restoring *r)
{
    char path[64];
    int status = -1;
    pid_t us = getpid(), child = fork();

    if (!child) {
        if (r->order->heir && !heir_tell(r->order->heir, us))
            _exit(127);
        detach_child(r);
        wait_and_note(r);
        request_withdraw();
        unsetenv("XR_INTENT");
        if (r->order->domid)
            let_domid_be_used();
        execute_restore(r, name_image(r, us, path));
    }
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Of all that a toolstack says while it succeeds. */
static bool is_worth_telling(const char *line)
{
    return !strncmp(line, "xen-resumable: ", 15)
           || strstr(line, " error: ") || strstr(line, " warning: ");
}

/* What it said; all of it, or what somebody should know all the same. */
static void pass_on_what_it_said(const struct restoring *r, bool all)
{
    char *line = NULL;
    size_t room = 0;
    FILE *said;
    int fd = fcntl(r->said, F_DUPFD_CLOEXEC, 3);

    said = fd < 0 ? NULL : fdopen(fd, "r");
    if (!said) {
        if (fd >= 0)
            close(fd);
        return;
    }
    rewind(said);
    while (getline(&line, &room, said) >= 0)
        if (all || is_worth_telling(line))
            events_say(r->order->events, MESSAGE_TOOLSTACK, "%.*s",
                       (int)strcspn(line, "\n"), line);
    free(line);
    fclose(said);
}

static void restoring_end(struct restoring *r)
{
    if (r->feeder > 0) {
        kill(r->feeder, SIGTERM);
        while (waitpid(r->feeder, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    cleanup_close(&r->changed);
    cleanup_close(&r->said);
    free(r->program);
}

int restore_image(const struct restore_order *order, struct xr_error *err)
{
    CLEANUP(restoring_end) struct restoring r = {
        .order = order,
        .said = -1,
        .changed = -1,
    };
    int result, status;

    r.program = order->container == CONTAINER_LIBVIRT
                    ? strdup("virsh") : plugin_toolstack_file("xl");
    if (!r.program)
        return error_set(err, ENOENT, "xl is not found");
    r.said = memfd_create("toolstack", MFD_CLOEXEC);
    if (r.said < 0)
        return error_system(err, errno, "memfd_create");
    result = is_changed(order) ? start_feeder(&r, err) : 0;
    if (result)
        return result;
    status = restoring_run(&r);
    pass_on_what_it_said(&r, status != 0);
    if (!status)
        return 0;
    return error_set(err, EIO, "%s restore failed (%d)",
                     order->container == CONTAINER_LIBVIRT ? "virsh" : "xl",
                     status);
}
