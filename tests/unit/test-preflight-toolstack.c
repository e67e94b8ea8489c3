/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, check --here promises a restore, a restore puts disks back,
 * or a rollback destroys a domain, and only then it is found that there is no
 * virsh, or no libvirtd that answers.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/preflight.h"
#include "unit.h"
#include "virt/virt.h"

#define UUID "ab000000-0000-0000-0000-000000000000"

static char folder[] = "/tmp/test-preflight-toolstack.XXXXXX";
static int answer;         /* of libvirt's */
static bool has_managed;   /* save of the domain */

int virt_read_daemon(struct virt_daemon *out, struct xr_error *err)
{
    *out = (struct virt_daemon){
        .daemon = "9.0.0", .uri = "xen:///system",
    };
    return answer ? error_because(err, XR_REASON_NO_LIBVIRT, answer, "down")
                  : 0;
}

int virt_find_domain(const char *uuid, struct virt_domain *out,
                     struct xr_error *err)
{
    assert_string_equal(uuid, UUID);
    if (answer)
        return error_set(err, answer, "down");
    *out = (struct virt_domain){
        .name = strdup("web"), .has_managed_save = has_managed,
    };
    return 0;
}

void virt_domain_free(struct virt_domain *domain)
{
    free(domain->name);
    domain->name = NULL;
}

/* The one finding that there is; of none, says is what the whole answers. */
static struct preflight_finding ask(enum container container)
{
    const struct save_image image = { .container = container };
    struct preflight p;

    preflight_init(&p);
    preflight_ask_toolstack(&image, NULL, &p);
    if (!p.count)
        return (struct preflight_finding){ .says = p.answer };
    assert_int_equal(p.count, 1);
    assert_int_equal(p.findings[0].says, p.answer);
    assert_string_equal(p.findings[0].what, "libvirt");
    return p.findings[0];
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
    struct preflight_finding f = ask(CONTAINER_LIBVIRT);

    (void)state;
    assert_int_equal(f.says, VERDICT_YES);
    assert_string_equal(f.detail, "libvirt 9.0.0 answers at xen:///system");
    answer = ECONNREFUSED;
    f = ask(CONTAINER_LIBVIRT);
    assert_int_equal(f.says, VERDICT_NO);
    assert_int_equal(f.reason, XR_REASON_NO_LIBVIRT);
    assert_string_equal(f.detail, "down");
}

/* Nobody can be asked by this build; virsh may be by another. */
static void without_libvirt_nobody_can_tell(void **state)
{
    struct preflight_finding f;

    (void)state;
    answer = EOPNOTSUPP;
    f = ask(CONTAINER_LIBVIRT);
    assert_int_equal(f.says, VERDICT_UNKNOWN);
    assert_int_equal(f.reason, XR_REASON_NONE);
}

static void and_virsh(void **state)
{
    struct preflight_finding f;

    (void)state;
    setenv("PATH", "/nonexistent", 1);
    f = ask(CONTAINER_LIBVIRT);
    assert_int_equal(f.says, VERDICT_NO);
    assert_int_equal(f.reason, XR_REASON_NO_LIBVIRT);
    assert_non_null(strstr(f.detail, "virsh"));
    unsetenv("PATH");
    assert_int_equal(ask(CONTAINER_LIBVIRT).says == VERDICT_YES,
                     !access("/bin/virsh", X_OK)
                     || !access("/usr/bin/virsh", X_OK));
}

/* Or the next start has memory of once over disks of today. */
static void a_managed_save_is_told_of(void **state)
{
    static char uuid[] = UUID;
    const struct save_image image = { .container = CONTAINER_LIBVIRT };
    const struct domain_config config = { .uuid = uuid };
    struct preflight p;

    (void)state;
    preflight_init(&p);
    preflight_ask_toolstack(&image, &config, &p);
    assert_int_equal(p.count, 1);
    has_managed = true;
    preflight_init(&p);
    preflight_ask_toolstack(&image, &config, &p);
    has_managed = false;
    assert_int_equal(p.count, 2);
    assert_int_equal(p.answer, VERDICT_UNKNOWN);
    assert_true(p.findings[1].is_warning);
    assert_non_null(strstr(p.findings[1].detail,
                           "virsh managedsave-remove web"));
}

static void xls_need_neither(void **state)
{
    (void)state;
    answer = ECONNREFUSED;
    setenv("PATH", "", 1);
    assert_int_equal(ask(CONTAINER_XL).says, VERDICT_YES);
    assert_null(ask(CONTAINER_XL).what);
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
        cmocka_unit_test_setup(without_libvirt_nobody_can_tell, with_virsh),
        cmocka_unit_test_setup(and_virsh, with_virsh),
        cmocka_unit_test_setup(a_managed_save_is_told_of, with_virsh),
        cmocka_unit_test_setup(xls_need_neither, with_virsh),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
