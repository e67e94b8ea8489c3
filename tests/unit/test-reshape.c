/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An image is laid out flat in place of itself.  If this fails, it is lost, or a
 * newer one that came meanwhile, or a domain's disk; or others may read it than
 * before.
 */
#include "config.h"

#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "engine/reshape.h"
#include "fake_xen.h"
#include "lib/seal_image.h"
#include "stream_builder.h"
#include "util/cleanup.h"
#include "util/io.h"

#define BACKEND "/local/domain/0/backend"

static char folder[PATH_MAX / 4];
static char path[PATH_MAX / 2];

/* What happens, and when. */
static struct {
    bool xen;             /* there is one */
    bool no_exchange;     /* the file system cannot exchange names */
    bool written_late;    /* somebody writes the former one before the exchange */
    const char *at;       /* the stage that does something */
    void (*act)(void);
    int stop_at;          /* the Nth progress stops it */
    int told;
    char said[4096];
} plot;

static const char *at(const char *name)
{
    static char paths[8][PATH_MAX];
    static unsigned int next;
    char *there = paths[next++ % COUNT(paths)];

    snprintf(there, PATH_MAX, "%s/%s", folder, name);
    return there;
}

int __real_access(const char *name, int mode);
int __wrap_access(const char *name, int mode);
int __wrap_access(const char *name, int mode)
{
    if (!strcmp(name, "/dev/xen/privcmd") && plot.xen)
        return 0;
    if (strstr(name, "xen/privcmd")) {
        errno = ENOENT;
        return -1;
    }
    return __real_access(name, mode);
}

static void append(const char *name, const char *text)
{
    FILE *f = fopen(name, "ae");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

int __real_renameat2(int a, const char *from, int b, const char *to,
                     unsigned int flags);
int __wrap_renameat2(int a, const char *from, int b, const char *to,
                     unsigned int flags);
int __wrap_renameat2(int a, const char *from, int b, const char *to,
                     unsigned int flags)
{
    if (plot.no_exchange) {
        errno = EINVAL;
        return -1;
    }
    if (plot.written_late)
        append(path, "late");
    plot.written_late = false;
    return __real_renameat2(a, from, b, to, flags);
}

static void on_stage(void *data, const char *stage)
{
    (void)data;
    if (plot.at && !strcmp(stage, plot.at))
        plot.act();
}

static int on_progress(void *data, uint64_t done, uint64_t total)
{
    (void)data;
    (void)done;
    (void)total;
    return ++plot.told == plot.stop_at;
}

static void on_message(void *data, enum message_level level, const char *text)
{
    size_t n = strlen(plot.said);

    (void)data;
    (void)level;
    snprintf(plot.said + n, sizeof(plot.said) - n, "%s\n", text);
}

static const struct events events = {
    .stage = on_stage,
    .progress = on_progress,
    .message = on_message,
};

static int begin(void **state)
{
    (void)state;
    memset(&plot, 0, sizeof(plot));
    fake_reset();
    snprintf(folder, sizeof(folder), "%s/reshape.XXXXXX",
             getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/web.img", folder);
    return 0;
}

static unsigned int each_file(bool remove)
{
    DIR *dir = opendir(folder);
    unsigned int count = 0;
    struct dirent *entry;

    assert_non_null(dir);
    while ((entry = readdir(dir))) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
            continue;
        count++;
        if (remove)
            assert_int_equal(unlinkat(dirfd(dir), entry->d_name, 0), 0);
    }
    closedir(dir);
    return count;
}

static int end(void **state)
{
    (void)state;
    each_file(true);
    return rmdir(folder);
}

static void put(const char *name, const struct buffer *b)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);

    assert_true(fd >= 0);
    assert_int_equal(write_full(fd, b->data, b->length, NULL), 0);
    close(fd);
}

static void build(struct buffer *b, bool flat)
{
    const struct image_plan plan = {
        .container = 'x', .live = true, .metadata = true, .flat = flat,
        .pages = 700, .batch = 100,
    };

    build_image(b, &plan);
}

static void put_stream(void)
{
    CLEANUP_BUFFER struct buffer b = { 0 };

    build(&b, false);
    put(path, &b);
}

static void expect_bytes(const char *name, const struct buffer *b)
{
    CLEANUP_FREE char *found = malloc(b->length + 1);
    int fd = open(name, O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_non_null(found);
    assert_int_equal(read_full(fd, found, b->length + 1), b->length);
    assert_memory_equal(found, b->data, b->length);
    close(fd);
}

/* The stream is there as it was, and nothing else. */
static void expect_stream(void)
{
    CLEANUP_BUFFER struct buffer b = { 0 };

    build(&b, false);
    expect_bytes(path, &b);
    assert_int_equal(each_file(false), 1);
}

static void expect_flat(void)
{
    CLEANUP_VERIFY struct verify_result result = { .ok = false };
    const struct verify_options options = { .structure = false };
    CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);

    assert_int_equal(verify_image(fd, &options, &result, NULL), 0);
    assert_true(result.ok);
    assert_int_equal(result.seal, SEAL_MATCH);
    assert_int_equal(result.sealed.version, SEAL_OF_PAGES);
}

static int reshape_now(const char *name, enum xr_reason *reason_out)
{
    struct reshape_outcome out;
    struct xr_error err = { .reason = XR_REASON_NONE };
    int r = reshape_image(name, &events, &out, &err);

    assert_int_equal(r != 0, err.reason != XR_REASON_NONE);
    if (r)
        assert_non_null(strstr(plot.said, err.message));
    if (reason_out)
        *reason_out = err.reason;
    return r;
}

static void refuses(enum xr_reason expected)
{
    enum xr_reason reason;

    assert_true(reshape_now(path, &reason) < 0);
    assert_int_equal(reason, expected);
}

static void lays_it_out_once(void **state)
{
    struct reshape_outcome out;
    struct stat before, st;

    (void)state;
    put_stream();
    assert_int_equal(stat(path, &before), 0);
    assert_int_equal(reshape_image(path, &events, &out, NULL), 0);
    assert_false(out.was_flat);
    expect_flat();
    assert_int_equal(each_file(false), 1);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(out.bytes, st.st_size);
    assert_true(out.bytes_written > 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    before = st;
    assert_int_equal(reshape_image(path, &events, &out, NULL), 0);
    assert_true(out.was_flat);
    assert_int_equal(out.bytes, st.st_size);
    assert_int_equal(out.bytes_written, 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_ino, before.st_ino);
    assert_int_equal(st.st_ctim.tv_nsec, before.st_ctim.tv_nsec);
    assert_string_equal(plot.said, "");
}

static void seals_what_is_flat(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };

    (void)state;
    build(&b, true);
    put(path, &b);
    assert_int_equal(reshape_now(path, NULL), 0);
    expect_flat();
}

static void seal_bytes(void)
{
    CLEANUP_VERIFY struct verify_result result = { .ok = false };
    const struct verify_options options = { .structure = false };
    CLEANUP_CLOSE int fd = open(path, O_RDWR | O_CLOEXEC);
    struct seal seal;
    bool was_sealed;

    assert_int_equal(seal_image(fd, &options, &result, &seal, &was_sealed,
                                NULL), 0);
}

/* What a seal over all bytes has found is not sealed anew. */
static void refuses_damage(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    int fd;

    (void)state;
    put_stream();
    seal_bytes();
    assert_int_equal(reshape_now(path, NULL), 0);
    expect_flat();
    put_stream();
    seal_bytes();
    fd = open(path, O_RDWR | O_CLOEXEC);
    assert_int_equal(pwrite(fd, "!", 1, 1000000), 1);
    b.data = malloc(4 << 20);
    assert_non_null(b.data);
    b.length = (size_t)pread_full(fd, b.data, 4 << 20, 0);
    close(fd);
    refuses(XR_REASON_NOT_SOUND);
    expect_bytes(path, &b);
    assert_non_null(strstr(plot.said, "does not match the seal"));
    put_stream();
    append(path, "and a note");
    refuses(XR_REASON_NOT_SOUND);
    assert_non_null(strstr(plot.said, "10 bytes behind the image's end"));
    assert_int_equal(each_file(false), 1);
}

static void follows_a_link_that_stays(void **state)
{
    struct stat st;

    (void)state;
    put_stream();
    assert_int_equal(symlink("web.img", at("link")), 0);
    assert_int_equal(reshape_now(at("link"), NULL), 0);
    expect_flat();
    assert_int_equal(lstat(at("link"), &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_int_equal(each_file(false), 2);
}

static void says_that_other_names_stay(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };

    (void)state;
    put_stream();
    assert_int_equal(link(path, at("other")), 0);
    assert_int_equal(reshape_now(path, NULL), 0);
    assert_non_null(strstr(plot.said, "has other names"));
    expect_flat();
    build(&b, false);
    expect_bytes(at("other"), &b);
}

static void keeps_who_may_read_it(void **state)
{
    char value[16] = "";
    struct stat st;

    (void)state;
    put_stream();
    if (setxattr(path, "user.kept", "so", 2, 0) || chown(path, 12345, 54321))
        skip();
    assert_int_equal(chmod(path, 0604), 0);
    assert_int_equal(reshape_now(path, NULL), 0);
    expect_flat();
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_uid, 12345);
    assert_int_equal(st.st_gid, 54321);
    assert_int_equal(st.st_mode & 07777, 0604);
    assert_int_equal(getxattr(path, "user.kept", value, sizeof(value)), 2);
    assert_string_equal(value, "so");
}

/* Little-endian: version 2; tag, permissions, and who, of each entry. */
static const uint8_t access_list[] = {
    2, 0, 0, 0,
    0x01, 0, 6, 0, 255, 255, 255, 255, /* the owner */
    0x02, 0, 4, 0, 0x39, 0x30, 0, 0,   /* user 12345 */
    0x04, 0, 0, 0, 255, 255, 255, 255, /* the group */
    0x10, 0, 4, 0, 255, 255, 255, 255, /* the mask */
    0x20, 0, 0, 0, 255, 255, 255, 255, /* others */
};

/* Its own access list, and not that of the folder. */
static void keeps_the_access_list(void **state)
{
    const char *its = "system.posix_acl_access";
    uint8_t found[64];

    (void)state;
    put_stream();
    if (setxattr(path, its, access_list, sizeof(access_list), 0))
        skip();
    assert_int_equal(reshape_now(path, NULL), 0);
    expect_flat();
    assert_int_equal(getxattr(path, its, found, sizeof(found)),
                     sizeof(access_list));
    assert_memory_equal(found, access_list, sizeof(access_list));
    assert_int_equal(unlink(path), 0);
    put_stream();
    assert_int_equal(setxattr(folder, "system.posix_acl_default", access_list,
                              sizeof(access_list), 0), 0);
    assert_int_equal(reshape_now(path, NULL), 0);
    expect_flat();
    assert_int_equal(getxattr(path, its, found, sizeof(found)), -1);
    assert_int_equal(errno, ENODATA);
}

/* What one that was killed has left, by now with the owner of the image. */
static void removes_what_was_left(void **state)
{
    const char *left = at(".web.img.abcdefghij01.partial");

    (void)state;
    put_stream();
    append(left, "half");
    assert_int_equal(reshape_now(path, NULL), 0);
    assert_non_null(strstr(plot.said, "1 unfinished file"));
    assert_int_equal(each_file(false), 1);
    put_stream();
    append(left, "half");
    if (chown(path, 12345, 54321) || chown(left, 12345, 54321))
        skip();
    assert_int_equal(reshape_now(path, NULL), 0);
    assert_int_equal(each_file(false), 1);
}

static void expect_newer(const char *text)
{
    char found[16] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    off_t n = (off_t)strlen(text);

    assert_true(lseek(fd, -n, SEEK_END) >= 0);
    assert_int_equal(read(fd, found, (size_t)n), n);
    assert_string_equal(found, text);
    close(fd);
    assert_int_equal(each_file(false), 1);
    assert_non_null(strstr(plot.said, "what is there now stays"));
}

static void put_newer(void)
{
    append(at("newer"), "newer");
    assert_int_equal(rename(at("newer"), path), 0);
}

static void write_over(void)
{
    append(path, "over");
}

static void narrow(void)
{
    assert_int_equal(chmod(path, 0600), 0);
}

/* A checkpoint's, or one that xl writes in place; or it is no longer everybody's. */
static void leaves_a_newer_one(void **state)
{
    struct stat st;

    (void)state;
    put_stream();
    plot.at = "comparison";
    plot.act = put_newer;
    refuses(XR_REASON_LOCKED);
    expect_newer("newer");
    put_stream();
    plot.act = write_over;
    refuses(XR_REASON_LOCKED);
    expect_newer("over");
    put_stream();
    plot.act = narrow;
    refuses(XR_REASON_LOCKED);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    expect_stream();
}

/* Between the last look and the exchange: it gets its name back. */
static void leaves_what_is_written_late(void **state)
{
    (void)state;
    put_stream();
    plot.written_late = true;
    refuses(XR_REASON_LOCKED);
    expect_newer("late");
}

static void does_without_an_exchange(void **state)
{
    (void)state;
    put_stream();
    plot.no_exchange = true;
    assert_int_equal(reshape_now(path, NULL), 0);
    expect_flat();
    assert_int_equal(each_file(false), 1);
}

/* Domain 7 has it, read-only. */
static void make_disk(void)
{
    fake_store_set_path(BACKEND, "");
    fake_store_set_path(BACKEND "/vbd", "");
    fake_store_set_path(BACKEND "/vbd/7", "");
    fake_store_set_path(BACKEND "/vbd/7/51712", "");
    fake_store_set_path(BACKEND "/vbd/7/51712/params", path);
    fake_store_set_path(BACKEND "/vbd/7/51712/mode", "r");
    fake_store_set_path(BACKEND "/vbd/7/51712/dev", "xvda");
    fake_store_set("name", "web");
}

static void spares_a_disk(void **state)
{
    (void)state;
    plot.xen = true;
    put_stream();
    plot.at = "comparison"; /* as late as that */
    plot.act = make_disk;
    refuses(XR_REASON_TARGET_IS_DISK);
    expect_stream();
    plot.at = NULL;
    refuses(XR_REASON_TARGET_IS_DISK);
    expect_stream();
    fake_reset();
    assert_int_equal(reshape_now(path, NULL), 0);
    expect_flat();
    assert_int_equal(fake.open_connections, 0);
    assert_int_equal(fake.open_interfaces, 0);
}

/* Nobody has said that it is no disk. */
static void fails_where_xen_does(void **state)
{
    enum xr_reason reason;

    (void)state;
    plot.xen = true;
    put_stream();
    fake.fail_call = 1;
    assert_true(reshape_now(path, &reason) < 0);
    expect_stream();
}

static void try_again(void)
{
    plot.at = NULL;
    refuses(XR_REASON_LOCKED);
    assert_non_null(strstr(plot.said, "somebody else has locked it"));
}

static void one_at_a_time(void **state)
{
    (void)state;
    put_stream();
    plot.at = "writing";
    plot.act = try_again;
    assert_int_equal(reshape_now(path, NULL), 0);
    expect_flat();
    assert_int_equal(each_file(false), 1);
}

static void stops_at_any_time(void **state)
{
    enum xr_reason reason;
    int n, r = -1;

    (void)state;
    for (n = 1; r; n++) {
        put_stream();
        plot.told = 0;
        plot.stop_at = n;
        r = reshape_now(path, &reason);
        if (!r)
            break;
        assert_int_equal(reason, XR_REASON_CANCELLED);
        expect_stream();
    }
    assert_true(n > 30);
    expect_flat();
}

static void takes_files_only(void **state)
{
    (void)state;
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(reshape_now(path, NULL), -EINVAL);
    assert_int_equal(reshape_now(folder, NULL), -EINVAL);
    assert_int_equal(reshape_now("/dev/null", NULL), -EINVAL);
    assert_int_equal(reshape_now(at("missing"), NULL), -ENOENT);
    assert_int_equal(unlink(path), 0);
    append(path, "no image");
    assert_int_equal(reshape_now(path, NULL), -ENOEXEC);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lays_it_out_once),
        TEST(seals_what_is_flat),
        TEST(refuses_damage),
        TEST(follows_a_link_that_stays),
        TEST(says_that_other_names_stay),
        TEST(keeps_who_may_read_it),
        TEST(keeps_the_access_list),
        TEST(removes_what_was_left),
        TEST(leaves_a_newer_one),
        TEST(leaves_what_is_written_late),
        TEST(does_without_an_exchange),
        TEST(spares_a_disk),
        TEST(fails_where_xen_does),
        TEST(one_at_a_time),
        TEST(stops_at_any_time),
        TEST(takes_files_only),
    };
    char run_dir[] = "/tmp/reshape-run.XXXXXX", lock[64];
    int failed;

    if (!mkdtemp(run_dir) || setenv("XR_RUN_DIR", run_dir, 1)
        || setenv("XR_COPIES_DIR", "/nonexistent", 1))
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    snprintf(lock, sizeof(lock), "%s/images", run_dir);
    unlink(lock);
    rmdir(run_dir);
    return failed;
}
