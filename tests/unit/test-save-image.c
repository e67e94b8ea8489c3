/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, show and check --image misread a save image, or a damaged one
 * makes them crash, hang or read the guest's memory for nothing.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "unit.h"
#include "lib/save_image.h"
#include "util/bytes.h"
#include "util/cleanup.h"
#include "util/io.h"

enum { IMAGE_SIZE = 7168 };

/* A real one of Xen 4.17, cut in its first PAGE_DATA. */
static void load(const char *name, uint8_t bytes[IMAGE_SIZE])
{
    const char *top = getenv("top_srcdir");
    char path[4096];
    int fd;

    snprintf(path, sizeof(path), "%s/tests/data/saves/%s", top ? top : ".",
             name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(read_full(fd, bytes, IMAGE_SIZE), IMAGE_SIZE);
    close(fd);
}

static int read_bytes(const uint8_t *bytes, size_t n, bool as_pipe,
                      save_image_visit *visit, struct save_image *out,
                      struct xr_error *err)
{
    int ends[2];
    int r;

    if (!as_pipe) {
        ends[0] = memfd_create("image", MFD_CLOEXEC);
        assert_int_equal(pwrite(ends[0], bytes, n, 0), n);
    } else {
        assert_int_equal(pipe(ends), 0);
        assert_int_equal(write(ends[1], bytes, n), n);
        close(ends[1]);
    }
    r = save_image_read(ends[0], visit, NULL, out, err);
    close(ends[0]);
    return r;
}

static void expect_pv(const struct save_image *image)
{
    assert_int_equal(image->container, CONTAINER_XL);
    assert_true(image->config_is_json);
    assert_int_equal(image->config[0], '{');
    assert_null(image->xml);
    assert_string_equal(save_image_type(image), "x86 PV");
    assert_int_equal(image->xen_major, 4);
    assert_int_equal(image->xen_minor, 17);
    assert_true(image->has_metadata);
    assert_int_equal(image->metadata_offset, 2207);
    assert_string_equal(keylist_get(&image->metadata,
                                    "image.SUSPEND_CANCEL"), "0x1");
}

/* A pipe and a file say the same. */
static void real_image(void **state)
{
    uint8_t bytes[IMAGE_SIZE];
    int as_pipe;

    (void)state;
    load("xl-pv-4.17.img", bytes);
    for (as_pipe = 0; as_pipe < 2; as_pipe++) {
        CLEANUP_SAVE_IMAGE struct save_image image = { 0 };

        assert_int_equal(read_bytes(bytes, sizeof(bytes), as_pipe, NULL,
                                    &image, NULL), 0);
        expect_pv(&image);
    }
}

static void pvh_image(void **state)
{
    CLEANUP_SAVE_IMAGE struct save_image image = { 0 };
    uint8_t bytes[IMAGE_SIZE];

    (void)state;
    load("xl-pvh-4.17.img", bytes);
    assert_int_equal(read_bytes(bytes, sizeof(bytes), false, NULL, &image,
                                NULL), 0);
    assert_string_equal(save_image_type(&image), "x86 HVM");
    assert_string_equal(keylist_get(&image.metadata, "domain.type"), "pvh");
}

/* The streams inside an xl file, taken out of it, are recognised bare. */
static void bare_streams(void **state)
{
    uint8_t bytes[IMAGE_SIZE];
    uint8_t *libxl, *libxc;
    static const uint8_t ones[12] = {
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 'X', 'E', 'N', 'F',
    };
    static const struct {
        enum container container;
    } want[] = { { CONTAINER_LIBXL }, { CONTAINER_LIBXC } };
    size_t i;

    (void)state;
    load("xl-pv-4.17.img", bytes);
    libxl = memmem(bytes, sizeof(bytes), "LibxlFmt", 8);
    libxc = memmem(bytes, sizeof(bytes), ones, sizeof(ones));
    assert_non_null(libxl);
    assert_non_null(libxc);
    for (i = 0; i < COUNT(want); i++) {
        CLEANUP_SAVE_IMAGE struct save_image image = { 0 };
        const uint8_t *from = i ? libxc : libxl;

        assert_int_equal(read_bytes(from, (size_t)(bytes + IMAGE_SIZE - from),
                                    true, NULL, &image, NULL), 0);
        assert_int_equal(image.container, want[i].container);
        assert_true(image.has_metadata);
    }
}

/* libvirt's head before the same stream. */
static void libvirt_file(void **state)
{
    CLEANUP_SAVE_IMAGE struct save_image image = { 0 };
    static const char xml[] = "<domain type='xen'/>";
    uint8_t bytes[IMAGE_SIZE], file[IMAGE_SIZE + 256] = { 0 };
    uint8_t *libxl;
    size_t n;

    (void)state;
    load("xl-pv-4.17.img", bytes);
    libxl = memmem(bytes, sizeof(bytes), "LibxlFmt", 8);
    assert_non_null(libxl);
    n = (size_t)(bytes + IMAGE_SIZE - libxl);
    memcpy(file, "libvirt-xml\n \0 \r", 16);
    store_le32(file + 16, 2);
    store_le32(file + 20, sizeof(xml));
    memcpy(file + 64, xml, sizeof(xml));
    memcpy(file + 64 + sizeof(xml), libxl, n);
    assert_int_equal(read_bytes(file, 64 + sizeof(xml) + n, false, NULL,
                                &image, NULL), 0);
    assert_int_equal(image.container, CONTAINER_LIBVIRT);
    assert_string_equal(image.xml, xml);
    assert_null(image.config);
    assert_true(image.has_metadata);
}

/* Cut anywhere before the first page: an error that names the cut. */
static void cut_anywhere(void **state)
{
    uint8_t bytes[IMAGE_SIZE];
    size_t n;

    (void)state;
    load("xl-pv-4.17.img", bytes);
    for (n = 0; n < 2703; n++) {
        CLEANUP_SAVE_IMAGE struct save_image image = { 0 };
        struct xr_error err = { 0 };
        int r = read_bytes(bytes, n, n & 1, NULL, &image, &err);

        assert_true(r < 0);
        assert_true(err.offset <= n || err.code == ENOEXEC);
    }
}

/* No flipped byte is worse than an error or another text. */
static void flip_anywhere(void **state)
{
    uint8_t bytes[IMAGE_SIZE];
    size_t i;

    (void)state;
    load("xl-pv-4.17.img", bytes);
    for (i = 0; i < 2800; i++) {
        CLEANUP_SAVE_IMAGE struct save_image image = { 0 };

        bytes[i] ^= 0xff;
        (void)read_bytes(bytes, sizeof(bytes), false, NULL, &image, NULL);
        bytes[i] ^= 0xff;
    }
}

static int visits;

static int visit(const struct save_image_record *record, void *data)
{
    (void)data;
    assert_true(record->offset < IMAGE_SIZE);
    visits++;
    return 0;
}

static void records_to_the_end(void **state)
{
    CLEANUP_SAVE_IMAGE struct save_image image = { 0 };
    uint8_t bytes[IMAGE_SIZE];
    struct xr_error err;

    (void)state;
    load("xl-pv-4.17.img", bytes);
    assert_int_equal(read_bytes(bytes, sizeof(bytes), false, visit, &image,
                                &err), -ENODATA);
    assert_int_equal(visits, 8);
    assert_int_equal(err.offset, IMAGE_SIZE);
}

/* A length of nearly 4 GiB takes no memory. */
static void lying_lengths(void **state)
{
    uint8_t bytes[IMAGE_SIZE];
    static const size_t lengths[] = { 44, 48, 835, 883 };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(lengths); i++) {
        CLEANUP_SAVE_IMAGE struct save_image image = { 0 };

        load("xl-pv-4.17.img", bytes);
        store_le32(bytes + lengths[i], 0xfffffff0);
        assert_true(read_bytes(bytes, sizeof(bytes), false, NULL, &image,
                               NULL) < 0);
    }
}

static void no_image(void **state)
{
    CLEANUP_SAVE_IMAGE struct save_image image = { 0 };
    uint8_t bytes[64] = "#!/bin/sh\n";

    (void)state;
    assert_int_equal(read_bytes(bytes, sizeof(bytes), true, NULL, &image,
                                NULL), -ENOEXEC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_image),
        cmocka_unit_test(pvh_image),
        cmocka_unit_test(bare_streams),
        cmocka_unit_test(libvirt_file),
        cmocka_unit_test(cut_anywhere),
        cmocka_unit_test(flip_anywhere),
        cmocka_unit_test(records_to_the_end),
        cmocka_unit_test(lying_lengths),
        cmocka_unit_test(no_image),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
