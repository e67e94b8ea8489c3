/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, the copies of an image's disks go while the image is there, or stay
 * for ever when it is gone; or somebody else's go.
 */
#include "config.h"

#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/disk_copies.h"
#include "engine/image_remove.h"
#include "engine/new_image.h"
#include "stream_builder.h"
#include "util/cleanup.h"
#include "util/fault.h"
#include "util/io.h"

#define ID_A "aaaaaaaa-0000-4000-8000-00000000000a"
#define ID_B "bbbbbbbb-0000-4000-8000-00000000000b"

static char dir[PATH_MAX / 8];
static char said[8192];

static const char *at(const char *name)
{
    static char paths[16][PATH_MAX];
    static unsigned int next;
    char *there = paths[next++ % COUNT(paths)];

    snprintf(there, PATH_MAX, "%s/%s", dir, name);
    return there;
}

/* A copy is a file here. */
int disk_driver_drop(const struct disk_drivers *drivers, const char *driver,
                     const char *copy, struct xr_error *err)
{
    (void)drivers;
    assert_string_equal(driver, "file");
    return unlink(copy) && errno != ENOENT
           ? error_system(err, errno, "%s", copy) : 0;
}

static void on_message(void *data, enum message_level level, const char *text)
{
    size_t n = strlen(said);

    (void)data;
    (void)level;
    snprintf(said + n, sizeof(said) - n, "%s\n", text);
}

static const struct events events = { .message = on_message };

static int begin(void **state)
{
    (void)state;
    *said = '\0';
    snprintf(dir, sizeof(dir), "%s/copies.XXXXXX",
             getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    assert_non_null(mkdtemp(dir));
    assert_int_equal(mkdir(at("images"), 0700), 0);
    assert_int_equal(mkdir(at("other"), 0700), 0);
    setenv("XR_RUN_DIR", at("run"), 1);
    setenv("XR_COPIES_DIR", at("ledger"), 1);
    return 0;
}

static void empty(void)
{
    char command[PATH_MAX];

    snprintf(command, sizeof(command), "rm -rf '%s'", dir);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c) */
}

static int end(void **state)
{
    (void)state;
    empty();
    return 0;
}

static bool is_there(const char *name)
{
    return !access(at(name), F_OK);
}

static void put(const char *name, const char *text)
{
    FILE *f = fopen(at(name), "we");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void write_record(int fd, const char *id)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    char record[128];
    const struct image_plan plan = {
        .container = 'x', .metadata = true, .record = record, .pages = 4,
    };

    snprintf(record, sizeof(record), "checkpoint.id=%s", id);
    build_image(&b, &plan);
    assert_int_equal(write_full(fd, b.data, b.length, NULL), 0);
}

static const char *copy_name(const char *id)
{
    char name[64];

    snprintf(name, sizeof(name), "copy-%s", id);
    return at(name);
}

static int note_begin(const char *id, const char *image,
                      struct disk_copies *out, struct xr_error *err)
{
    char target[] = "/srv/a,b=c\n.raw", dev[] = "xvda", format[] = "raw",
         driver[] = "file", unkept[] = "xvdb";
    char *copy = strdup(copy_name(id));
    struct planned_disk disks[] = {
        { .dev = dev, .target = target, .format = format, .here = true,
          .written = true, .driver = driver, .copy = copy },
        { .dev = unkept, .target = target, .format = format, .written = true },
    };
    const struct disk_plan plan = { disks, COUNT(disks) };
    int r = copies_begin(id, image, "web", "some-uuid", &plan, out, err);

    free(copy);
    return r;
}

/* As a checkpoint does it. */
static int checkpoint(const char *id, const char *name, unsigned int keep,
                      struct xr_error *err)
{
    CLEANUP_COPIES struct disk_copies copies = DISK_COPIES_NONE;
    CLEANUP_FREE char *path = strdup(at(name));
    struct new_image image = { .fd = -1 };
    int r = note_begin(id, path, &copies, err);

    if (!r)
        r = new_image_name(&image, path, err);
    if (!r)
        r = fault_step("the copy", err);
    if (!r) {
        FILE *f = fopen(copy_name(id), "we");

        assert_non_null(f);
        fclose(f);
        r = new_image_open(&image, err);
    }
    if (!r)
        write_record(image.fd, id);
    if (!r)
        r = new_image_sync(&image, err);
    if (!r)
        r = copies_keep(&copies, image.fd, err);
    if (!r)
        r = fault_step("the rename", err);
    if (!r)
        r = new_image_commit(&image, keep, &events, err);
    if (!r)
        r = copies_end(&copies, err);
    copies_give_up(&copies, &events);
    new_image_abandon(&image);
    return r;
}

static void checkpoint_well(const char *id, const char *name,
                            unsigned int keep)
{
    struct xr_error err;

    if (checkpoint(id, name, keep, &err))
        fail_msg("%s", err.message);
}

static bool record_says(const char *path, const char *id)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    char bytes[4096];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n;

    assert_true(fd >= 0);
    while ((n = read_full(fd, bytes, sizeof(bytes))) > 0)
        buffer_append(&b, bytes, (size_t)n);
    close(fd);
    return b.length && memmem(b.data, b.length, id, strlen(id));
}

/* Is there an image of that checkpoint, under a name that is an image's? */
static bool has_image(const char *folder, const char *id)
{
    CLEANUP_DIR DIR *images = opendir(at(folder));
    struct dirent *entry;
    char name[NAME_MAX * 2];

    assert_non_null(images);
    while ((entry = readdir(images))) {
        snprintf(name, sizeof(name), "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.' && record_says(at(name), id))
            return true;
    }
    return false;
}

static bool is_noted(const char *id, const char *ending)
{
    char name[128];

    snprintf(name, sizeof(name), "ledger/%s%s", id, ending);
    return is_there(name);
}

/* What must be, whoever was killed, once somebody has swept. */
static void expect_right(const char *id, const char *when)
{
    bool image = has_image("images", id);

    if (image != !access(copy_name(id), F_OK))
        fail_msg("%s: an image is %s, its copy is not: %s", id,
                 image ? "there" : "gone", when);
    if (is_noted(id, "") != image || is_noted(id, ".new")
        || is_noted(id, ".gone"))
        fail_msg("%s: image %d; noted as %d, new %d, gone %d: %s", id, image,
                 is_noted(id, ""), is_noted(id, ".new"),
                 is_noted(id, ".gone"), when);
}

/* --- the walk: at each step a failure, or a kill */

struct walk {
    const char *name;
    int (*act)(struct xr_error *err);
    bool has_former; /* an image of checkpoint A */
};

static int replace_it(struct xr_error *err)
{
    return checkpoint(ID_B, "images/web.img", 0, err);
}

static int keep_former(struct xr_error *err)
{
    return checkpoint(ID_B, "images/web.img", 2, err);
}

static int make_first(struct xr_error *err)
{
    return checkpoint(ID_B, "images/web.img", 0, err);
}

static int remove_it(struct xr_error *err)
{
    struct stat st;

    assert_int_equal(stat(at("images/web.img"), &st), 0);
    return image_remove(at("images/web.img"), &st, &events, err);
}

/* As seal --flat does it. */
static int give_another_file(struct xr_error *err)
{
    CLEANUP_COPIES struct disk_copies copies = DISK_COPIES_NONE;
    CLEANUP_FREE char *path = strdup(at("images/web.img"));
    CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct new_image image;
    struct stat st;
    int r;

    assert_int_equal(fstat(fd, &st), 0);
    r = new_image_name(&image, path, err);
    if (!r)
        r = new_image_open(&image, err);
    if (!r)
        write_record(image.fd, ID_A);
    if (!r)
        r = copies_of_image(fd, &copies, err);
    assert_true(r || copies.count == 1);
    if (!r)
        r = copies_image_may_be(&copies, image.fd, err);
    if (!r)
        r = new_image_replace(&image, &st, err);
    if (!r)
        (void)copies_image_is(&copies, image.fd, NULL);
    new_image_abandon(&image);
    return r;
}

static const struct walk walks[] = {
    { "the first", make_first, false },
    { "in place of a former one", replace_it, true },
    { "beside former ones", keep_former, true },
    { "a removal", remove_it, true },
    { "another file", give_another_file, true },
};

/* In a child, which fails, or dies, at that step. */
static void act_up_to(const struct walk *w, int step, bool kill)
{
    char number[16];
    struct xr_error err;
    int status;
    pid_t child = fork();

    if (!child) {
        snprintf(number, sizeof(number), "%d", step);
        setenv("XR_FAULT", number, 1);
        if (kill)
            setenv("XR_FAULT_KILL", "checkpoint", 1);
        fault_begin();
        fault_role(FAULT_CHECKPOINT);
        w->act(&err);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(kill ? WIFSIGNALED(status) : !status);
}

/* How many steps it has, and nothing goes wrong. */
static int count_steps(const struct walk *w)
{
    int step = 1;

    for (;; step++) {
        int status;
        pid_t child = fork();

        if (!child) {
            char number[16];

            snprintf(number, sizeof(number), "%d", step);
            setenv("XR_FAULT", number, 1);
            fault_begin();
            w->act(NULL);
            _exit(fault_step("past the end", NULL) ? 3 : 0);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        empty();
        begin(NULL);
        if (w->has_former)
            checkpoint_well(ID_A, "images/web.img", 0);
        if (WEXITSTATUS(status) == 3)
            return step - 1;
    }
}

static void walk_through(const struct walk *w, bool kill)
{
    char when[256];
    int step, steps;

    if (w->has_former)
        checkpoint_well(ID_A, "images/web.img", 0);
    steps = count_steps(w);
    assert_true(steps >= 3);
    for (step = 1; step <= steps; step++) {
        empty();
        begin(NULL);
        if (w->has_former)
            checkpoint_well(ID_A, "images/web.img", 0);
        act_up_to(w, step, kill);
        snprintf(when, sizeof(when), "%s, %s at step %d of %d", w->name,
                 kill ? "killed" : "failed", step, steps);
        copies_sweep(&events);
        expect_right(ID_A, when);
        expect_right(ID_B, when);
        assert_true(!w->has_former || w->act == remove_it
                    || w->act == replace_it || has_image("images", ID_A));
        new_image_clear(at("images/web.img"));
        copies_sweep(&events);
        expect_right(ID_A, when);
        expect_right(ID_B, when);
    }
}

static void killed_at_any_step(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(walks); i++) {
        walk_through(&walks[i], true);
        empty();
        begin(NULL);
    }
}

static void failed_at_any_step(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(walks); i++) {
        walk_through(&walks[i], false);
        empty();
        begin(NULL);
    }
}

/* --- one by one */

/* Who cannot look whether the image has its name does not drop what it names. */
static void given_up_by_one_who_cannot_look(void **state)
{
    struct disk_copies copies = DISK_COPIES_NONE;
    struct xr_error err;
    int fd;

    (void)state;
    assert_int_equal(note_begin(ID_A, at("images/web.img"), &copies, &err), 0);
    put("copy-" ID_A, "");
    fd = open(at("images/web.img"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    write_record(fd, ID_A);
    assert_int_equal(copies_keep(&copies, fd, &err), 0);
    close(fd);
    assert_int_equal(rename(at("images"), at("away")), 0);
    copies_give_up(&copies, &events);
    assert_true(is_there("copy-" ID_A));
    assert_int_equal(rename(at("away"), at("images")), 0);
    copies_sweep(&events);
    expect_right(ID_A, "the folder is there again");
}

static void with_the_last_of_several(void **state)
{
    static const char *const ids[] = {
        ID_A, ID_B, "cccccccc-0000-4000-8000-00000000000c",
        "dddddddd-0000-4000-8000-00000000000d",
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(ids); i++)
        checkpoint_well(ids[i], "images/web.img", 2);
    assert_false(is_noted(ID_A, "") || !access(copy_name(ID_A), F_OK));
    for (i = 0; i < COUNT(ids); i++)
        expect_right(ids[i], "rotated");
    assert_true(has_image("images", ids[1]));
}

static void remove_by_name(const char *name)
{
    struct xr_error err;
    struct stat st;

    assert_int_equal(stat(at(name), &st), 0);
    assert_int_equal(image_remove(at(name), &st, &events, &err), 0);
}

static void copy_image(const char *from, const char *to)
{
    char command[PATH_MAX * 2];

    snprintf(command, sizeof(command), "cp '%s' '%s'", at(from), at(to));
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c) */
}

/* The record alone says nothing: anybody may have written it. */
static void a_copied_image_has_none(void **state)
{
    (void)state;
    checkpoint_well(ID_A, "images/web.img", 0);
    copy_image("images/web.img", "images/again.img");
    remove_by_name("images/again.img");
    expect_right(ID_A, "its twin is gone");
    copy_image("images/web.img", "other/web.img");
    assert_int_equal(unlink(at("images/web.img")), 0);
    remove_by_name("other/web.img");
    assert_int_equal(access(copy_name(ID_A), F_OK), 0);
    assert_true(is_noted(ID_A, ""));
}

static void a_moved_image_has_them(void **state)
{
    (void)state;
    checkpoint_well(ID_A, "images/web.img", 0);
    assert_int_equal(rename(at("images/web.img"), at("other/web.img")), 0);
    copies_sweep(&events);
    assert_int_equal(access(copy_name(ID_A), F_OK), 0);
    remove_by_name("other/web.img");
    expect_right(ID_A, "moved, and removed there");
}

static void another_name_keeps_them(void **state)
{
    (void)state;
    checkpoint_well(ID_A, "images/web.img", 0);
    assert_int_equal(link(at("images/web.img"), at("other/web.img")), 0);
    remove_by_name("images/web.img");
    copies_sweep(&events);
    assert_int_equal(access(copy_name(ID_A), F_OK), 0);
    remove_by_name("other/web.img");
    expect_right(ID_A, "both names are gone");
}

/* An image that is about to go, whose folder is not to be seen just now. */
static void an_unmounted_folder_says_nothing(void **state)
{
    CLEANUP_COPIES struct disk_copies c = DISK_COPIES_NONE;
    int fd;

    (void)state;
    checkpoint_well(ID_A, "images/web.img", 0);
    fd = open(at("images/web.img"), O_RDONLY | O_CLOEXEC);
    assert_int_equal(copies_removal_begin(fd, at("images/web.img"), &c, NULL),
                     0);
    assert_int_equal(c.count, 1);
    close(fd);
    copies_free(&c);
    assert_int_equal(rename(at("images"), at("away")), 0);
    copies_sweep(&events);
    assert_true(is_noted(ID_A, ".gone"));
    assert_int_equal(mkdir(at("images"), 0700), 0);
    copies_sweep(&events);
    assert_int_equal(access(copy_name(ID_A), F_OK), 0);
    assert_int_equal(rmdir(at("images")), 0);
    assert_int_equal(rename(at("away"), at("images")), 0);
    copies_sweep(&events);
    expect_right(ID_A, "it is back");
}

static void what_is_locked_is_left_alone(void **state)
{
    CLEANUP_COPIES struct disk_copies c = DISK_COPIES_NONE;
    struct xr_error err;
    int status;
    pid_t child;

    (void)state;
    assert_int_equal(note_begin(ID_A, at("images/web.img"), &c, &err), 0);
    assert_string_equal(c.items[0].target, "/srv/a,b=c\n.raw");
    child = fork();
    if (!child) {
        copies_sweep(&events);
        _exit(is_noted(ID_A, ".new") ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    copies_free(&c);
    copies_sweep(&events);
    assert_false(is_noted(ID_A, ".new"));
    assert_non_null(strstr(said, "of checkpoint " ID_A ", which has no image"));
}

/* The guardian has what its parent had noted by the time at which it was forked. */
static void an_heir_ends_it(void **state)
{
    CLEANUP_COPIES struct disk_copies copies = DISK_COPIES_NONE;
    struct new_image image;
    CLEANUP_FREE char *path = strdup(at("images/web.img"));
    struct xr_error err;
    int placed, fd;

    (void)state;
    for (placed = 0; placed < 2; placed++) {
        struct disk_copies heirs;

        assert_int_equal(note_begin(ID_A, path, &copies, &err), 0);
        heirs = copies;
        heirs.id = strdup(copies.id);
        heirs.image = heirs.name = heirs.uuid = NULL;
        heirs.items = NULL;
        heirs.count = 0;
        heirs.lock = dup(copies.lock);
        fd = open(copy_name(ID_A), O_CREAT | O_CLOEXEC | O_WRONLY, 0600);
        close(fd);
        assert_int_equal(new_image_name(&image, path, &err), 0);
        assert_int_equal(new_image_open(&image, &err), 0);
        write_record(image.fd, ID_A);
        assert_int_equal(copies_keep(&copies, image.fd, &err), 0);
        if (placed)
            assert_int_equal(new_image_commit(&image, 0, &events, &err), 0);
        copies_free(&copies);
        copies_inherit(&heirs, &events);
        assert_int_equal(heirs.lock, -1);
        new_image_abandon(&image);
        expect_right(ID_A, placed ? "placed" : "not placed");
    }
}

static void put_note(const char *ending, const char *text)
{
    char name[128];

    snprintf(name, sizeof(name), "ledger/%s%s", ID_B, ending);
    put(name, text);
}

/* Root's folder has only what root has put there; all the same. */
static void strange_leftovers(void **state)
{
    static const char *const texts[] = {
        "", "\n", "id=", "id=" ID_B "\n", "id=" ID_A ",image=/x,name=a,uuid=b\n",
        "\\x\n", "id=" ID_B ",image=/x,name=,uuid=,disk.xvda.copy=/etc/passwd\n",
    };
    CLEANUP_COPIES struct disk_copies c = DISK_COPIES_NONE;
    struct xr_error err;
    size_t i;

    (void)state;
    checkpoint_well(ID_A, "images/web.img", 0);
    for (i = 0; i < COUNT(texts); i++) {
        put_note("", texts[i]);
        put_note(".gone", texts[i]);
        put_note(".new", texts[i]);
        copies_sweep(&events);
        assert_true(copies_find(ID_B, &c, &err) < 0);
        assert_int_equal(c.lock, -1);
    }
    assert_int_equal(unlink(at("ledger/" ID_B)), 0);
    assert_int_equal(mkdir(at("ledger/" ID_B), 0700), 0);
    assert_int_equal(unlink(at("ledger/" ID_B ".gone")), 0);
    assert_int_equal(mkfifo(at("ledger/" ID_B ".gone"), 0600), 0);
    unlink(at("ledger/" ID_B ".new"));
    assert_int_equal(symlink(at("ledger/" ID_A), at("ledger/" ID_B ".new")), 0);
    put("ledger/notes", "mine");
    put("ledger/" ID_A ".bak", "mine");
    copies_sweep(&events);
    assert_true(copies_find(ID_B, &c, &err) < 0);
    assert_true(copies_find("../" ID_A, &c, &err) < 0);
    expect_right(ID_A, "beside strange things");
}

/* Also if what was not written is something else. */
static void a_torn_line_does_not_count(void **state)
{
    static const char *const texts[] = { "file=1:2:3.4,oth", "\\x\n" };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(texts); i++) {
        FILE *f;

        checkpoint_well(ID_A, "images/web.img", 0);
        f = fopen(at("ledger/" ID_A), "ae");
        assert_non_null(f);
        fputs(texts[i], f);
        fclose(f);
        assert_int_equal(rename(at("images/web.img"), at("other/web.img")), 0);
        remove_by_name("other/web.img"); /* which notes where it is */
        expect_right(ID_A, "a torn line");
    }
}

/* Killed when the image had its name, and then somebody has moved it. */
static void a_moved_image_of_the_killed_keeps_them(void **state)
{
    CLEANUP_COPIES struct disk_copies copies = DISK_COPIES_NONE;
    struct xr_error err;
    int fd;

    (void)state;
    assert_int_equal(note_begin(ID_A, at("images/web.img"), &copies, &err), 0);
    fd = open(copy_name(ID_A), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    close(fd);
    fd = open(at("other/web.img"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    write_record(fd, ID_A);
    assert_int_equal(copies_keep(&copies, fd, &err), 0);
    close(fd);
    copies_free(&copies);
    copies_sweep(&events);
    assert_int_equal(access(copy_name(ID_A), F_OK), 0);
    assert_int_equal(rename(at("other/web.img"), at("images/new.img")), 0);
    copies_sweep(&events);
    expect_right(ID_A, "it came back");
}

static void a_folder_of_others_is_refused(void **state)
{
    CLEANUP_COPIES struct disk_copies c = DISK_COPIES_NONE;
    struct xr_error err;

    (void)state;
    checkpoint_well(ID_A, "images/web.img", 0);
    assert_int_equal(chmod(at("ledger"), 0777), 0);
    assert_int_equal(note_begin(ID_B, at("images/web.img"), &c, &err), -EPERM);
    assert_int_equal(copies_find(ID_A, &c, &err), -EPERM);
    assert_int_equal(chmod(at("ledger"), 0700), 0);
    assert_int_equal(chmod(at("ledger/" ID_A), 0666), 0);
    assert_int_equal(copies_find(ID_A, &c, &err), -EPERM);
}

/* No room: there is no note, and no copy without one. */
static void a_full_disk(void **state)
{
    CLEANUP_COPIES struct disk_copies c = DISK_COPIES_NONE;
    struct rlimit before, limit;
    struct xr_error err;
    int fd;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_IGN);
    limit = before;
    limit.rlim_cur = 10;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_true(note_begin(ID_A, at("images/web.img"), &c, &err) < 0);
    assert_false(is_noted(ID_A, ".new"));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(note_begin(ID_A, at("images/web.img"), &c, &err), 0);
    fd = open(at("images/x"), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    limit.rlim_cur = c.length + 10;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_true(copies_keep(&c, fd, &err) < 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(copies_keep(&c, fd, &err), 0);
    assert_int_equal(copies_end(&c, &err), 0);
    assert_int_equal(copies_find(ID_A, &c, &err), 0);
    assert_true(c.file.is_set);
    close(fd);
}

static void note_stray(const struct disk_copies *c, const char *why, void *data)
{
    (void)why;
    snprintf(data, 64, "%s", c->id);
}

static void strays_are_told_and_stay(void **state)
{
    struct xr_error err;
    char found[64] = "";

    (void)state;
    checkpoint_well(ID_A, "images/web.img", 0);
    copies_each_stray(note_stray, found);
    assert_string_equal(found, "");
    assert_int_equal(copies_drop_stray(ID_A, false, &events, &err), -EPERM);
    assert_int_equal(unlink(at("images/web.img")), 0);
    copies_sweep(&events);
    assert_int_equal(access(copy_name(ID_A), F_OK), 0);
    copies_each_stray(note_stray, found);
    assert_string_equal(found, ID_A);
    assert_int_equal(copies_drop_stray(ID_A, true, &events, &err), 0);
    assert_int_equal(access(copy_name(ID_A), F_OK), 0);
    assert_int_equal(copies_drop_stray(ID_A, false, &events, &err), 0);
    expect_right(ID_A, "dropped by hand");
    assert_int_equal(copies_drop_stray(ID_A, false, &events, &err), -ENOENT);
}

/* What cannot be dropped now is dropped later. */
static void a_drop_that_fails_is_tried_again(void **state)
{
    CLEANUP_COPIES struct disk_copies peeked = DISK_COPIES_NONE;
    (void)state;
    checkpoint_well(ID_A, "images/web.img", 0);
    assert_int_equal(unlink(copy_name(ID_A)), 0);
    assert_int_equal(mkdir(copy_name(ID_A), 0700), 0);
    remove_by_name("images/web.img");
    assert_true(is_noted(ID_A, ".gone"));
    /* A question changes nothing. */
    assert_int_equal(copies_peek(ID_A, &peeked, NULL), -ENOENT);
    assert_true(is_noted(ID_A, ".gone"));
    assert_non_null(strstr(said, "cannot remove"));
    copies_sweep(&events);
    assert_true(is_noted(ID_A, ".gone"));
    assert_int_equal(rmdir(copy_name(ID_A)), 0);
    copies_sweep(&events);
    assert_false(is_noted(ID_A, ".gone"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(killed_at_any_step),
        TEST(failed_at_any_step),
        TEST(given_up_by_one_who_cannot_look),
        TEST(with_the_last_of_several),
        TEST(a_copied_image_has_none),
        TEST(a_moved_image_has_them),
        TEST(another_name_keeps_them),
        TEST(an_unmounted_folder_says_nothing),
        TEST(what_is_locked_is_left_alone),
        TEST(an_heir_ends_it),
        TEST(strange_leftovers),
        TEST(a_torn_line_does_not_count),
        TEST(a_moved_image_of_the_killed_keeps_them),
        TEST(a_folder_of_others_is_refused),
        TEST(a_full_disk),
        TEST(strays_are_told_and_stay),
        TEST(a_drop_that_fails_is_tried_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
