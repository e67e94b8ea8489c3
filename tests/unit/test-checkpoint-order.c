/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a checkpoint gives the guest or its former image up for an image that
 * is not whole, not sound, not judged or not on the disk; or resumes a guest before it
 * may, or twice.  What each step does is the others' business: here is their order, and
 * what comes of it if one of them fails.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "domain/own_suspend.h"
#include "engine/checkpoint_disks.h"
#include "engine/parent_image.h"
#include "engine/restore_image.h"
#include "lib/seal_image.h"
#include "lib/verify.h"
#include "unit.h"
#include "xen/hypervisor.h"
#include "xen/known_notes.h"

/* What was done, a word each; the one that fails, and by what. */
static char done[512];
static const char *fails;
static int fails_by;

static bool is_suspended, is_gone, goes_all_the_same, is_sound, is_named;
static enum lock_state state_now;
static enum guest_fate told_guest;
static enum image_fate told_image;
static const char *held_image;

static int step(const char *word, struct xr_error *err)
{
    size_t n = strlen(done);

    assert_true(n + strlen(word) + 2 <= sizeof(done));
    snprintf(done + n, sizeof(done) - n, "%s ", word);
    return fails && !strcmp(fails, word)
           ? error_set(err, fails_by, "%s fails", word) : 0;
}

static bool was_done(const char *word)
{
    char spaced[32], all[sizeof(done) + 1];

    snprintf(all, sizeof(all), " %s", done);
    snprintf(spaced, sizeof(spaced), " %s ", word);
    return strstr(all, spaced);
}

/* --- the domain */

int domain_read(xc_interface *xch, uint32_t domid, struct domain *out,
                struct xr_error *err)
{
    (void)xch;
    *out = (struct domain){
        .domid = domid, .shutdown = is_suspended,
        .shutdown_reason = SHUTDOWN_suspend,
    };
    return is_gone ? error_set(err, ENOENT, "no such domain") : 0;
}

enum guest_fate guest_fate_read(xc_interface *xch, const struct domain *before,
                                uint32_t *domid_out)
{
    (void)xch;
    *domid_out = before->domid;
    return is_gone ? FATE_GONE : is_suspended ? FATE_SUSPENDED : FATE_RUNS;
}

const char *guest_fate_name(enum guest_fate fate)
{
    (void)fate;
    return "";
}

int libxl_session_resume(struct libxl_session *session, uint32_t domid,
                         struct xr_error *err)
{
    int r = step("resume", err);

    (void)session;
    assert_int_equal(domid, 7);
    is_suspended = is_suspended && r;
    return r;
}

int checkpoint_destroy(const struct taking *t, struct xr_error *err)
{
    int r = step("destroy", err);

    (void)t;
    is_gone = !r || goes_all_the_same;
    return r;
}

int restore_image(const struct restore_order *order, struct xr_error *err)
{
    int r = step("restore", err);

    assert_string_equal(order->path, "/image");
    assert_true(is_gone);
    is_gone = r;
    is_suspended = false;
    return r;
}

enum lock_state lock_state(const char *uuid)
{
    (void)uuid;
    return state_now;
}

int lock_set_state(const char *uuid, enum lock_state state,
                   struct xr_error *err)
{
    (void)uuid;
    (void)err;
    state_now = state;
    return 0;
}

void checkpoint_release_lock(struct checkpoint *c)
{
    (void)c;
    (void)step("unlock", NULL);
}

int store_find_domain(struct store *store, const char *name,
                      uint32_t *domid_out, struct xr_error *err)
{
    (void)store;
    (void)name;
    (void)err;
    *domid_out = 8;
    return 0;
}

char *store_read_domain(struct store *store, uint32_t domid, const char *node)
{
    (void)store;
    (void)node;
    assert_int_equal(domid, 8);
    return strdup("restore 1.0");
}

/* --- the image */

bool stages_image_is_in_place(const struct stages *s)
{
    (void)s;
    return is_named;
}

void stages_image_is(struct stages *s, const struct stat *file)
{
    (void)s;
    assert_non_null(file);
}

enum image_fate image_fate_without_new(const char *path)
{
    (void)path;
    return IMAGE_UNTOUCHED;
}

int taking_note_facts(struct taking *t, struct xr_error *err)
{
    (void)t;
    return step("facts", err);
}

bool taking_tell_progress(const struct taking *t)
{
    (void)t;
    return false;
}

int __wrap_seal_image(int fd, const struct verify_options *options,
                      struct verify_result *result, struct seal *out,
                      bool *was_sealed, struct xr_error *err);
int __wrap_seal_image(int fd, const struct verify_options *options,
                      struct verify_result *result, struct seal *out,
                      bool *was_sealed, struct xr_error *err)
{
    (void)fd;
    (void)options;
    (void)result;
    (void)out;
    *was_sealed = false;
    return step("seal", err);
}

int __wrap_verify_image(int fd, const struct verify_options *options,
                        struct verify_result *out, struct xr_error *err);
int __wrap_verify_image(int fd, const struct verify_options *options,
                        struct verify_result *out, struct xr_error *err)
{
    (void)fd;
    assert_false(options->structure);
    out->ok = is_sound;
    return step("verify", err);
}

int new_image_sync(struct new_image *image, struct xr_error *err)
{
    (void)image;
    return step("sync", err);
}

int target_check(const struct connection *connection,
                 const struct target *target, struct xr_error *err)
{
    (void)connection;
    assert_string_equal(target->path, "/image");
    return step("check", err);
}

int taking_keep_copies(struct taking *t, struct xr_error *err)
{
    (void)t;
    return step("keep", err);
}

int new_image_put_in_place(struct new_image *image, unsigned int keep,
                           const struct events *events,
                           struct disk_copies *going, struct xr_error *err)
{
    int r = step("name", err);

    (void)image;
    (void)keep;
    (void)events;
    (void)going;
    is_named = !r;
    return r;
}

void taking_end_copies(struct taking *t)
{
    (void)t;
    (void)step("kept", NULL);
}

void new_image_abandon(struct new_image *image)
{
    (void)image;
    (void)step("abandon", NULL);
}

/* --- who is told */

int stages_end(struct stages *s, enum image_fate image, enum guest_fate guest,
               uint32_t domid, struct xr_error *err)
{
    (void)s;
    (void)domid;
    told_image = image;
    told_guest = guest;
    return step("tell", err);
}

void stages_hide(const struct stages *s)
{
    (void)s;
}

void say_it_is_held(const struct events *events,
                    const struct judgement *judgement, const char *image)
{
    (void)events;
    (void)judgement;
    held_image = image;
    (void)step("held", NULL);
}

int watch_domain(const struct watched *w, unsigned int seconds,
                 const struct pulse *pulse, struct xr_error *err)
{
    (void)w;
    (void)seconds;
    (void)pulse;
    return step("watch", err);
}

int events_fail(const struct events *e, const char *subject,
                const struct xr_error *err)
{
    (void)e;
    (void)subject;
    return -err->code;
}

int events_fail_file(const struct events *e, const char *path,
                     struct xr_error *err)
{
    (void)e;
    (void)path;
    return -err->code;
}

void events_say(const struct events *e, enum message_level level,
                const char *format, ...)
{
    (void)e;
    (void)level;
    (void)format;
}

void events_stage(const struct events *e, const char *stage)
{
    (void)e;
    (void)stage;
}

/* --- what no order depends on */

const char *stage_name(enum stage stage)
{
    (void)stage;
    return "";
}

uint64_t taking_now_ns(void)
{
    return 2;
}

const char *checkpoint_restored_by(const struct checkpoint *c)
{
    (void)c;
    return "xl restore";
}

void checkpoint_mend_libvirt(const struct taking *t, xc_interface *xch)
{
    (void)t;
    (void)xch;
}

void copies_give_up(struct disk_copies *copies, const struct events *events)
{
    (void)copies;
    (void)events;
}

void flat_image_abandon(struct flat_image **image)
{
    (void)image;
}

/* --- what does not come into it */

static int never(void)
{
    fail_msg("this is not for the end of a checkpoint that has a stream");
    return -EIO;
}

bool own_suspend_wait(const struct lock *lock, xc_interface *xch,
                      unsigned int seconds)
{
    (void)lock;
    (void)xch;
    (void)seconds;
    return never();
}

void stages_wake_qemu(const struct stages *s)
{
    (void)s;
    never();
}

void stages_wait_for_program(const struct stages *s)
{
    (void)s;
    never();
}

int hypervisor_read(xc_interface *xch, struct hypervisor *out,
                    struct xr_error *err)
{
    (void)xch;
    (void)out;
    (void)err;
    return never();
}

bool hypervisor_libxl_mistakes_0(const struct hypervisor *hypervisor)
{
    (void)hypervisor;
    return never();
}

int connection_open(struct connection *out, struct xr_error *err)
{
    (void)out;
    (void)err;
    return never();
}

void connection_close(struct connection *connection)
{
    (void)connection;
    never();
}

int known_notes_write(struct store *store, uint32_t domid,
                      const struct keylist *notes, const char *origin,
                      struct xr_error *err)
{
    (void)store;
    (void)domid;
    (void)notes;
    (void)origin;
    (void)err;
    return never();
}

int new_image_open(struct new_image *image, struct xr_error *err)
{
    (void)image;
    (void)err;
    return never();
}

int target_check_fd(const struct connection *connection,
                    const struct target *target, int fd, struct xr_error *err)
{
    (void)connection;
    (void)target;
    (void)fd;
    (void)err;
    return never();
}

int parent_image_copy(const struct parent_search *search, int fd,
                      struct flat_layout *layout, char **name_out,
                      struct xr_error *err)
{
    (void)search;
    (void)fd;
    (void)layout;
    (void)name_out;
    (void)err;
    return never();
}

int flat_image_begin(int fd, struct flat_layout *parent, int *stream_out,
                     struct flat_image **out, struct xr_error *err)
{
    (void)fd;
    (void)parent;
    (void)stream_out;
    (void)out;
    (void)err;
    return never();
}

int flat_image_finish(struct flat_image *image, struct flat_outcome *out,
                      struct xr_error *err)
{
    (void)image;
    (void)out;
    (void)err;
    return never();
}

bool events_progress(const struct events *e, uint64_t bytes, uint64_t total)
{
    (void)e;
    (void)bytes;
    (void)total;
    return never();
}

/* --- the tests */

static char name[] = "web", path[] = "/image", temporary[] = "/.image";
static struct checkpoint checkpoint;
static struct checkpoint_outcome outcome;
static struct taking taking;
static struct xr_error why;

/* Its stream is written into a file; nobody has resumed it. */
static void begin(enum policy policy)
{
    *done = '\0';
    fails = held_image = NULL;
    fails_by = EIO;
    is_suspended = is_sound = true;
    is_gone = goes_all_the_same = is_named = false;
    state_now = LOCK_SUSPENDED;
    told_guest = FATE_UNKNOWN;
    told_image = IMAGE_NONE;
    checkpoint = (struct checkpoint){
        .path = path, .is_file = true,
        .judgement = {
            .name = name, .type = GUEST_PVH, .domain.domid = 7,
            .verdict.resumable = VERDICT_YES,
        },
        .policy = policy,
        .lock.name = "uuid",
    };
    outcome = (struct checkpoint_outcome){ .domid = 7 };
    if (taking.image.fd > 0)
        close(taking.image.fd);
    taking = (struct taking){
        .checkpoint = &checkpoint, .outcome = &outcome,
        .image = {
            .path = path, .temporary = temporary,
            .fd = open("/dev/null", O_RDONLY | O_CLOEXEC),
        },
        .copies.lock = -1, .stream = -1,
        .written = true, .saved = true, .suspended_at = 1,
    };
    assert_true(taking.image.fd > 0);
}

/* Those before the image has its name; the verification only where it is asked for. */
static const char *const before_its_name[] = {
    "facts", "verify", "sync", "check", "keep", "name",
};

static void who_goes_on_does_so_first(void **state)
{
    (void)state;
    begin(POLICY_PROCEED);
    assert_int_equal(checkpoint_end(&taking, &why), 0);
    assert_string_equal(done, "resume facts sync check keep name kept tell "
                              "unlock watch ");
    assert_int_equal(told_image, IMAGE_COMPLETE);
    assert_int_equal(told_guest, FATE_RUNS);

    begin(POLICY_FORCE);
    checkpoint.options.seal = checkpoint.options.verify = true;
    assert_int_equal(checkpoint_end(&taking, &why), 0);
    assert_string_equal(done, "resume facts seal verify sync check keep name "
                              "kept tell unlock watch ");
}

/* The guest goes on, the former image stays, and nothing of the new one is left. */
static void who_goes_on_keeps_the_former_image(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(before_its_name); i++) {
        begin(POLICY_PROCEED);
        checkpoint.options.verify = true;
        fails = before_its_name[i];
        assert_int_equal(checkpoint_end(&taking, &why), -EIO);
        assert_false(is_suspended);
        assert_false(was_done("kept"));
        assert_true(was_done("abandon"));
        assert_int_equal(told_image, IMAGE_UNTOUCHED);
        assert_int_equal(told_guest, FATE_RUNS);
    }
    begin(POLICY_PROCEED);
    checkpoint.options.verify = true;
    is_sound = false;
    assert_int_equal(checkpoint_end(&taking, &why), -EBADMSG);
    assert_false(was_done("name"));
    assert_true(was_done("abandon"));
}

/* What nobody can judge is kept, unless somebody wants it judged. */
static void what_cannot_be_judged_is_kept(void **state)
{
    (void)state;
    begin(POLICY_PROCEED);
    checkpoint.options.seal = true;
    fails = "seal";
    fails_by = ENOTSUP;
    assert_int_equal(checkpoint_end(&taking, &why), 0);
    assert_true(is_named);
    assert_false(outcome.sealed);

    begin(POLICY_PROCEED);
    checkpoint.options.verify = true;
    fails = "verify";
    fails_by = ENOTSUP;
    assert_int_equal(checkpoint_end(&taking, &why), -ENOTSUP);
    assert_false(was_done("name"));
}

/* The image is the guest's, and stays; the guest is not resumed a second time. */
static void who_cannot_be_resumed_has_its_image(void **state)
{
    (void)state;
    begin(POLICY_PROCEED);
    fails = "resume";
    assert_int_equal(checkpoint_end(&taking, &why), -EIO);
    assert_string_equal(done, "resume facts sync check keep name kept held tell ");
    assert_string_equal(held_image, path);
    assert_int_equal(state_now, LOCK_HELD);
    assert_int_equal(told_image, IMAGE_COMPLETE);
    assert_int_equal(told_guest, FATE_SUSPENDED);

    begin(POLICY_PROCEED);
    fails = "resume";
    checkpoint_resume_early(&taking);
    assert_int_equal(checkpoint_end(&taking, &why), -EIO);
    assert_string_equal(done, "resume facts sync check keep name kept held tell ");
}

static void who_is_restored_has_a_sound_image_first(void **state)
{
    (void)state;
    begin(POLICY_RESTORE);
    assert_int_equal(checkpoint_end(&taking, &why), 0);
    assert_string_equal(done, "facts verify sync check keep name kept destroy "
                              "restore tell ");
    assert_true(outcome.restored);
    assert_int_equal(outcome.domid, 8);
    assert_int_equal(told_image, IMAGE_COMPLETE);
    assert_int_equal(told_guest, FATE_RESTORED);
}

static void it_is_not_given_up(const char *image)
{
    assert_false(was_done("destroy"));
    assert_false(was_done("resume"));
    assert_true(was_done("held"));
    assert_true(is_suspended);
    assert_int_equal(state_now, LOCK_HELD);
    assert_int_equal(told_guest, FATE_SUSPENDED);
    assert_int_equal(told_image, image ? IMAGE_COMPLETE : IMAGE_UNTOUCHED);
    if (image)
        assert_string_equal(held_image, image);
    else
        assert_null(held_image);
}

static void no_domain_is_given_up_for_less(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(before_its_name); i++) {
        begin(POLICY_RESTORE);
        fails = before_its_name[i];
        assert_int_equal(checkpoint_end(&taking, &why), -EIO);
        it_is_not_given_up(NULL);
    }
    begin(POLICY_RESTORE);
    is_sound = false;
    assert_int_equal(checkpoint_end(&taking, &why), -EBADMSG);
    it_is_not_given_up(NULL);

    begin(POLICY_RESTORE);
    fails = "verify";
    fails_by = ENOTSUP;
    assert_int_equal(checkpoint_end(&taking, &why), -ENOTSUP);
    it_is_not_given_up(path);
}

static void it_is_said_where_it_is(void **state)
{
    (void)state;
    begin(POLICY_RESTORE);
    fails = "destroy";
    assert_int_equal(checkpoint_end(&taking, &why), -EIO);
    assert_false(was_done("restore"));
    assert_string_equal(held_image, path);
    assert_int_equal(told_guest, FATE_SUSPENDED);

    begin(POLICY_RESTORE);
    fails = "destroy";
    goes_all_the_same = true;
    assert_int_equal(checkpoint_end(&taking, &why), -EIO);
    assert_false(was_done("restore"));
    assert_false(was_done("held"));
    assert_int_equal(told_guest, FATE_GONE);
    assert_int_equal(told_image, IMAGE_COMPLETE);

    begin(POLICY_RESTORE);
    fails = "restore";
    assert_int_equal(checkpoint_end(&taking, &why), -EIO);
    assert_false(was_done("held"));
    assert_false(outcome.restored);
    assert_int_equal(told_guest, FATE_GONE);
}

static void who_is_held_is_never_resumed(void **state)
{
    size_t i;

    (void)state;
    begin(POLICY_HOLD);
    assert_int_equal(checkpoint_end(&taking, &why), 0);
    assert_string_equal(done, "facts sync check keep name kept held tell ");
    it_is_not_given_up(path);
    for (i = 0; i < COUNT(before_its_name); i++) {
        begin(POLICY_HOLD);
        checkpoint.options.verify = true;
        fails = before_its_name[i];
        assert_int_equal(checkpoint_end(&taking, &why), -EIO);
        it_is_not_given_up(NULL);
    }
}

static bool goes_on_early(void)
{
    checkpoint_resume_early(&taking);
    return was_done("resume");
}

static void who_may_not_goes_not_on_early(void **state)
{
    (void)state;
    begin(POLICY_PROCEED);
    assert_true(goes_on_early());
    checkpoint_resume_early(&taking);
    assert_string_equal(done, "resume ");
    begin(POLICY_RESTORE);
    assert_false(goes_on_early());
    begin(POLICY_HOLD);
    assert_false(goes_on_early());
    begin(POLICY_PROCEED);
    checkpoint.judgement.type = GUEST_HVM;
    assert_false(goes_on_early());
    begin(POLICY_PROCEED);
    taking.written = false;
    assert_false(goes_on_early());
    begin(POLICY_PROCEED);
    taking.suspended_at = 0;
    assert_false(goes_on_early());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_goes_on_does_so_first),
        cmocka_unit_test(who_goes_on_keeps_the_former_image),
        cmocka_unit_test(what_cannot_be_judged_is_kept),
        cmocka_unit_test(who_cannot_be_resumed_has_its_image),
        cmocka_unit_test(who_is_restored_has_a_sound_image_first),
        cmocka_unit_test(no_domain_is_given_up_for_less),
        cmocka_unit_test(it_is_said_where_it_is),
        cmocka_unit_test(who_is_held_is_never_resumed),
        cmocka_unit_test(who_may_not_goes_not_on_early),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
