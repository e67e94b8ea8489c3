/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a host that loses its power while disks are put back says nothing of
 * it afterwards, or a guest is started on half of them.
 */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "engine/restore_state.h"
#include "engine/rollback_note.h"
#include "util/cleanup.h"

#define UUID "AB000000-0000-4000-8000-000000000001"
#define NOTED "ab000000-0000-4000-8000-000000000001"

static char dir[64], image[96], said[1024];
static struct domain_disk was, is;
static struct restore r;
static struct xr_error err;

/* The real ones want a Xen. */
bool restore_is_original_disk(const struct restore *restore,
                              const struct domain_disk *disk)
{
    return !strcmp(restore->original.disks[0].path, disk->path);
}

static void hear(void *data, enum message_level level, const char *text)
{
    (void)data;
    (void)level;
    snprintf(said, sizeof(said), "%s", text);
}

static const struct events ear = { .message = hear };

static int setup(void **state)
{
    static char name[] = "web", uuid[] = UUID, noted[] = NOTED;
    static char dev[] = "xvda", path[] = "/dev/vg0/web";
    char notes[96];

    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/test-note.XXXXXX");
    assert_non_null(mkdtemp(dir));
    snprintf(notes, sizeof(notes), "%s/notes", dir);
    snprintf(image, sizeof(image), "%s/web.img", dir);
    setenv("XR_ROLLBACK_DIR", notes, 1);
    close(open(image, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    was = is = (struct domain_disk){ .dev = dev, .path = path, .written = true };
    r = (struct restore){
        .events = &ear,
        .options = { .path = image, .disks = RESTORE_DISKS_BACK },
        .original = { .uuid = uuid, .disks = &was, .disk_count = 1 },
        .domain = {
            .name = name, .uuid = uuid, .disks = &is, .disk_count = 1,
        },
        .copies = { .name = name, .uuid = noted, .lock = -1 },
    };
    said[0] = '\0';
    return 0;
}

static int teardown(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    return system(command);
}

static bool is_noted(struct rollback_note *out)
{
    rollback_note_free(out);
    return !rollback_note_read(NOTED, out, NULL);
}

static void stays_while_disks_are_put_back(void **state)
{
    CLEANUP_ROLLBACK_NOTE struct rollback_note note = { .name = NULL };
    CLEANUP_CLOSE int fd = open(image, O_RDONLY | O_CLOEXEC);

    (void)state;
    assert_int_equal(disk_names_add(&r.options.as_it_is, "xvdb", &err), 0);
    assert_int_equal(restore_note_begin(&r, &err), 0);
    assert_true(is_noted(&note));
    assert_true(note.by_restore);
    assert_string_equal(note.name, "web");
    assert_string_equal(note.image, image);
    assert_string_equal(note.as_it_is, "xvdb");
    assert_true(rollback_holds_image(fd));
    assert_true(restore_note_say(&r));
    assert_non_null(strstr(said, "xen-resumable restore --disks=back "
                           "--as-it-is=xvdb "));
    restore_note_end(&r);
    assert_false(is_noted(&note));
    assert_false(restore_note_say(&r));
    assert_false(rollback_holds_image(fd));
}

/* Where nothing can be noted nothing is done. */
static void is_there_before_anything_is_written(void **state)
{
    (void)state;
    unlink(image);
    assert_int_equal(restore_note_begin(&r, &err), -ENOENT);
}

static void write_rollbacks(char *of)
{
    static char name[] = "web", uuid[] = NOTED, safety[] = "/before.img";
    struct rollback_note note = {
        .name = name, .uuid = uuid, .image = of, .safety = safety,
    };

    assert_int_equal(rollback_note_write(&note, &err), 0);
}

static void leaves_a_rollbacks_note(void **state)
{
    CLEANUP_ROLLBACK_NOTE struct rollback_note note = { .name = NULL };
    static char other[] = "/other.img";

    (void)state;
    r.options.goes_back = true;
    assert_int_equal(restore_note_begin(&r, &err), 0);
    assert_false(is_noted(&note));
    r.options.goes_back = false;
    write_rollbacks(image);
    assert_int_equal(restore_note_begin(&r, &err), 0);
    restore_note_end(&r);
    assert_true(is_noted(&note));
    assert_false(note.by_restore);
    /* The disks are on their way to another image now. */
    write_rollbacks(other);
    assert_int_equal(restore_note_begin(&r, &err), 0);
    assert_true(is_noted(&note));
    assert_true(note.by_restore);
    assert_string_equal(note.image, image);
    assert_string_equal(note.safety, "/before.img");
}

static int asks(enum restore_disks disks)
{
    r.options.disks = disks;
    return restore_note_refuse(&r, &err);
}

static void no_guest_gets_half_of_its_disks(void **state)
{
    static char another[] = "/dev/vg0/another";

    (void)state;
    assert_int_equal(asks(RESTORE_DISKS_UNSAID), 0);
    assert_int_equal(rollback_note_refuse(UUID, &err), 0);
    r.options.disks = RESTORE_DISKS_BACK;
    assert_int_equal(restore_note_begin(&r, &err), 0);
    assert_int_equal(asks(RESTORE_DISKS_BACK), 0);
    assert_int_equal(asks(RESTORE_DISKS_COPIES), 0);
    assert_int_equal(asks(RESTORE_DISKS_AS_THEY_ARE), 0);
    assert_int_equal(asks(RESTORE_DISKS_UNSAID), -EBUSY);
    assert_int_equal(err.reason, XR_REASON_DISK_CHANGED);
    assert_non_null(strstr(err.message, "xen-resumable restore --disks=back"));
    /* With other disks it has nothing to do with these. */
    assert_int_equal(disk_names_add(&r.options.as_it_is, "xvda", &err), 0);
    assert_int_equal(asks(RESTORE_DISKS_UNSAID), 0);
    r.options.as_it_is.count = 0;
    is.path = another;
    assert_int_equal(asks(RESTORE_DISKS_UNSAID), 0);
    /* What a rollback has noted does not say that they are half put back. */
    is.path = was.path;
    write_rollbacks(image);
    assert_int_equal(asks(RESTORE_DISKS_UNSAID), 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(stays_while_disks_are_put_back),
        TEST(is_there_before_anything_is_written),
        TEST(leaves_a_rollbacks_note),
        TEST(no_guest_gets_half_of_its_disks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
