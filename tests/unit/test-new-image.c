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
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"
#include "engine/new_image.h"

static char folder[PATH_MAX / 4];
static char path[PATH_MAX / 2];
static const struct events quiet = { .data = NULL };

/*
 * The file system, as far as names go: it may know no links, fail in the Nth
 * call, or see the process killed before that.
 */
static struct {
    bool no_links;
    int fail_call; /* from 1; 0: none */
    int kill_call;
    int calls;
} names;

static bool fails(void)
{
    names.calls++;
    if (names.calls == names.kill_call)
        _exit(9);
    errno = EIO;
    return names.calls == names.fail_call;
}

int __real_link(const char *from, const char *to);
int __wrap_link(const char *from, const char *to);
int __wrap_link(const char *from, const char *to)
{
    if (fails())
        return -1;
    errno = EPERM;
    return names.no_links ? -1 : __real_link(from, to);
}

int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to)
{
    return fails() ? -1 : __real_rename(from, to);
}

int __real_renameat2(int a, const char *from, int b, const char *to,
                     unsigned int flags);
int __wrap_renameat2(int a, const char *from, int b, const char *to,
                     unsigned int flags);
int __wrap_renameat2(int a, const char *from, int b, const char *to,
                     unsigned int flags)
{
    return fails() ? -1 : __real_renameat2(a, from, b, to, flags);
}

int __real_unlink(const char *file);
int __wrap_unlink(const char *file);
int __wrap_unlink(const char *file)
{
    return fails() ? -1 : __real_unlink(file);
}

static int begin(void **state)
{
    (void)state;
    memset(&names, 0, sizeof(names));
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
    assert_int_equal(new_image_commit(&image, keep, &quiet, &err), 0);
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
    assert_true(new_image_commit(&image, 1, &quiet, &err) < 0);
    assert_non_null(strstr(err.message, "cannot be kept"));
    new_image_abandon(&image);
    expect("", "former");
    assert_int_equal(rmdir(name), 0);
    assert_int_equal(each_file(false), 1);
}

/* Is that text in any file of the folder? */
static bool is_somewhere(const char *text)
{
    DIR *dir = opendir(folder);
    bool found = false;
    struct dirent *entry;

    assert_non_null(dir);
    while (!found && (entry = readdir(dir))) {
        char bytes[64] = "";
        int fd = openat(dirfd(dir), entry->d_name, O_RDONLY | O_CLOEXEC);

        if (fd >= 0 && read(fd, bytes, sizeof(bytes) - 1) > 0)
            found = !strcmp(bytes, text);
        if (fd >= 0)
            close(fd);
    }
    closedir(dir);
    return found;
}

/* 4, 3 and 2 are there, of which the last is to go. */
static void put_formers(void)
{
    static const char *const texts[] = { "1", "2", "3", "4" };
    size_t i;

    each_file(true);
    for (i = 0; i < COUNT(texts); i++)
        write_one(texts[i], 2);
}

static int commit_5(void)
{
    struct new_image image;
    struct xr_error err;
    int r;

    open_with(&image, "5");
    names.calls = 0;
    r = new_image_commit(&image, 2, &quiet, &err);
    names.fail_call = 0;
    new_image_abandon(&image);
    return r;
}

/* Whatever call fails, all have the names that they had. */
static void undoes(void **state)
{
    int n, no_links;

    (void)state;
    for (no_links = 0; no_links < 2; no_links++)
        for (n = 1;; n++) {
            names.no_links = no_links;
            put_formers();
            names.fail_call = n;
            if (!commit_5())
                break;
            expect("", "4");
            expect(".1", "3");
            expect(".2", "2");
            assert_int_equal(each_file(false), 3);
        }
    assert_true(n > 4);
}

static bool partial_is_left(void)
{
    DIR *dir = opendir(folder);
    bool found = false;
    struct dirent *entry;

    assert_non_null(dir);
    while ((entry = readdir(dir)))
        found |= strstr(entry->d_name, ".partial") != NULL;
    closedir(dir);
    return found;
}

/* A child is killed before its Nth call; true if it had so many. */
static bool is_killed_at(int n)
{
    int status;
    pid_t child;

    child = fork();
    if (!child) {
        names.kill_call = n;
        _exit(commit_5() ? 1 : 0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_true(WEXITSTATUS(status) == 9 || !WEXITSTATUS(status));
    return WEXITSTATUS(status) == 9;
}

/* No image that is to stay is without a name, and the next one sets all right. */
static void survives_kills(void **state)
{
    int n, no_links;

    (void)state;
    for (no_links = 0; no_links < 2; no_links++)
        for (n = 1;; n++) {
            bool killed, has_new;

            names.no_links = no_links;
            put_formers();
            killed = is_killed_at(n);
            has_new = is_somewhere("5") && !partial_is_left();
            assert_true(is_somewhere("4"));
            assert_true(is_somewhere("3"));
            assert_true(has_new || is_somewhere("2"));
            assert_true(no_links || !access(path, F_OK));
            if (!killed)
                break;
            assert_int_equal(new_image_clear(path), !has_new);
            write_one("6", 2);
            expect("", "6");
            assert_int_equal(each_file(false), 3);
            expect(".1", has_new ? "5" : "4");
            expect(".2", has_new ? "4" : "3");
        }
    assert_true(n > 4);
}

/* What is written is nobody's to remove; what was left is. */
static void clears(void **state)
{
    struct new_image image, other;
    struct xr_error err;
    char left[PATH_MAX];

    (void)state;
    open_with(&image, "half");
    assert_int_equal(new_image_clear(path), 0);
    snprintf(left, sizeof(left), "%s/.web.img.abcdefghij01.partial", folder);
    put(left, "left");
    snprintf(left, sizeof(left), "%s/.web.img.1.abcdefghij01.partial", folder);
    put(left, "another's");
    snprintf(left, sizeof(left), "%s/.web.img.partial", folder);
    put(left, "not ours");
    assert_int_equal(new_image_clear(path), 1);
    assert_int_equal(each_file(false), 3);
    assert_int_equal(new_image_name(&other, path, &err), 0);
    assert_string_not_equal(other.temporary, image.temporary);
    new_image_abandon(&other);
    new_image_abandon(&image);
    assert_int_equal(each_file(false), 2);
}

/* The longest name that there can be. */
static void long_name(void **state)
{
    char name[NAME_MAX + 1];
    struct new_image image;
    struct xr_error err;

    (void)state;
    memset(name, 'n', NAME_MAX);
    name[NAME_MAX] = '\0';
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    write_one("long", 0);
    expect("", "long");
    open_with(&image, "half");
    assert_int_equal(new_image_clear(path), 0);
    new_image_abandon(&image);
    (void)err;
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
    assert_int_equal(new_image_name(&image, path, &err), 0);
    assert_int_equal(new_image_open(&image, &err), -EAGAIN);
    new_image_abandon(&image);
    reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    assert_true(reader >= 0);
    assert_int_equal(new_image_name(&image, path, &err), 0);
    assert_false(new_image_is_file(&image));
    assert_int_equal(new_image_open(&image, &err), 0);
    assert_int_equal(fcntl(image.fd, F_GETFL) & O_NONBLOCK, 0);
    assert_int_equal(write(image.fd, "piped", 5), 5);
    assert_int_equal(new_image_sync(&image, &err), 0);
    assert_int_equal(new_image_commit(&image, 3, &quiet, &err), 0);
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
    assert_int_equal(new_image_check_folder(path, 1, &err), 0);
    assert_int_equal(new_image_check_folder(path, UINT64_MAX / 2, &err),
                     -ENOSPC);
    assert_non_null(strstr(err.message, "MiB are needed"));
    assert_int_equal(new_image_check_folder("-", UINT64_MAX / 2, &err), 0);
    assert_int_equal(new_image_check_folder("/dev/null", UINT64_MAX / 2, &err),
                     0);
    assert_int_equal(new_image_check_folder("/no/such/folder/image", 1, &err),
                     -ENOENT);
    /* Read-only to root, too. */
    assert_true(new_image_check_folder("/proc/self/image", 1, &err) < 0);
}

static void room_within_limit(void **state)
{
    struct rlimit before, limit;
    struct xr_error err;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = 1 << 20;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_int_equal(new_image_check_folder(path, 1 << 20, &err), 0);
    assert_int_equal(new_image_check_folder(path, (1 << 20) + 1, &err),
                     -EFBIG);
    assert_non_null(strstr(err.message, "longer than 1 MiB"));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(replaces),   TEST(abandoned),     TEST(named_only),
        TEST(rotates),    TEST(cannot_rotate), TEST(in_place),
        TEST(room),       TEST(undoes),        TEST(survives_kills),
        TEST(clears),     TEST(long_name),     TEST(room_within_limit),
    };
    char run_dir[] = "/tmp/new-image-run.XXXXXX";

    char lock[64];
    int failed;

    if (!mkdtemp(run_dir) || setenv("XR_RUN_DIR", run_dir, 1)
        || setenv("XR_COPIES_DIR", "/nonexistent", 1))
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    memset(&names, 0, sizeof(names));
    snprintf(lock, sizeof(lock), "%s/images", run_dir);
    unlink(lock);
    rmdir(run_dir);
    return failed;
}
