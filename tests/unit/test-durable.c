/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is said to be done is on the disk: a file before it gets its name, and the
 * folder after a name has come, changed or gone.  If this fails, a host that loses its
 * power has neither the new image nor the former one, copies of disks without their
 * image, or a guest that is in its image alone and of which nobody knows.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/image_remove.h"
#include "engine/new_image.h"
#include "engine/rollback_note.h"
#include "unit.h"

#define UUID "ab000000-0000-4000-8000-000000000001"

enum call {
    SYNC_FILE = 'f',
    SYNC_FOLDER = 'd',
    NAME = 'n',   /* a name has come or changed */
    UNLINK = 'u',
};

/* In their order; the one that fails. */
static char calls[256];
static char failing;

static int note(enum call call)
{
    size_t n = strlen(calls);

    assert_true(n + 1 < sizeof(calls));
    calls[n] = (char)call;
    errno = EIO;
    return failing == (char)call ? -1 : 0;
}

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
    struct stat st;

    assert_int_equal(fstat(fd, &st), 0);
    return note(S_ISDIR(st.st_mode) ? SYNC_FOLDER : SYNC_FILE)
           ? -1 : __real_fsync(fd);
}

int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to)
{
    return note(NAME) ? -1 : __real_rename(from, to);
}

int __real_renameat2(int a, const char *from, int b, const char *to,
                     unsigned int flags);
int __wrap_renameat2(int a, const char *from, int b, const char *to,
                     unsigned int flags);
int __wrap_renameat2(int a, const char *from, int b, const char *to,
                     unsigned int flags)
{
    return note(NAME) ? -1 : __real_renameat2(a, from, b, to, flags);
}

int __real_link(const char *from, const char *to);
int __wrap_link(const char *from, const char *to);
int __wrap_link(const char *from, const char *to)
{
    return note(NAME) ? -1 : __real_link(from, to);
}

int __real_unlink(const char *path);
int __wrap_unlink(const char *path);
int __wrap_unlink(const char *path)
{
    return note(UNLINK) ? -1 : __real_unlink(path);
}

static void from_here(char fails)
{
    memset(calls, 0, sizeof(calls));
    failing = fails;
}

/* The folder is synced, and behind that nothing has changed a name. */
static void names_are_on_the_disk(void)
{
    const char *last = strrchr(calls, SYNC_FOLDER);

    assert_non_null(last);
    assert_null(strchr(last, NAME));
    assert_null(strchr(last, UNLINK));
}

/* Before any name has changed, the file was. */
static void file_was_on_the_disk(void)
{
    const char *file = strchr(calls, SYNC_FILE);
    const char *changed = strchr(calls, NAME);

    assert_non_null(file);
    assert_non_null(changed);
    assert_true(file < changed);
}

static char dir[64], image[96];
static const struct events quiet = { .data = NULL };

static int setup(void **state)
{
    char notes[96];

    (void)state;
    from_here(0);
    snprintf(dir, sizeof(dir), "/tmp/test-durable.XXXXXX");
    assert_non_null(mkdtemp(dir));
    snprintf(image, sizeof(image), "%s/web.img", dir);
    snprintf(notes, sizeof(notes), "%s/notes", dir);
    setenv("XR_ROLLBACK_DIR", notes, 1);
    setenv("XR_RUN_DIR", dir, 1);
    setenv("XR_COPIES_DIR", dir, 1);
    return 0;
}

static int teardown(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    return system(command);
}

static void open_image(struct new_image *new)
{
    assert_int_equal(new_image_name(new, image, NULL), 0);
    assert_int_equal(new_image_open(new, NULL), 0);
    assert_int_equal(write(new->fd, "image", 5), 5);
}

/* As a checkpoint ends. */
static int commit(unsigned int keep, char fails)
{
    struct new_image new;
    int r;

    open_image(&new);
    from_here(fails);
    r = new_image_sync(&new, NULL);
    if (!r)
        r = new_image_commit(&new, keep, &quiet, NULL);
    failing = 0;
    new_image_abandon(&new);
    return r;
}

static void a_new_image_is(void **state)
{
    unsigned int keep, i;

    (void)state;
    for (keep = 0; keep < 3; keep++)
        for (i = 0; i < 4; i++) { /* the last one of those that are kept goes */
            assert_int_equal(commit(keep, 0), 0);
            file_was_on_the_disk();
            names_are_on_the_disk();
        }
    assert_int_equal(commit(1, SYNC_FILE), -EIO);
    assert_null(strchr(calls, NAME));
    assert_int_equal(commit(1, SYNC_FOLDER), -EIO);
}

/* As "seal --flat" ends. */
static void one_in_the_place_of_another_is(void **state)
{
    struct new_image new;
    struct stat former;

    (void)state;
    assert_int_equal(commit(0, 0), 0);
    open_image(&new);
    assert_int_equal(lstat(image, &former), 0);
    from_here(0);
    assert_int_equal(new_image_sync(&new, NULL), 0);
    assert_int_equal(new_image_replace(&new, &former, NULL), 0);
    new_image_abandon(&new);
    file_was_on_the_disk();
    names_are_on_the_disk();
}

/* Only then its copies of disks go. */
static void a_removal_is(void **state)
{
    struct stat seen;

    (void)state;
    assert_int_equal(commit(0, 0), 0);
    assert_int_equal(lstat(image, &seen), 0);
    from_here(0);
    assert_int_equal(image_remove(image, &seen, &quiet, NULL), 0);
    assert_non_null(strchr(calls, UNLINK));
    names_are_on_the_disk();

    assert_int_equal(commit(0, 0), 0);
    assert_int_equal(lstat(image, &seen), 0);
    from_here(SYNC_FOLDER);
    assert_int_equal(image_remove(image, &seen, &quiet, NULL), -EIO);
}

static int write_note(char fails)
{
    static char name[] = "web", uuid[] = UUID;
    struct rollback_note made = {
        .name = name, .uuid = uuid, .image = image, .inode = 42, .domid = 7,
    };
    int r;

    from_here(fails);
    r = rollback_note_write(&made, NULL);
    failing = 0;
    return r;
}

static void a_rollbacks_note_is(void **state)
{
    (void)state;
    assert_int_equal(write_note(0), 0);
    file_was_on_the_disk();
    names_are_on_the_disk();
    from_here(0);
    assert_int_equal(rollback_note_remove(UUID, NULL), 0);
    assert_non_null(strchr(calls, UNLINK));
    names_are_on_the_disk();
    assert_int_equal(write_note(SYNC_FILE), -EIO);
    assert_null(strchr(calls, NAME));
    assert_int_equal(write_note(SYNC_FOLDER), -EIO);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_image_is),
        TEST(one_in_the_place_of_another_is),
        TEST(a_removal_is),
        TEST(a_rollbacks_note_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
