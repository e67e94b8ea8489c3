/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Asked in the order in which it costs: the image's head, this host, the disks,
 * and last every byte of the image.
 */
#include "config.h"

#include "engine/restore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/configuration.h"
#include "engine/preflight.h"
#include "engine/restore_state.h"
#include "lib/verify.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "util/reason.h"

struct restore *restore_new(const struct events *events)
{
    struct restore *r = calloc(1, sizeof(*r));

    if (!r)
        return NULL;
    r->events = events;
    r->seal = SEAL_ABSENT;
    r->copies = (struct disk_copies)DISK_COPIES_NONE;
    r->clones = (struct disk_copies)DISK_COPIES_NONE;
    configuration_read(&r->config, events);
    r->options.watch = r->config.watch;
    return r;
}

void restore_free(struct restore *r)
{
    if (!r)
        return;
    judgement_free(&r->judgement);
    connection_close(&r->connection);
    domain_config_free(&r->domain);
    domain_config_free(&r->original);
    config_edited_free(&r->edited);
    restore_disks_free(r);
    way_close(&r->way);
    buffer_free(&r->disk_lines);
    free(r->hooks_image);
    save_image_free(&r->image);
    config_free(&r->config);
    free(r);
}

struct restore_options *restore_options(struct restore *r)
{
    return &r->options;
}

int restore_refuse(const struct restore *r, struct xr_error *err)
{
    if (!error_has_place(err))
        events_say(r->events, MESSAGE_ERROR, "%s is not restored: %s. Nothing "
                   "was created.", r->options.path, err->message);
    else
        events_say(r->events, MESSAGE_ERROR, "%s is not restored: %s, at "
                   "offset %llu. Nothing was created.", r->options.path,
                   err->message, (unsigned long long)err->offset);
    error_name_file(err, r->options.path);
    return -err->code;
}

/* Nobody says that the image is not sound. */
static int fail_unjudged(const struct restore *r, struct xr_error *err)
{
    err->reason = reason_is_no(err->reason) && err->code != ECANCELED
                  ? XR_REASON_CANNOT_JUDGE : err->reason;
    events_fail_file(r->events, r->options.path, err);
    events_say(r->events, MESSAGE_ERROR, "%s is not restored. Nothing was "
               "created.", r->options.path);
    return -err->code;
}

/* Can an image of this kind be looked at, and restored, at all? */
static int check_kind(const struct restore *r, struct xr_error *err)
{
    if (r->image.container != CONTAINER_XL
        && r->image.container != CONTAINER_LIBVIRT)
        return error_because(err, XR_REASON_NOT_SOUND, EINVAL, "it is a bare "
                             "%s stream, without a configuration",
                             container_name(r->image.container));
    return 0;
}

static int restore_read_config(struct restore *r, struct xr_error *err)
{
    int status = preflight_read_config(&r->image, &r->original, err);

    if (status == -ENOMEM || verify_cannot_judge(status))
        return fail_unjudged(r, err);
    if (status) {
        error_within(err, XR_REASON_NOT_SOUND, "its configuration cannot be "
                     "read");
        return restore_refuse(r, err);
    }
    if (r->original.more_disks) {
        error_set(err, E2BIG, "it has more than %d disks, which is more than "
                  "can be checked", DOMAIN_CONFIG_DISKS_MAX);
        return fail_unjudged(r, err);
    }
    if (r->original.name)
        return 0;
    error_because(err, XR_REASON_NOT_SOUND, EINVAL, "its configuration does "
                  "not name the domain");
    return restore_refuse(r, err);
}

static int restore_read_image(struct restore *r, int fd, struct xr_error *err)
{
    int status;

    if (save_image_read(fd, NULL, NULL, &r->image, err))
        return fail_unjudged(r, err);
    if (check_kind(r, err))
        return restore_refuse(r, err);
    status = restore_read_config(r, err);
    if (!status && (restore_change(r, err)
                    || image_disks_read(&r->image.metadata, &r->disks, err)
                    || restore_clones_plan(r, err)
                    || restore_disks_find(r, err)
                    || restore_hooks_open(r, err)))
        status = restore_refuse(r, err);
    return status;
}

static int pass_progress_on(void *data, uint64_t done, uint64_t all)
{
    return events_progress(data, done, all);
}

/* What of it is not sound comes first. */
static int name_first_problem(const struct verify_result *result,
                              struct xr_error *err)
{
    const struct problem *first = result->problems.items;
    int r;

    if (!result->problems.count || !first->what)
        return error_because(err, XR_REASON_NOT_SOUND, EBADMSG,
                             "it is not sound");
    r = error_at(err, EBADMSG, first->offset, "it is not sound: %s",
                 first->what);
    err->reason = XR_REASON_NOT_SOUND;
    return r;
}

static int restore_verify(struct restore *r, int fd, struct xr_error *err)
{
    CLEANUP_VERIFY struct verify_result result = { .ok = false };
    const struct listener listener = {
        .progress = pass_progress_on,
        .data = (void *)r->events,
    };
    const struct verify_options options = { .listener = &listener };
    int failed;

    if (lseek(fd, 0, SEEK_SET)) {
        error_errno(err, errno);
        return events_fail_file(r->events, r->options.path, err);
    }
    events_stage(r->events, "verifying");
    failed = verify_image(fd, &options, &result, err);
    if (failed)
        return fail_unjudged(r, err);
    r->seal = result.seal;
    if (!result.ok)
        failed = name_first_problem(&result, err);
    else
        failed = restore_check_fit(r, &result, err);
    return failed ? restore_refuse(r, err) : 0;
}

/* A no is a refusal; what cannot be told is for the toolstack to find out. */
static int heed_checks(const struct restore *r, struct xr_error *err)
{
    const struct preflight *p = &r->checks;
    size_t i;

    for (i = 0; i < p->count; i++) {
        const struct preflight_finding *f = &p->findings[i];

        if (f->is_warning && !r->options.dry_run)
            events_say(r->events, MESSAGE_WARNING, "%s: %s", f->what,
                       f->detail);
        if (f->says != VERDICT_NO)
            continue;
        error_because(err, f->reason ? f->reason : XR_REASON_NOT_SOUND, EPERM,
                      "%s: %s", f->what, f->detail);
        return restore_refuse(r, err);
    }
    if (p->answer != VERDICT_NO)
        return 0;
    error_because(err, XR_REASON_CPU, EPERM, "this host cannot run it");
    return restore_refuse(r, err);
}

static int refuse_original_disk(const struct restore *r,
                                const struct domain_disk *disk,
                                struct xr_error *err)
{
    const char *dev = disk->dev ? disk->dev : "VDEV";

    if (r->options.disks == RESTORE_DISKS_COPIES)
        error_because(err, XR_REASON_DISK_NOT_KEPT, EPERM, "of %.20s, %.80s, "
                      "there is no copy: --disk=%.20s=TARGET gives the domain "
                      "another disk", dev, disk->path, dev);
    else
        error_because(err, XR_REASON_DISK_IN_USE, EPERM, "%.40s would write "
                      "%.60s, a disk of the original: --disk=%.20s=TARGET "
                      "gives it another disk, --disks=copies a copy of its "
                      "own, and --disks=as-they-are allows it", r->domain.name,
                      disk->path, dev);
    return restore_refuse(r, err);
}

/*
 * A copy that writes the original's disks ruins them for the original, and for
 * every image of it.
 */
static int ask_about_copy(const struct restore *r, struct xr_error *err)
{
    size_t i;

    if ((!restore_is_copy(r) && r->options.disks != RESTORE_DISKS_COPIES)
        || r->options.disks == RESTORE_DISKS_AS_THEY_ARE)
        return 0;
    for (i = 0; i < r->domain.disk_count; i++) {
        const struct domain_disk *disk = &r->domain.disks[i];

        if (disk->written && !disk->shared
            && !disk_names_have(&r->options.as_it_is, disk->dev)
            && restore_is_original_disk(r, disk))
            return refuse_original_disk(r, disk, err);
    }
    return 0;
}

static int restore_check_host(struct restore *r, int fd, struct xr_error *err)
{
    const struct preflight_wish wish = {
        .disks.back = r->options.disks == RESTORE_DISKS_BACK ? &r->copies
                                                             : NULL,
        .disks.clones = &r->clones,
        .disks.as_they_are = r->options.disks == RESTORE_DISKS_AS_THEY_ARE,
        .disks.as_it_is = &r->options.as_it_is,
        .disks.are_ours = r->options.are_ours,
        .except = r->options.except,
    };
    int status = preflight_ask(fd, &r->image, &r->domain, &wish, &r->checks,
                               err);

    if (status)
        return events_fail(r->events, "this host", err);
    r->checked = true;
    return heed_checks(r, err);
}

/* What is read from a pipe cannot be read again, by the toolstack. */
static int check_that_it_is_a_file(struct restore *r, int fd,
                                   struct xr_error *err)
{
    struct stat st;
    bool is_known = !fstat(fd, &st);

    if (is_known && S_ISREG(st.st_mode)) {
        r->seen = st;
        return 0;
    }
    if (is_known && S_ISDIR(st.st_mode))
        error_because(err, XR_REASON_CANNOT_JUDGE, EISDIR, "it is a folder; "
                      "name one of its images");
    else
        error_because(err, XR_REASON_CANNOT_JUDGE, EINVAL, "it is not a file, "
                      "and cannot be checked beforehand; xl restore reads a "
                      "pipe");
    return restore_refuse(r, err);
}

int restore_ask(struct restore *r, struct xr_error *err)
{
    /* The open of a FIFO must not wait for who writes it. */
    CLEANUP_CLOSE int fd = open(r->options.path,
                                O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    int status;

    if (fd < 0) {
        error_set(err, errno, "%s%s", strerror(errno),
                  errno == ENOENT ? "; 'xen-resumable list' names the images"
                                  : "");
        return events_fail_file(r->events, r->options.path, err);
    }
    status = check_that_it_is_a_file(r, fd, err);
    if (!status)
        status = restore_read_image(r, fd, err);
    if (!status && restore_note_refuse(r, err))
        status = restore_refuse(r, err);
    if (!status)
        status = restore_check_host(r, fd, err);
    if (!status)
        status = ask_about_copy(r, err);
    if (!status && (restore_disks_check(r, err)
                    || restore_hooks_check(r, err)))
        status = restore_refuse(r, err);
    return status ? status : restore_verify(r, fd, err);
}

void restore_describe(const struct restore *r, struct restore_plan *out)
{
    *out = (struct restore_plan){
        .domain = r->domain.name,
        .container = r->image.container,
        .checks = r->checked ? &r->checks : NULL,
        .changes = r->edited.changes,
        .change_count = r->edited.count,
        .back = r->copies.count && !r->clones.count ? &r->copies : NULL,
        .clones = r->clones.count ? &r->clones : NULL,
        .origin = &r->copies,
    };
}
