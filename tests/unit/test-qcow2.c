/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a checkpoint writes over a file that a guest's disk is made
 * of, or a header that somebody made up takes this process down.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"
#include "format/qcow2.h"

static uint8_t bytes[4096];
static size_t length;

static void load(const char *name)
{
    char path[4096];
    ssize_t n;
    int fd;

    snprintf(path, sizeof(path), "%s/tests/data/disks/%s",
             getenv("top_srcdir"), name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    memset(bytes, 0, sizeof(bytes));
    n = read(fd, bytes, sizeof(bytes));
    assert_true(n > 0);
    close(fd);
    length = (size_t)n;
}

static void expect(const char *name, const char *backing, const char *format,
                   const char *data)
{
    struct qcow2_files files;
    struct xr_error err;

    load(name);
    assert_true(qcow2_recognise(bytes));
    assert_true(qcow2_header_size(bytes) >= length);
    assert_int_equal(qcow2_read_files(bytes, length, &files, &err), 0);
    assert_string_equal(files.backing, backing);
    assert_string_equal(files.backing_format, format);
    assert_string_equal(files.data, data);
    assert_int_equal(files.data_is_elsewhere, *data != '\0');
}

static void reads_what_qemu_wrote(void **state)
{
    (void)state;
    expect("base.qcow2", "", "", "");
    expect("over.qcow2", "base.qcow2", "qcow2", "");
    expect("over-2.qcow2", "/srv/base.raw", "raw", "");
    expect("data.qcow2", "", "", "web.data");
    expect("old.qcow", "base.raw", "", "");
}

static int code_of(size_t n)
{
    struct qcow2_files files;
    struct xr_error err = { .code = 0 };
    int r = qcow2_read_files(bytes, n, &files, &err);

    assert_true(!r || err.offset <= n);
    return r;
}

static void refuses_what_lies(void **state)
{
    size_t n;

    (void)state;
    load("over.qcow2");
    for (n = 0; n < QCOW2_HEADER_MIN; n++)
        assert_int_equal(code_of(n), -EINVAL);
    bytes[3]++;
    assert_int_equal(code_of(length), -EINVAL);
    load("over.qcow2");
    bytes[7] = 9;
    assert_int_equal(code_of(length), -ENOTSUP);
    load("over.qcow2");
    bytes[8] = 0xff; /* the name is far away */
    assert_int_equal(code_of(length), -EINVAL);
    load("over.qcow2");
    memset(bytes + 16, 0xff, 4); /* and long */
    assert_int_equal(code_of(length), -EINVAL);
    load("over.qcow2");
    bytes[0x210] = '\0'; /* and none */
    assert_int_equal(code_of(length), -EINVAL);
    load("over.qcow2");
    memset(bytes + 0x74, 0xff, 4); /* an extension that is too long */
    assert_int_equal(code_of(length), -EINVAL);
    load("over.qcow2");
    memset(bytes + 0x64, 0xff, 4); /* extensions that are elsewhere */
    assert_int_equal(code_of(length), 0);
}

/* Cut off at every length: refused, or read without what is not there. */
static void bears_every_length(void **state)
{
    static const char *const names[] = {
        "base.qcow2", "over.qcow2", "over-2.qcow2", "data.qcow2", "old.qcow",
    };
    size_t i, n;

    (void)state;
    for (i = 0; i < COUNT(names); i++) {
        load(names[i]);
        for (n = 0; n <= length; n++)
            (void)code_of(n);
    }
}

static void bounds_its_header(void **state)
{
    unsigned int bits;

    (void)state;
    load("base.qcow2");
    for (bits = 0; bits < 256; bits++) {
        bytes[23] = (uint8_t)bits;
        assert_true(qcow2_header_size(bytes) <= QCOW2_HEADER_MAX);
        assert_int_equal(qcow2_header_size(bytes) > 0,
                         bits >= 9 && bits <= 21);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_qemu_wrote),
        cmocka_unit_test(refuses_what_lies),
        cmocka_unit_test(bears_every_length),
        cmocka_unit_test(bounds_its_header),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
