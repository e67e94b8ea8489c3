/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a checkpoint that comes to nothing takes the former image with
 * it, or leaves its own remains behind.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"
#include "cli/new_image.h"

static char folder[PATH_MAX / 4];
static char path[PATH_MAX / 2];

static int begin(void **state)
{
    (void)state;
    snprintf(folder, sizeof(folder), "%s/new-image.XXXXXX",
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
        if (*entry->d_name == '.')
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

static void put(const char *name, const char *text)
{
    FILE *f = fopen(name, "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void expect(const char *suffix, const char *text)
{
    char name[PATH_MAX], found[64] = "";
    FILE *f;

    snprintf(name, sizeof(name), "%s%s", path, suffix);
    f = fopen(name, "r");
    if (!text) {
        assert_null(f);
        return;
    }
    assert_non_null(f);
    assert_non_null(fgets(found, sizeof(found), f));
    fclose(f);
    assert_string_equal(found, text);
}

static void open_with(struct new_image *image, const char *text)
{
    struct xr_error err;

    assert_int_equal(new_image_name(image, path, &err), 0);
    assert_true(new_image_is_file(image));
    assert_int_equal(new_image_open(image, &err), 0);
    assert_int_equal(write(image->fd, text, strlen(text)), strlen(text));
    assert_int_equal(new_image_sync(image, &err), 0);
}

static void write_one(const char *text, unsigned int keep)
{
    struct new_image image;
    struct xr_error err;

    open_with(&image, text);
    assert_int_equal(new_image_commit(&image, keep, &err), 0);
    new_image_abandon(&image);
}

static void replaces(void **state)
{
    struct stat st;

    (void)state;
    write_one("first", 0);
    expect("", "first");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    write_one("second", 0);
    expect("", "second");
    assert_int_equal(each_file(false), 1);
}

static void abandoned(void **state)
{
    struct new_image image;

    (void)state;
    put(path, "former");
    open_with(&image, "half");
    assert_int_equal(each_file(false), 2);
    expect("", "former");
    new_image_abandon(&image);
    assert_int_equal(each_file(false), 1);
    expect("", "former");
    new_image_abandon(&image);
}

/* One that was only named is not there to be removed: it may be another's. */
static void named_only(void **state)
{
    struct new_image image;
    struct xr_error err;
    char *temporary;

    (void)state;
    assert_int_equal(new_image_name(&image, path, &err), 0);
    temporary = strdup(image.temporary);
    put(temporary, "another's");
    assert_int_equal(new_image_open(&image, &err), -EEXIST);
    assert_non_null(strstr(err.message, temporary));
    new_image_abandon(&image);
    assert_int_equal(access(temporary, F_OK), 0);
    free(temporary);
}

static void rotates(void **state)
{
    static const char *const texts[] = { "1", "2", "3", "4", "5" };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(texts); i++)
        write_one(texts[i], 2);
    expect("", "5");
    expect(".1", "4");
    expect(".2", "3");
    expect(".3", NULL);
    assert_int_equal(each_file(false), 3);
    write_one("6", 0);
    expect("", "6");
    expect(".1", "4");
}

/* A folder in the way of a former image: nothing is lost for it. */
static void cannot_rotate(void **state)
{
    struct new_image image;
    struct xr_error err;
    char name[PATH_MAX];

    (void)state;
    put(path, "former");
    snprintf(name, sizeof(name), "%s.1", path);
    assert_int_equal(mkdir(name, 0700), 0);
    open_with(&image, "new");
    assert_true(new_image_commit(&image, 1, &err) < 0);
    assert_non_null(strstr(err.message, "cannot be kept"));
    new_image_abandon(&image);
    expect("", "former");
    assert_int_equal(rmdir(name), 0);
    assert_int_equal(each_file(false), 1);
}

static void in_place(void **state)
{
    struct new_image image;
    struct xr_error err;
    struct stat st;
    char text[8];
    int reader;

    (void)state;
    assert_int_equal(mkfifo(path, 0600), 0);
    reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    assert_true(reader >= 0);
    assert_int_equal(new_image_name(&image, path, &err), 0);
    assert_false(new_image_is_file(&image));
    assert_int_equal(new_image_open(&image, &err), 0);
    assert_int_equal(write(image.fd, "piped", 5), 5);
    assert_int_equal(new_image_sync(&image, &err), 0);
    assert_int_equal(new_image_commit(&image, 3, &err), 0);
    new_image_abandon(&image);
    assert_int_equal(read(reader, text, sizeof(text)), 5);
    close(reader);
    assert_int_equal(stat(path, &st), 0);
    assert_true(S_ISFIFO(st.st_mode));
}

static void room(void **state)
{
    struct xr_error err;

    (void)state;
    assert_int_equal(new_image_find_room(path, 1, &err), 0);
    assert_int_equal(new_image_find_room(path, UINT64_MAX / 2, &err), -ENOSPC);
    assert_non_null(strstr(err.message, "MiB are needed"));
    assert_int_equal(new_image_find_room("-", UINT64_MAX / 2, &err), 0);
    assert_int_equal(new_image_find_room("/dev/null", UINT64_MAX / 2, &err),
                     0);
    assert_int_equal(new_image_find_room("/no/such/folder/image", 1, &err),
                     -ENOENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(replaces),   TEST(abandoned),     TEST(named_only),
        TEST(rotates),    TEST(cannot_rotate), TEST(in_place),
        TEST(room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
