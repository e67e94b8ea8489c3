/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a restore gives the toolstack another image than the one that was
 * verified, and whose disks were put back.
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

#include "engine/disk_use.h"
#include "engine/heir.h"
#include "engine/plugin_files.h"
#include "engine/restore_image.h"
#include "engine/restore_state.h"
#include "engine/rollback_note.h"
#include "engine/watch.h"

static char folder[] = "/tmp/test-restore-run.XXXXXX";
static char image[sizeof(folder) + 8];

enum moment { NEVER, BEFORE, WITH_THE_DISKS, WITH_THE_CLONES };
static enum moment replaced_at;
static bool grows;       /* in place, rather than being replaced */
static int put_back, toolstacks;
static bool clones_stay;

static void write_image(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static void happen(enum moment moment)
{
    char other[sizeof(image) + 4];

    if (replaced_at != moment)
        return;
    if (grows) {
        write_image(image, "more");
        return;
    }
    snprintf(other, sizeof(other), "%s.new", image);
    write_image(other, "image");
    assert_int_equal(rename(other, image), 0);
}

/* --- all around it */

int connection_open(struct connection *out, struct xr_error *err)
{
    (void)err;
    *out = (struct connection){ .xch = NULL };
    return 0;
}

void connection_close(struct connection *connection)
{
    (void)connection;
}

int disk_use_refuse(const struct connection *connection,
                    const struct domain_config *domain, struct xr_error *err)
{
    (void)connection;
    (void)domain;
    (void)err;
    return 0;
}

int way_begin(struct way_stages *w, uint32_t domid, struct xr_error *err)
{
    (void)w;
    (void)domid;
    (void)err;
    return 0;
}

int way_put_back(struct way_stages *w, struct xr_error *err)
{
    (void)w;
    (void)err;
    return 0;
}

int restore_disks_put_back(const struct restore *r, struct xr_error *err)
{
    (void)r;
    (void)err;
    put_back++;
    happen(WITH_THE_DISKS);
    return 0;
}

int restore_clones_make(struct restore *r, struct xr_error *err)
{
    (void)r;
    (void)err;
    happen(WITH_THE_CLONES);
    return 0;
}

void restore_clones_end(struct restore *r, bool made)
{
    (void)r;
    clones_stay = made;
}

void restore_clones_inherit(const struct restore *r)
{
    (void)r;
}

int plugin_preload(struct xr_error *err)
{
    (void)err;
    return 0;
}

int restore_image(const struct restore_order *order, struct xr_error *err)
{
    (void)order;
    (void)err;
    toolstacks++;
    return 0;
}

int restore_refuse(const struct restore *r, struct xr_error *err)
{
    (void)r;
    return -err->code;
}

bool restore_note_say(const struct restore *r)
{
    (void)r;
    return false;
}

int store_find_domain(struct store *store, const char *name,
                      uint32_t *domid_out, struct xr_error *err)
{
    (void)store;
    (void)name;
    *domid_out = 8;
    (void)err;
    return 0;
}

int judge_domain_with(xc_interface *xch, struct store *store, uint32_t domid,
                      const struct judge_aids *aids, struct judgement *out,
                      struct xr_error *err)
{
    (void)xch;
    (void)store;
    (void)aids;
    (void)err;
    *out = (struct judgement){ .domain.domid = domid };
    return 0;
}

int watch_domain(const struct watched *w, unsigned int seconds,
                 const struct pulse *pulse, struct xr_error *err)
{
    (void)w;
    (void)seconds;
    (void)pulse;
    (void)err;
    return 0;
}

int rollback_note_remove(const char *uuid, struct xr_error *err)
{
    (void)uuid;
    (void)err;
    return 0;
}

void restore_disks_wait(const struct restore *r)
{
    (void)r;
}

void restore_adopt_locks(struct restore_locks *locks)
{
    (void)locks;
}

bool restore_was_made(const struct restore *r)
{
    (void)r;
    return false;
}

int restore_hooks_end(struct restore *r, enum guest_fate guest,
                      uint32_t domid, struct xr_error *err)
{
    (void)r;
    (void)guest;
    (void)domid;
    (void)err;
    return 0;
}

int restore_take_locks(const struct restore *r, struct restore_locks *out,
                       struct xr_error *err)
{
    (void)r;
    (void)out;
    (void)err;
    return 0;
}

void restore_release_locks(struct restore_locks *locks)
{
    (void)locks;
}

int heir_appoint(struct heir *heir, const struct events *events,
                 void (*inherit)(void *data), void *data,
                 struct xr_error *err)
{
    (void)events;
    (void)inherit;
    (void)data;
    (void)err;
    *heir = (struct heir)HEIR_NONE;
    return 0;
}

void heir_dismiss(struct heir *heir)
{
    (void)heir;
}

/* --- the tests */

static int begin(void **state)
{
    (void)state;
    replaced_at = NEVER;
    grows = clones_stay = false;
    put_back = toolstacks = 0;
    unlink(image);
    write_image(image, "image");
    return 0;
}

/* Once it was verified.  held: by who goes back, whatever the path names. */
static int make(int held, struct xr_error *err)
{
    static const struct events quiet = { .data = NULL };
    struct restore_outcome outcome;
    const struct heir heir = HEIR_NONE;
    struct restore r = {
        .events = &quiet,
        .options.path = image,
        .image_fd = held,
    };

    assert_int_equal(stat(image, &r.seen), 0);
    happen(BEFORE);
    return restore_make(&r, &heir, &outcome, err);
}

static void the_image_that_was_verified_is_restored(void **state)
{
    struct xr_error err;

    (void)state;
    assert_int_equal(make(0, &err), 0);
    assert_int_equal(put_back, 1);
    assert_int_equal(toolstacks, 1);
    assert_true(clones_stay);
}

static void assert_refused(int disks_put_back)
{
    struct xr_error err;

    assert_int_equal(make(0, &err), -EBUSY);
    assert_int_equal(err.reason, XR_REASON_LOCKED);
    assert_int_equal(put_back, disks_put_back);
    assert_int_equal(toolstacks, 0);
    assert_false(clones_stay);
}

static void no_other_one_gets_its_disks(void **state)
{
    (void)state;
    replaced_at = BEFORE;
    assert_refused(0);
}

static void one_that_was_written_to_is_another(void **state)
{
    (void)state;
    replaced_at = BEFORE;
    grows = true;
    assert_refused(0);
}

static void disks_may_take_long(void **state)
{
    (void)state;
    replaced_at = WITH_THE_DISKS;
    assert_refused(1);
    begin(state);
    replaced_at = WITH_THE_CLONES;
    assert_refused(1);
}

static void one_that_is_held_needs_no_name(void **state)
{
    struct xr_error err;

    (void)state;
    replaced_at = BEFORE;
    assert_int_equal(make(99, &err), 0);
    assert_int_equal(toolstacks, 1);
}

static int make_folder_for_all(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(image, sizeof(image), "%s/image", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(image);
    return rmdir(folder);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_image_that_was_verified_is_restored, begin),
        cmocka_unit_test_setup(no_other_one_gets_its_disks, begin),
        cmocka_unit_test_setup(one_that_was_written_to_is_another, begin),
        cmocka_unit_test_setup(disks_may_take_long, begin),
        cmocka_unit_test_setup(one_that_is_held_needs_no_name, begin),
    };

    return cmocka_run_group_tests(tests, make_folder_for_all, remove_folder);
}
