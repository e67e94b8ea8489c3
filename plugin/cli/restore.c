/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * restore: the counterpart of checkpoint.  What would make it fail is found
 * before a domain is made, and the new domain is looked after for a moment.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/cli.h"
#include "cli/configuration.h"
#include "cli/connection.h"
#include "cli/disk_use.h"
#include "cli/facts.h"
#include "cli/input.h"
#include "cli/json.h"
#include "cli/plugin_files.h"
#include "cli/preflight.h"
#include "cli/progress.h"
#include "cli/restore_image.h"
#include "cli/restore_options.h"
#include "cli/watch.h"
#include "lib/save_image.h"
#include "lib/stored_kernel.h"
#include "lib/verify.h"
#include "util/cleanup.h"
#include "util/io.h"

enum { UUID_TEXT = 36 };

struct restoration {
    struct restore_order order;
    struct config config;
    bool dry_run;
    bool disks_as_they_are;
    bool progress;
    enum format format;
    char uuid[UUID_TEXT + 1];   /* of a domain under another name */

    struct save_image image;
    struct domain_config domain;
    enum seal_state seal;
    struct connection connection;
    struct judgement judgement; /* of the new domain */
};

/* 0 to go on, else -1 - exit status. */
static int restoration_read_options(int argc, char **argv,
                                    struct restoration *r)
{
    struct restore_options o;
    int status = restore_options_parse(argc, argv, &r->config, &o);

    r->order.path = o.image;
    r->order.change.name = o.name;
    r->order.paused = o.paused;
    r->config.watch = o.watch;
    r->dry_run = o.dry_run;
    r->disks_as_they_are = o.disks == DISKS_AS_THEY_ARE;
    r->progress = o.progress;
    r->format = o.format;
    return status;
}

__attribute__((format(printf, 2, 3)))
static int refuse(const struct restoration *r, const char *format, ...)
{
    char reason[512];
    va_list ap;

    va_start(ap, format);
    vsnprintf(reason, sizeof(reason), format, ap);
    va_end(ap);
    complain("%s is not restored: %s. Nothing was created.", r->order.path,
             reason);
    return STATUS_NO;
}

/* Nobody says that the image is not sound. */
static int not_judged(const struct restoration *r, const struct xr_error *err)
{
    complain_error(r->order.path, err);
    complain("%s is not restored. Nothing was created.", r->order.path);
    return STATUS_ERROR;
}

/* The kernel makes them: 36 characters and a newline. */
static int choose_uuid(struct restoration *r)
{
    CLEANUP_CLOSE int fd = input_open("/proc/sys/kernel/random/uuid");

    if (fd < 0 || read_full(fd, r->uuid, UUID_TEXT) != UUID_TEXT) {
        complain("restore: no uuid can be made");
        return STATUS_ERROR;
    }
    r->order.change.uuid = r->uuid;
    return STATUS_YES;
}

/* The domain as it is to be. */
static int rename_domain(struct restoration *r)
{
    struct domain_config *d = &r->domain;
    int status;

    if (r->order.container == CONTAINER_LIBVIRT)
        return refuse(r, "libvirt keeps the name that its image has");
    status = choose_uuid(r);
    if (status)
        return status;
    free(d->name);
    free(d->uuid);
    d->name = strdup(r->order.change.name);
    d->uuid = strdup(r->uuid);
    if (d->name && d->uuid)
        return STATUS_YES;
    complain("restore: out of memory");
    return STATUS_ERROR;
}

static int read_image(struct restoration *r, int fd)
{
    struct xr_error err;

    if (save_image_read(fd, NULL, NULL, &r->image, &err))
        return not_judged(r, &err);
    r->order.container = r->image.container;
    if (!r->image.size)
        return refuse(r, "it is no file, so that it cannot be looked at "
                      "beforehand; xl restore reads a pipe");
    if (r->image.container != CONTAINER_XL
        && r->image.container != CONTAINER_LIBVIRT)
        return refuse(r, "it is a bare %s stream, without a configuration",
                      container_name(r->image.container));
    if (preflight_read_config(&r->image, &r->domain, &err))
        return verify_cannot_judge(-err.code)
               ? not_judged(r, &err)
               : refuse(r, "its configuration cannot be read: %s",
                        err.message);
    if (!r->domain.name)
        return refuse(r, "its configuration does not name the domain");
    return r->order.change.name ? rename_domain(r) : STATUS_YES;
}

static int verify(struct restoration *r, int fd)
{
    CLEANUP_VERIFY struct verify_result result = { .ok = false };
    struct progress bar;
    const struct listener listener = {
        .progress = progress_show,
        .data = &bar,
    };
    const struct verify_options options = { .listener = &listener };
    const struct problem *first;
    struct xr_error err;
    int failed;

    if (lseek(fd, 0, SEEK_SET)) {
        complain("%s: %s", r->order.path, strerror(errno));
        return STATUS_ERROR;
    }
    progress_begin(&bar, r->progress);
    failed = verify_image(fd, &options, &result, &err);
    progress_end(&bar);
    if (failed)
        return not_judged(r, &err);
    r->seal = result.seal;
    first = result.problems.items;
    if (result.ok)
        return STATUS_YES;
    if (result.problems.count && first->what)
        return refuse(r, "it is not sound: %s, at offset %llu", first->what,
                      (unsigned long long)first->offset);
    return refuse(r, "it is not sound");
}

/* A no is a refusal; what cannot be told is for the toolstack to find out. */
static int heed(const struct restoration *r, const struct preflight *p)
{
    size_t i;

    for (i = 0; i < p->count; i++)
        if (p->findings[i].says == VERDICT_NO)
            return refuse(r, "%s: %s", p->findings[i].what,
                          p->findings[i].detail);
    return p->answer == VERDICT_NO ? refuse(r, "this host cannot run it")
                                   : STATUS_YES;
}

/*
 * A copy that writes the original's disks ruins them for the original, and for
 * every image of it.
 */
static int ask_about_copy(const struct restoration *r)
{
    size_t i;

    for (i = 0; r->order.change.name && !r->disks_as_they_are
                && i < r->domain.disk_count; i++) {
        const struct domain_disk *disk = &r->domain.disks[i];

        if (disk->written && !disk->shared)
            return refuse(r, "%s would write %s, which belongs to the domain "
                          "that the image is of: --disks=as-they-are gives it "
                          "to %s", r->domain.name, disk->path,
                          r->domain.name);
    }
    return STATUS_YES;
}

static void print_plan(const struct restoration *r, const struct preflight *p)
{
    print_line("Image", "%s", r->order.path);
    print_line("Domain", "%s", r->domain.name);
    print_line("By", "%s",
               r->order.container == CONTAINER_XL ? "xl restore"
                                                  : "virsh restore");
    print_line("Then", "%s", r->order.paused ? "it stays paused"
                                             : "it goes on, by a 0");
    printf("\n");
    preflight_print(p);
}

/* Nothing has been made yet.  *go is whether to. */
static int ask_beforehand(struct restoration *r, bool *go)
{
    CLEANUP_CLOSE int fd = input_open(r->order.path);
    struct preflight p;
    int status;

    *go = false;
    if (fd < 0)
        return STATUS_ERROR;
    status = read_image(r, fd);
    if (!status)
        status = preflight_ask(fd, &r->image, &r->domain, &p);
    if (status)
        return status;
    if (r->dry_run && r->format == FORMAT_TEXT)
        print_plan(r, &p);
    status = heed(r, &p);
    if (!status)
        status = ask_about_copy(r);
    if (!status)
        status = verify(r, fd);
    *go = !status && !r->dry_run;
    return status;
}

static int find_new_domain(struct restoration *r)
{
    const struct judge_aids aids = {
        .overrides = &r->config.overrides,
        .stored_kernel = stored_kernel_notes,
    };
    struct xr_error err;
    uint32_t domid;

    if (connection_open(&r->connection, &err)
        || store_find_domain(r->connection.store, r->domain.name, &domid,
                             &err)
        || judge_domain_with(r->connection.xch, r->connection.store, domid,
                             &aids, &r->judgement, &err))
        return complain_error(r->domain.name, &err);
    return STATUS_YES;
}

static void print_result(const struct restoration *r, double seconds)
{
    const struct domain *d = &r->judgement.domain;

    if (r->format == FORMAT_JSON) {
        CLEANUP_JSON yajl_gen g = json_new();

        yajl_gen_map_open(g);
        json_text(g, "domain", r->domain.name);
        json_number(g, "domid", d->domid);
        json_text(g, "image", r->order.path);
        json_text(g, "container", container_name(r->order.container));
        json_text(g, "seal", seal_state_name(r->seal));
        json_bool(g, "paused", r->order.paused);
        json_text(g, "resumable",
                  verdict_answer_name(r->judgement.verdict.resumable));
        json_number(g, "total_ms", (uint64_t)(seconds * 1000));
        yajl_gen_map_close(g);
        return;
    }
    print_line("Domain", "%s (domain %u), %s", r->domain.name, d->domid,
               r->order.paused ? "paused" : "goes on: it got a 0");
    print_line("Image", "%s, sound%s", r->order.path,
               r->seal == SEAL_MATCH ? ", its seal matches" : "");
    print_line("Resumable", "%s: %s",
               verdict_answer_name(r->judgement.verdict.resumable),
               r->judgement.verdict.reason);
    print_line("Time", "%.2f s", seconds);
}

/* Verifying an image takes its time, in which somebody may start a domain. */
static int ask_about_disks_again(const struct restoration *r)
{
    CLEANUP_CONNECTION struct connection connection = { 0 };
    struct xr_error err;
    int failed = connection_open(&connection, &err);

    if (!failed)
        failed = disk_use_refuse(&connection, &r->domain, &err);
    if (failed == -EBUSY)
        return refuse(r, "%s", err.message);
    return failed ? complain_error(r->order.path, &err) : STATUS_YES;
}

static double seconds_since(const struct timespec *began)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - began->tv_sec)
           + (double)(now.tv_nsec - began->tv_nsec) / 1e9;
}

static int restore(struct restoration *r)
{
    const struct target_file target = {
        .path = r->order.path,
        .state = TARGET_COMPLETE,
    };
    struct timespec began;
    struct xr_error err;
    double seconds;
    int status;

    status = ask_about_disks_again(r);
    if (status)
        return status;
    if (plugin_preload())
        return STATUS_ERROR;
    /* Half a domain is of no use to anybody. */
    signal(SIGINT, SIG_IGN);
    signal(SIGQUIT, SIG_IGN);
    clock_gettime(CLOCK_MONOTONIC, &began);
    if (restore_image(&r->order, &err)) {
        complain_error(r->order.path, &err);
        return STATUS_NO;
    }
    seconds = seconds_since(&began);
    status = find_new_domain(r);
    if (status)
        return status;
    if (!r->order.paused && !watch_domain(&r->connection, &r->judgement,
                                          &target, r->config.watch, NULL))
        return STATUS_NO;
    print_result(r, seconds);
    return finish_output(STATUS_YES);
}

static void restoration_free(struct restoration *r)
{
    judgement_free(&r->judgement);
    connection_close(&r->connection);
    domain_config_free(&r->domain);
    save_image_free(&r->image);
    config_free(&r->config);
}

int cmd_restore(int argc, char **argv)
{
    CLEANUP(restoration_free) struct restoration r = { .seal = SEAL_ABSENT };
    int status;
    bool go;

    configuration_read(&r.config);
    status = restoration_read_options(argc, argv, &r);
    if (status)
        return -1 - status;
    status = ask_beforehand(&r, &go);
    return go ? restore(&r) : finish_output(status);
}
