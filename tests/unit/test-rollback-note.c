/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The note of a rollback is whole or not there, is believed only where root alone
 * could have written it, and keeps its image from being removed.  If this fails, a
 * guest that is in its image alone is forgotten, or somebody else names an image that
 * root then restores.
 */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/image_remove.h"
#include "engine/new_image.h"
#include "engine/rollback_note.h"
#include "util/buffer.h"
#include "util/cleanup.h"
#include "util/shell_word.h"

#define UUID "ab000000-0000-4000-8000-000000000001"

static char dir[64], notes[96], image[96];

static int setup(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/test-note.XXXXXX");
    assert_non_null(mkdtemp(dir));
    snprintf(notes, sizeof(notes), "%s/notes", dir);
    snprintf(image, sizeof(image), "%s/web.img", dir);
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

static struct rollback_note made(void)
{
    static char name[] = "web, \"it\"", uuid[] = UUID;

    return (struct rollback_note){
        .name = name, .uuid = uuid, .image = image,
        .inode = 42, .domid = 7,
    };
}

static void comes_back_as_it_was(void **state)
{
    static char as_it_is[] = "xvdb xvdc";
    static char safety[] = "/a,b=c\n\xff";
    struct rollback_note note = made();
    struct rollback_note got;

    (void)state;
    note.safety = safety;
    note.as_it_is = as_it_is;
    assert_int_equal(rollback_note_read(UUID, &got, NULL), -ENOENT);
    assert_int_equal(rollback_note_write(&note, NULL), 0);
    assert_int_equal(rollback_note_read(UUID, &got, NULL), 0);
    assert_string_equal(got.name, note.name);
    assert_string_equal(got.image, image);
    assert_string_equal(got.safety, safety);
    assert_string_equal(got.as_it_is, as_it_is);
    assert_int_equal(got.inode, 42);
    assert_int_equal(got.domid, 7);
    assert_int_equal(got.since, note.since);
    assert_true(rollback_note_is_of_this_boot(&got));
    assert_false(got.by_restore);
    rollback_note_free(&got);

    assert_int_equal(rollback_note_find(note.name, &got, NULL), 0);
    rollback_note_free(&got);
    assert_int_equal(rollback_note_find(UUID, &got, NULL), 0);
    rollback_note_free(&got);
    assert_int_equal(rollback_note_find("mail", &got, NULL), -ENOENT);

    note.safety = note.as_it_is = NULL;
    note.by_restore = true;
    assert_int_equal(rollback_note_write(&note, NULL), 0);
    assert_int_equal(rollback_note_read(UUID, &got, NULL), 0);
    assert_null(got.safety);
    assert_null(got.as_it_is);
    assert_true(got.by_restore);
    rollback_note_free(&got);
    assert_int_equal(rollback_note_remove(UUID, NULL), 0);
    assert_int_equal(rollback_note_remove(UUID, NULL), 0);
    assert_int_equal(rollback_note_read(UUID, &got, NULL), -ENOENT);
}

static void write_text(const char *text)
{
    CLEANUP_FREE char *path = rollback_note_path(UUID);
    int fd;

    (void)mkdir(notes, 0700);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

#define SOUND "name=web,uuid=" UUID ",image=/a,inode=1," \
              "domid=7,since=1,boot=b"

static void takes_nothing_that_makes_no_sense(void **state)
{
    static const char *const bad[] = {
        "", "nonsense", "name=web",
        "name=web,uuid=other,image=/a,inode=1,domid=7,since=1,"
        "boot=b",
        "name=web,uuid=" UUID ",image=a,inode=1,domid=7,since=1,"
        "boot=b",
        "name=,uuid=" UUID ",image=/a,inode=1,domid=7,since=1,"
        "boot=b",
        "name=web,uuid=" UUID ",image=/a,inode=-1,domid=7,since=1,"
        "boot=b",
        "name=web,uuid=" UUID ",image=/a,inode=1,domid=4294967296,"
        "since=1,boot=b",
        "name=web,uuid=" UUID ",image=/a,inode=1,domid=7,since=1",
    };
    struct rollback_note got;
    size_t i;

    (void)state;
    write_text(SOUND "\n");
    assert_int_equal(rollback_note_read(UUID, &got, NULL), 0);
    assert_false(rollback_note_is_of_this_boot(&got));
    rollback_note_free(&got);
    for (i = 0; i < COUNT(bad); i++) {
        write_text(bad[i]);
        assert_int_equal(rollback_note_read(UUID, &got, NULL), -EBADMSG);
        assert_int_equal(rollback_note_find("web", &got, NULL), -ENOENT);
    }
}

static void believes_root_alone(void **state)
{
    struct rollback_note note = made(), got;

    (void)state;
    write_text(SOUND);
    assert_int_equal(chmod(notes, 0770), 0);
    assert_int_equal(rollback_note_read(UUID, &got, NULL), -EACCES);
    assert_int_equal(rollback_note_find("web", &got, NULL), -ENOENT);
    assert_int_equal(rollback_note_write(&note, NULL), -EACCES);
}

static struct stat make_image(void)
{
    int fd = open(image, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    struct stat st;

    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &st), 0);
    close(fd);
    return st;
}

static const struct events quiet = { .data = NULL };

/* By a checkpoint that keeps no former one. */
static int replace_image(struct xr_error *err)
{
    struct new_image new;
    int r;

    assert_int_equal(new_image_name(&new, image, err), 0);
    assert_int_equal(new_image_open(&new, err), 0);
    r = new_image_commit(&new, 0, &quiet, err);
    new_image_abandon(&new);
    return r;
}

static void keeps_its_image(void **state)
{
    struct rollback_note note = made();
    struct stat st = make_image(), now;
    struct xr_error err;
    int fd = open(image, O_RDONLY | O_CLOEXEC);

    (void)state;
    note.inode = st.st_ino;
    assert_int_equal(rollback_note_write(&note, NULL), 0);
    assert_int_equal(image_remove(image, &st, &quiet, &err), -EBUSY);
    assert_int_equal(err.reason, XR_REASON_LOCKED);
    assert_non_null(strstr(err.message, "a rollback needs it"));

    /* It was laid out anew since, and is another file. */
    note.inode++;
    assert_int_equal(rollback_note_write(&note, NULL), 0);
    assert_int_equal(image_remove(image, &st, &quiet, &err), -EBUSY);
    assert_int_equal(rollback_note_remove(UUID, NULL), 0);

    /* Before there is a note, for as long as it lives. */
    assert_false(rollback_holds_image(fd));
    rollback_hold_image(fd);
    assert_int_equal(image_remove(image, &st, &quiet, &err), -EBUSY);
    assert_int_equal(replace_image(&err), -EBUSY);
    assert_int_equal(err.reason, XR_REASON_LOCKED);
    assert_int_equal(stat(image, &now), 0);
    assert_int_equal(now.st_ino, st.st_ino);
    close(fd);
    assert_int_equal(image_remove(image, &st, &quiet, &err), 0);
    assert_int_equal(access(image, F_OK), -1);
}

static void expect_word(const char *word, const char *expected)
{
    CLEANUP_BUFFER struct buffer b = { 0 };

    buffer_put_shell_word(&b, word);
    assert_string_equal(b.data, expected);
}

static void is_a_command_that_a_shell_reads(void **state)
{
    struct rollback_note note = {
        .name = (char *)"web", .image = (char *)"/var/web.img",
    };
    char *command = rollback_command(&note);

    (void)state;
    assert_string_equal(command, "xen-resumable rollback web /var/web.img");
    free(command);
    note = (struct rollback_note){
        .name = (char *)"-rf", .image = (char *)"/a b/it's; $(rm)",
        .as_it_is = (char *)"xvdb x;",
    };
    command = rollback_command(&note);
    assert_string_equal(command, "xen-resumable rollback --as-it-is=xvdb "
                        "--as-it-is='x;' -- -rf '/a b/it'\\''s; $(rm)'");
    free(command);
    note = (struct rollback_note){
        .name = (char *)"web", .image = (char *)"/var/web.img",
        .as_it_is = (char *)"xvdb", .by_restore = true,
    };
    command = rollback_command(&note);
    assert_string_equal(command, "xen-resumable restore --disks=back "
                        "--as-it-is=xvdb /var/web.img");
    free(command);
    expect_word("", "''");
    expect_word("'", "''\\'''");
    expect_word("a\nb", "'a\nb'");
    expect_word("~root", "'~root'");
    expect_word("*", "'*'");
    expect_word("a=b:c@d%e+f,g_h-i.j/k", "a=b:c@d%e+f,g_h-i.j/k");
    expect_word("\xc3\xa4", "'\xc3\xa4'");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(comes_back_as_it_was),
        TEST(takes_nothing_that_makes_no_sense),
        TEST(believes_root_alone),
        TEST(keeps_its_image),
        TEST(is_a_command_that_a_shell_reads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
