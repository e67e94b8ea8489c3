/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a guest is resumed that somebody else has suspended, in the middle of
 * his save; or one that nobody else resumes stays suspended.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "domain/own_suspend.h"
#include "domain/savers.h"
#include "unit.h"
#include "xen/domain.h"
#include "xen/store.h"

#define UUID "ab000000-0000-4000-8000-000000000001"

enum { DOMID = 7, SECONDS = 2, POLLS = 20 };

/* The domain, its lock, and who else there is. */
static struct {
    const char *uuid;
    bool suspended;
    enum lock_state lock;
    bool other_saver, no_watch;
    const char *order;    /* control/shutdown */
    unsigned int changes; /* of it, that the watch has not told yet */
    int polls;            /* so far */
    int suspends_at, asked_at; /* the poll at which that happens; 0: never */
    int looks;
} now;

int domain_read(xc_interface *xch, uint32_t domid, struct domain *out,
                struct xr_error *err)
{
    (void)xch;
    (void)err;
    assert_int_equal(domid, DOMID);
    now.looks++;
    *out = (struct domain){
        .domid = domid, .shutdown = now.suspended,
        .shutdown_reason = SHUTDOWN_suspend,
    };
    strcpy(out->uuid, now.uuid);
    return 0;
}

enum lock_state lock_state(const char *uuid)
{
    assert_string_equal(uuid, UUID);
    return now.lock;
}

bool savers_find(uint32_t domid, struct saver *out)
{
    (void)out;
    assert_int_equal(domid, DOMID);
    return now.other_saver;
}

struct store *store_open(void)
{
    return (struct store *)&now;
}

void store_close(struct store *store)
{
    (void)store;
}

/* It fires once when it is set. */
int store_watch_domain(struct store *store, uint32_t domid, const char *node,
                       struct xr_error *err)
{
    (void)store;
    (void)err;
    assert_int_equal(domid, DOMID);
    assert_string_equal(node, "control/shutdown");
    now.changes++;
    return now.no_watch ? -EIO : 0;
}

bool store_watch_fired(struct store *store)
{
    (void)store;
    return now.changes && now.changes--;
}

char *store_read_domain(struct store *store, uint32_t domid, const char *node)
{
    (void)store;
    (void)domid;
    (void)node;
    return now.order ? strdup(now.order) : NULL;
}

/* Time goes by; who suspends it also has "suspend" written, and the guest empties it. */
int __wrap_nanosleep(const struct timespec *time, struct timespec *left);
int __wrap_nanosleep(const struct timespec *time, struct timespec *left)
{
    (void)time;
    (void)left;
    now.polls++;
    if (now.polls == now.suspends_at)
        now.suspended = true;
    if (now.polls == now.asked_at)
        now.changes += 2;
    return 0;
}

static int begin(void **state)
{
    (void)state;
    memset(&now, 0, sizeof(now));
    now.uuid = UUID;
    now.lock = LOCK_ASKED;
    return 0;
}

static bool is_own(void)
{
    struct lock lock = { .fd = -1, .record.domid = DOMID, .name = UUID };

    return own_suspend_wait(&lock, NULL, SECONDS);
}

static void what_was_suspended_is(void **state)
{
    (void)state;
    now.lock = LOCK_SUSPENDED;
    assert_false(is_own());
    now.suspended = true;
    assert_true(is_own());
    /* It has gone, and another one has its number. */
    now.uuid = "cd000000-0000-4000-8000-000000000001";
    assert_false(is_own());
    assert_int_equal(now.polls, 0);
}

/* Or it is held, or was never asked. */
static void what_others_have_suspended_is_not(void **state)
{
    (void)state;
    now.suspended = true;
    now.lock = LOCK_RUNNING;
    assert_false(is_own());
    now.lock = LOCK_HELD;
    assert_false(is_own());
    assert_int_equal(now.looks, 0);
    now.lock = LOCK_ASKED;
    now.other_saver = true;
    assert_false(is_own());
    now.other_saver = false;
    now.no_watch = true;
    assert_false(is_own());
}

static void it_may_come_late(void **state)
{
    (void)state;
    now.suspends_at = 5;
    assert_true(is_own());
    assert_int_equal(now.polls, 5);

    begin(state);
    assert_false(is_own());
    assert_true(now.polls >= POLLS);
}

/* One change is ours: the guest's, which empties the node. */
static void somebody_else_asks(void **state)
{
    (void)state;
    now.suspends_at = 5;
    now.asked_at = 3;
    assert_false(is_own());

    /* At the very poll at which it is seen suspended. */
    begin(state);
    now.suspends_at = now.asked_at = 4;
    assert_false(is_own());

    begin(state);
    now.order = "suspend"; /* not taken yet */
    now.changes = 1;
    now.suspended = true;
    assert_true(is_own());
    begin(state);
    now.order = "suspend";
    now.changes = 2;
    now.suspended = true;
    assert_false(is_own());
    begin(state);
    now.order = ""; /* taken: nothing of ours comes any more */
    now.changes = 1;
    now.suspended = true;
    assert_false(is_own());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_was_suspended_is, begin),
        cmocka_unit_test_setup(what_others_have_suspended_is_not, begin),
        cmocka_unit_test_setup(it_may_come_late, begin),
        cmocka_unit_test_setup(somebody_else_asks, begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
