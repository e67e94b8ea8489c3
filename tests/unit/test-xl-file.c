/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, xl does not read the images that we begin, or a restore under
 * another name feeds it something else than the image.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"
#include "format/container.h"
#include "lib/xl_file.h"
#include "util/bytes.h"
#include "util/io.h"

#define OLD "{\"c_info\": {\"name\": \"web\"}}"
#define NEW "{\"c_info\": {\"name\": \"web-copy\", \"more\": 1}}"

enum { BODY = 50000 };

static int new_file(void)
{
    FILE *f = tmpfile();
    int fd;

    assert_non_null(f);
    fd = dup(fileno(f));
    fclose(f);
    assert_true(fd >= 0);
    return fd;
}

/* An image of which only the head is one. */
static int make(void)
{
    int fd = new_file();
    struct xr_error err;
    uint8_t body[BODY];
    size_t i;

    assert_int_equal(xl_file_begin(fd, OLD, &err), 0);
    for (i = 0; i < BODY; i++)
        body[i] = (uint8_t)(i * 7 + i / 256);
    assert_int_equal(write_full(fd, body, BODY, NULL), 0);
    return fd;
}

static void check_head(const uint8_t *bytes, const char *json)
{
    size_t length = strlen(json) + 1;
    struct xl_header header;
    struct xr_error err;

    assert_int_equal(xl_header_decode(bytes, 0, &header, &err), 0);
    assert_true(header.json);
    assert_true(header.libxl_stream);
    assert_int_equal(header.optional_length, length + 4);
    assert_int_equal(load_le32(bytes + XL_HEADER_SIZE), length);
    assert_memory_equal(bytes + XL_HEADER_SIZE + 4, json, length);
}

static void beginning(void **state)
{
    uint8_t bytes[256];
    int fd = make();

    (void)state;
    assert_int_equal(pread_full(fd, bytes, sizeof(bytes), 0), sizeof(bytes));
    check_head(bytes, OLD);
    close(fd);
}

static void copied_with_another_head(void **state)
{
    static uint8_t old[BODY + 256], new[BODY + 256];
    size_t old_head = XL_HEADER_SIZE + 4 + sizeof(OLD);
    size_t new_head = XL_HEADER_SIZE + 4 + sizeof(NEW);
    int fd = make(), wire[2];
    struct xr_error err;
    ssize_t n;

    (void)state;
    assert_int_equal(pipe(wire), 0);
    assert_true(fcntl(wire[1], F_SETPIPE_SZ, 1 << 17) >= (1 << 17));
    assert_int_equal(xl_file_copy_as(fd, NEW, wire[1], &err), 0);
    close(wire[1]);
    n = read_full(wire[0], new, sizeof(new));
    assert_int_equal(n, new_head + BODY);
    assert_int_equal(pread_full(fd, old, sizeof(old), 0), old_head + BODY);
    check_head(new, NEW);
    assert_memory_equal(new + new_head, old + old_head, BODY);
    close(wire[0]);
    close(fd);
}

/* All of the header is as it was, but for the length of the XML. */
static void libvirts_with_another_head(void **state)
{
    static const char xml[] = "<domain><name>web-copy</name></domain>";
    static uint8_t old[LIBVIRT_HEADER_SIZE + 8 + 100] = "libvirt-xml\n \0 \r";
    uint8_t new[sizeof(old) + sizeof(xml)];
    size_t head = LIBVIRT_HEADER_SIZE + sizeof(xml), i;
    int fd = new_file(), wire[2];
    struct libvirt_header header;
    struct xr_error err;

    (void)state;
    for (i = 16; i < sizeof(old); i++)
        old[i] = (uint8_t)i;
    store_le32(old + 16, 2);
    store_le32(old + 20, 8);
    assert_int_equal(write_full(fd, old, sizeof(old), NULL), 0);
    assert_int_equal(pipe(wire), 0);
    assert_int_equal(libvirt_file_copy_as(fd, xml, wire[1], &err), 0);
    close(wire[1]);
    assert_int_equal(read_full(wire[0], new, sizeof(new)), head + 100);
    assert_int_equal(libvirt_header_decode(new, 0, &header, &err), 0);
    assert_int_equal(header.xml_length, sizeof(xml));
    assert_memory_equal(new, old, 20);
    assert_memory_equal(new + 24, old + 24, LIBVIRT_HEADER_SIZE - 24);
    assert_memory_equal(new + LIBVIRT_HEADER_SIZE, xml, sizeof(xml));
    assert_memory_equal(new + head, old + LIBVIRT_HEADER_SIZE + 8, 100);
    close(wire[0]);
    close(fd);
}

static void what_is_no_image(void **state)
{
    int fd = new_file(), wire[2];
    struct xr_error err;

    (void)state;
    assert_int_equal(pipe(wire), 0);
    assert_int_equal(xl_file_copy_as(fd, NEW, wire[1], &err), -ENODATA);
    assert_int_equal(ftruncate(fd, 4096), 0);
    assert_true(xl_file_copy_as(fd, NEW, wire[1], &err) < 0);
    assert_true(*err.message);
    assert_int_equal(libvirt_file_copy_as(fd, NEW, wire[1], &err), -EINVAL);
    close(wire[0]);
    close(wire[1]);
    close(fd);
}

static void labels(void **state)
{
    static const char *const bad[] = { "", "=", "=x", "key", "a b=c",
                                       "a,b=c" };
    struct buffer list = { 0 };
    struct xr_error err;
    size_t i;

    (void)state;
    assert_int_equal(label_add(&list, "why=nightly, as ever = yes", &err), 0);
    assert_int_equal(label_add(&list, "by=cron", &err), 0);
    assert_non_null(strstr(list.data, "user.by=cron"));
    assert_non_null(strstr(list.data, "user.why="));
    for (i = 0; i < COUNT(bad); i++) {
        if (!label_add(&list, bad[i], &err))
            fail_msg("'%s' is a label: %s", bad[i], list.data);
        assert_true(*err.message);
    }
    assert_non_null(strstr(list.data, "user.by=cron"));
    buffer_free(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(beginning),
        cmocka_unit_test(copied_with_another_head),
        cmocka_unit_test(libvirts_with_another_head),
        cmocka_unit_test(what_is_no_image),
        cmocka_unit_test(labels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
