/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a save that cannot be waited for is left while libxl still
 * writes into it: libxl calls back into a stack frame that is gone.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libxl.h>
#include <libxl_event.h>

#include "unit.h"
#include "xen/libxl.h"

/* What fails, the next so many times. */
static int polls_fail, allocations_fail, preparations_fail;
static int rounds; /* of the save, until its end */
static int save_rc;
static bool aborted;
static libxl_asyncop_how how;
static int fds_wanted;

int __wrap_ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout,
                 const sigset_t *mask);
int __wrap___ppoll_chk(struct pollfd *fds, nfds_t n,
                       const struct timespec *timeout, const sigset_t *mask,
                       size_t room);
void *__wrap_realloc(void *old, size_t n);
void *__real_realloc(void *old, size_t n);

static bool fails(int *left)
{
    if (!*left)
        return false;
    --*left;
    return true;
}

int __wrap_ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout,
                 const sigset_t *mask)
{
    (void)timeout;
    (void)mask;
    if (fails(&polls_fail)) {
        errno = ENOMEM;
        return -1;
    }
    while (n)
        fds[--n].revents = 0;
    return 0;
}

int __wrap___ppoll_chk(struct pollfd *fds, nfds_t n,
                       const struct timespec *timeout, const sigset_t *mask,
                       size_t room)
{
    (void)room;
    return __wrap_ppoll(fds, n, timeout, mask);
}

void *__wrap_realloc(void *old, size_t n)
{
    if (fails(&allocations_fail)) {
        errno = ENOMEM;
        return NULL;
    }
    return __real_realloc(old, n);
}

/* --- libxl */

int libxl_ctx_alloc(libxl_ctx **out, int version, unsigned int flags,
                    xentoollog_logger *logger)
{
    static char context;

    (void)version;
    (void)flags;
    (void)logger;
    *out = (libxl_ctx *)(void *)&context;
    return 0;
}

int libxl_ctx_free(libxl_ctx *ctx)
{
    (void)ctx;
    return 0;
}

int libxl_domain_suspend(libxl_ctx *ctx, uint32_t domid, int fd, int flags,
                         const libxl_asyncop_how *ao_how)
{
    (void)ctx;
    (void)domid;
    (void)fd;
    (void)flags;
    how = *ao_how;
    return 0;
}

int libxl_osevent_beforepoll(libxl_ctx *ctx, int *n, struct pollfd *fds,
                             int *timeout, struct timeval now)
{
    int room = *n;

    (void)ctx;
    (void)timeout;
    (void)now;
    if (fails(&preparations_fail))
        return ERROR_FAIL;
    *n = fds_wanted;
    if (room < fds_wanted)
        return ERROR_BUFFERFULL;
    memset(fds, 0, (size_t)fds_wanted * sizeof(*fds));
    return 0;
}

void libxl_osevent_afterpoll(libxl_ctx *ctx, int n, const struct pollfd *fds,
                             struct timeval now)
{
    (void)n;
    (void)fds;
    (void)now;
    if (!--rounds)
        how.callback(ctx, save_rc, how.u.for_callback);
}

int libxl_ao_abort(libxl_ctx *ctx, const libxl_asyncop_how *ao_how)
{
    (void)ctx;
    assert_ptr_equal(ao_how->u.for_callback, how.u.for_callback);
    aborted = true;
    save_rc = ERROR_ABORTED;
    return 0;
}

/* --- */

static int ticks, stop_at; /* 0: never */

static void count_tick(void *data)
{
    (void)data;
    ticks++;
}

static bool is_enough(void *data)
{
    (void)data;
    return stop_at && ticks >= stop_at;
}

static int save(struct xr_error *err)
{
    const struct libxl_watcher watcher = {
        .fd = -1, .on_tick = count_tick, .wants_stop = is_enough,
    };
    struct libxl_session *session;
    int r;

    ticks = 0;
    assert_int_equal(libxl_session_open(&session, err), 0);
    r = libxl_session_save(session, 7, -1, &watcher, err);
    libxl_session_close(session);
    return r;
}

static int all_is_well(void **state)
{
    (void)state;
    polls_fail = allocations_fail = preparations_fail = 0;
    rounds = 3;
    fds_wanted = 2;
    save_rc = stop_at = 0;
    aborted = false;
    return 0;
}

static void a_save_ends_by_its_callback(void **state)
{
    struct xr_error err;

    (void)state;
    assert_int_equal(save(&err), 0);
    assert_int_equal(ticks, 3);
    rounds = 1;
    save_rc = ERROR_GUEST_TIMEDOUT;
    assert_int_equal(save(&err), -ETIMEDOUT);
}

static void a_wait_that_fails_is_tried_again(void **state)
{
    struct xr_error err;

    (void)state;
    polls_fail = 2;
    assert_int_equal(save(&err), 0);
    assert_int_equal(rounds, 0);
    assert_int_equal(ticks, 5);
    rounds = 3;
    allocations_fail = 2;
    assert_int_equal(save(&err), 0);
    assert_int_equal(rounds, 0);
    assert_int_equal(ticks, 5);
    rounds = 3;
    preparations_fail = 4; /* of which the first is tried again at once */
    assert_int_equal(save(&err), 0);
    assert_int_equal(rounds, 0);
    assert_int_equal(ticks, 6);
}

/* Also then it is libxl that says that it is over. */
static void it_can_be_stopped_meanwhile(void **state)
{
    struct xr_error err;

    (void)state;
    polls_fail = 4;
    stop_at = 2;
    assert_int_equal(save(&err), -ECANCELED);
    assert_true(aborted);
    assert_int_equal(rounds, 0);
    assert_int_equal(ticks, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_save_ends_by_its_callback, all_is_well),
        cmocka_unit_test_setup(a_wait_that_fails_is_tried_again, all_is_well),
        cmocka_unit_test_setup(it_can_be_stopped_meanwhile, all_is_well),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
