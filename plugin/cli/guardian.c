/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/guardian.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <xenctrl.h>

#include "cli/cli.h"
#include "cli/watch.h"
#include "util/cleanup.h"
#include "xen/domain.h"
#include "xen/libxl.h"

enum {
    /* How long a guest may take that was asked to suspend just before. */
    PATIENCE_S = 2,
    LOCK_PATIENCE_S = 15,
    POLLS_PER_SECOND = 10,
};

static bool is_suspended(uint32_t domid)
{
    xc_interface *xch = xc_interface_open(NULL, NULL, 0);
    struct domain d;
    bool answer;

    if (!xch)
        return false;
    answer = !domain_read(xch, domid, &d, NULL) && domain_is_suspended(&d);
    xc_interface_close(xch);
    return answer;
}

static void resume(uint32_t domid)
{
    struct libxl_session *libxl;
    struct xr_error err;

    if (libxl_session_open(&libxl, &err)) {
        complain_error("the checkpoint was killed", &err);
        return;
    }
    if (libxl_session_resume(libxl, domid, &err))
        complain_error("the checkpoint was killed", &err);
    libxl_session_close(libxl);
}

/* libxl-save-helper ends by itself when its libxl is gone. */
static void wait_for_saver(int progress)
{
    struct pollfd poller = { .fd = progress, .events = POLLIN };
    char text[256];
    ssize_t n;

    do {
        poll(&poller, 1, -1);
        n = read(progress, text, sizeof(text));
    } while (n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN)));
}

/* A guest that was asked to suspend just before may still do so. */
static void take_over(const struct guardian_order *order)
{
    const uint32_t domid = order->domid;
    const struct timespec pause = { .tv_nsec = 1000000000 / POLLS_PER_SECOND };
    int polls = PATIENCE_S * POLLS_PER_SECOND;

    if (order->temporary)
        unlink(order->temporary);
    wait_for_saver(order->progress[0]);
    while (polls-- && !is_suspended(domid))
        nanosleep(&pause, NULL);
    if (is_suspended(domid) && order->hold)
        say_it_is_held(order->judgement, NULL);
    else if (is_suspended(domid))
        resume(domid);
    order->afterwards(order->data);
}

__attribute__((noreturn))
static void guard(int wire, const struct guardian_order *order)
{
    char word;
    ssize_t n;

    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGQUIT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    close(order->progress[1]);
    do
        n = read(wire, &word, 1);
    while (n < 0 && errno == EINTR);
    /* A word: all is well.  The end without one: it was killed. */
    if (n <= 0)
        take_over(order);
    _exit(0);
}

/*
 * A name in the abstract namespace is taken until the last who has inherited
 * the socket is gone; no file can stay behind.
 */
static int take_lock(uint32_t domid, struct xr_error *err)
{
    const struct timespec pause = { .tv_nsec = 1000000000 / POLLS_PER_SECOND };
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    int polls = LOCK_PATIENCE_S * POLLS_PER_SECOND;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int n, r;

    if (fd < 0)
        return error_system(err, errno, "checkpoint");
    n = snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1,
                 "xen-resumable/checkpoint/%u", domid);
    do {
        r = bind(fd, (const struct sockaddr *)&name,
                 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1
                             + (size_t)n));
        if (r)
            nanosleep(&pause, NULL);
    } while (r && errno == EADDRINUSE && polls--);
    if (!r)
        return fd;
    close(fd);
    return error_set(err, EBUSY, "another checkpoint of it is under way");
}

int guardian_post(struct guardian *guardian,
                  const struct guardian_order *order, struct xr_error *err)
{
    int ends[2];
    pid_t child;

    guardian->wire = -1;
    guardian->lock = take_lock(order->domid, err);
    if (guardian->lock < 0)
        return guardian->lock;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
        return error_system(err, errno, "checkpoint");
    child = fork();
    if (!child) {
        close(ends[0]);
        guard(ends[1], order);
    }
    close(ends[1]);
    guardian->wire = ends[0];
    return child < 0 ? error_system(err, errno, "checkpoint") : 0;
}

void guardian_dismiss(struct guardian *guardian)
{
    if (guardian->wire >= 0 && send(guardian->wire, "", 1, MSG_NOSIGNAL) < 0)
        complain("the checkpoint's guardian was gone: %s", strerror(errno));
    cleanup_close(&guardian->wire);
    cleanup_close(&guardian->lock);
    guardian->wire = guardian->lock = -1;
}
