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
    };

    return cmocka_run_group_tests(tests, begin, end);
}
