/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A checkpoint's stream becomes a flat image by a thread behind a pipe, over
 * the right former image.  If this fails, libxl hangs with a guest suspended,
 * or an image begins as a copy of another guest's.
 */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "engine/flat_image.h"
#include "engine/parent_image.h"
#include "lib/verify.h"
#include "stream_builder.h"
#include "util/cleanup.h"
#include "util/io.h"

static int clone_errno; /* 0: FICLONE works, by copying */
static uint32_t blocks_at_once; /* bytes, of a block that is not shared any more */
static void (*after_clone)(int from); /* what somebody does with the original */

int __real_ioctl(int fd, unsigned long request, void *argument);
int __wrap_ioctl(int fd, unsigned long request, ...);

static void copy_file(int from, int to)
{
    char bytes[65536];
    off_t at = 0;
    ssize_t n;

    while ((n = pread(from, bytes, sizeof(bytes), at)) > 0) {
        assert_int_equal(pwrite_full(to, bytes, (size_t)n, at), 0);
        at += n;
    }
}

/* As Linux: a file that ends within a block goes to the end of another only. */
static bool can_clone(int from, int to)
{
    struct stat a, b;

    assert_int_equal(fstat(from, &a), 0);
    assert_int_equal(fstat(to, &b), 0);
    return b.st_size <= a.st_size || a.st_size % 4096 == 0;
}

/* Those of a file on XFS; what is not named must stay. */
static void take_attributes(unsigned long request, struct fsxattr *attributes)
{
    if (request == FS_IOC_FSGETXATTR) {
        *attributes = (struct fsxattr){ .fsx_projid = 7 };
        return;
    }
    assert_int_equal(request, FS_IOC_FSSETXATTR);
    assert_int_equal(attributes->fsx_projid, 7);
    assert_int_equal(attributes->fsx_xflags, FS_XFLAG_COWEXTSIZE);
    blocks_at_once = attributes->fsx_cowextsize;
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
    va_list ap;
    int from;

    va_start(ap, request);
    if (request != FICLONE) {
        take_attributes(request, va_arg(ap, struct fsxattr *));
        va_end(ap);
        return 0;
    }
    from = va_arg(ap, int);
    va_end(ap);
    if (clone_errno || !can_clone(from, fd)) {
        errno = clone_errno ? clone_errno : EINVAL;
        return -1;
    }
    copy_file(from, fd);
    if (after_clone)
        after_clone(from);
    return 0;
}

static void build_guest(struct buffer *b, bool metadata)
{
    const struct image_plan plan = {
        .container = 'x', .hvm = true, .live = true, .metadata = metadata,
        .emulator = true,
    };

    build_image(b, &plan);
}

static int new_file(void)
{
    int fd = memfd_create("image", MFD_CLOEXEC);

    assert_true(fd >= 0);
    return fd;
}

static void is_sound(int fd)
{
    CLEANUP_VERIFY struct verify_result result = { .ok = false };
    const struct verify_options options = { .structure = false };
    struct xr_error err;

    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    assert_int_equal(verify_image(fd, &options, &result, &err), 0);
    if (!result.ok)
        fail_msg("%s", result.problems.items[0].what);
    assert_int_equal(result.seal, SEAL_MATCH);
}

static void follows_what_is_written(void **state)
{
    CLEANUP_BUFFER struct buffer stream = { 0 };
    CLEANUP_CLOSE int fd = new_file();
    struct flat_image *image;
    struct flat_outcome outcome;
    size_t at, n;
    int out;

    (void)state;
    build_guest(&stream, true);
    assert_int_equal(flat_image_begin(fd, NULL, &out, &image, NULL), 0);
    for (at = 0; at < stream.length; at += n) {
        n = stream.length - at < 70001 ? stream.length - at : 70001;
        assert_int_equal(write_full(out, stream.data + at, n, NULL), 0);
    }
    close(out);
    assert_int_equal(flat_image_finish(image, &outcome, NULL), 0);
    assert_false(flat_image_has_failed(image));
    assert_int_equal(flat_image_done(image), stream.length);
    assert_int_equal(outcome.pages, 3000);
    flat_image_abandon(&image);
    is_sound(fd);
}

/* From "suspended" on nothing is written, but everything taken. */
static void waits_for_no_disk_when_it_holds(void **state)
{
    CLEANUP_BUFFER struct buffer stream = { 0 };
    CLEANUP_CLOSE int fd = new_file();
    struct flat_image *image;
    struct flat_outcome outcome;
    struct stat st;
    int out;

    (void)state;
    build_guest(&stream, true);
    assert_int_equal(flat_image_begin(fd, NULL, &out, &image, NULL), 0);
    flat_image_hold(image);
    assert_int_equal(write_full(out, stream.data, stream.length, NULL), 0);
    close(out);
    fstat(fd, &st);
    assert_int_equal(st.st_size, 0);
    assert_int_equal(flat_image_finish(image, &outcome, NULL), 0);
    flat_image_abandon(&image);
    is_sound(fd);
}

/* libxl gets rid of all that it has, and the guest goes on. */
static void reads_on_when_it_cannot_write(void **state)
{
    CLEANUP_BUFFER struct buffer stream = { 0 };
    CLEANUP_CLOSE int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    struct flat_image *image;
    struct flat_outcome outcome;
    struct xr_error err;
    int out, r;

    (void)state;
    build_guest(&stream, true);
    assert_int_equal(flat_image_begin(fd, NULL, &out, &image, NULL), 0);
    assert_int_equal(write_full(out, stream.data, stream.length, NULL), 0);
    while (!flat_image_has_failed(image))
        sched_yield();
    close(out);
    r = flat_image_finish(image, &outcome, &err);
    assert_true(r < 0);
    assert_int_equal(r, -err.code);
    assert_non_null(strstr(err.message, "cannot be written"));
    flat_image_abandon(&image);
    assert_null(image);
}

static void knows_a_save_that_ended_early(void **state)
{
    CLEANUP_BUFFER struct buffer stream = { 0 };
    CLEANUP_CLOSE int fd = new_file();
    struct flat_image *image;
    struct flat_outcome outcome;
    int out;

    (void)state;
    build_guest(&stream, true);
    assert_int_equal(flat_image_begin(fd, NULL, &out, &image, NULL), 0);
    assert_int_equal(write_full(out, stream.data, stream.length / 2, NULL),
                     0);
    close(out);
    assert_int_equal(flat_image_finish(image, &outcome, NULL), -ENODATA);
    flat_image_abandon(&image);
}

static void can_be_given_up_at_once(void **state)
{
    CLEANUP_CLOSE int fd = new_file();
    struct flat_image *image;
    int out;

    (void)state;
    assert_int_equal(flat_image_begin(fd, NULL, &out, &image, NULL), 0);
    close(out);
    flat_image_abandon(&image);
    flat_image_abandon(&image);
}

/*
 * Nobody waits for a disk, nor for what has been left with the stream: this would
 * never return.
 */
static void is_given_up_without_a_write(void **state)
{
    CLEANUP_BUFFER struct buffer stream = { 0 };
    CLEANUP_CLOSE int fd = new_file();
    struct flat_image *image;
    struct stat st;
    int out;

    (void)state;
    build_guest(&stream, true);
    assert_int_equal(flat_image_begin(fd, NULL, &out, &image, NULL), 0);
    flat_image_hold(image);
    assert_int_equal(write_full(out, stream.data, stream.length / 2, NULL), 0);
    flat_image_abandon(&image);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_size, 0);
    close(out);
}

/* --- the parent */

static char said[4000];

static void take_message(void *data, enum message_level level,
                         const char *text)
{
    (void)data;
    assert_int_equal(level, MESSAGE_INFO);
    strncat(said, text, sizeof(said) - strlen(said) - 1);
    strncat(said, "\n", sizeof(said) - strlen(said) - 1);
}

static const struct events events = { .message = take_message };

struct folder {
    char path[64];
    char image[80];
    struct parent_search search;
};

static void write_flat(const char *path)
{
    CLEANUP_BUFFER struct buffer stream = { 0 };
    CLEANUP_CLOSE int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC,
                                0600);
    struct flat_image *image;
    struct flat_outcome outcome;
    int out;

    build_guest(&stream, true);
    assert_int_equal(flat_image_begin(fd, NULL, &out, &image, NULL), 0);
    assert_int_equal(write_full(out, stream.data, stream.length, NULL), 0);
    close(out);
    assert_int_equal(flat_image_finish(image, &outcome, NULL), 0);
    flat_image_abandon(&image);
}

static void write_stream(const char *path)
{
    CLEANUP_BUFFER struct buffer stream = { 0 };
    CLEANUP_CLOSE int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC,
                                0600);

    build_guest(&stream, true);
    assert_int_equal(write_full(fd, stream.data, stream.length, NULL), 0);
}

static int begin_folder(void **state)
{
    struct folder *f = calloc(1, sizeof(*f));

    strcpy(f->path, "/tmp/parent-XXXXXX");
    assert_non_null(mkdtemp(f->path));
    snprintf(f->image, sizeof(f->image), "%s/web", f->path);
    f->search = (struct parent_search){
        .events = &events, .wish = "auto", .path = f->image, .keep = 3,
        .uuid = "", .pages = 3000,
    };
    clone_errno = 0;
    after_clone = NULL;
    said[0] = '\0';
    *state = f;
    return 0;
}

static int end_folder(void **state)
{
    struct folder *f = *state;
    char name[100];
    int i;

    unlink(f->image);
    for (i = 0; i < 5; i++) {
        snprintf(name, sizeof(name), "%s.%d", f->image, i);
        unlink(name);
    }
    rmdir(f->path);
    free(f);
    return 0;
}

/* Who becomes the parent; NULL: nobody. */
static char *find(const struct folder *f, int *r)
{
    CLEANUP_FLAT_LAYOUT struct flat_layout layout = { .pages_begin = 0 };
    CLEANUP_CLOSE int fd = new_file();
    char *name = NULL;

    *r = parent_image_copy(&f->search, fd, &layout, &name, NULL);
    assert_int_equal(name != NULL, layout.table.pages > 0);
    return name;
}

static void is(const struct folder *f, const char *expected)
{
    CLEANUP_FREE char *name = NULL;
    struct statfs fs;
    int r;

    blocks_at_once = 0;
    name = find(f, &r);
    assert_int_equal(r, 0);
    if (!expected) {
        assert_null(name);
        return;
    }
    assert_string_equal(name, expected);
    assert_int_equal(statfs(name, &fs), 0);
    assert_int_equal(blocks_at_once, fs.f_bsize);
}

static void is_the_newest_that_can_be(void **state)
{
    struct folder *f = *state;
    char second[100], third[100];

    snprintf(second, sizeof(second), "%s.1", f->image);
    snprintf(third, sizeof(third), "%s.2", f->image);
    is(f, NULL);
    assert_string_equal(said, "");
    write_flat(third);
    is(f, third);
    write_stream(second);
    is(f, third);
    write_flat(f->image);
    is(f, f->image);
    f->search.keep = 0;
    unlink(f->image);
    is(f, NULL);
    f->search.wish = third;
    is(f, third);
    f->search.wish = "none";
    is(f, NULL);
}

static void says_why_not(void **state)
{
    static const struct {
        int code;
        const char *why;
    } cases[] = {
        { EXDEV, "another file system" },
        { EOPNOTSUPP, "does not let files share blocks" },
        { EINVAL, "does not let files share blocks" },
        { EIO, "Input/output error" },
    };
    struct folder *f = *state;
    size_t i;

    write_flat(f->image);
    for (i = 0; i < COUNT(cases); i++) {
        said[0] = '\0';
        clone_errno = cases[i].code;
        is(f, NULL);
        assert_non_null(strstr(said, cases[i].why));
    }
    clone_errno = 0;
    said[0] = '\0';
    f->search.uuid = "5a5a5a5a-0000-0000-0000-000000000000";
    is(f, NULL);
    assert_non_null(strstr(said, "of which guest it is"));
}

/* Where files cannot share blocks, that is said once, and nothing is read. */
static void asks_one_image_whether_blocks_can_be_shared(void **state)
{
    struct folder *f = *state;
    char second[100];

    snprintf(second, sizeof(second), "%s.1", f->image);
    write_stream(f->image);
    write_stream(second);
    clone_errno = EOPNOTSUPP;
    is(f, NULL);
    assert_non_null(strstr(said, "does not let files share blocks\n"));
    assert_ptr_equal(strchr(said, '\n') + 1, said + strlen(said));
}

/* A byte of the table: its digests are not to be trusted. */
static void refuses_a_damaged_table(void **state)
{
    struct folder *f = *state;
    CLEANUP_CLOSE int fd = -1;
    struct stat st;
    char byte;

    write_flat(f->image);
    fd = open(f->image, O_RDWR | O_CLOEXEC);
    fstat(fd, &st);
    assert_int_equal(pread(fd, &byte, 1, st.st_size - 100), 1);
    byte ^= 1;
    assert_int_equal(pwrite(fd, &byte, 1, st.st_size - 100), 1);
    is(f, NULL);
    assert_non_null(strstr(said, "damaged"));
}

/* Sparse it costs nothing, but the digests of its pages would lie in memory. */
static void does_not_look_into_a_far_longer_one(void **state)
{
    struct folder *f = *state;
    CLEANUP_CLOSE int fd = -1;

    write_flat(f->image);
    fd = open(f->image, O_RDWR | O_CLOEXEC);
    assert_int_equal(ftruncate(fd, 400 << 20), 0);
    clone_errno = EIO; /* it is not even copied */
    is(f, NULL);
    assert_non_null(strstr(said, "far longer"));
    assert_null(strstr(said, "Input/output error"));
}

/* What was copied of it is gone when the next one, a shorter one, is copied. */
static void tries_a_shorter_one_after_a_longer_one(void **state)
{
    struct folder *f = *state;
    char second[100];
    CLEANUP_CLOSE int fd = -1;
    struct stat st;

    snprintf(second, sizeof(second), "%s.1", f->image);
    write_flat(second);
    write_flat(f->image);
    fd = open(f->image, O_RDWR | O_CLOEXEC);
    fstat(fd, &st);
    assert_int_equal(ftruncate(fd, st.st_size + 12345), 0);
    is(f, second);
    assert_null(strstr(said, "share blocks"));
}

/* Its secret, and its times are what they were. */
static void write_into_it(int from)
{
    CLEANUP_FREE char *name = NULL;
    CLEANUP_CLOSE int fd = -1;
    struct timespec times[2];
    struct stat st;

    assert_true(asprintf(&name, "/proc/self/fd/%d", from) > 0);
    fd = open(name, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    fstat(fd, &st);
    assert_int_equal(pwrite(fd, "X", 1, st.st_size - 100), 1);
    times[0] = st.st_atim;
    times[1] = st.st_mtim;
    assert_int_equal(futimens(fd, times), 0);
}

/* The copy is what counts, whatever becomes of the original. */
static void reads_the_layout_of_the_copy(void **state)
{
    struct folder *f = *state;

    write_flat(f->image);
    after_clone = write_into_it;
    is(f, f->image);
    is(f, NULL);
    assert_non_null(strstr(said, "damaged"));
}

/* Beforehand, when the guest has noticed nothing. */
static void needs_the_one_that_is_named(void **state)
{
    struct folder *f = *state;

    write_flat(f->image);
    assert_int_equal(parent_image_check("auto", NULL), 0);
    assert_int_equal(parent_image_check("none", NULL), 0);
    assert_int_equal(parent_image_check(f->image, NULL), 0);
    assert_int_equal(parent_image_check("/nonexistent/image", NULL),
                     -ENOENT);
    assert_int_equal(parent_image_check("/dev/null", NULL), -EINVAL);
}

/* Somebody has removed it since: the checkpoint does not fail for that. */
static void does_without_the_one_that_was_named(void **state)
{
    struct folder *f = *state;

    f->search.wish = f->image;
    is(f, NULL);
    assert_non_null(strstr(said, "No such file"));
    f->search.wish = "/dev/null";
    is(f, NULL);
    assert_non_null(strstr(said, "/dev/null cannot be the parent"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_what_is_written),
        cmocka_unit_test(waits_for_no_disk_when_it_holds),
        cmocka_unit_test(reads_on_when_it_cannot_write),
        cmocka_unit_test(knows_a_save_that_ended_early),
        cmocka_unit_test(can_be_given_up_at_once),
        cmocka_unit_test(is_given_up_without_a_write),
        cmocka_unit_test_setup_teardown(is_the_newest_that_can_be,
                                        begin_folder, end_folder),
        cmocka_unit_test_setup_teardown(says_why_not, begin_folder,
                                        end_folder),
        cmocka_unit_test_setup_teardown(
            asks_one_image_whether_blocks_can_be_shared, begin_folder,
            end_folder),
        cmocka_unit_test_setup_teardown(refuses_a_damaged_table,
                                        begin_folder, end_folder),
        cmocka_unit_test_setup_teardown(does_not_look_into_a_far_longer_one,
                                        begin_folder, end_folder),
        cmocka_unit_test_setup_teardown(
            tries_a_shorter_one_after_a_longer_one, begin_folder, end_folder),
        cmocka_unit_test_setup_teardown(reads_the_layout_of_the_copy,
                                        begin_folder, end_folder),
        cmocka_unit_test_setup_teardown(needs_the_one_that_is_named,
                                        begin_folder, end_folder),
        cmocka_unit_test_setup_teardown(does_without_the_one_that_was_named,
                                        begin_folder, end_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
