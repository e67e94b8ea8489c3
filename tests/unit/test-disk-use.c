/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a guest is destroyed for a way back that then cannot write to its
 * disks, because something else has them; or is refused one because it has them
 * itself.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "domain/held_disks.h"
#include "engine/disk_use.h"
#include "unit.h"
#include "util/cleanup.h"

enum { GUEST = 7, OTHER = 8 };

static char path[] = "/tmp/test-disk-use.XXXXXX";
static const struct connection connection;

/* Who has the file, or the device, and how. */
static struct holder {
    uint32_t domid;
    const char *path;
    bool written, shared;
} holders[4];

static bool domain_0; /* has the first */

int __wrap_held_disks_find(xc_interface *xch, struct store *store,
                           const struct held_roots *roots,
                           struct held_disks *out, struct xr_error *err);

int __wrap_held_disks_find(xc_interface *xch, struct store *store,
                           const struct held_roots *roots,
                           struct held_disks *out, struct xr_error *err)
{
    const struct holder *h = holders;

    (void)xch;
    (void)store;
    (void)roots;
    out->items = calloc(COUNT(holders), sizeof(*out->items));
    assert_non_null(out->items);
    for (out->count = 0; h->domid || (domain_0 && h == holders); h++) {
        struct held_disk *disk = &out->items[out->count++];

        *disk = (struct held_disk){ .domid = h->domid, .dev = strdup("xvda") };
        disk->parts.shared = h->shared;
        assert_int_equal(disk_parts_add_path(&disk->parts, NULL, h->path, "raw",
                                             h->written, err), 0);
    }
    return 0;
}

static void hold(size_t i, uint32_t domid, const char *what, bool shared)
{
    holders[i] = (struct holder){ domid, what, true, shared };
    holders[i + 1].domid = 0;
}

static int others(struct xr_error *err)
{
    return disk_use_refuse_others(&connection, path, "raw", GUEST, err);
}

static void its_own_disk_is_nobodys(void **state)
{
    struct preflight_disk *answers = NULL;
    struct domain_disk disk = {
        .path = path, .dev = (char *)"xvda", .written = true,
    };
    const struct domain_config config = { .disks = &disk, .disk_count = 1 };
    struct xr_error err;

    (void)state;
    hold(0, GUEST, path, false);
    assert_int_equal(others(&err), 0);
    assert_int_equal(disk_use_refuse_writing(&connection, path, "raw", &err),
                     -EBUSY);
    assert_int_equal(disk_use_ask(&connection, &config, GUEST, &answers, &err),
                     0);
    assert_true(answers[0].is_guests);
    assert_int_equal(answers[0].use, PREFLIGHT_FREE);
    free(answers);
    assert_int_equal(disk_use_ask(&connection, &config, 0, &answers, &err), 0);
    assert_false(answers[0].is_guests);
    assert_int_equal(answers[0].use, PREFLIGHT_TAKEN);
    free(answers);
}

/* Also one that both say is shared: what is put back is not what the other knows. */
static void another_domain_has_it(void **state)
{
    struct xr_error err;

    (void)state;
    hold(0, GUEST, path, true);
    hold(1, OTHER, path, true);
    assert_int_equal(others(&err), -EBUSY);
    assert_int_equal(err.reason, XR_REASON_DISK_IN_USE);
    assert_non_null(strstr(err.message, "domain 8"));
    holders[1].written = false;
    assert_int_equal(others(&err), -EBUSY);
}

/* Where there is no domain yet, Domain-0 may have it all the same. */
static void domain_0_has_it(void **state)
{
    struct xr_error err;

    (void)state;
    hold(0, 0, path, false);
    domain_0 = true;
    assert_int_equal(disk_use_refuse_others(&connection, path, "raw", 0, &err),
                     -EBUSY);
    domain_0 = false;
}

static void what_is_not_there_nobody_has(void **state)
{
    struct xr_error err;

    (void)state;
    holders[0].domid = 0;
    assert_int_equal(disk_use_refuse_others(&connection, "/no/such", "raw",
                                            GUEST, &err), 0);
}

/* Of the file; false: this machine gives none. */
static bool make_loop(char device[32], int *fd_out)
{
    CLEANUP_CLOSE int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
    CLEANUP_CLOSE int file = open(path, O_RDWR | O_CLOEXEC);
    const struct loop_info64 gone_when_closed = {
        .lo_flags = LO_FLAGS_AUTOCLEAR,
    };
    int n = control < 0 ? -1 : ioctl(control, LOOP_CTL_GET_FREE);

    if (n < 0)
        return false;
    snprintf(device, 32, "/dev/loop%d", n);
    *fd_out = open(device, O_RDWR | O_CLOEXEC);
    return *fd_out >= 0 && !ioctl(*fd_out, LOOP_SET_FD, file)
           && !ioctl(*fd_out, LOOP_SET_STATUS64, &gone_when_closed);
}

/* One that serves the guest goes with it; one that somebody has forgotten does not. */
static void a_loop_device_has_it(void **state)
{
    CLEANUP_CLOSE int fd = -1;
    struct xr_error err;
    char device[32];

    (void)state;
    holders[0].domid = 0;
    if (!make_loop(device, &fd)) {
        skip();
        return;
    }
    assert_int_equal(others(&err), -EBUSY);
    assert_non_null(strstr(err.message, device));
    hold(0, GUEST, device, false);
    assert_int_equal(others(&err), 0);
    hold(0, OTHER, device, false);
    assert_int_equal(others(&err), -EBUSY);
}

/* A QEMU that has not ended yet, or nbd. */
static void a_program_writes_it(void **state)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    struct xr_error err;

    (void)state;
    holders[0].domid = 0;
    assert_true(fd >= 0);
    assert_int_equal(disk_use_refuse_writing(&connection, path, "raw", &err),
                     -EBUSY);
    assert_int_equal(err.reason, XR_REASON_DISK_IN_USE);
    assert_non_null(strstr(err.message, "open for writing"));
    close(fd);
    fd = open(path, O_RDONLY | O_CLOEXEC); /* a backup may read */
    assert_int_equal(disk_use_refuse_writing(&connection, path, "raw", &err), 0);
    close(fd);
    /* Of a guest that runs its own QEMU has it. */
    fd = open(path, O_RDWR | O_CLOEXEC);
    assert_int_equal(others(&err), 0);
    close(fd);
}

static int make_file(void **state)
{
    CLEANUP_CLOSE int fd = mkstemp(path);

    (void)state;
    return fd < 0 || ftruncate(fd, 1 << 20);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_own_disk_is_nobodys),
        cmocka_unit_test(another_domain_has_it),
        cmocka_unit_test(domain_0_has_it),
        cmocka_unit_test(what_is_not_there_nobody_has),
        cmocka_unit_test(a_loop_device_has_it),
        cmocka_unit_test(a_program_writes_it),
    };

    return cmocka_run_group_tests(tests, make_file, remove_file);
}
