/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a toolstack is asked to restore an image.  If this fails, a checkpoint has
 * destroyed a guest that then is in its image only.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"
#include "engine/plugin_files.h"
#include "engine/restore_image.h"
#include "stream_builder.h"
#include "xen/libxl.h"

/* An xl that says what it was asked, and succeeds. */
static const char script[] = "#!/bin/sh\n"
                             "echo \"xen-resumable: $#: $*\"\n";
static char xl[] = "/tmp/restore-image.XXXXXX";
static char said[256];

char *plugin_toolstack_file(const char *name)
{
    assert_string_equal(name, "xl");
    return strdup(xl);
}

/* No configuration is to be changed here. */
int libxl_session_open(struct libxl_session **out, struct xr_error *err)
{
    (void)out;
    return error_set(err, ENODEV, "no Xen here");
}

void libxl_session_close(struct libxl_session *session)
{
    (void)session;
}

int libxl_session_set_domid(struct libxl_session *session, const char *json,
                            uint32_t domid, char **json_out,
                            struct xr_error *err)
{
    (void)session;
    (void)json;
    (void)domid;
    (void)json_out;
    return error_set(err, ENODEV, "no Xen here");
}

static int begin(void **state)
{
    int fd = mkstemp(xl);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, script, sizeof(script) - 1),
                     sizeof(script) - 1);
    assert_int_equal(fchmod(fd, 0700), 0);
    return close(fd);
}

static int end(void **state)
{
    (void)state;
    return unlink(xl);
}

static void hear(void *data, enum message_level level, const char *text)
{
    (void)data;
    assert_int_equal(level, MESSAGE_TOOLSTACK);
    snprintf(said, sizeof(said), "%s", text);
}

static int image_fd;

static void asks(const char *path, bool paused, const char *expected)
{
    const struct events events = { .message = hear };
    const struct restore_order order = {
        .events = &events,
        .path = path,
        .fd = image_fd,
        .container = CONTAINER_XL,
        .paused = paused,
    };
    struct xr_error err;

    *said = '\0';
    assert_int_equal(restore_image(&order, &err), 0);
    assert_string_equal(said, expected);
}

static void names_the_image(void **state)
{
    (void)state;
    asks("/srv/web.img", false, "xen-resumable: 2: restore /srv/web.img");
    asks("a b", true, "xen-resumable: 3: restore -p a b");
}

/* Its name may be another file's by now; xl, which stays, has it open no longer than
   it reads. */
static void an_open_image_needs_no_name(void **state)
{
    char expected[128];

    (void)state;
    image_fd = open(xl, O_RDONLY | O_CLOEXEC);
    assert_true(image_fd > 0);
    snprintf(expected, sizeof(expected), "xen-resumable: 2: restore "
             "/proc/%d/fd/%d", (int)getpid(), image_fd);
    asks("/nowhere.img", false, expected);
    close(image_fd);
    image_fd = 0;
}

/* Its head is another one: what stands behind it is still that image's. */
static void an_open_image_is_fed_without_its_name(void **state)
{
    static const char begin[] = "xen-resumable: 2: restore /proc/self/fd/";
    const struct events events = { .message = hear };
    const struct image_plan plan = { .container = 'x', .pages = 2 };
    char held[] = "/tmp/restore-held.XXXXXX";
    struct restore_order order = {
        .events = &events,
        .path = "/nowhere.img",
        .container = CONTAINER_XL,
        .config = "{}",
    };
    struct buffer b = { 0 };
    struct xr_error err;

    (void)state;
    build_image(&b, &plan);
    order.fd = mkostemp(held, O_CLOEXEC);
    assert_true(order.fd > 0);
    assert_int_equal(write(order.fd, b.data, b.length), b.length);
    assert_int_equal(unlink(held), 0);
    *said = '\0';
    assert_int_equal(restore_image(&order, &err), 0);
    assert_memory_equal(said, begin, sizeof(begin) - 1);
    close(order.fd);
    buffer_free(&b);
}

static void an_image_is_no_option(void **state)
{
    (void)state;
    asks("-c", false, "xen-resumable: 2: restore ./-c");
    asks("-web.img", true, "xen-resumable: 3: restore -p ./-web.img");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_the_image),
        cmocka_unit_test(an_open_image_needs_no_name),
        cmocka_unit_test(an_open_image_is_fed_without_its_name),
        cmocka_unit_test(an_image_is_no_option),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
