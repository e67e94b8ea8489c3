/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whatever fails, or is killed, and when: either the guest goes on as before and
 * nothing is left, or it is known by a note and a message how it comes back, and it
 * does.  If this fails, a rollback loses a guest, or what its disks were.
 *
 * Xen, the checkpoint and the restore are made up here, in memory that processes
 * share; the lab has the real ones.
 */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/configuration.h"
#include "engine/new_image.h"
#include "engine/preflight.h"
#include "engine/rollback_state.h"
#include "stream_builder.h"
#include "util/cleanup.h"
#include "util/fault.h"
#include "virt/virt.h"
#include "xen/libxl.h"
#include "xen/origin.h"

#define UUID "ab000000-0000-4000-8000-000000000001"
#define OTHER_UUID "ab000000-0000-4000-8000-000000000002"
#define DISK "{\"pdev_path\":\"/srv/web.raw\",\"vdev\":\"xvda\"," \
             "\"format\":\"raw\",\"readwrite\":1}"
#define KEPT "domain.uuid=" UUID ",checkpoint.id=u,disk.xvda.kind=file," \
             "disk.xvda.target=/srv/web.raw,disk.xvda.mode=w," \
             "disk.xvda.driver=file,disk.xvda.copy=/srv/web.raw.xr-u"

enum { FIRST_DOMID = 7, STEPS_MAX = 60 };

/* Of all processes. */
struct world {
    bool there;               /* the domain */
    bool paused;
    uint32_t domid;
    int checkpoints, destroyed, put_back, restored, watched;
    bool destroyed_without_note;
    bool restored_without_disks;
    bool checkpoint_fails;    /* as a full disk has it */
    const char *image_goes;   /* meanwhile, to another name */
    enum { NOBODY, HALF, WHOLE } other_starts; /* instead of what is restored */
    bool is_renamed;
    bool is_held_by_policy;   /* after a checkpoint */
    bool no_room_after;       /* to put disks back, once their copies are made */
    bool is_libvirts;
    bool libvirt_is_silent;
    bool libvirt_takes_it_for_off;
    enum { OBEYS, LATE, NEVER } libvirt; /* when it is to destroy */
    int by_libxl, by_libvirt; /* destroyed */
    int swept;                /* what was left of copies */
    bool is_swept_under_lock;
    bool stop;                /* somebody wants it to */
    int result;               /* of a child's rollback */
    enum xr_reason reason;
    char guest[16], next[512], image[512], safety[512];
    bool goes_on;
    char said[16384];
};

static struct world *world;
static char dir[64];

static const char *at(const char *name)
{
    static char path[32][128];
    static unsigned int next;
    char *out = path[next++ % COUNT(path)];

    snprintf(out, sizeof(path[0]), "%s/%s", dir, name);
    return out;
}

/* --- Xen and what stands on it, made up */

void configuration_read(struct config *out, const struct events *events)
{
    (void)events;
    *out = (struct config){ .checkpoint_dir = strdup(dir) };
}

int connection_open(struct connection *out, struct xr_error *err)
{
    (void)out;
    (void)err;
    return 0;
}

void connection_close(struct connection *connection)
{
    (void)connection;
}

static const char *name_now(void)
{
    return world->is_renamed ? "www" : "web";
}

int store_find_domain(struct store *store, const char *name,
                      uint32_t *domid_out, struct xr_error *err)
{
    (void)store;
    if (!world->there || strcmp(name, name_now()))
        return error_set(err, ENOENT, "no domain %s", name);
    *domid_out = world->domid;
    return 0;
}

char *store_read_domain(struct store *store, uint32_t domid, const char *node)
{
    (void)store;
    assert_int_equal(domid, world->domid);
    assert_string_equal(node, "name");
    return strdup(name_now());
}

int domain_list(xc_interface *xch, struct domain **out, size_t *count_out,
                struct xr_error *err)
{
    (void)xch;
    (void)err;
    *out = calloc(1, sizeof(**out));
    *count_out = world->there;
    **out = (struct domain){ .domid = world->domid, .paused = world->paused };
    strcpy((*out)->uuid, UUID);
    return 0;
}

int domain_read(xc_interface *xch, uint32_t domid, struct domain *out,
                struct xr_error *err)
{
    (void)xch;
    if (!world->there || domid != world->domid)
        return error_set(err, ENOENT, "no domain %u", domid);
    *out = (struct domain){ .domid = domid, .paused = world->paused };
    strcpy(out->uuid, UUID);
    return 0;
}

const char *domain_state(const struct domain *domain)
{
    return domain->paused ? "is paused" : "is running";
}

bool origin_is_libvirts(const struct domain *domain)
{
    (void)domain;
    return world->is_libvirts;
}

unsigned int new_image_clear(const char *path)
{
    (void)path;
    return 0;
}

static bool has_note(void)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/notes/" UUID, dir);
    return !access(path, F_OK);
}

int libxl_session_open(struct libxl_session **out, struct xr_error *err)
{
    *out = NULL;
    return fault_step("libxl", err);
}

void libxl_session_close(struct libxl_session *session)
{
    (void)session;
}

/* libxl stops it before it destroys it. */
int libxl_session_destroy(struct libxl_session *session, uint32_t domid,
                          struct xr_error *err)
{
    int r;

    (void)session;
    assert_int_equal(domid, world->domid);
    world->destroyed_without_note |= !has_note();
    world->paused = true;
    r = fault_step("half destroyed", err);
    if (r)
        return r;
    world->there = world->paused = false;
    world->destroyed++;
    world->by_libxl++;
    return fault_step("destroyed", err);
}

/* --- libvirt, which has a definition of it */

void virt_domain_free(struct virt_domain *domain)
{
    (void)domain;
}

int virt_find_domain(const char *uuid, struct virt_domain *out,
                     struct xr_error *err)
{
    assert_string_equal(uuid, UUID);
    if (world->libvirt_is_silent)
        return error_because(err, XR_REASON_NO_LIBVIRT, ECONNREFUSED, "down");
    *out = (struct virt_domain){
        .domid = world->there && !world->libvirt_takes_it_for_off
                 ? world->domid : 0,
        .persistent = true,
    };
    return fault_step("libvirt's answer", err);
}

/* It has no half of a domain: one that it was to end when it was killed. */
int virt_destroy(const char *uuid, uint32_t domid, struct xr_error *err)
{
    int r;

    assert_string_equal(uuid, UUID);
    assert_int_equal(domid, world->domid);
    world->destroyed_without_note |= !has_note();
    if (world->paused)
        return error_set(err, ENOENT, "no running domain");
    if (world->libvirt == NEVER)
        return error_because(err, XR_REASON_NO_LIBVIRT, ETIMEDOUT, "silent");
    r = fault_step("half destroyed", err);
    world->there = false;
    world->destroyed++;
    world->by_libvirt++;
    if (!r && world->libvirt == LATE)
        return error_because(err, XR_REASON_NO_LIBVIRT, ETIMEDOUT, "silent");
    return r ? r : fault_step("destroyed", err);
}

/* Who waits for what libvirt may do yet waits for nobody here. */
int __wrap_nanosleep(const struct timespec *time, struct timespec *left);
int __wrap_nanosleep(const struct timespec *time, struct timespec *left)
{
    (void)time;
    (void)left;
    return 0;
}

/* It may take its time. */
void copies_sweep(const struct events *events)
{
    (void)events;
    world->swept++;
    world->is_swept_under_lock |= lock_look(UUID, NULL) != LOCK_FREE;
}

/* --- the checkpoint */

struct checkpoint {
    struct checkpoint_options options;
    bool is_lent;
};

struct checkpoint *checkpoint_new(const struct events *events)
{
    (void)events;
    return calloc(1, sizeof(struct checkpoint));
}

void checkpoint_free(struct checkpoint *c)
{
    free(c);
}

struct checkpoint_options *checkpoint_options(struct checkpoint *c)
{
    return &c->options;
}

void checkpoint_lend_lock(struct checkpoint *c, const struct lock *lock)
{
    assert_true(lock->fd >= 0);
    c->is_lent = true;
}

int checkpoint_ask(struct checkpoint *c, struct xr_error *err)
{
    assert_string_equal(c->options.domain, "7");
    assert_int_equal(c->options.disks, CHECKPOINT_DISKS_REQUIRE);
    assert_true(c->options.verify);
    assert_non_null(strstr(c->options.labels, "user." ROLLBACK_LABEL "="));
    return fault_step("the checkpoint's questions", err);
}

int checkpoint_take(struct checkpoint *c, struct checkpoint_outcome *out,
                    struct xr_error *err)
{
    assert_true(c->is_lent);
    *out = (struct checkpoint_outcome){ .domid = world->domid };
    if (world->checkpoint_fails)
        return error_because(err, XR_REASON_NO_ROOM, ENOSPC, "full");
    world->checkpoints++;
    world->paused = world->is_held_by_policy;
    if (world->image_goes)
        assert_int_equal(rename(world->image_goes, at("elsewhere.img")), 0);
    return fault_step("the checkpoint", err);
}

/* --- the restore */

struct restore *restore_new(const struct events *events)
{
    struct restore *r = calloc(1, sizeof(*r));

    r->events = events;
    r->config.hook_dir = strdup(at("hooks"));
    r->config.hook_timeout = 60;
    return r;
}

void restore_free(struct restore *r)
{
    if (!r)
        return;
    save_image_free(&r->image);
    domain_config_free(&r->domain);
    image_disks_free(&r->disks);
    way_close(&r->way);
    buffer_free(&r->disk_lines);
    free(r->hooks_image);
    free(r->config.hook_dir);
    free(r);
}

struct restore_options *restore_options(struct restore *r)
{
    return &r->options;
}

int preflight_read_config(const struct save_image *image,
                          struct domain_config *out, struct xr_error *err)
{
    if (image->xml)
        return domain_config_from_xml(image->xml, out, err);
    return domain_config_from_json(image->config, image->config_length, out,
                                   err);
}

/* A file whose name says so is not sound. */
int restore_ask(struct restore *r, struct xr_error *err)
{
    CLEANUP_CLOSE int fd = open(r->options.path, O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(r->options.except, world->there ? world->domid : 0);
    assert_int_equal(save_image_read(fd, NULL, NULL, &r->image, NULL), 0);
    assert_int_equal(preflight_read_config(&r->image, &r->domain, NULL), 0);
    assert_int_equal(image_disks_read(&r->image.metadata, &r->disks, NULL),
                     0);
    if (strstr(r->options.path, "bad"))
        return error_because(err, XR_REASON_NOT_SOUND, EBADMSG, "not sound");
    assert_true(r->options.goes_back);
    assert_int_equal(restore_hooks_open(r, NULL), 0);
    return fault_step("the restore's questions", err);
}

void restore_describe(const struct restore *r, struct restore_plan *out)
{
    (void)r;
    *out = (struct restore_plan){ .domain = "web" };
}

/* Each disk has a copy more since the safety checkpoint. */
int restore_disks_check(const struct restore *r, struct xr_error *err)
{
    (void)r;
    if (world->no_room_after && world->checkpoints)
        return error_because(err, XR_REASON_DISK_NOT_KEPT, EIO, "no room");
    return fault_step("the copies", err);
}

int restore_disks_refuse_used(const struct restore *r, struct xr_error *err)
{
    (void)r;
    assert_false(world->there);
    return fault_step("who has the disks", err);
}

void restore_disks_wait(const struct restore *r)
{
    (void)r;
}

/* The real ones say what has failed. */
static int said_step(const struct restore *r, const char *name,
                     struct xr_error *err)
{
    return fault_step(name, err) ? events_fail(r->events, name, err) : 0;
}

int restore_make(struct restore *r, const struct heir *heir,
                 struct restore_outcome *out, struct xr_error *err)
{
    int status = said_step(r, "put back", err);

    assert_true(heir->wire >= 0);
    assert_true(r->image_fd > 0);
    if (!status && r->options.disks == RESTORE_DISKS_BACK)
        world->put_back++;
    if (!status && world->other_starts) {
        world->there = true;
        world->domid += 10;
        world->paused = world->other_starts == HALF;
        if (world->other_starts == WHOLE)
            (void)fault_step("it is another's", err);
        atomic_store(&r->way.page->toolstack, TOOLSTACK_FAILED);
        error_set(err, EIO, "xl restore failed");
        status = events_fail(r->events, "xl", err);
    }
    if (!status)
        status = said_step(r, "xl", err);
    if (status)
        return status;
    world->restored_without_disks |= !world->put_back;
    world->there = true;
    world->domid += world->destroyed + 1;
    world->restored++;
    atomic_store(&r->way.page->toolstack, TOOLSTACK_SUCCEEDED);
    *out = (struct restore_outcome){ .made = true, .domid = world->domid };
    return said_step(r, "the new domain", err);
}

int restore_look_after(struct restore *r, struct xr_error *err)
{
    world->watched++;
    return said_step(r, "the watch", err);
}

/* --- a rollback, in a process of its own */

static void hear(void *data, enum message_level level, const char *text)
{
    size_t n = strlen(world->said);

    (void)data;
    snprintf(world->said + n, sizeof(world->said) - n, "%s: %s\n",
             message_level_name(level), text);
}

static int keep_going(void *data, uint64_t done, uint64_t total)
{
    (void)data;
    (void)done;
    (void)total;
    return world->stop;
}

static const struct events ear = { .message = hear, .progress = keep_going };

static void note_outcome(const struct rollback *rb, int r,
                         const struct xr_error *err,
                         const struct rollback_outcome *out)
{
    struct rollback_plan plan;

    rollback_describe(rb, &plan);
    world->result = r;
    world->reason = r ? err->reason : XR_REASON_NONE;
    world->goes_on = plan.goes_on;
    snprintf(world->guest, sizeof(world->guest), "%s",
             out->guest ? out->guest : "");
    snprintf(world->next, sizeof(world->next), "%s",
             out->next ? out->next : "");
    snprintf(world->image, sizeof(world->image), "%s",
             plan.image ? plan.image : "");
    snprintf(world->safety, sizeof(world->safety), "%s",
             out->safety ? out->safety : plan.safety ? plan.safety : "");
}

static void roll_back(const struct rollback_options *options)
{
    struct rollback_outcome out = { .guest = NULL };
    struct rollback *rb = rollback_new(&ear);
    struct xr_error err;
    int r;

    *rollback_options(rb) = *options;
    r = rollback_ask(rb, &err);
    if (!r && !options->dry_run)
        r = rollback_run(rb, &out, &err);
    note_outcome(rb, r, &err, &out);
    rollback_free(rb);
    exit(0);
}

/* Until its heir has ended, too: it has the pipe. */
static bool run(const struct rollback_options *options, int step, bool kills)
{
    char text[16], byte;
    int ends[2], status;
    pid_t child;

    world->said[0] = '\0';
    world->result = -EINTR;
    assert_int_equal(pipe(ends), 0);
    child = fork();
    if (!child) {
        close(ends[0]);
        snprintf(text, sizeof(text), "%d", step);
        if (step)
            setenv("XR_FAULT", text, 1);
        if (kills)
            setenv("XR_FAULT_KILL", "rollback", 1);
        roll_back(options);
    }
    close(ends[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(read(ends[0], &byte, 1), 0);
    close(ends[0]);
    assert_true(kills || WIFEXITED(status));
    return WIFEXITED(status);
}

/* --- images */

static struct rollback_options to_image(const char *name)
{
    return (struct rollback_options){ .domain = "web", .image = at(name) };
}

static void make_image(const char *name, const char *uuid, const char *disks,
                       const char *record)
{
    char config[512];
    const struct image_plan plan = {
        .container = 'x', .metadata = true, .record = record, .pages = 4,
        .config = config,
    };
    CLEANUP_BUFFER struct buffer b = { 0 };
    int fd = open(at(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    snprintf(config, sizeof(config), "{\"c_info\":{\"type\":\"pv\",\"name\":"
             "\"web\",\"uuid\":\"%s\"},\"disks\":[%s]}", uuid, disks);
    build_image(&b, &plan);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, b.data, b.length), b.length);
    close(fd);
}

/* The same of libvirt's. */
static void make_libvirts_image(const char *name)
{
    const struct image_plan plan = {
        .container = 'v', .metadata = true, .record = KEPT, .pages = 4,
        .config = "<domain type='xen'><name>web</name><uuid>" UUID "</uuid>"
                  "<devices><disk type='file' device='disk'><source "
                  "file='/srv/web.raw'/><target dev='xvda' bus='xen'/></disk>"
                  "</devices></domain>",
    };
    CLEANUP_BUFFER struct buffer b = { 0 };
    int fd = open(at(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    build_image(&b, &plan);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, b.data, b.length), b.length);
    close(fd);
}

static void put_hook(void)
{
    FILE *f;

    assert_int_equal(mkdir(at("hooks"), 0700), 0);
    f = fopen(at("hooks/tell"), "w");
    assert_non_null(f);
    assert_true(fprintf(f, "#!/bin/sh\necho $XR_STAGE $XR_GUEST_STATE "
                        ">>%s/told\n[ ! -e %s/no-$XR_STAGE ]\n", dir, dir)
                > 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(at("hooks/tell"), 0700), 0);
}

/* What it was told since the last time. */
static const char *take_told(void)
{
    static char text[512];
    FILE *f = fopen(at("told"), "r");

    text[0] = '\0';
    if (f) {
        text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
        fclose(f);
        unlink(at("told"));
    }
    return text;
}

static int setup(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/test-rollback.XXXXXX");
    assert_non_null(mkdtemp(dir));
    assert_int_equal(mkdir(at("run"), 0700), 0);
    assert_int_equal(mkdir(at("web"), 0700), 0);
    put_hook();
    setenv("XR_RUN_DIR", at("run"), 1);
    setenv("XR_ROLLBACK_DIR", at("notes"), 1);
    *world = (struct world){ .there = true, .domid = FIRST_DOMID };
    make_image("web.img", UUID, DISK, KEPT);
    return 0;
}

static int teardown(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    return system(command);
}

static bool is_said(const char *text)
{
    return strstr(world->said, text);
}

/* --- tests */

static void assert_back(void)
{
    assert_int_equal(world->result, 0);
    assert_true(world->there);
    assert_false(world->paused);
    assert_int_not_equal(world->domid, FIRST_DOMID);
    assert_false(has_note());
    assert_false(world->destroyed_without_note);
    assert_false(world->restored_without_disks);
    assert_string_equal(world->guest, "restored");
    assert_string_equal(world->next, "");
}

static void goes_back(void **state)
{
    const struct rollback_options o = to_image("web.img");

    (void)state;
    run(&o, 0, false);
    assert_back();
    assert_int_equal(world->checkpoints, 1);
    assert_int_equal(world->destroyed, 1);
    assert_int_equal(world->watched, 1);
    assert_string_equal(world->safety, at("web.img.before-rollback"));
    assert_false(world->goes_on);
    assert_int_equal(world->swept, 1);
    assert_false(world->is_swept_under_lock);
    assert_string_equal(take_told(), "pre-restore\nrestored restored\n");

    /* And once more. */
    world->domid = FIRST_DOMID;
    run(&o, 0, false);
    assert_back();
    assert_int_equal(world->checkpoints, 2);
}

static void gives_up_what_is_now_if_told_to(void **state)
{
    const struct rollback_options o = {
        .domain = "web", .image = at("web.img"), .no_safety = true,
    };

    (void)state;
    run(&o, 0, false);
    assert_back();
    assert_int_equal(world->checkpoints, 0);
    assert_string_equal(world->safety, "");
}

static void assert_untouched(enum xr_reason reason)
{
    assert_int_not_equal(world->result, 0);
    assert_int_equal(world->reason, reason);
    assert_true(world->there);
    assert_int_equal(world->domid, FIRST_DOMID);
    assert_int_equal(world->destroyed + world->put_back + world->restored, 0);
    assert_false(has_note());
    assert_true(is_said("is not rolled back"));
}

static void touches_nothing_without_a_checkpoint(void **state)
{
    const struct rollback_options o = to_image("web.img");

    (void)state;
    world->checkpoint_fails = true;
    run(&o, 0, false);
    assert_untouched(XR_REASON_NO_ROOM);
    assert_true(is_said("--no-safety"));
}

static void destroys_nothing_that_cannot_be_put_back(void **state)
{
    const struct rollback_options o = to_image("web.img");

    (void)state;
    world->no_room_after = true;
    run(&o, 0, false);
    assert_untouched(XR_REASON_DISK_NOT_KEPT);
    assert_int_equal(world->checkpoints, 1);
}

/* It is not said to run, and be untouched, if the checkpoint has left it suspended. */
static void says_what_the_guest_is(void **state)
{
    const struct rollback_options o = to_image("web.img");

    (void)state;
    world->no_room_after = true;
    run(&o, 0, false);
    assert_string_equal(world->guest, "runs");
    assert_true(is_said("neither it nor its disks were touched"));
    world->is_held_by_policy = true;
    run(&o, 0, false);
    assert_string_equal(world->guest, "");
    assert_false(is_said("neither it nor its disks were touched"));
    assert_true(is_said("domain 7 is paused"));
}

/* Before anything has happened; or when all has, and then nothing is undone. */
static void heeds_its_hooks(void **state)
{
    const struct rollback_options o = to_image("web.img");

    (void)state;
    close(open(at("no-pre-restore"), O_CREAT | O_CLOEXEC, 0600));
    run(&o, 0, false);
    assert_untouched(XR_REASON_HOOK_FAILED);
    assert_string_equal(world->guest, "runs");
    assert_string_equal(take_told(), "pre-restore\nrestore-failed runs\n");
    unlink(at("no-pre-restore"));
    close(open(at("no-restored"), O_CREAT | O_CLOEXEC, 0600));
    run(&o, 0, false);
    assert_int_equal(world->reason, XR_REASON_HOOK_FAILED);
    assert_string_equal(world->guest, "restored");
    assert_string_equal(world->next, "");
    assert_false(has_note());
    assert_true(is_said("hooks/tell: exit status 1"));
    assert_string_equal(take_told(), "pre-restore\nrestored restored\n");
}

static void destroys_nothing_for_an_image_that_went(void **state)
{
    const struct rollback_options o = to_image("web.img");

    (void)state;
    world->image_goes = at("web.img");
    run(&o, 0, false);
    assert_untouched(XR_REASON_LOCKED);
    assert_true(is_said("was replaced after it was verified"));
}

static void refuses_what_would_do_harm(void **state)
{
    const struct rollback_options web = to_image("web.img");
    const struct rollback_options bad = to_image("bad.img");
    const struct rollback_options other = to_image("other.img");
    const struct rollback_options half = to_image("half.img");

    (void)state;
    make_image("bad.img", UUID, DISK, KEPT);
    run(&bad, 0, false);
    assert_untouched(XR_REASON_NOT_SOUND);
    make_image("other.img", OTHER_UUID, DISK, KEPT);
    run(&other, 0, false);
    assert_untouched(XR_REASON_NOT_SOUND);
    assert_true(is_said("not of this domain"));
    make_image("half.img", UUID, DISK ",{\"pdev_path\":\"/dev/b\",\"vdev\":"
               "\"xvdb\",\"readwrite\":1}", KEPT);
    run(&half, 0, false);
    assert_untouched(XR_REASON_DISK_NOT_KEPT);
    assert_true(is_said("no copy of xvdb"));
    assert_true(is_said("--as-it-is=xvdb"));
    world->stop = true;
    run(&web, 0, false);
    assert_untouched(XR_REASON_CANCELLED);
}

/* The command that goes on says it, too. */
static void leaves_a_disk_as_it_is_if_told_to(void **state)
{
    struct rollback_options o = to_image("half.img");
    struct xr_error err;

    (void)state;
    make_image("half.img", UUID, DISK ",{\"pdev_path\":\"/dev/b\",\"vdev\":"
               "\"xvdb\",\"readwrite\":1}", KEPT);
    assert_int_equal(disk_names_add(&o.as_it_is, "xvdb", &err), 0);
    world->other_starts = HALF;
    run(&o, 0, false);
    assert_true(is_said("by: xen-resumable rollback --as-it-is=xvdb web "));
    world->other_starts = NOBODY;
    run(&o, 0, false);
    assert_back();
    assert_true(world->goes_on);
}

/* What it says of a domain that is in its image alone, and that it comes back. */
static void assert_comes_back(const struct rollback_options *o)
{
    const struct rollback_options again = { .domain = o->domain };
    int checkpoints = world->checkpoints;
    char command[256];

    snprintf(command, sizeof(command), "xen-resumable rollback web %s",
             o->image);
    assert_true(has_note());
    assert_true(is_said(command));
    run(&again, 0, false);
    assert_back();
    assert_int_equal(world->checkpoints, checkpoints);
    assert_true(world->goes_on);
}

/* As before, or as it is to be: then nothing is left to do. */
static void assert_whole(void)
{
    assert_false(has_note());
    assert_false(world->paused);
    assert_false(world->destroyed_without_note);
    assert_int_equal(world->domid == FIRST_DOMID, !world->restored);
    if (world->restored)
        assert_true(world->put_back);
    else
        assert_int_equal(world->destroyed + world->put_back, 0);
}

/* What has begun has one end, which is what became of the guest. */
static void assert_told(const char *told)
{
    static const char begin[] = "pre-restore\n";

    if (!strncmp(told, begin, sizeof(begin) - 1))
        told += sizeof(begin) - 1;
    else if (!*told)
        return;
    /* It fails itself. */
    if (!*told && is_said("error: a fault on purpose"))
        return;
    assert_string_equal(told, world->restored && world->there
                        ? "restored restored\n"
                        : world->destroyed || world->paused
                          ? "restore-failed gone\n"
                          : "restore-failed runs\n");
}

/* Returns whether there are more steps. */
static bool walk(int step, bool kills, bool is_libvirts)
{
    const struct rollback_options o = to_image(is_libvirts ? "virt.img"
                                                           : "web.img");
    bool ended;

    *world = (struct world){ .there = true, .domid = FIRST_DOMID,
                             .is_libvirts = is_libvirts };
    (void)take_told();
    ended = run(&o, step, kills);
    assert_told(take_told());
    /* Of libvirt nobody knows what it does yet. */
    if (is_libvirts && kills && has_note() && world->domid == FIRST_DOMID
        && world->there)
        assert_true(is_said("may do so yet"));
    else if (world->there && !world->paused)
        assert_whole();
    else
        assert_comes_back(&o);
    if (!ended)
        return true;
    if (kills)
        return false;
    if (world->result)
        assert_true(is_said("error: "));
    return world->result != 0 || world->goes_on;
}

static void survives_a_fault_at_every_step(void **state)
{
    int step = 1;

    (void)state;
    while (walk(step, false, false))
        assert_true(++step < STEPS_MAX);
    assert_true(step > 20);
}

static void survives_a_kill_at_every_step(void **state)
{
    int step = 1;

    (void)state;
    while (walk(step, true, false))
        assert_true(++step < STEPS_MAX);
    assert_true(step > 20);
}

static void survives_the_same_with_libvirt(void **state)
{
    int step;

    (void)state;
    make_libvirts_image("virt.img");
    /* What libvirt has done although it says otherwise is no failure. */
    for (step = 1; step < STEPS_MAX; step++)
        (void)walk(step, false, true);
    assert_int_equal(world->result, 0);
    assert_false(world->goes_on);
    for (step = 1; walk(step, true, true);) {
        rollback_note_remove(UUID, NULL);
        assert_true(++step < STEPS_MAX);
    }
    assert_true(step > 20);
}

static void libvirt_ends_its_guests_itself(void **state)
{
    const struct rollback_options o = to_image("virt.img");

    (void)state;
    make_libvirts_image("virt.img");
    world->is_libvirts = true;
    run(&o, 0, false);
    assert_back();
    assert_int_equal(world->by_libvirt, 1);
    assert_int_equal(world->by_libxl, 0);
    /* Late, and it is waited for. */
    world->domid = FIRST_DOMID;
    world->libvirt = LATE;
    run(&o, 0, false);
    assert_back();
    assert_int_equal(world->by_libvirt, 2);
}

/* Asked in vain, libvirt may end it when nobody waits any more. */
static void what_libvirt_may_do_yet_is_noted(void **state)
{
    const struct rollback_options o = to_image("virt.img");

    (void)state;
    make_libvirts_image("virt.img");
    world->is_libvirts = true;
    world->libvirt = NEVER;
    run(&o, 0, false);
    assert_int_equal(world->reason, XR_REASON_NO_LIBVIRT);
    assert_string_equal(world->guest, "runs");
    assert_int_equal(world->put_back + world->restored, 0);
    assert_true(is_said("may do so yet"));
    assert_false(is_said("neither it nor its disks were touched"));
    world->libvirt = OBEYS;
    world->there = false;
    assert_comes_back(&o);
}

static void libvirts_guests_stay_libvirts(void **state)
{
    const struct rollback_options xls = to_image("web.img");
    const struct rollback_options virt = to_image("virt.img");

    (void)state;
    make_libvirts_image("virt.img");
    run(&virt, 0, false);
    assert_untouched(XR_REASON_USAGE);
    assert_true(is_said("xl looks after it"));
    world->is_libvirts = true;
    run(&xls, 0, false);
    assert_untouched(XR_REASON_USAGE);
    assert_true(is_said("libvirt looks after it"));
    world->libvirt_takes_it_for_off = true;
    run(&virt, 0, false);
    assert_untouched(XR_REASON_NO_LIBVIRT);
    assert_true(is_said("for shut off"));
    world->libvirt_takes_it_for_off = false;
    world->libvirt_is_silent = true;
    run(&virt, 0, false);
    assert_untouched(XR_REASON_NO_LIBVIRT);
    assert_int_equal(world->checkpoints, 0);
}

/* What is on its disks now is not given up unasked. */
static void brings_back_what_is_gone_if_told_to(void **state)
{
    const struct rollback_options named = to_image("web.img");
    const struct rollback_options unnamed = { .domain = "web" };
    const struct rollback_options anyway = {
        .domain = "web", .image = at("web.img"), .no_safety = true,
    };

    (void)state;
    world->there = false;
    run(&unnamed, 0, false);
    assert_int_not_equal(world->result, 0);
    assert_true(is_said("name the image"));
    run(&named, 0, false);
    assert_int_equal(world->reason, XR_REASON_USAGE);
    assert_true(is_said("--no-safety"));
    assert_int_equal(world->put_back, 0);
    run(&anyway, 0, false);
    assert_back();
    assert_false(world->goes_on);
    assert_int_equal(world->checkpoints, 0);
}

/* xl was killed before it was ready, and its domain stays: it is not the guest. */
static void takes_no_half_of_a_domain_for_it(void **state)
{
    const struct rollback_options o = to_image("web.img");

    (void)state;
    world->other_starts = HALF;
    run(&o, 0, false);
    assert_int_not_equal(world->result, 0);
    assert_string_equal(world->guest, "gone");
    world->other_starts = NOBODY;
    assert_comes_back(&o);
}

/* Who else restarts guests has seen it go, and started it. */
static void takes_no_other_domain_for_it(void **state)
{
    const struct rollback_options o = to_image("web.img");

    (void)state;
    world->other_starts = WHOLE;
    run(&o, 0, false);
    assert_int_not_equal(world->result, 0);
    assert_string_equal(world->guest, "");
    assert_true(strstr(world->next, "xen-resumable rollback web "));
    assert_true(is_said("xl destroy 17 ends it"));
    assert_true(has_note());
    world->other_starts = NOBODY;
    world->there = false;
    assert_comes_back(&o);
}

/* Also the heir does not, when the command was killed at that. */
static void its_heir_takes_no_other_domain_for_it(void **state)
{
    const struct rollback_options o = to_image("web.img");
    int step = 1;

    (void)state;
    do {
        *world = (struct world){
            .there = true, .domid = FIRST_DOMID, .other_starts = WHOLE,
        };
        assert_true(++step < STEPS_MAX);
        assert_false(run(&o, step, true));
    } while (world->domid == FIRST_DOMID);
    assert_true(has_note());
    assert_true(is_said("xl destroy 17 ends it"));
    assert_true(strstr(take_told(), "restore-failed unknown\n"));
    world->other_starts = NOBODY;
    world->there = false;
    assert_comes_back(&o);
}

/* The restored one is called as it was when it was saved. */
static void goes_on_with_a_renamed_domain(void **state)
{
    const struct rollback_options o = {
        .domain = "www", .image = at("web.img"),
    };

    (void)state;
    world->is_renamed = true;
    world->other_starts = HALF;
    run(&o, 0, false);
    assert_true(is_said("warning: www was called web when it was saved"));
    world->is_renamed = false;
    world->there = world->paused = false;
    world->other_starts = NOBODY;
    assert_comes_back(&(struct rollback_options){
        .domain = "web", .image = o.image,
    });
}

static void write_old_note(const char *image)
{
    char note[512];
    int fd;

    assert_int_equal(mkdir(at("notes"), 0700), 0);
    fd = open(at("notes/" UUID), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    snprintf(note, sizeof(note), "name=web,uuid=" UUID
             ",image=%s,inode=1,domid=7,since=1,boot=long-ago\n", image);
    assert_int_equal(write(fd, note, strlen(note)), strlen(note));
    close(fd);
}

/* Nobody knows what has become of its disks since. */
static void guesses_nothing_after_a_boot(void **state)
{
    const struct rollback_options named = to_image("web.img");
    const struct rollback_options unnamed = { .domain = "web" };

    (void)state;
    world->there = false;
    write_old_note(at("web.img"));
    run(&unnamed, 0, false);
    assert_int_not_equal(world->result, 0);
    assert_int_equal(world->put_back, 0);
    assert_true(is_said("xen-resumable rollback web /tmp/test-rollback."));
    run(&named, 0, false);
    assert_back();
}

/* What was kept, or given up, before was so for that image alone. */
static void goes_on_to_the_same_image_only(void **state)
{
    const struct rollback_options o = to_image("web.img");

    (void)state;
    world->there = false;
    write_old_note(at("other.img"));
    run(&o, 0, false);
    assert_int_equal(world->reason, XR_REASON_USAGE);
    assert_int_equal(world->put_back, 0);
    assert_true(has_note());
}

/* It runs, whatever somebody has noted of it. */
static void believes_a_domain_more_than_a_note(void **state)
{
    const struct rollback_options o = to_image("web.img");

    (void)state;
    write_old_note("/nowhere.img");
    run(&o, 0, false);
    assert_back();
    assert_false(world->goes_on);
    assert_int_equal(world->checkpoints, 1);
}

static void takes_the_newest_that_is_sound(void **state)
{
    const struct rollback_options o = { .domain = "web" };

    (void)state;
    run(&o, 0, false);
    assert_untouched(XR_REASON_NOT_SOUND);
    make_image("web/2001-11-27T030005Z.img", UUID, DISK,
               KEPT ",saved.at=2001-11-27T03:00:05Z");
    make_image("web/2001-11-28T030005Z.img", UUID, DISK,
               KEPT ",saved.at=2001-11-28T03:00:05Z");
    make_image("web/2001-11-29T030005Z.bad.img", UUID, DISK,
               KEPT ",saved.at=2001-11-29T03:00:05Z");
    make_image("web/2001-11-30T030005Z.img", UUID, DISK,
               KEPT ",saved.at=2001-11-30T03:00:05Z,user." ROLLBACK_LABEL
               "=2001-11-27T030005Z.img");
    make_image("web/2999-11-27T030005Z.img", UUID, DISK,
               KEPT ",saved.at=2999-11-27T03:00:05Z");
    run(&o, 0, false);
    assert_back();
    assert_string_equal(world->image, at("web/2001-11-28T030005Z.img"));
    assert_true(is_said("2999-11-27T030005Z.img is passed over"));
    assert_true(strstr(world->safety, "/web/20"));
    assert_false(strstr(world->safety, ROLLBACK_LABEL));
}

static void does_nothing_in_a_dry_run(void **state)
{
    const struct rollback_options o = {
        .domain = "web", .image = at("web.img"), .dry_run = true,
    };

    (void)state;
    run(&o, 0, false);
    assert_int_equal(world->result, 0);
    assert_int_equal(world->checkpoints + world->destroyed, 0);
    assert_string_equal(world->safety, at("web.img.before-rollback"));
    assert_int_equal(access(at("notes"), F_OK), -1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(goes_back),
        TEST(gives_up_what_is_now_if_told_to),
        TEST(touches_nothing_without_a_checkpoint),
        TEST(destroys_nothing_that_cannot_be_put_back),
        TEST(destroys_nothing_for_an_image_that_went),
        TEST(says_what_the_guest_is),
        TEST(refuses_what_would_do_harm),
        TEST(survives_a_fault_at_every_step),
        TEST(survives_a_kill_at_every_step),
        TEST(survives_the_same_with_libvirt),
        TEST(libvirt_ends_its_guests_itself),
        TEST(what_libvirt_may_do_yet_is_noted),
        TEST(libvirts_guests_stay_libvirts),
        TEST(brings_back_what_is_gone_if_told_to),
        TEST(takes_no_half_of_a_domain_for_it),
        TEST(takes_no_other_domain_for_it),
        TEST(its_heir_takes_no_other_domain_for_it),
        TEST(heeds_its_hooks),
        TEST(leaves_a_disk_as_it_is_if_told_to),
        TEST(goes_on_with_a_renamed_domain),
        TEST(guesses_nothing_after_a_boot),
        TEST(goes_on_to_the_same_image_only),
        TEST(believes_a_domain_more_than_a_note),
        TEST(takes_the_newest_that_is_sound),
        TEST(does_nothing_in_a_dry_run),
    };

    world = mmap(NULL, sizeof(*world), PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (world == MAP_FAILED)
        return 99;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
