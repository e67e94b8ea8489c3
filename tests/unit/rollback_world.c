/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Xen, the checkpoint and the restore as rollback's tests have them: made up, in memory
 * that processes share; the lab has the real ones.
 */
#include "config.h"

#include "rollback_world.h"

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
#include "stream_builder.h"
#include "util/cleanup.h"
#include "util/fault.h"
#include "virt/virt.h"
#include "xen/libxl.h"
#include "xen/origin.h"

struct world *world;
static char dir[64];

const char *at(const char *name)
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
    **out = (struct domain){
        .domid = world->domid, .paused = world->paused,
        .cpu_time = world->cpu_time,
    };
    strcpy((*out)->uuid, UUID);
    return 0;
}

int domain_read(xc_interface *xch, uint32_t domid, struct domain *out,
                struct xr_error *err)
{
    (void)xch;
    if (!world->there && world->lingers && domid == world->domid)
        world->lingers--;
    else if (!world->there || domid != world->domid)
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

bool has_note(void)
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
int restore_disks_check(struct restore *r, struct xr_error *err)
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
    assert_int_equal(world->lingers, 0);
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
bool run(const struct rollback_options *options, int step, bool kills)
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
    /* What it finds wrong itself, as its sanitizer does, is in its exit status. */
    assert_true(WIFEXITED(status) ? !WEXITSTATUS(status) : kills);
    return WIFEXITED(status);
}

/* --- images */

struct rollback_options to_image(const char *name)
{
    return (struct rollback_options){ .domain = "web", .image = at(name) };
}

void make_image(const char *name, const char *uuid, const char *disks,
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
void make_libvirts_image(const char *name)
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
const char *take_told(void)
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

int rollback_setup(void **state)
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

int rollback_teardown(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    return system(command);
}

bool is_said(const char *text)
{
    return strstr(world->said, text);
}

void assert_back(void)
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

void assert_untouched(enum xr_reason reason)
{
    assert_int_not_equal(world->result, 0);
    assert_int_equal(world->reason, reason);
    assert_true(world->there);
    assert_int_equal(world->domid, FIRST_DOMID);
    assert_int_equal(world->destroyed + world->put_back + world->restored, 0);
    assert_false(has_note());
    assert_true(is_said("is not rolled back"));
}

/* What it says of a domain that is in its image alone, and that it comes back. */
void assert_comes_back(const struct rollback_options *o)
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

int begin_world(void)
{
    world = mmap(NULL, sizeof(*world), PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return world == MAP_FAILED ? -1 : 0;
}
