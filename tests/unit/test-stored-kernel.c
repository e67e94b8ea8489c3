/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a domain is judged by a file that is not its kernel, or one
 * that could be judged is not.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "image_builder.h"
#include "unit.h"
#include "lib/stored_kernel.h"
#include "util/io.h"

#define UUID "1afefa87-b46a-4215-9cc6-e2ed1d40cc38"

static char folder[PATH_MAX / 4];
static char kernel[PATH_MAX / 2];
static char text[PATH_MAX / 2];

static int64_t later(void)
{
    return time(NULL) + 1000;
}

static void make_file(const char *path, const void *data, size_t length)
{
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write_full(fd, data, length, NULL), 0);
    close(fd);
}

static int make_files(void **state)
{
    const struct image_shape shape = { .place = IMAGE_SEGMENT };
    struct buffer notes = { 0 }, image = { 0 };

    (void)state;
    snprintf(folder, sizeof(folder), "%s/stored-kernel.XXXXXX",
             getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    assert_non_null(mkdtemp(folder));
    snprintf(kernel, sizeof(kernel), "%s/kernel", folder);
    image_linux_notes(&notes, &shape);
    image_elf(&image, &shape, &notes);
    make_file(kernel, image.data, image.length);
    snprintf(text, sizeof(text), "%s/text", folder);
    make_file(text, "no kernel\n", 10);
    buffer_free(&notes);
    buffer_free(&image);
    return 0;
}

static int remove_folder(void **state)
{
    char path[PATH_MAX];

    (void)state;
    snprintf(path, sizeof(path), "%s/link", folder);
    unlink(path);
    unlink(kernel);
    unlink(text);
    return rmdir(folder);
}

/* The answer for such a configuration; notes and path must fit it. */
static int ask(const char *json, int64_t started, struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist notes = { 0 };
    CLEANUP_BUFFER struct buffer path = { 0 };
    int r = stored_kernel_notes(json, strlen(json), UUID, started, &notes,
                                &path, err);

    assert_int_equal(notes.count > 0, !r);
    assert_int_equal(path.length > 0, !r);
    if (!r)
        assert_string_equal(keylist_get(&notes, "SUSPEND_CANCEL"), "0x1");
    return r;
}

/* type, and what stands in b_info. */
static int ask_of(const char *type, const char *path, const char *more,
                  int64_t started, struct xr_error *err)
{
    char json[PATH_MAX * 2];

    snprintf(json, sizeof(json), "{\"c_info\": {\"type\": \"%s\", "
             "\"uuid\": \"" UUID "\"}, \"b_info\": {\"kernel\": \"%s\"%s}}",
             type, path, more);
    return ask(json, started, err);
}

static void older_file(void **state)
{
    struct xr_error err;

    (void)state;
    assert_int_equal(ask_of("pv", kernel, "", later(), &err), 0);
    assert_int_equal(ask_of("pvh", kernel, "", later(), &err), 0);
    assert_int_equal(ask_of("pv", kernel, ", \"bootloader\": null", later(),
                            &err), 0);
}

static void newer_file(void **state)
{
    struct xr_error err;
    struct stat st;

    (void)state;
    assert_int_equal(stat(kernel, &st), 0);
    assert_int_equal(ask_of("pv", kernel, "", st.st_ctime - 10, &err),
                     -ESTALE);
    assert_non_null(strstr(err.message, "newer than the domain"));
    /* In the same second, nobody can tell. */
    assert_int_equal(ask_of("pv", kernel, "", st.st_ctime, &err), -ESTALE);
}

/* A package manager sets the modification time back; that deceives nobody. */
static void file_with_an_old_date(void **state)
{
    const struct timespec old[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
    struct xr_error err;

    (void)state;
    assert_int_equal(utimensat(AT_FDCWD, kernel, old, 0), 0);
    assert_int_equal(ask_of("pv", kernel, "", time(NULL) - 10, &err),
                     -ESTALE);
}

/* A link that was set anew leads to a file that may well be old. */
static void newer_link(void **state)
{
    char link[PATH_MAX];
    struct xr_error err;
    struct stat st;
    int64_t between;

    (void)state;
    assert_int_equal(stat(kernel, &st), 0);
    between = st.st_ctime + 1;
    while (time(NULL) <= between)
        usleep(50000);
    snprintf(link, sizeof(link), "%s/link", folder);
    assert_int_equal(symlink("kernel", link), 0);
    assert_int_equal(ask_of("pv", kernel, "", between, &err), 0);
    assert_int_equal(ask_of("pv", link, "", between, &err), -ESTALE);
    assert_int_equal(ask_of("pv", link, "", later(), &err), 0);
    unlink(link);
    assert_int_equal(symlink(kernel, link), 0);
    assert_int_equal(ask_of("pv", link, "", between, &err), -ESTALE);
    assert_int_equal(ask_of("pv", link, "", later(), &err), 0);
    unlink(link);
    assert_int_equal(symlink("link", link), 0);
    assert_int_equal(ask_of("pv", link, "", later(), &err), -ELOOP);
}

/* So does a folder that came from elsewhere; one with a new file does not. */
static void moved_folder(void **state)
{
    char elsewhere[PATH_MAX];
    struct xr_error err;
    struct stat st;
    int64_t between;

    (void)state;
    assert_int_equal(stat(kernel, &st), 0);
    between = st.st_ctime + 1;
    while (time(NULL) <= between)
        usleep(50000);
    unlink(text);
    make_file(text, "no kernel\n", 10);
    assert_int_equal(ask_of("pv", kernel, "", between, &err), 0);
    snprintf(elsewhere, sizeof(elsewhere), "%s.elsewhere", folder);
    assert_int_equal(rename(folder, elsewhere), 0);
    assert_int_equal(rename(elsewhere, folder), 0);
    assert_int_equal(ask_of("pv", kernel, "", between, &err), -ESTALE);
    assert_non_null(strstr(err.message, "newer than the domain"));
    assert_int_equal(ask_of("pv", kernel, "", later(), &err), 0);
}

static void no_file_to_ask(void **state)
{
    const struct {
        const char *type, *path, *more;
        int r;
    } cases[] = {
        { "hvm", "/boot/vmlinuz", "", -ENOENT },
        { "pv", "vmlinuz", "", -ENOENT },
        { "pv", "", "", -ENOENT },
        { "pv", "/no/such/file", "", -ENOENT },
        { "pv", "/dev/null", "", -EINVAL },
        { "pv", "/", "", -EINVAL },
        { "pv", text, "", -ENOEXEC },
        { "pv", text, ", \"bootloader\": \"pygrub\"", -ENOENT },
        { "pvh", text, ", \"type.pvh\": {\"pvshim\": \"True\"}",
          -ENOENT },
    };
    struct xr_error err;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(cases); i++) {
        int r = ask_of(cases[i].type, cases[i].path, cases[i].more, later(),
                       &err);

        if (r != cases[i].r)
            fail_msg("%zu: %d: %s", i, r, err.message);
    }
}

static void bad_configurations(void **state)
{
    static const struct {
        const char *json;
        int r;
    } cases[] = {
        { "", -EINVAL },
        { "{", -EINVAL },
        { "[]", -EINVAL },
        { "{\"c_info\": \"pv\"}", -EINVAL },
        { "{\"c_info\": {\"type\": \"pv\", \"uuid\": \"other\"},"
          " \"b_info\": {\"kernel\": \"/etc/passwd\"}}", -EINVAL },
        { "{\"c_info\": {\"type\": \"pv\", \"uuid\": \"" UUID "\"}}",
          -ENOENT },
    };
    struct xr_error err;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(cases); i++) {
        int r = ask(cases[i].json, later(), &err);

        if (r != cases[i].r)
            fail_msg("%zu: %d: %s", i, r, err.message);
        assert_true(*err.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(older_file),
        cmocka_unit_test(newer_file),
        cmocka_unit_test(newer_link),
        cmocka_unit_test(moved_folder),
        cmocka_unit_test(file_with_an_old_date),
        cmocka_unit_test(no_file_to_ask),
        cmocka_unit_test(bad_configurations),
    };

    return cmocka_run_group_tests(tests, make_files, remove_folder);
}
