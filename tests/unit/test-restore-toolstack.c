/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a restore puts disks back, or a rollback destroys a domain, and only
 * then finds that there is no virsh, or no libvirtd that answers.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/restore_state.h"
#include "unit.h"
#include "virt/virt.h"

static char folder[] = "/tmp/test-restore-toolstack.XXXXXX";
static int answer; /* of libvirt's */

int virt_read_daemon(struct virt_daemon *out, struct xr_error *err)
{
    *out = (struct virt_daemon){ .daemon = "9.0.0" };
    return answer ? error_because(err, XR_REASON_NO_LIBVIRT, answer, "down")
                  : 0;
}

static int ask(enum container container, struct xr_error *err)
{
    const struct restore r = { .image.container = container };

    *err = (struct xr_error){ .code = 0 };
    return restore_ask_toolstack(&r, err);
}

static int with_virsh(void **state)
{
    char path[64];
    int fd;

    (void)state;
    snprintf(path, sizeof(path), "%s/virsh", folder);
    fd = open(path, O_WRONLY | O_CREAT, 0700);
    if (fd < 0)
        return -1;
    close(fd);
    answer = 0;
    snprintf(path, sizeof(path), "/nonexistent::%s", folder);
    return setenv("PATH", path, 1);
}

static void libvirts_images_need_libvirt(void **state)
{
    struct xr_error err;

    (void)state;
    assert_int_equal(ask(CONTAINER_LIBVIRT, &err), 0);
    answer = ECONNREFUSED;
    assert_int_equal(ask(CONTAINER_LIBVIRT, &err), -ECONNREFUSED);
    assert_int_equal(err.reason, XR_REASON_NO_LIBVIRT);
    /* Nobody can be asked by this build; virsh may be by another. */
    answer = EOPNOTSUPP;
    assert_int_equal(ask(CONTAINER_LIBVIRT, &err), 0);
}

static void and_virsh(void **state)
{
    struct xr_error err;

    (void)state;
    setenv("PATH", "/nonexistent", 1);
    assert_int_equal(ask(CONTAINER_LIBVIRT, &err), -ENOENT);
    assert_int_equal(err.reason, XR_REASON_NO_LIBVIRT);
    assert_non_null(strstr(err.message, "virsh"));
    unsetenv("PATH");
    assert_int_equal(ask(CONTAINER_LIBVIRT, &err), -ENOENT);
}

static void xls_need_neither(void **state)
{
    struct xr_error err;

    (void)state;
    answer = ECONNREFUSED;
    setenv("PATH", "", 1);
    assert_int_equal(ask(CONTAINER_XL, &err), 0);
}

static int make_folder(void **state)
{
    (void)state;
    return !mkdtemp(folder);
}

static int remove_folder(void **state)
{
    char path[64];

    (void)state;
    snprintf(path, sizeof(path), "%s/virsh", folder);
    return unlink(path) || rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(libvirts_images_need_libvirt, with_virsh),
        cmocka_unit_test_setup(and_virsh, with_virsh),
        cmocka_unit_test_setup(xls_need_neither, with_virsh),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
