/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/guardian.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <xenctrl.h>

#include "cli/cli.h"
#include "cli/watch.h"
#include "domain/own_suspend.h"
#include "util/cleanup.h"
#include "util/fault.h"
#include "xen/libxl.h"

/* How long a guest may take that was asked to suspend just before. */
enum { PATIENCE_S = 2 };

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

/* Is it suspended, and by the checkpoint?  One asked just before may yet be. */
static bool is_left_suspended(const struct lock *lock)
{
    xc_interface *xch = xc_interface_open(NULL, NULL, 0);
    bool answer = xch && own_suspend_wait(lock, xch, PATIENCE_S);

    if (xch)
        xc_interface_close(xch);
    return answer;
}

/*
 * libxl-save-helper ends by itself when its libxl is gone, and its part of the
 * lock with it.
 */
static void take_over(const struct guardian_order *order)
{
    struct lock *lock = order->lock;
    struct xr_error err;

    if (order->temporary)
        unlink(order->temporary);
    if (lock_adopt(lock, &err))
        complain_error("the checkpoint was killed", &err);
    lock_wait_for_stream(lock);
    if (is_left_suspended(lock)) {
        if (order->hold)
            say_it_is_held(order->judgement, NULL);
        else
            resume(lock->record.domid);
        if (order->hold && lock_set_state(lock->name, LOCK_HELD, &err))
            complain_error("the checkpoint was killed", &err);
    }
    order->afterwards(order->data);
    lock_release(lock);
}

__attribute__((noreturn))
static void guard(int wire, const struct guardian_order *order)
{
    char word;
    ssize_t n;

    fault_role(FAULT_GUARDIAN);
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGQUIT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    do
        n = read(wire, &word, 1);
    while (n < 0 && errno == EINTR);
    /* A word: all is well.  The end without one: it was killed. */
    if (n <= 0)
        take_over(order);
    _exit(0);
}

int guardian_post(struct guardian *guardian,
                  const struct guardian_order *order, struct xr_error *err)
{
    int ends[2];
    pid_t child;

    guardian->wire = -1;
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
    guardian->wire = -1;
}
