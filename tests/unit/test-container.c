/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, the notes of some packed kernel are missed, or a packed file
 * that lies is believed.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "image_builder.h"
#include "lib/image_notes.h"
#include "packers.h"
#include "unit.h"
#include "util/bytes.h"
#include "util/cleanup.h"
#include "util/io.h"

static void make_elf(struct buffer *out, enum image_place place, size_t code)
{
    const struct image_shape shape = {
        .place = place, .code_before = code / 3, .code_behind = code / 3 * 2,
    };
    CLEANUP_BUFFER struct buffer notes = { 0 };

    image_linux_notes(&notes, &shape);
    image_elf(out, &shape, &notes);
}

static void make_bzimage(struct buffer *out, const struct packer *packer,
                         const struct buffer *elf)
{
    CLEANUP_BUFFER struct buffer payload = { 0 };

    packer->pack(&payload, elf);
    image_bzimage(out, &payload);
}

static void expect_linux(const struct buffer *image, const char *container,
                         const char *compression)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    struct image_info info = { 0 };
    struct xr_error err;
    int r = image_notes_from_memory(image->data, image->length, &list, &info,
                                    &err);

    if (r)
        print_error("%s: %s\n", compression, err.message);
    assert_int_equal(r, 0);
    assert_int_equal(list.count, 10);
    assert_string_equal(keylist_get(&list, "SUSPEND_CANCEL"), "0x1");
    assert_string_equal(info.container, container);
    assert_string_equal(info.compression, compression);
}

static void expect_error(const struct buffer *image, int code,
                         uint64_t offset)
{
    struct keylist list = { 0 };
    struct xr_error err = { .offset = 1 };

    assert_int_equal(image_notes_from_memory(image->data, image->length,
                                             &list, NULL, &err), -code);
    assert_int_equal(err.offset, offset);
}

static void every_compression_in_a_bzimage(void **state)
{
    const struct packer *packer;
    CLEANUP_BUFFER struct buffer elf = { 0 };

    (void)state;
    make_elf(&elf, IMAGE_SEGMENT, 1 << 20);
    for (packer = packers; packer->name; packer++) {
        CLEANUP_BUFFER struct buffer image = { 0 };

        make_bzimage(&image, packer, &elf);
        expect_linux(&image, "bzImage", packer->name);
    }
}

/* LZ4's blocks hold 8 MiB, LZO's 256 KiB: the notes are in a later one. */
static void notes_behind_the_first_block(void **state)
{
    CLEANUP_BUFFER struct buffer elf = { 0 };
    size_t i;

    (void)state;
    make_elf(&elf, IMAGE_SEGMENT, 27 << 20);
    for (i = 4; i < 7; i++) {
        CLEANUP_BUFFER struct buffer image = { 0 };

        make_bzimage(&image, &packers[i], &elf);
        expect_linux(&image, "bzImage", packers[i].name);
    }
}

/* The section headers stand at the end, the notes before: one reads back. */
static void every_compression_with_notes_in_sections(void **state)
{
    const struct packer *packer;
    CLEANUP_BUFFER struct buffer elf = { 0 };

    (void)state;
    make_elf(&elf, IMAGE_SECTION, 1 << 20);
    for (packer = packers; packer->name; packer++) {
        CLEANUP_BUFFER struct buffer image = { 0 };

        make_bzimage(&image, packer, &elf);
        expect_linux(&image, "bzImage", packer->name);
    }
}

static void every_compression_around_a_plain_elf(void **state)
{
    const struct packer *packer;
    CLEANUP_BUFFER struct buffer elf = { 0 };

    (void)state;
    make_elf(&elf, IMAGE_SEGMENT, 300000);
    for (packer = packers; packer->name; packer++) {
        CLEANUP_BUFFER struct buffer image = { 0 };

        packer->pack(&image, &elf);
        expect_linux(&image, "elf", packer->name);
    }
}

/* As bgzip and "cat a.gz b.gz" do; tests/cli/notes.sh has the others. */
static void streams_go_on(void **state)
{
    CLEANUP_BUFFER struct buffer elf = { 0 };
    size_t cut;

    (void)state;
    make_elf(&elf, IMAGE_SECTION, 300000);
    for (cut = 1; cut < elf.length; cut = cut * 3 + 1) {
        struct buffer first = { .data = elf.data, .length = cut };
        struct buffer rest = { .data = elf.data + cut,
                               .length = elf.length - cut };
        CLEANUP_BUFFER struct buffer image = { 0 };

        packers[0].pack(&image, &first);
        packers[0].pack(&image, &rest);
        expect_linux(&image, "elf", "gzip");
    }
}

/* Streams without contents cost time, of which there is an end. */
static void endless_streams_are_refused(void **state)
{
    CLEANUP_BUFFER struct buffer image = { 0 }, empty = { 0 }, one = { 0 };
    struct keylist list = { 0 };
    struct xr_error err;
    int i;

    (void)state;
    buffer_append(&empty, "", 0);
    packers[0].pack(&one, &empty);
    for (i = 0; i < 40000; i++)
        buffer_append(&image, one.data, one.length);
    assert_int_equal(image_notes_from_memory(image.data, image.length, &list,
                                             NULL, &err), -EFBIG);
    buffer_free(&image);
    for (i = 0; i < 2000; i++)
        buffer_append(&image, "\x50\x2a\x4d\x18\0\0\0\0", 8);
    assert_int_equal(image_notes_from_memory(image.data, image.length, &list,
                                             NULL, &err), -ELOOP);
}

static void wrappings_nest(void **state)
{
    CLEANUP_BUFFER struct buffer elf = { 0 }, bzimage = { 0 }, uki = { 0 };
    CLEANUP_BUFFER struct buffer packed = { 0 }, plain = { 0 };

    (void)state;
    make_elf(&elf, IMAGE_SEGMENT, 300000);
    make_bzimage(&bzimage, &packers[0], &elf);
    image_pe(&uki, ".linux", &bzimage);
    expect_linux(&uki, "uki", "gzip");
    packers[4].pack(&packed, &bzimage);
    expect_linux(&packed, "bzImage", "gzip");
    image_bzimage(&plain, &elf);
    expect_linux(&plain, "bzImage", "none");
}

static void endless_wrappings_are_refused(void **state)
{
    CLEANUP_BUFFER struct buffer image = { 0 };
    struct xr_error err;
    struct keylist list = { 0 };
    int i;

    (void)state;
    make_elf(&image, IMAGE_SEGMENT, 1000);
    for (i = 0; i < 20; i++) {
        struct buffer packed = { 0 };

        packers[0].pack(&packed, &image);
        buffer_free(&image);
        image = packed;
    }
    assert_int_equal(image_notes_from_memory(image.data, image.length, &list,
                                             NULL, &err), -ELOOP);
}

static void lying_setup_headers_are_refused(void **state)
{
    static const struct {
        size_t at;
        uint32_t value;
        int code;
        uint64_t offset;
    } lies[] = {
        { 0x206, 0x0207, ENOTSUP, 0x206 },
        { 0x24c, 0, EINVAL, 0x24c },
        { 0x248, 0x7fffffff, ENODATA, 0x7fffffff + 5 * 512ULL },
        { 0x248, 0, ENOEXEC, 5 * 512 },
    };
    CLEANUP_BUFFER struct buffer elf = { 0 };
    size_t i;

    (void)state;
    make_elf(&elf, IMAGE_SEGMENT, 10000);
    for (i = 0; i < COUNT(lies); i++) {
        CLEANUP_BUFFER struct buffer image = { 0 };

        make_bzimage(&image, &packers[0], &elf);
        store_le32((uint8_t *)image.data + lies[i].at, lies[i].value);
        expect_error(&image, lies[i].code, lies[i].offset);
    }
}

static void a_payload_cut_short_by_its_length_is_an_error(void **state)
{
    CLEANUP_BUFFER struct buffer elf = { 0 };
    const struct packer *packer;

    (void)state;
    make_elf(&elf, IMAGE_SEGMENT, 300000);
    for (packer = packers; packer->name; packer++) {
        CLEANUP_BUFFER struct buffer image = { 0 };
        struct keylist list = { 0 };
        struct xr_error err = { .offset = XR_NO_OFFSET };

        make_bzimage(&image, packer, &elf);
        store_le32((uint8_t *)image.data + 0x24c, 100);
        assert_int_equal(image_notes_from_memory(image.data, image.length,
                                                 &list, NULL, &err),
                         -ENODATA);
        assert_true(err.offset != XR_NO_OFFSET);
    }
}

static void foreign_kernels_are_named(void **state)
{
    static const struct {
        size_t at;
        const char *magic;
        const char *kind;
    } kernels[] = {
        { 0x38, "ARM\x64", "arm64" }, { 0x38, "RSC\x05", "riscv" },
        { 0x24, "\x18\x28\x6f\x01", "arm" }, { 4, "zimg", "EFI zboot" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(kernels); i++) {
        char image[512] = "MZ";
        struct keylist list = { 0 };
        struct image_info info = { 0 };

        memcpy(image + kernels[i].at, kernels[i].magic, 4);
        assert_int_equal(image_notes_from_memory(image, sizeof(image), &list,
                                                 &info, NULL), -ENOENT);
        assert_string_equal(info.container, kernels[i].kind);
    }
}

static void other_pe_programs_are_refused(void **state)
{
    CLEANUP_BUFFER struct buffer content = { 0 }, pe = { 0 };
    size_t n;

    (void)state;
    buffer_puts(&content, "no kernel");
    image_pe(&pe, ".data", &content);
    expect_error(&pe, ENOEXEC, 0);
    buffer_free(&pe);
    image_pe(&pe, ".linux", &content);
    expect_error(&pe, ENOEXEC, 0xa00);
    for (n = 0; n < 0x400; n++) {
        struct keylist list = { 0 };

        assert_true(image_notes_from_memory(pe.data, n, &list, NULL, NULL)
                    < 0);
    }
}

struct feed {
    const struct buffer *bytes;
    int fd;
};

static void *feed_pipe(void *arg)
{
    const struct feed *feed = arg;

    write_full(feed->fd, feed->bytes->data, feed->bytes->length, NULL);
    close(feed->fd);
    return NULL;
}

static void pipes_are_read(void **state)
{
    static const enum image_place places[] = { IMAGE_SEGMENT, IMAGE_SECTION };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(places); i++) {
        CLEANUP_BUFFER struct buffer elf = { 0 }, image = { 0 };
        CLEANUP_KEYLIST struct keylist list = { 0 };
        struct feed feed = { .bytes = &image };
        pthread_t thread;
        int ends[2];

        make_elf(&elf, places[i], 300000);
        make_bzimage(&image, &packers[0], &elf);
        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        feed.fd = ends[1];
        assert_int_equal(pthread_create(&thread, NULL, feed_pipe, &feed), 0);
        assert_int_equal(image_notes_from_fd(ends[0], &list, NULL, NULL), 0);
        assert_int_equal(list.count, 10);
        close(ends[0]);
        pthread_join(thread, NULL);
    }
}

static void a_file_is_read_from_its_offset_on(void **state)
{
    CLEANUP_BUFFER struct buffer elf = { 0 };
    CLEANUP_KEYLIST struct keylist list = { 0 };
    CLEANUP_CLOSE int fd = memfd_create("image", MFD_CLOEXEC);

    (void)state;
    make_elf(&elf, IMAGE_SECTION, 1000);
    assert_int_equal(write_full(fd, "before", 6, NULL), 0);
    assert_int_equal(write_full(fd, elf.data, elf.length, NULL), 0);
    assert_int_equal(lseek(fd, 6, SEEK_SET), 6);
    assert_int_equal(image_notes_from_fd(fd, &list, NULL, NULL), 0);
    assert_int_equal(lseek(fd, 0, SEEK_CUR), 6);
    assert_int_equal(list.count, 10);
}

static void what_cannot_be_read_is_an_error(void **state)
{
    CLEANUP_CLOSE int fd = open("/", O_RDONLY | O_CLOEXEC);
    struct keylist list = { 0 };

    (void)state;
    assert_int_equal(image_notes_from_fd(fd, &list, NULL, NULL), -EISDIR);
    assert_int_equal(image_notes_from_fd(-1, &list, NULL, NULL), -EBADF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_compression_in_a_bzimage),
        cmocka_unit_test(notes_behind_the_first_block),
        cmocka_unit_test(every_compression_with_notes_in_sections),
        cmocka_unit_test(every_compression_around_a_plain_elf),
        cmocka_unit_test(streams_go_on),
        cmocka_unit_test(endless_streams_are_refused),
        cmocka_unit_test(wrappings_nest),
        cmocka_unit_test(endless_wrappings_are_refused),
        cmocka_unit_test(lying_setup_headers_are_refused),
        cmocka_unit_test(a_payload_cut_short_by_its_length_is_an_error),
        cmocka_unit_test(foreign_kernels_are_named),
        cmocka_unit_test(other_pe_programs_are_refused),
        cmocka_unit_test(pipes_are_read),
        cmocka_unit_test(a_file_is_read_from_its_offset_on),
        cmocka_unit_test(what_cannot_be_read_is_an_error),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
