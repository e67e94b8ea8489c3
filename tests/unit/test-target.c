/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a checkpoint replaces a guest's disk, writes over a device, or
 * gives up a file that somebody meant to keep.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"
#include "engine/target.h"
#include "fake_xen.h"
#include "util/cleanup.h"

#define BACKEND "/local/domain/0/backend"
#define XL_MAGIC "Xen saved domain, xl format\n \0 \r"

static char root[PATH_MAX / 4];
static struct connection connection;

static const char *at(const char *name)
{
    static char paths[8][PATH_MAX];
    static unsigned int next;
    char *path = paths[next++ % COUNT(paths)];

    snprintf(path, PATH_MAX, "%s/%s", root, name);
    return path;
}

static void put(const char *name, const char *bytes, size_t n)
{
    int fd = open(at(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, n), n);
    close(fd);
}

static void put_image(const char *name)
{
    put(name, XL_MAGIC, sizeof(XL_MAGIC) - 1);
}

static int begin(void **state)
{
    (void)state;
    snprintf(root, sizeof(root), "/tmp/target.XXXXXX");
    assert_non_null(mkdtemp(root));
    fake_reset();
    connection.store = store_open();
    connection.xch = xc_interface_open(NULL, NULL, 0);
    assert_non_null(connection.store);
    return 0;
}

static int end(void **state)
{
    char command[PATH_MAX];

    (void)state;
    store_close(connection.store);
    xc_interface_close(connection.xch);
    snprintf(command, sizeof(command), "rm -rf '%s'", root);
    return system(command);
}

/* Domain 7 has it, read-only. */
static void make_disk(const char *name)
{
    fake_store_set_path(BACKEND, "");
    fake_store_set_path(BACKEND "/vbd", "");
    fake_store_set_path(BACKEND "/vbd/7", "");
    fake_store_set_path(BACKEND "/vbd/7/51712", "");
    fake_store_set_path(BACKEND "/vbd/7/51712/params", at(name));
    fake_store_set_path(BACKEND "/vbd/7/51712/mode", "r");
    fake_store_set_path(BACKEND "/vbd/7/51712/dev", "xvda");
    fake_store_set("name", "web");
}

static enum xr_reason reason_of(const char *path, unsigned int keep,
                                bool force)
{
    CLEANUP_FREE char *resolved = NULL;
    struct target target = { .keep = keep, .force = force };
    struct xr_error err = { .reason = XR_REASON_NONE };
    int r = target_resolve(path, &resolved, &err);

    target.path = resolved;
    if (!r)
        r = target_check(&connection, &target, &err);
    assert_int_equal(r != 0, err.reason != XR_REASON_NONE);
    if (err.reason == XR_REASON_TARGET_IS_DISK)
        assert_non_null(strstr(err.message, "xvda of web (domain 7)"));
    return err.reason;
}

/* reason: without force; forced: with it. */
static void expect(const char *name, enum xr_reason reason,
                   enum xr_reason forced)
{
    assert_int_equal(reason_of(at(name), 0, false), reason);
    assert_int_equal(reason_of(at(name), 0, true), forced);
}

static void takes_images(void **state)
{
    static const char libxc[] = "\xff\xff\xff\xff\xff\xff\xff\xff" "XENF";

    (void)state;
    expect("new", XR_REASON_NONE, XR_REASON_NONE);
    put_image("image");
    expect("image", XR_REASON_NONE, XR_REASON_NONE);
    put("empty", "", 0);
    expect("empty", XR_REASON_NONE, XR_REASON_NONE);
    put("half", XL_MAGIC, 8);
    expect("half", XR_REASON_NONE, XR_REASON_NONE);
    put("libxc", libxc, sizeof(libxc) - 1);
    expect("libxc", XR_REASON_NONE, XR_REASON_NONE);
}

static void takes_nothing_else(void **state)
{
    static const char flash[] = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
                                "\xff";

    (void)state;
    put("text", "my novel", 8);
    expect("text", XR_REASON_TARGET_IS_NO_IMAGE, XR_REASON_NONE);
    put("short", "n", 1);
    expect("short", XR_REASON_TARGET_IS_NO_IMAGE, XR_REASON_NONE);
    put("flash", flash, sizeof(flash) - 1);
    expect("flash", XR_REASON_TARGET_IS_NO_IMAGE, XR_REASON_NONE);
    assert_int_equal(mkdir(at("folder"), 0700), 0);
    expect("folder", XR_REASON_SYSTEM, XR_REASON_SYSTEM);
    expect("nowhere/image", XR_REASON_SYSTEM, XR_REASON_SYSTEM);
    expect("nowhere/", XR_REASON_SYSTEM, XR_REASON_SYSTEM);
    assert_int_equal(reason_of("", 0, true), XR_REASON_SYSTEM);
}

static void never_takes_a_disk(void **state)
{
    (void)state;
    put("disk", "x", 1);
    make_disk("disk");
    expect("disk", XR_REASON_TARGET_IS_DISK, XR_REASON_TARGET_IS_DISK);
    assert_int_equal(symlink("disk", at("link")), 0);
    assert_int_equal(link(at("disk"), at("hard")), 0);
    expect("link", XR_REASON_TARGET_IS_DISK, XR_REASON_TARGET_IS_DISK);
    expect("hard", XR_REASON_TARGET_IS_DISK, XR_REASON_TARGET_IS_DISK);
    /* Not even where it looks like an image, or is empty. */
    put_image("disk");
    expect("disk", XR_REASON_TARGET_IS_DISK, XR_REASON_TARGET_IS_DISK);
    put("disk", "", 0);
    expect("disk", XR_REASON_TARGET_IS_DISK, XR_REASON_TARGET_IS_DISK);
}

static void looks_at_former_images(void **state)
{
    (void)state;
    put("disk", "x", 1);
    put_image("image");
    put_image("image.1");
    put("image.2", "my novel", 8);
    make_disk("disk");
    assert_int_equal(reason_of(at("image"), 1, false), XR_REASON_NONE);
    assert_int_equal(reason_of(at("image"), 2, false),
                     XR_REASON_TARGET_IS_NO_IMAGE);
    assert_int_equal(reason_of(at("image"), 2, true), XR_REASON_NONE);
    assert_int_equal(unlink(at("image.2")), 0);
    assert_int_equal(link(at("disk"), at("image.2")), 0);
    assert_int_equal(reason_of(at("image"), 2, true),
                     XR_REASON_TARGET_IS_DISK);
    assert_int_equal(unlink(at("image.2")), 0);
    assert_int_equal(mkdir(at("image.2"), 0700), 0);
    assert_int_equal(reason_of(at("image"), 2, true),
                     XR_REASON_TARGET_IS_NO_IMAGE);
}

static void takes_what_is_no_file(void **state)
{
    (void)state;
    assert_int_equal(mkfifo(at("fifo"), 0600), 0);
    expect("fifo", XR_REASON_NONE, XR_REASON_NONE);
    assert_int_equal(reason_of("/dev/null", 0, false), XR_REASON_NONE);
}

static void wants_force_for_a_device(void **state)
{
    struct stat st;

    (void)state;
    if (stat("/dev/loop6", &st) || !S_ISBLK(st.st_mode))
        skip();
    assert_int_equal(reason_of("/dev/loop6", 0, false),
                     XR_REASON_TARGET_IS_DEVICE);
    assert_int_equal(reason_of("/dev/loop6", 0, true), XR_REASON_NONE);
}

static void looks_at_what_was_opened(void **state)
{
    const struct target target = { .path = "-" };
    struct xr_error err;
    int fd;

    (void)state;
    put("disk", "x", 1);
    put("text", "my novel", 8);
    make_disk("disk");
    fd = open(at("disk"), O_WRONLY | O_CLOEXEC);
    assert_int_equal(target_check_fd(&connection, &target, fd, &err), -EPERM);
    assert_int_equal(err.reason, XR_REASON_TARGET_IS_DISK);
    assert_non_null(strstr(err.message, "standard output is xvda of web"));
    close(fd);
    fd = open(at("text"), O_WRONLY | O_CLOEXEC);
    assert_int_equal(target_check_fd(&connection, &target, fd, &err), 0);
    close(fd);
    fd = open("/dev/null", O_RDONLY | O_CLOEXEC); /* as if it were closed */
    assert_int_equal(target_check_fd(&connection, &target, fd, &err), -EBADF);
    close(fd);
}

static void a_terminal_gets_no_image(void **state)
{
    const struct target target = { .path = "-", .force = true };
    struct xr_error err;
    int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

    (void)state;
    if (fd < 0)
        skip();
    assert_int_equal(target_check_fd(&connection, &target, fd, &err), -EINVAL);
    assert_string_equal(err.message, "standard output is a terminal");
    close(fd);
}

static void resolves(const char *name, const char *expected)
{
    CLEANUP_FREE char *resolved = NULL;
    struct xr_error err;

    assert_int_equal(target_resolve(name, &resolved, &err), 0);
    assert_string_equal(resolved, expected);
}

static void follows_links(void **state)
{
    CLEANUP_FREE char *resolved = NULL;
    struct xr_error err;

    (void)state;
    put_image("image");
    assert_int_equal(mkdir(at("folder"), 0700), 0);
    assert_int_equal(symlink("image", at("one")), 0);
    assert_int_equal(symlink(at("one"), at("two")), 0);
    assert_int_equal(symlink("folder/new", at("dangling")), 0);
    assert_int_equal(symlink("loop", at("loop")), 0);
    resolves(at("image"), at("image"));
    resolves(at("one"), at("image"));
    resolves(at("two"), at("image"));
    resolves(at("dangling"), at("folder/new"));
    resolves("-", "-");
    resolves("plain", "plain");
    assert_int_equal(mkfifo(at("fifo"), 0600), 0);
    assert_int_equal(symlink("fifo", at("to-fifo")), 0);
    resolves(at("to-fifo"), at("to-fifo"));
    assert_int_equal(target_resolve(at("loop"), &resolved, &err), -ELOOP);
}

/* Anybody can make one in a folder like /tmp. */
static void follows_no_strange_link(void **state)
{
    CLEANUP_FREE char *resolved = NULL;
    struct xr_error err;

    (void)state;
    put_image("image");
    assert_int_equal(symlink("image", at("link")), 0);
    if (lchown(at("link"), 12345, (gid_t)-1))
        skip();
    assert_int_equal(target_resolve(at("link"), &resolved, &err), -EACCES);
    assert_int_equal(chown(root, 12345, (gid_t)-1), 0);
    resolves(at("link"), at("image"));
}

/* The shell's file has lost its name: nothing can be put in its place. */
static void follows_no_false_link(void **state)
{
    CLEANUP_FREE char *resolved = NULL;
    struct xr_error err;
    char path[64];
    int fd;

    (void)state;
    put_image("image");
    fd = open(at("image"), O_RDONLY | O_CLOEXEC);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    resolves(path, at("image"));
    assert_int_equal(unlink(at("image")), 0);
    assert_int_equal(target_resolve(path, &resolved, &err), -ENOENT);
    close(fd);
}

/* Nobody has said that it is no disk. */
static void fails_where_xen_does(void **state)
{
    int n;

    (void)state;
    put_image("image");
    make_disk("image");
    for (n = 1;; n++) {
        const char *path = at("image");
        const struct target target = { .path = path };
        struct xr_error err = { .reason = XR_REASON_NONE };

        fake.calls = 0;
        fake.fail_call = n;
        assert_true(target_check(&connection, &target, &err) < 0);
        assert_int_not_equal(err.reason, XR_REASON_NONE);
        if (fake.calls < n)
            break;
    }
    assert_true(n > 8);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(takes_images),
        TEST(takes_nothing_else),
        TEST(never_takes_a_disk),
        TEST(looks_at_former_images),
        TEST(takes_what_is_no_file),
        TEST(wants_force_for_a_device),
        TEST(looks_at_what_was_opened),
        TEST(a_terminal_gets_no_image),
        TEST(follows_links),
        TEST(follows_no_false_link),
        TEST(follows_no_strange_link),
        TEST(fails_where_xen_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
