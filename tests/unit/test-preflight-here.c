/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, check --here says that an image would restore, and restore refuses:
 * the host lost its power while the guest's disks were put back.
 */
#include "config.h"

#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/disk_use.h"
#include "engine/preflight.h"
#include "engine/rollback_note.h"
#include "stream_builder.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "xen/connection.h"
#include "xen/cpu_policy.h"
#include "xen/domain_use.h"
#include "xen/hypervisor.h"

#define UUID "AB000000-0000-4000-8000-000000000001"
#define NOTED "ab000000-0000-4000-8000-000000000001"
#define CONFIG(disks) "{\"c_info\":{\"name\":\"web\",\"uuid\":\"" UUID "\"}," \
                      "\"disks\":[" disks "]}"
#define DISK "{\"pdev_path\":\"/dev/vg0/web\",\"vdev\":\"xvda\"," \
             "\"readwrite\":1}"

static char dir[] = "/tmp/test-preflight-here.XXXXXX";
#define FIFTY "12345678901234567890123456789012345678901234567890"

static char image[64];

/* --- a host on which all is well */

int connection_open(struct connection *out, struct xr_error *err)
{
    (void)err;
    *out = (struct connection){ .xch = NULL };
    return 0;
}

void connection_close(struct connection *connection)
{
    (void)connection;
}

int hypervisor_read(xc_interface *xch, struct hypervisor *out,
                    struct xr_error *err)
{
    (void)xch;
    (void)err;
    *out = (struct hypervisor){
        .major = 4, .minor = 17, .pv = true, .hvm = true,
        .total_mib = 65536, .free_mib = 65536,
    };
    return 0;
}

int cpu_policy_compare(xc_interface *xch, bool hvm, const uint8_t *cpuid,
                       size_t cpuid_size, const uint8_t *msrs,
                       size_t msrs_size, struct xr_error *err)
{
    (void)xch;
    (void)hvm;
    (void)cpuid;
    (void)cpuid_size;
    (void)msrs;
    (void)msrs_size;
    (void)err;
    return 0;
}

int domain_find_use(xc_interface *xch, struct store *store, const char *name,
                    const char *uuid, uint32_t except, struct domain_use *out,
                    struct xr_error *err)
{
    (void)xch;
    (void)store;
    (void)name;
    (void)uuid;
    (void)except;
    (void)err;
    *out = (struct domain_use){ .name = false };
    return 0;
}

int disk_use_ask(const struct connection *connection,
                 const struct domain_config *config, uint32_t except,
                 struct preflight_disk **out, struct xr_error *err)
{
    (void)connection;
    (void)except;
    (void)err;
    *out = calloc(config->disk_count + 1, sizeof(**out));
    return 0;
}

int disk_state_ask(const struct keylist *record,
                   const struct domain_config *config,
                   const struct disk_state_wish *wish,
                   struct preflight_disk *answers, struct xr_error *err)
{
    (void)record;
    (void)config;
    (void)wish;
    (void)answers;
    (void)err;
    return 0;
}

/* --- the image */

/* The finding that a restore has not ended; NULL: there is none. */
static const struct preflight_finding *ask(const char *config,
                                           struct preflight *out)
{
    const struct image_plan plan = {
        .container = 'x', .pages = 10, .config = config,
    };
    static const struct events deaf = { .message = NULL };
    CLEANUP_CLOSE int fd = memfd_create("image", MFD_CLOEXEC);
    CLEANUP_BUFFER struct buffer b = { 0 };
    struct xr_error err;
    size_t i;

    build_image(&b, &plan);
    assert_int_equal(pwrite_full(fd, b.data, b.length, 0), 0);
    assert_int_equal(preflight_image_here(fd, "image", &deaf, out, &err), 0);
    for (i = 0; i < out->count; i++)
        if (strstr(out->findings[i].detail, "may be put back in part"))
            return &out->findings[i];
    return NULL;
}

static void note(bool by_restore, char *path)
{
    static char name[] = "web", uuid[] = NOTED;
    struct rollback_note n = {
        .name = name, .uuid = uuid, .image = path, .by_restore = by_restore,
    };
    struct xr_error err;

    assert_int_equal(rollback_note_write(&n, &err), 0);
}

static void a_restore_that_has_not_ended_is_told(void **state)
{
    static struct preflight p;
    const struct preflight_finding *finding;
    char expected[256];

    (void)state;
    assert_null(ask(CONFIG(DISK), &p));
    note(true, image);
    finding = ask(CONFIG(DISK), &p);
    assert_non_null(finding);
    assert_string_equal(finding->what, "disk");
    assert_int_equal(finding->says, VERDICT_NO);
    assert_int_equal(finding->reason, XR_REASON_DISK_CHANGED);
    assert_int_equal(p.answer, VERDICT_NO);
    snprintf(expected, sizeof(expected), "the disks of web may be put back in "
             "part; to continue: xen-resumable restore --disks=back %s",
             image);
    assert_string_equal(finding->detail, expected);
}

/* Half a command would be worse than none. */
static void a_command_that_does_not_fit_is_not_cut_off(void **state)
{
    static struct preflight p;
    const struct preflight_finding *finding;
    char deep[] = "/srv/" FIFTY "/" FIFTY "/" FIFTY "/web.img";

    (void)state;
    note(true, deep);
    finding = ask(CONFIG(DISK), &p);
    assert_non_null(finding);
    assert_string_equal(finding->detail, "the disks of web may be put back in "
                        "part; to continue: see 'xen-resumable doctor'");
}

/* Who has no disks takes none as they are; a rollback goes on by itself. */
static void what_no_restore_refuses_is_not_told(void **state)
{
    static struct preflight p;

    (void)state;
    note(true, image);
    assert_null(ask(CONFIG(""), &p));
    assert_null(ask("{\"c_info\":{\"name\":\"web\"},\"disks\":[" DISK "]}",
                    &p));
    note(false, image);
    assert_null(ask(CONFIG(DISK), &p));
}

static int setup(void **state)
{
    (void)state;
    if (!mkdtemp(dir))
        return -1;
    snprintf(image, sizeof(image), "%s/web.img", dir);
    setenv("XR_ROLLBACK_DIR", dir, 1);
    return close(open(image, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static int teardown(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restore_that_has_not_ended_is_told),
        cmocka_unit_test(a_command_that_does_not_fit_is_not_cut_off),
        cmocka_unit_test(what_no_restore_refuses_is_not_told),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
