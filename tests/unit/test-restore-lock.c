/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A restore waits for whoever is at work on the domain, and they for it.  If this
 * fails, a guest is started on disks that a rollback is putting back, or two put back
 * the same disks.
 */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/restore_state.h"
#include "xen/domain.h"

#define UUID "ab000000-0000-4000-8000-000000000001"
#define OTHER "ab000000-0000-4000-8000-000000000002"

static const char *there; /* the uuid of the one domain */

int connection_open(struct connection *out, struct xr_error *err)
{
    (void)out;
    (void)err;
    return 0;
}

void connection_close(struct connection *connection)
{
    (void)connection;
}

int domain_list(xc_interface *xch, struct domain **out, size_t *count_out,
                struct xr_error *err)
{
    (void)xch;
    (void)err;
    *out = calloc(1, sizeof(**out));
    *count_out = there != NULL;
    (*out)->domid = 7;
    strcpy((*out)->uuid, there ? there : "");
    return 0;
}

static const struct events quiet = { .data = NULL };

static struct restore restore_of(const char *uuid, const char *whose)
{
    return (struct restore){
        .events = &quiet,
        .domain = { .name = (char *)"web", .uuid = (char *)uuid },
        .options.disks = whose ? RESTORE_DISKS_BACK : RESTORE_DISKS_UNSAID,
        .copies = { .uuid = (char *)whose, .count = whose != NULL },
    };
}

static int hold(const char *uuid, struct lock *out)
{
    const struct lock_wish wish = { .uuid = uuid, .intent = INTENT_ROLLBACK };
    struct xr_error err;

    return lock_take(&wish, out, &err);
}

static void assert_waits_for(const struct restore *r, const char *uuid)
{
    struct restore_locks locks;
    struct lock other = LOCK_NONE;
    struct xr_error err;

    assert_int_equal(hold(uuid, &other), 0);
    assert_int_equal(restore_take_locks(r, &locks, &err), -EBUSY);
    assert_int_equal(err.reason, XR_REASON_LOCKED);
    assert_non_null(strstr(err.message, "rollback (pid"));
    lock_release(&other);
    assert_int_equal(restore_take_locks(r, &locks, &err), 0);
    assert_int_equal(hold(uuid, &other), -EBUSY);
    restore_release_locks(&locks);
    assert_int_equal(hold(uuid, &other), 0);
    lock_release(&other);
}

static void waits_for_who_is_at_it(void **state)
{
    const struct restore plain = restore_of("AB" "000000-0000-4000-8000-"
                                            "000000000001", NULL);
    const struct restore back = restore_of(UUID, UUID);
    const struct restore copy = restore_of(OTHER, UUID);

    (void)state;
    assert_waits_for(&plain, UUID);
    assert_waits_for(&back, UUID);
    assert_waits_for(&copy, UUID);
    assert_waits_for(&copy, OTHER);
}

static void puts_nothing_back_under_a_domain(void **state)
{
    const struct restore back = restore_of(OTHER, UUID);
    const struct restore plain = restore_of(UUID, NULL);
    struct restore_locks locks;
    struct lock other = LOCK_NONE;
    struct xr_error err;

    (void)state;
    there = UUID;
    assert_int_equal(restore_take_locks(&back, &locks, &err), -EBUSY);
    assert_int_equal(err.reason, XR_REASON_DISK_IN_USE);
    assert_int_equal(hold(UUID, &other), 0);
    lock_release(&other);
    /* Under another name: that is the toolstack's business. */
    assert_int_equal(restore_take_locks(&plain, &locks, &err), 0);
    restore_release_locks(&locks);
    there = NULL;
}

/* As a process that is killed leaves them to its heir, who asks about them. */
static bool is_busy_after_kill(bool adopts)
{
    const struct timespec pause = { .tv_nsec = 1000000 };
    const struct restore r = restore_of(UUID, UUID);
    struct restore_locks locks;
    char text[LOCK_TEXT_ROOM];
    int wire[2], status;
    pid_t former, child;
    bool busy = false;

    assert_int_equal(pipe(wire), 0);
    former = fork();
    if (!former) {
        former = getpid();
        if (restore_take_locks(&r, &locks, NULL))
            _exit(1);
        child = fork();
        if (child)
            _exit(child < 0);
        while (getppid() == former)
            nanosleep(&pause, NULL);
        if (adopts)
            restore_adopt_locks(&locks);
        busy = lock_is_busy(UUID, LOCK_NO_DOMID, text);
        restore_release_locks(&locks); /* the next one is not to wait for its end */
        _exit(write(wire[1], &busy, sizeof(busy)) < 0);
    }
    assert_int_equal(waitpid(former, &status, 0), former);
    assert_int_equal(status, 0);
    close(wire[1]);
    assert_int_equal(read(wire[0], &busy, sizeof(busy)), sizeof(busy));
    close(wire[0]);
    return busy;
}

/* Else it would leave to others what was made for a domain that never came. */
static void an_heir_has_them(void **state)
{
    (void)state;
    assert_true(is_busy_after_kill(false));
    assert_false(is_busy_after_kill(true));
}

static char dir[] = "/tmp/test-restore-lock.XXXXXX";

static int begin(void **state)
{
    (void)state;
    return !mkdtemp(dir) || setenv("XR_RUN_DIR", dir, 1);
}

static int end(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_for_who_is_at_it),
        cmocka_unit_test(puts_nothing_back_under_a_domain),
        cmocka_unit_test(an_heir_has_them),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
