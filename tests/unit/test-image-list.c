/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a list of images names the wrong guest or the wrong time, leaves
 * an image out, or ends at the first file that is broken; and prune goes by it.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"
#include "engine/image_list.h"
#include "engine/series.h"
#include "stream_builder.h"

static char dir[] = "/tmp/test-image-list.XXXXXX";

static const char *in_dir(const char *name)
{
    static char path[4096];

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    return path;
}

static void write_file(const char *name, const void *bytes, size_t n)
{
    int fd = open(in_dir(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, n), n);
    close(fd);
}

static void write_image(const char *name, const char *record,
                        const char *config)
{
    const struct image_plan plan = {
        .container = 'x',
        .metadata = record != NULL,
        .record = record,
        .pages = 4,
        .config = config,
    };
    struct buffer b = { 0 };

    build_image(&b, &plan);
    write_file(name, b.data, b.length);
    buffer_free(&b);
}

static void make_folder(const char *name)
{
    assert_int_equal(mkdir(in_dir(name), 0700), 0);
}

static int setup(void **state)
{
    (void)state;
    snprintf(dir + strlen(dir) - 6, 7, "XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
    char command[4200];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    return system(command); /* NOLINT(cert-env33-c): a path of our own */
}

static const struct listed_image *only(const struct image_list *list)
{
    assert_int_equal(list->count, 1);
    return &list->items[0];
}

/* The record comes before the configuration. */
static void identity_of_the_record(void **state)
{
    CLEANUP_IMAGE_LIST struct image_list list = { 0 };
    const struct listed_image *image;

    (void)state;
    write_image("a", "domain.name=mail,domain.uuid=u-1,"
                "saved.at=2026-11-27T03:00:05Z,user.why=update",
                "{\"c_info\":{\"name\":\"web\",\"uuid\":\"u-2\"}}");
    assert_int_equal(image_list_add_file(&list, in_dir("a"), NULL), 0);
    image = only(&list);
    assert_true(image->readable);
    assert_string_equal(listed_name(image), "mail");
    assert_string_equal(image->summary.identity.uuid, "u-1");
    assert_int_equal(image->when, 1795748405);
    assert_int_equal(image->source, MOMENT_RECORD);
    assert_string_equal(keylist_get(&image->summary.labels, "why"), "update");
    assert_int_equal(image->summary.resumable, VERDICT_YES);
    assert_string_equal(image->file, "a");
}

/* Which disks there are the record says, and which of them have a copy. */
static void disks_of_the_record(void **state)
{
    CLEANUP_IMAGE_LIST struct image_list list = { 0 };
    const struct image_disks *disks;

    (void)state;
    write_image("a", "disk.xvda.kind=file,disk.xvda.driver=file,"
                "disk.xvda.copy=/srv/a,disk.xvdb.kind=phy,disk.xvdb.target=/dev/b,"
                "disk..kind=x,"
                "disk.xvdc=y,disk.kind=z", NULL);
    assert_int_equal(image_list_add_file(&list, in_dir("a"), NULL), 0);
    disks = &only(&list)->summary.disks;
    assert_int_equal(disks->count, 2);
    assert_non_null(image_disks_find(disks, "xvda"));
    assert_string_equal(image_disks_find(disks, "xvda")->copy, "/srv/a");
    assert_non_null(image_disks_find(disks, "xvdb"));
    assert_null(image_disks_find(disks, "xvdb")->copy);
}

/* Without a record the configuration says whose it is, the file's name when. */
static void identity_of_the_configuration(void **state)
{
    CLEANUP_IMAGE_LIST struct image_list list = { 0 };
    const struct listed_image *image;

    (void)state;
    write_image("2026-11-27T030005Z.img", NULL,
                "{\"c_info\":{\"name\":\"web\",\"uuid\":\"u-2\"}}");
    assert_int_equal(image_list_add_file(&list,
                                         in_dir("2026-11-27T030005Z.img"),
                                         NULL), 0);
    image = only(&list);
    assert_string_equal(listed_name(image), "web");
    assert_string_equal(image->summary.identity.uuid, "u-2");
    assert_false(image->summary.has_record);
    assert_int_equal(image->source, MOMENT_NAME);
    assert_int_equal(image->when, 1795748405);
    assert_int_equal(image->summary.resumable, VERDICT_UNKNOWN);
}

/* A time that is none is not believed. */
static void bad_times(void **state)
{
    static const char *const times[] = {
        "2026-11-27", "2026-02-31T03:00:05Z", "2026-11-27T03:00:05Zx",
        " 2026-11-27T03:00:05Z", "2026-11-27T3:00:05Z", "",
        "2026-11-27T03:00:61Z",
    };
    struct timespec stamp[2] = { { .tv_sec = 77 }, { .tv_sec = 77 } };
    char record[128];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(times); i++) {
        CLEANUP_IMAGE_LIST struct image_list list = { 0 };

        snprintf(record, sizeof(record), "saved.at=%s", times[i]);
        write_image("a", record, NULL);
        assert_int_equal(utimensat(AT_FDCWD, in_dir("a"), stamp, 0), 0);
        assert_int_equal(image_list_add_file(&list, in_dir("a"), NULL), 0);
        assert_int_equal(only(&list)->source, MOMENT_FILE);
        assert_int_equal(only(&list)->when, 77);
    }
}

static void names_of_a_series(void **state)
{
    static const char *const others[] = {
        "2026-11-27T030005Z", "2026-11-27T030005Z.img.1", "web.img", "",
        "2026-02-31T030005Z.img", " 2026-11-27T030005Z.img",
        "2026-11-27T03:00:05Z.img", "2026-1-27T030005Z.img",
        ".2026-11-27T030005Z.img.abcdefghijkl.partial",
    };
    char name[SERIES_FILE_SIZE];
    time_t when;
    size_t i;

    (void)state;
    series_file_name(1795748405, name);
    assert_string_equal(name, "2026-11-27T030005Z.img");
    assert_true(series_file_time(name, &when));
    assert_int_equal(when, 1795748405);
    for (i = 0; i < COUNT(others); i++)
        assert_false(series_file_time(others[i], NULL));
    assert_true(series_takes_guest("web-1.example"));
    assert_false(series_takes_guest(""));
    assert_false(series_takes_guest("."));
    assert_false(series_takes_guest(".."));
    assert_false(series_takes_guest(".hidden"));
    assert_false(series_takes_guest("a/b"));
    assert_false(series_takes_guest("../etc"));
}

static void make_tree(void)
{
    make_folder("web");
    make_folder("mail");
    make_folder(".hidden");
    write_image("mail/2026-11-28T030005Z.img", "domain.name=mail", NULL);
    write_image("mail/2026-11-27T030005Z.img", "domain.name=mail", NULL);
    write_image("web/before-update", "saved.at=2026-01-01T00:00:00Z", NULL);
    write_image("web/2026-11-27T030005Z.img", "", NULL);
    write_image("web.img", "", NULL);
    write_image(".hidden/a.img", "", NULL);
    write_image("web/.2026-11-27T030005Z.img.abcdefghijkl.partial", "", NULL);
    write_file("web/readme", "no image\n", 9);
    write_file("web/2026-11-29T030005Z.img", "no image\n", 9);
    write_file("mail/cut.img", "Xen saved domain, xl format\n \0 \r", 32);
    assert_int_equal(symlink("web.img", in_dir("link.img")), 0);
    assert_int_equal(mkfifo(in_dir("web/2026-11-26T030005Z.img"), 0600), 0);
}

/* What is in the list, a word for each. */
static const char *words_of(struct image_list *list)
{
    static char words[1024];
    size_t i, n = 0;

    image_list_sort(list);
    *words = '\0';
    for (i = 0; i < list->count; i++)
        n += (size_t)snprintf(words + n, sizeof(words) - n, "%s%s%s",
                              i ? " " : "", list->items[i].readable ? "" : "!",
                              list->items[i].path + strlen(dir) + 1);
    return words;
}

/* Broken files are in the list, by name, and the others come all the same. */
static void a_whole_folder(void **state)
{
    CLEANUP_IMAGE_LIST struct image_list list = { 0 };

    (void)state;
    make_tree();
    assert_int_equal(image_list_add_dir(&list, dir, NULL, NULL), 0);
    assert_non_null(image_list_failed(&list));
    assert_string_equal(words_of(&list),
                        "!web/2026-11-29T030005Z.img !mail/cut.img "
                        "mail/2026-11-27T030005Z.img "
                        "mail/2026-11-28T030005Z.img web/before-update "
                        "web/2026-11-27T030005Z.img web.img");
}

static void one_guest(void **state)
{
    CLEANUP_IMAGE_LIST struct image_list list = { 0 }, none = { 0 };
    struct xr_error err;

    (void)state;
    make_tree();
    assert_int_equal(image_list_add_dir(&list, dir, "web", NULL), 0);
    assert_string_equal(words_of(&list),
                        "!web/2026-11-29T030005Z.img web/before-update "
                        "web/2026-11-27T030005Z.img web.img");
    assert_int_equal(image_list_add_dir(&none, dir, "nobody", &err), -ENOENT);
    assert_int_equal(image_list_add_dir(&none, dir, "../etc", &err), -ENOENT);
    assert_int_equal(image_list_add_dir(&none, in_dir("missing"), NULL, &err),
                     -ENOENT);
    assert_int_equal(none.count, 0);
}

/* A file that was named is in the list, whatever it is. */
static void named_files(void **state)
{
    static const char *const names[] = {
        "readme", "missing", "", "2026-11-26T030005Z.img",
    };
    CLEANUP_IMAGE_LIST struct image_list list = { 0 };
    char path[64];
    size_t i;

    (void)state;
    make_tree();
    for (i = 0; i < COUNT(names); i++) {
        snprintf(path, sizeof(path), "web/%s", names[i]);
        assert_int_equal(image_list_add_file(&list, in_dir(path), NULL), 0);
        assert_false(list.items[i].readable);
        assert_int_not_equal(list.items[i].error.code, 0);
    }
    assert_int_equal(list.count, COUNT(names));
}

int main(void)
{
#define TEST(function) \
    cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(identity_of_the_record),
        TEST(disks_of_the_record),
        TEST(identity_of_the_configuration),
        TEST(bad_times),
        TEST(names_of_a_series),
        TEST(a_whole_folder),
        TEST(one_guest),
        TEST(named_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
