/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The memory of a guest out of its image: each page is what it was the last time.
 * If this fails, who looks into a guest's memory sees what was there before, or
 * a hostile image costs the host its memory.
 */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "format/pages.h"
#include "lib/memory_cpu.h"
#include "lib/memory_image.h"
#include "memory_guest.h"
#include "stream_builder.h"
#include "util/bytes.h"
#include "util/cleanup.h"
#include "util/io.h"

static const struct guest_plan plans[] = {
    { .hvm = true, .container = 'x' }, { .hvm = false, .container = 'v' },
    { .hvm = true, .container = 'l' }, { .hvm = false, .container = 'c' },
    { .narrow = true, .container = 'x' },
};

/* The image begins behind a few bytes of something else. */
static int file_of(const struct buffer *b)
{
    int fd = memfd_create("image", MFD_CLOEXEC);

    assert_int_equal(write_full(fd, "before", 6, NULL), 0);
    assert_int_equal(write_full(fd, b->data, b->length, NULL), 0);
    assert_int_equal(lseek(fd, 6, SEEK_SET), 6);
    return fd;
}

/* The child that writes it ends when nobody reads any more. */
static int pipe_of(const struct buffer *b, pid_t *child_out)
{
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    *child_out = fork();
    if (!*child_out) {
        close(ends[0]);
        _exit(write_full(ends[1], b->data, b->length, NULL) != 0);
    }
    close(ends[1]);
    return ends[0];
}

static void check_pages(const struct guest_plan *plan,
                        const struct memory_image *image)
{
    uint8_t expected[GUEST_PAGE], page[GUEST_PAGE];
    uint64_t number, there = 0, with_data = 0;
    struct memory_run run;
    enum guest_page_kind kind;

    for (number = 0; number < GUEST_PAGES + 10; number++) {
        kind = guest_page(plan, number, expected);
        if (kind == GUEST_NONE) {
            assert_int_equal(memory_image_bytes(image, number * GUEST_PAGE,
                                                page, 1, NULL), -ENXIO);
            continue;
        }
        there++;
        with_data += kind == GUEST_DATA;
        assert_true(memory_map_next(&image->map, number, 1, &run));
        assert_int_equal(run.first, number);
        assert_int_equal(memory_image_pages(image, &run, page, NULL), 0);
        assert_memory_equal(page, expected, GUEST_PAGE);
    }
    assert_int_equal(image->pages, there);
    assert_int_equal(image->pages_with_data, with_data);
    assert_int_equal(image->end, GUEST_PAGES);
}

static void has_the_newest_of_each_page(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(plans); i++) {
        CLEANUP_MEMORY_IMAGE struct memory_image image = { .fd = -1 };
        CLEANUP_BUFFER struct buffer b = { 0 };
        CLEANUP_CLOSE int fd = -1;

        guest_image(&b, &plans[i]);
        fd = file_of(&b);
        assert_int_equal(memory_image_read(fd, NULL, NULL, &image, NULL), 0);
        check_pages(&plans[i], &image);
        assert_int_equal(memory_is_hvm(&image), plans[i].hvm);
        assert_int_equal(memory_cpu_count(&image), GUEST_VCPUS);
    }
}

/* The spool is the raw memory, and what was zeros is a hole. */
static void has_them_of_a_pipe(void **state)
{
    uint8_t expected[GUEST_PAGE], page[GUEST_PAGE];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(plans); i++) {
        CLEANUP_MEMORY_IMAGE struct memory_image image = { .fd = -1 };
        CLEANUP_CLOSE int spool = memfd_create("spool", MFD_CLOEXEC);
        CLEANUP_BUFFER struct buffer b = { 0 };
        CLEANUP_CLOSE int fd = -1;
        uint64_t number;
        pid_t child;
        int status;

        guest_image(&b, &plans[i]);
        fd = pipe_of(&b, &child);
        assert_int_equal(
            memory_image_read(fd, &(struct memory_spool){ .fd = spool }, NULL,
                              &image, NULL), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        check_pages(&plans[i], &image);
        assert_int_equal(ftruncate(spool, (off_t)GUEST_PAGES * GUEST_PAGE), 0);
        for (number = 0; number < GUEST_PAGES; number++) {
            guest_page(&plans[i], number, expected);
            assert_int_equal(pread_full(spool, page, sizeof(page),
                                        (off_t)number * GUEST_PAGE),
                             GUEST_PAGE);
            assert_memory_equal(page, expected, GUEST_PAGE);
        }
    }
}

/* Who wants to know only which pages there are needs no spool. */
static void needs_no_spool_to_count(void **state)
{
    CLEANUP_MEMORY_IMAGE struct memory_image image = { .fd = -1 };
    CLEANUP_BUFFER struct buffer b = { 0 };
    struct xr_error err;
    pid_t child;
    int fd;

    (void)state;
    guest_image(&b, &plans[0]);
    fd = pipe_of(&b, &child);
    assert_int_equal(memory_image_read(fd, NULL, NULL, &image, &err), -ESPIPE);
    close(fd);
    waitpid(child, NULL, 0);
    fd = pipe_of(&b, &child);
    assert_int_equal(memory_image_read(fd, &(struct memory_spool){ .fd = -1 },
                                       NULL, &image, &err), 0);
    waitpid(child, NULL, 0);
    close(fd);
    assert_int_equal(image.end, GUEST_PAGES);
}

static void reads_bytes_across_pages(void **state)
{
    CLEANUP_MEMORY_IMAGE struct memory_image image = { .fd = -1 };
    uint8_t expected[2 * GUEST_PAGE], bytes[2 * GUEST_PAGE];
    CLEANUP_BUFFER struct buffer b = { 0 };
    CLEANUP_CLOSE int fd = -1;
    struct xr_error err;

    (void)state;
    guest_image(&b, &plans[0]);
    fd = file_of(&b);
    assert_int_equal(memory_image_read(fd, NULL, NULL, &image, NULL), 0);
    guest_page(&plans[0], 8, expected);
    guest_page(&plans[0], 9, expected + GUEST_PAGE);
    assert_int_equal(memory_image_bytes(&image, 8 * GUEST_PAGE + 100, bytes,
                                        GUEST_PAGE, NULL), 0);
    assert_memory_equal(bytes, expected + 100, GUEST_PAGE);
    assert_int_equal(memory_image_bytes(&image, 4 * GUEST_PAGE, bytes,
                                        GUEST_PAGE + 1, &err), -ENXIO);
    assert_string_equal(err.message, "the guest has no memory at 0x5000");
    assert_int_equal(memory_image_bytes(&image, UINT64_MAX - 1, bytes, 3,
                                        &err), -ENXIO);
    assert_int_equal(memory_image_bytes(&image, UINT64_MAX, bytes, 0, &err),
                     0);
}

static void tells_registers(void **state)
{
    CLEANUP_MEMORY_IMAGE struct memory_image hvm = { .fd = -1 };
    CLEANUP_MEMORY_IMAGE struct memory_image pv = { .fd = -1 };
    CLEANUP_BUFFER struct buffer a = { 0 }, b = { 0 };
    CLEANUP_CLOSE int one = -1, two = -1;
    uint8_t context[MEMORY_CONTEXT_64_SIZE];
    struct memory_cpu cpu;

    (void)state;
    guest_image(&a, &plans[0]);
    guest_image(&b, &plans[1]);
    one = file_of(&a);
    two = file_of(&b);
    assert_int_equal(memory_image_read(one, NULL, NULL, &hvm, NULL), 0);
    assert_int_equal(memory_image_read(two, NULL, NULL, &pv, NULL), 0);
    assert_true(memory_cpu_read(&hvm, &hvm.vcpus[1], &cpu));
    assert_int_equal(cpu.reg[MEMORY_RAX], guest_register(1, 0));
    assert_int_equal(cpu.reg[MEMORY_RIP], guest_register(1, 16));
    assert_int_equal(cpu.cr[3], guest_register(1, 20));
    assert_int_equal(cpu.segment[MEMORY_IDTR].base, guest_register(1, 45));
    assert_int_equal(cpu.segment[MEMORY_GS].base, guest_register(1, 41));
    memory_cpu_context(&cpu, context);
    assert_int_equal(load_le64(context + 520 + 128), guest_register(1, 16));
    assert_int_equal(load_le64(context + 4984 + 24), guest_register(1, 20));
    assert_true(memory_cpu_read(&pv, &pv.vcpus[1], &cpu));
    assert_int_equal(cpu.reg[MEMORY_R15], guest_register(1, 65));
    assert_int_equal(cpu.reg[MEMORY_RIP], guest_register(1, 81));
    assert_int_equal(cpu.cr[3], guest_register(1, 626));
    assert_non_null(pv.shared_info);
}

/* An image with these entries in one record; whatever else it lacks. */
static int read_entries(const uint64_t *entries, uint32_t count,
                        struct memory_image *image, struct xr_error *err)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    CLEANUP_CLOSE int fd = -1;

    build_libxc(&b, 3, 2);
    guest_record(&b, entries, count, 0);
    build_record(&b, 0, NULL, 0);
    fd = file_of(&b);
    return memory_image_read(fd, NULL, NULL, image, err);
}

static void bounds_what_it_costs(void **state)
{
    enum { FAR = 100000, FREE = 60000 };
    static uint64_t entries[FAR];
    struct memory_image image;
    struct xr_error err;
    size_t i;

    (void)state;
    entries[0] = guest_entry(PAGE_MAP_MAX, PAGE_XTAB);
    assert_int_equal(read_entries(entries, 1, &image, &err), -E2BIG);
    for (i = 0; i < FAR; i++)
        entries[i] = guest_entry(i * PAGE_MAP_LEAF, PAGE_XALLOC);
    assert_int_equal(read_entries(entries, FAR, &image, &err), -E2BIG);
    assert_int_equal(read_entries(entries, FREE, &image, &err), 0);
    assert_int_equal(image.ranges, FREE);
    memory_image_free(&image);
}

/* A record whose list or data is not what its length says. */
static void refuses_what_is_malformed(void **state)
{
    static const struct {
        uint32_t count, entries, pages;
    } rows[] = {
        { 2, 2, 1 }, { 1, 1, 2 }, { 3, 2, 0 }, { UINT32_MAX, 1, 1 },
        { 0, 0, 1 },
    };
    static const uint8_t page[GUEST_PAGE];
    struct memory_image image;
    struct xr_error err;
    size_t i, n;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        CLEANUP_BUFFER struct buffer b = { 0 }, body = { 0 };
        CLEANUP_CLOSE int fd = -1;

        build_le64(&body, rows[i].count);
        for (n = 0; n < rows[i].entries; n++)
            build_le64(&body, n);
        for (n = 0; n < rows[i].pages; n++)
            build_bytes(&body, page, sizeof(page));
        build_libxc(&b, 3, 2);
        build_record(&b, 1, body.data, body.length);
        build_record(&b, 0, NULL, 0);
        fd = file_of(&b);
        assert_int_equal(memory_image_read(fd, NULL, NULL, &image, &err),
                         -EINVAL);
        assert_int_equal(err.offset, 40);
    }
}

static void refuses_what_is_cut_off(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    struct memory_image image;
    struct xr_error err;
    size_t cut;
    int fd;

    (void)state;
    guest_image(&b, &plans[0]);
    for (cut = 1; cut < b.length; cut += b.length / 97) {
        fd = file_of(&b);
        assert_int_equal(ftruncate(fd, (off_t)(6 + b.length - cut)), 0);
        assert_true(memory_image_read(fd, NULL, NULL, &image, &err) < 0);
        close(fd);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_the_newest_of_each_page),
        cmocka_unit_test(has_them_of_a_pipe),
        cmocka_unit_test(needs_no_spool_to_count),
        cmocka_unit_test(reads_bytes_across_pages),
        cmocka_unit_test(tells_registers),
        cmocka_unit_test(bounds_what_it_costs),
        cmocka_unit_test(refuses_what_is_malformed),
        cmocka_unit_test(refuses_what_is_cut_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
