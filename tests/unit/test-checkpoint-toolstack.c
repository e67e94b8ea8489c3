/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, an image of libvirt's guest is one that libvirt does not
 * take, or a guest stays paused, is destroyed behind libvirt's back, or is
 * not, because libvirtd failed at the wrong moment.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "unit.h"
#include "domain/process.h"
#include "engine/checkpoint_state.h"
#include "engine/daemon_maps.h"
#include "engine/preflight.h"
#include "util/bytes.h"
#include "virt/virt.h"
#include "xen/origin.h"

enum { DOMID = 7 };
#define UUID "ab000000-0000-0000-0000-000000000000"
#define XML "<domain type='xen'><name>web</name></domain>"

/* --- a host of one domain */

static struct world {
    bool is_libvirts;
    bool has_no_virsh;
    int virt_fails;        /* whatever libvirtd is asked */
    struct virt_domain virt;
    struct domain domain;  /* as Xen has it */
    bool stays_paused;     /* when libvirt was to call it running */
    int asked;
    int destroyed_by_virt;
    int destroyed_by_libxl;
    int looks_until_gone;  /* 0: it never goes */
    int called_running;
    int unpaused;
    int warnings;
    char said[512];
} world;

bool origin_is_libvirts(const struct domain *domain)
{
    assert_int_equal(domain->domid, DOMID);
    return world.is_libvirts;
}

int domain_read(xc_interface *xch, uint32_t domid, struct domain *out,
                struct xr_error *err)
{
    (void)xch;
    (void)err;
    assert_int_equal(domid, DOMID);
    *out = world.domain;
    return 0;
}

enum guest_fate guest_fate_read(xc_interface *xch, const struct domain *before,
                                uint32_t *domid_out)
{
    (void)xch;
    assert_string_equal(before->uuid, UUID);
    *domid_out = DOMID;
    return world.looks_until_gone && !--world.looks_until_gone
           ? FATE_GONE : FATE_SUSPENDED;
}

/* Who waits for what libvirt may do yet waits for nobody here. */
int __wrap_nanosleep(const struct timespec *time, struct timespec *left);
int __wrap_nanosleep(const struct timespec *time, struct timespec *left)
{
    (void)time;
    (void)left;
    return 0;
}

static struct virt_process daemons[DAEMONS_MAX];
static size_t daemon_count;
static uint64_t daemons_started;

enum { BEGAN = 1000 };

bool process_read(pid_t pid, struct process *out)
{
    *out = (struct process){
        .pid = pid, .started = pid == getpid() ? BEGAN : daemons_started,
    };
    return true;
}

size_t daemons_find(const char *proc, struct virt_process out[DAEMONS_MAX])
{
    assert_null(proc);
    memcpy(out, daemons, sizeof(daemons));
    return daemon_count;
}

static int virt_answers(const char *uuid, bool with_xml,
                        struct virt_domain *out, struct xr_error *err)
{
    assert_string_equal(uuid, UUID);
    world.asked++;
    if (world.virt_fails)
        return error_set(err, world.virt_fails, "it is so");
    *out = world.virt;
    out->name = strdup("web");
    out->xml = with_xml && out->domid ? strdup(XML) : NULL;
    return 0;
}

int virt_read_domain(const char *uuid, struct virt_domain *out,
                     struct xr_error *err)
{
    return virt_answers(uuid, true, out, err);
}

int virt_find_domain(const char *uuid, struct virt_domain *out,
                     struct xr_error *err)
{
    return virt_answers(uuid, false, out, err);
}

void virt_domain_free(struct virt_domain *domain)
{
    free(domain->name);
    free(domain->xml);
    *domain = (struct virt_domain){ .domid = 0 };
}

int virt_destroy(const char *uuid, uint32_t domid, struct xr_error *err)
{
    assert_string_equal(uuid, UUID);
    assert_int_equal(domid, DOMID);
    world.destroyed_by_virt++;
    return world.virt_fails ? error_set(err, world.virt_fails, "it is so") : 0;
}

int virt_call_running(const char *uuid, uint32_t domid, struct xr_error *err)
{
    assert_string_equal(uuid, UUID);
    assert_int_equal(domid, DOMID);
    world.called_running++;
    world.domain.paused = world.stays_paused;
    return world.stays_paused ? error_set(err, EIO, "it is so") : 0;
}

int preflight_find_virsh(struct xr_error *err)
{
    return world.has_no_virsh ? error_because(err, XR_REASON_NO_LIBVIRT, ENOENT,
                                              "no virsh") : 0;
}

int libxl_session_config(struct libxl_session *session, uint32_t domid,
                         char **json_out, struct xr_error *err)
{
    (void)session;
    (void)domid;
    (void)err;
    *json_out = strdup("{}");
    return 0;
}

int libxl_session_destroy(struct libxl_session *session, uint32_t domid,
                          struct xr_error *err)
{
    (void)session;
    (void)domid;
    (void)err;
    world.destroyed_by_libxl++;
    return 0;
}

int libxl_session_open(struct libxl_session **out, struct xr_error *err)
{
    (void)err;
    *out = NULL;
    return 0;
}

void libxl_session_close(struct libxl_session *session)
{
    assert_null(session);
}

int libxl_session_unpause(struct libxl_session *session, uint32_t domid,
                          struct xr_error *err)
{
    (void)session;
    (void)domid;
    (void)err;
    world.unpaused++;
    return 0;
}

static void on_message(void *data, enum message_level level, const char *text)
{
    (void)data;
    world.warnings += level == MESSAGE_WARNING;
    snprintf(world.said, sizeof(world.said), "%s", text);
}

static const struct events events = { .message = on_message };
static char path[] = "web.img", name[] = "web";
static struct checkpoint c;
static struct taking t;

static int begin(void **state)
{
    (void)state;
    world = (struct world){
        .is_libvirts = true,
        .virt = { .domid = DOMID, .state = VIRT_RUNNING },
        .domain = { .domid = DOMID, .uuid = UUID },
    };
    c = (struct checkpoint){
        .events = &events,
        .path = path,
        .container = CONTAINER_UNKNOWN,
        .judgement = { .name = name, .domain = world.domain },
    };
    t = (struct taking){ .checkpoint = &c, .stream = -1 };
    daemon_count = 0;
    return 0;
}

static void is_for(enum container container)
{
    struct xr_error err;

    assert_int_equal(checkpoint_ask_toolstack(&c, &err), 0);
    assert_int_equal(c.container, container);
}

/* --- whose is it? */

static void an_xl_guest_needs_no_libvirt(void **state)
{
    (void)state;
    world.is_libvirts = false;
    is_for(CONTAINER_XL);
    assert_int_equal(world.asked, 0);
    assert_int_equal(checkpoint_read_xml(&t, NULL), 0);
    checkpoint_mend_libvirt(&t, NULL);
    assert_int_equal(world.asked, 0);
    assert_string_equal(checkpoint_restored_by(&c), "xl restore");
}

static void a_libvirt_guest_is_libvirts(void **state)
{
    (void)state;
    is_for(CONTAINER_LIBVIRT);
    assert_string_equal(checkpoint_restored_by(&c), "virsh restore");
    assert_int_equal(world.warnings, 0);
}

/* Or the guest's reboot after it would leave the guest down, and nobody knew why. */
static void a_libvirtd_without_the_plugin_is_told(void **state)
{
    (void)state;
    daemons[0] = (struct virt_process){
        .name = "virtxend", .pid = 12, .is_readable = true, .has_libxl = true,
    };
    daemon_count = 1;
    is_for(CONTAINER_LIBVIRT);
    assert_int_equal(world.warnings, 1);
    assert_non_null(strstr(world.said, "virtxend (process 12) runs without"));
    /* Which has the guest anew, by its own restore. */
    c.policy = POLICY_RESTORE;
    is_for(CONTAINER_LIBVIRT);
    assert_int_equal(world.warnings, 1);
    c.policy = POLICY_PROCEED;
    c.options.container = CHECKPOINT_CONTAINER_XL;
    is_for(CONTAINER_XL);
    assert_int_equal(world.warnings, 2);
    c.options.container = CHECKPOINT_CONTAINER_AUTO;
    strcpy(daemons[0].stub.path, "/stub.so");
    is_for(CONTAINER_LIBVIRT);
    daemons[0].is_readable = false;
    is_for(CONTAINER_LIBVIRT);
    assert_int_equal(world.warnings, 2);
}

static void nobody_is_asked_if_xl_is_wanted(void **state)
{
    (void)state;
    c.options.container = CHECKPOINT_CONTAINER_XL;
    world.virt_fails = ECONNREFUSED;
    is_for(CONTAINER_XL);
    assert_int_equal(world.asked, 0);
    checkpoint_mend_libvirt(&t, NULL);
    assert_int_equal(world.asked + world.warnings, 0);
}

/* Or it says "pmsuspended" of a guest that runs. */
static void a_new_libvirtd_is_told_if_xl_is_wanted(void **state)
{
    (void)state;
    c.options.container = CHECKPOINT_CONTAINER_XL;
    world.virt.state = VIRT_PMSUSPENDED;
    daemons[0] = (struct virt_process){ .name = "libvirtd", .pid = 1 };
    daemon_count = 1;
    is_for(CONTAINER_XL);
    daemons_started = BEGAN - 1;
    checkpoint_mend_libvirt(&t, NULL);
    assert_int_equal(world.asked, 0);
    daemons_started = BEGAN;
    checkpoint_mend_libvirt(&t, NULL);
    assert_int_equal(world.called_running, 1);
    /* xl's guests are none of its business. */
    world.is_libvirts = false;
    is_for(CONTAINER_XL);
    checkpoint_mend_libvirt(&t, NULL);
    assert_int_equal(world.called_running, 1);
}

/* No image at all is better than one that libvirt does not take, unsaid. */
static void a_silent_libvirtd_is_a_refusal(void **state)
{
    static const int codes[] = {
        ECONNREFUSED, ETIMEDOUT, ENOPKG, EOPNOTSUPP, EIO,
    };
    struct xr_error err;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(codes); i++) {
        world.virt_fails = codes[i];
        assert_int_equal(checkpoint_ask_toolstack(&c, &err), -codes[i]);
        assert_non_null(strstr(err.message, "it is so"));
        assert_non_null(strstr(world.said, "--container=xl"));
        assert_non_null(strstr(world.said, "web.img was not touched"));
    }
}

static void what_libvirt_has_forgotten_is_xls(void **state)
{
    (void)state;
    world.virt_fails = ENOENT;
    is_for(CONTAINER_XL);
    assert_int_equal(world.warnings, 1);
    world.virt_fails = 0;
    world.virt.domid = 0;
    is_for(CONTAINER_XL);
    world.virt.domid = DOMID + 1;
    is_for(CONTAINER_XL);
    assert_int_equal(world.warnings, 3);
}

/* Or the domain is destroyed, and its image is all that is left of it. */
static void without_virsh_no_guest_is_given_up(void **state)
{
    struct xr_error err;

    (void)state;
    world.has_no_virsh = true;
    is_for(CONTAINER_LIBVIRT);
    c.policy = POLICY_RESTORE;
    assert_int_equal(checkpoint_ask_toolstack(&c, &err), -ENOENT);
    assert_int_equal(err.reason, XR_REASON_NO_LIBVIRT);
    assert_non_null(strstr(world.said, "web.img was not touched"));
}

static void libvirt_gives_no_number_again(void **state)
{
    struct xr_error err;

    (void)state;
    c.options.same_domid = true;
    is_for(CONTAINER_LIBVIRT);
    c.policy = POLICY_RESTORE;
    assert_int_equal(checkpoint_ask_toolstack(&c, &err), -ENOTSUP);
    assert_int_equal(err.reason, XR_REASON_USAGE);
}

/* --- the head */

static void the_head_is_libvirts(void **state)
{
    uint8_t bytes[LIBVIRT_HEADER_SIZE + sizeof(XML)];
    struct libvirt_header header;
    FILE *f = tmpfile();

    (void)state;
    assert_non_null(f);
    is_for(CONTAINER_LIBVIRT);
    assert_int_equal(checkpoint_read_xml(&t, NULL), 0);
    t.stream = fileno(f);
    assert_int_equal(checkpoint_write_head(&t, NULL), 0);
    assert_int_equal(lseek(t.stream, 0, SEEK_END), sizeof(bytes));
    assert_int_equal(pread(t.stream, bytes, sizeof(bytes), 0), sizeof(bytes));
    assert_int_equal(libvirt_header_decode(bytes, 0, &header, NULL), 0);
    assert_int_equal(load_le32(bytes + 16), 2);
    assert_int_equal(header.xml_length, sizeof(XML)); /* with its NUL */
    assert_memory_equal(bytes + LIBVIRT_HEADER_SIZE, XML, sizeof(XML));
    free(t.xml);
    fclose(f);
}

/* Between the question and the save it was given up, or libvirtd went. */
static void no_xml_no_image(void **state)
{
    struct xr_error err;

    (void)state;
    is_for(CONTAINER_LIBVIRT);
    world.virt.domid = 0;
    assert_int_equal(checkpoint_read_xml(&t, &err), -ESTALE);
    world.virt_fails = ECONNREFUSED;
    assert_int_equal(checkpoint_read_xml(&t, &err), -ECONNREFUSED);
    assert_null(t.xml);
}

/* --- afterwards */

static void a_libvirt_that_is_right_is_told_nothing(void **state)
{
    (void)state;
    is_for(CONTAINER_LIBVIRT);
    checkpoint_mend_libvirt(&t, NULL);
    assert_int_equal(world.called_running, 0);
    assert_int_equal(world.warnings, 0);
}

/* A checkpoint and its guardian were killed while a libvirtd was started. */
static void the_next_checkpoint_mends_what_was_left(void **state)
{
    (void)state;
    world.virt.state = VIRT_PMSUSPENDED;
    c.options.dry_run = true;
    is_for(CONTAINER_LIBVIRT);
    assert_int_equal(world.called_running, 0);
    c.options.dry_run = false;
    is_for(CONTAINER_LIBVIRT);
    assert_int_equal(world.called_running, 1);
    assert_non_null(strstr(world.said, "says again that it runs"));
    assert_int_equal(world.warnings, 0);
}

static void a_libvirt_that_is_wrong_is_told(void **state)
{
    (void)state;
    is_for(CONTAINER_LIBVIRT);
    world.virt.state = VIRT_PMSUSPENDED;
    checkpoint_mend_libvirt(&t, NULL);
    assert_int_equal(world.called_running, 1);
    assert_int_equal(world.unpaused, 0);
    assert_int_equal(world.warnings, 0);
}

static void it_does_not_stay_paused(void **state)
{
    (void)state;
    is_for(CONTAINER_LIBVIRT);
    world.virt.state = VIRT_PMSUSPENDED;
    world.stays_paused = true;
    checkpoint_mend_libvirt(&t, NULL);
    assert_int_equal(world.unpaused, 1);
    assert_int_equal(world.warnings, 1);
}

/* One that is held is suspended indeed, and another domain is nobody's here. */
static void what_does_not_run_is_not_called_so(void **state)
{
    (void)state;
    is_for(CONTAINER_LIBVIRT);
    world.virt.state = VIRT_PMSUSPENDED;
    world.domain.shutdown = true;
    world.asked = 0;
    checkpoint_mend_libvirt(&t, NULL);
    assert_int_equal(world.asked, 0);
    world.domain.shutdown = false;
    world.domain.uuid[0] = 'c';
    checkpoint_mend_libvirt(&t, NULL);
    world.domain = c.judgement.domain;
    world.virt.domid = DOMID + 1;
    checkpoint_mend_libvirt(&t, NULL);
    assert_int_equal(world.called_running, 0);
}

static void a_libvirtd_that_has_gone_is_told_of(void **state)
{
    (void)state;
    is_for(CONTAINER_LIBVIRT);
    world.virt_fails = ETIMEDOUT;
    checkpoint_mend_libvirt(&t, NULL);
    assert_int_equal(world.warnings, 1);
    /* In the middle of the answer. */
    world.virt_fails = EIO;
    checkpoint_mend_libvirt(&t, NULL);
    assert_int_equal(world.warnings, 2);
    assert_non_null(strstr(world.said, "it is so"));
}

/* One that was started anew may have lost the guest. */
static void a_libvirtd_that_has_lost_it_is_told_of(void **state)
{
    (void)state;
    is_for(CONTAINER_LIBVIRT);
    world.virt_fails = ENOENT;
    checkpoint_mend_libvirt(&t, NULL);
    assert_int_equal(world.warnings, 1);
    assert_non_null(strstr(world.said, "does not run it any more"));
    world.virt_fails = 0;
    world.virt.domid = 0;
    checkpoint_mend_libvirt(&t, NULL);
    assert_int_equal(world.warnings, 2);
    /* But not where the guest ended, and so libvirt is right. */
    world.domain.dying = true;
    checkpoint_mend_libvirt(&t, NULL);
    assert_int_equal(world.warnings, 2);
}

static void the_end_is_by_the_toolstack(void **state)
{
    struct xr_error err;

    (void)state;
    is_for(CONTAINER_LIBVIRT);
    assert_int_equal(checkpoint_destroy(&t, &err), 0);
    assert_int_equal(world.destroyed_by_virt, 1);
    assert_int_equal(world.destroyed_by_libxl, 0);
    world.virt_fails = ECONNREFUSED;
    assert_int_equal(checkpoint_destroy(&t, &err), -ECONNREFUSED);
    assert_int_equal(world.destroyed_by_libxl + world.warnings, 0);
    world.virt_fails = ENOENT;
    assert_int_equal(checkpoint_destroy(&t, &err), 0);
    assert_int_equal(world.destroyed_by_libxl, 1);
}

/* A guest that is said to stay must not be gone a moment later. */
static void an_end_that_comes_late_is_waited_for(void **state)
{
    struct xr_error err;

    (void)state;
    is_for(CONTAINER_LIBVIRT);
    world.virt_fails = ETIMEDOUT;
    world.looks_until_gone = 3;
    assert_int_equal(checkpoint_destroy(&t, &err), 0);
    assert_int_equal(world.warnings, 0);
    assert_int_equal(checkpoint_destroy(&t, &err), -ETIMEDOUT);
    assert_int_equal(world.warnings, 1);
    assert_non_null(strstr(world.said, "may do so yet"));
    assert_non_null(strstr(world.said, "virsh restore web.img"));
    assert_int_equal(world.destroyed_by_libxl, 0);
}

#define HERE(function) cmocka_unit_test_setup(function, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HERE(an_xl_guest_needs_no_libvirt),
        HERE(a_libvirt_guest_is_libvirts),
        HERE(a_libvirtd_without_the_plugin_is_told),
        HERE(nobody_is_asked_if_xl_is_wanted),
        HERE(a_new_libvirtd_is_told_if_xl_is_wanted),
        HERE(a_silent_libvirtd_is_a_refusal),
        HERE(what_libvirt_has_forgotten_is_xls),
        HERE(without_virsh_no_guest_is_given_up),
        HERE(libvirt_gives_no_number_again),
        HERE(the_head_is_libvirts),
        HERE(no_xml_no_image),
        HERE(a_libvirt_that_is_right_is_told_nothing),
        HERE(the_next_checkpoint_mends_what_was_left),
        HERE(a_libvirt_that_is_wrong_is_told),
        HERE(it_does_not_stay_paused),
        HERE(what_does_not_run_is_not_called_so),
        HERE(a_libvirtd_that_has_gone_is_told_of),
        HERE(a_libvirtd_that_has_lost_it_is_told_of),
        HERE(the_end_is_by_the_toolstack),
        HERE(an_end_that_comes_late_is_waited_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
