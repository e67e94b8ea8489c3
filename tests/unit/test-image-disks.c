/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a record says of disks is read as it stands, and what makes no sense is not
 * said.  If this fails, memory is restored over disks of another time, or a
 * record that somebody has made up steers what is done to disks.
 */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/image_disks.h"

static struct image_disks disks;
static struct keylist record;

static void read_list(const char *text)
{
    image_disks_free(&disks);
    keylist_free(&record);
    assert_int_equal(keylist_parse(text, strlen(text), &record, NULL), 0);
    assert_int_equal(image_disks_read(&record, &disks, NULL), 0);
}

static int teardown(void **state)
{
    (void)state;
    image_disks_free(&disks);
    keylist_free(&record);
    return 0;
}

static void reads_all_of_it(void **state)
{
    const struct image_disk *d;

    (void)state;
    read_list("domain.name=web,checkpoint.id=u-u-i-d,"
              "disk.xvda.kind=file,disk.xvda.target=/srv/web.img,"
              "disk.xvda.format=raw,disk.xvda.mode=w,"
              "disk.xvda.size=00000000000000000512,"
              "disk.xvda.mtime=2026-11-30T06:05:50.123456789Z,"
              "disk.xvda.id=inode:7,disk.xvda.driver=file,"
              "disk.xvda.copy=/srv/web.img.xr-u,"
              "disk.hdc.kind=device,disk.hdc.mode=r,disk.hdc.target=/dev/cd");
    assert_string_equal(disks.checkpoint, "u-u-i-d");
    assert_int_equal(disks.count, 2);
    d = image_disks_find(&disks, "xvda");
    assert_string_equal(d->kind, "file");
    assert_string_equal(d->target, "/srv/web.img");
    assert_string_equal(d->format, "raw");
    assert_string_equal(d->id, "inode:7");
    assert_string_equal(d->driver, "file");
    assert_string_equal(d->copy, "/srv/web.img.xr-u");
    assert_true(d->written && d->has_size && d->has_mtime);
    assert_int_equal(d->size, 512);
    assert_int_equal(d->mtime.tv_sec, 1796018750);
    assert_int_equal(d->mtime.tv_nsec, 123456789);
    d = image_disks_find(&disks, "hdc");
    assert_string_equal(d->kind, "device");
    assert_false(d->written || d->has_size || d->has_mtime);
    assert_null(d->copy);
    assert_null(image_disks_find(&disks, "xvd"));
    assert_null(image_disks_find(&disks, "xvdaa"));
    assert_int_equal(image_disks_written(&disks), 1);
    assert_int_equal(image_disks_kept(&disks), 1);
}

/* One that nobody says is only read may be written. */
static void takes_a_disk_for_written(void **state)
{
    (void)state;
    read_list("disk.xvda.kind=file");
    assert_true(disks.items[0].written);
    read_list("disk.xvda.kind=file,disk.xvda.mode=");
    assert_true(disks.items[0].written);
    read_list("disk.xvda.mode=r");
    assert_false(disks.items[0].written);
}

static void passes_over_what_makes_no_sense(void **state)
{
    static const char *const nothing[] = {
        "domain.name=web", "disk.=x", "disk.xvda=x", "disk..kind=file",
        "disk.xvda.colour=red", "disk.xvda.kind.more=file", "diskxvda.kind=a",
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(nothing); i++) {
        read_list(nothing[i]);
        assert_int_equal(disks.count, 0);
        assert_false(disks.more);
        assert_null(disks.checkpoint);
    }
    read_list("disk.xvda.kind=riddle,disk.xvda.size=-1,disk.xvda.copy=,"
              "disk.xvda.target=/a\\x00b,disk.xvda.driver=file,"
              "checkpoint.id=");
    assert_int_equal(disks.count, 1);
    assert_null(disks.items[0].kind);
    assert_null(disks.items[0].target);
    assert_null(disks.items[0].copy);
    assert_null(disks.items[0].driver);
    assert_false(disks.items[0].has_size);
    assert_null(disks.checkpoint);
}

/* Who would put back a copy that nobody has? */
static void knows_no_copy_without_its_driver(void **state)
{
    (void)state;
    read_list("disk.a.kind=file,disk.a.copy=/a.xr,"
              "disk.b.kind=file,disk.b.driver=file");
    assert_int_equal(disks.count, 2);
    assert_null(disks.items[0].copy);
    assert_null(disks.items[1].driver);
    assert_int_equal(image_disks_kept(&disks), 0);
}

static void takes_one_form_of_a_time(void **state)
{
    static const char *const bad[] = {
        "", "2026-11-30T06:05:50Z", "2026-11-30T06:05:50.12345678Z",
        "2026-11-30T06:05:50.1234567890Z", "2026-11-30T06:05:50.123456789",
        "2026-11-31T06:05:50.123456789Z", "2026-11-30 06:05:50.123456789Z",
        "2026-11-30T06:05:50,123456789Z", "2026-11-30T06:05:50.12345678-Z",
        "2026-11-30T06:05:50.123456789z", "2026-11-30T06:05:5a.123456789Z",
    };
    char text[80];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(bad); i++) {
        snprintf(text, sizeof(text), "disk.a.mtime=%s", bad[i]);
        if (strchr(bad[i], ','))
            snprintf(text, sizeof(text),
                     "disk.a.mtime=2026-11-30T06:05:50\\,123456789Z");
        read_list(text);
        assert_int_equal(disks.count, 1);
        assert_false(disks.items[0].has_mtime);
    }
}

static void holds_so_many_and_no_more(void **state)
{
    char key[32];
    int i;

    (void)state;
    image_disks_free(&disks);
    keylist_free(&record);
    for (i = 0; i <= IMAGE_DISKS_MAX; i++) {
        snprintf(key, sizeof(key), "disk.d%d.kind", i);
        assert_int_equal(keylist_set_text(&record, key, "file"), 0);
    }
    assert_int_equal(image_disks_read(&record, &disks, NULL), 0);
    assert_int_equal(disks.count, IMAGE_DISKS_MAX);
    assert_true(disks.more);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(reads_all_of_it, teardown),
        cmocka_unit_test_teardown(takes_a_disk_for_written, teardown),
        cmocka_unit_test_teardown(passes_over_what_makes_no_sense, teardown),
        cmocka_unit_test_teardown(knows_no_copy_without_its_driver, teardown),
        cmocka_unit_test_teardown(takes_one_form_of_a_time, teardown),
        cmocka_unit_test_teardown(holds_so_many_and_no_more, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
