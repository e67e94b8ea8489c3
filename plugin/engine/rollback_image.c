/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * To which image?  The one that was named; or that of a rollback that has not
 * ended; or the newest one of the guest's series that is sound, but for those that
 * rollbacks have written of what was before.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "engine/image_list.h"
#include "engine/preflight.h"
#include "engine/rollback_state.h"
#include "engine/series.h"
#include "engine/side_file.h"
#include "util/cleanup.h"
#include "util/same_file.h"

/* --- before the lock */

static int lacks_memory(struct xr_error *err)
{
    return error_set(err, ENOMEM, "out of memory");
}

/* Its disks may be between two states since the host went down: nobody is to
   guess. */
static int ask_for_its_name(const struct rollback *rb, struct xr_error *err)
{
    CLEANUP_FREE char *command = rollback_command(&rb->former);

    return command
           ? error_because(err, XR_REASON_USAGE, EINVAL, "there is no such "
                           "domain; a rollback of it was begun before this "
                           "host was started anew, and has not ended: %s",
                           rollback_command_or_where(command))
           : lacks_memory(err);
}

static int take_former_image(struct rollback *rb, struct xr_error *err)
{
    rb->is_formers = true;
    if (!rb->former.name)
        return error_because(err, XR_REASON_USAGE, ENOENT, "there is no such "
                             "domain; if it is in an image alone, name the "
                             "image");
    if (!rollback_note_is_of_this_boot(&rb->former))
        return ask_for_its_name(rb, err);
    events_say(rb->events, MESSAGE_INFO, "%s: a rollback to %s has not ended: "
               "it goes on", rb->former.name, rb->former.image);
    rb->image = strdup(rb->former.image);
    return rb->image ? 0 : lacks_memory(err);
}

static int take_named_image(struct rollback *rb, struct xr_error *err)
{
    rb->image = realpath(rb->options.image, NULL);
    return rb->image ? 0
                     : error_system(err, errno, "%s", rb->options.image);
}

static int compare_with_domain(const struct rollback *rb,
                               const struct save_identity *identity,
                               struct xr_error *err)
{
    if (rb->uuid[0] ? !strcasecmp(identity->uuid, rb->uuid)
                    : !strcmp(identity->name, rb->options.domain)
                      || !strcasecmp(identity->uuid, rb->options.domain)
                      || (rb->former.uuid
                          && !strcasecmp(identity->uuid, rb->former.uuid)))
        return 0;
    return error_because(err, XR_REASON_NOT_SOUND, EINVAL, "%.120s is an image "
                         "of %.40s, %.36s, and not of this domain", rb->image,
                         identity->name, identity->uuid);
}

/* By the configuration, by which it would be made, and not by the record. */
static int read_identity(struct rollback *rb, struct xr_error *err)
{
    CLEANUP_CLOSE int fd = open(rb->image, O_RDONLY | O_CLOEXEC | O_NONBLOCK
                                           | O_NOCTTY);
    CLEANUP_DOMAIN_CONFIG struct domain_config config = { 0 };
    CLEANUP_SAVE_IMAGE struct save_image image = { 0 };
    struct save_identity identity;
    int r;

    if (fd < 0)
        return error_system(err, errno, "%s", rb->image);
    r = save_image_read(fd, NULL, NULL, &image, err);
    if (!r)
        r = preflight_read_config(&image, &config, err);
    if (r)
        return r;
    identity = (struct save_identity){ config.name, config.uuid };
    if (!identity.name || !identity.uuid)
        return error_because(err, XR_REASON_NOT_SOUND, EINVAL, "%s does not "
                             "say whose image it is", rb->image);
    r = compare_with_domain(rb, &identity, err);
    if (r)
        return r;
    if (!rb->name)
        rb->name = strdup(identity.name);
    free(rb->name_in_image);
    rb->name_in_image = strdup(identity.name);
    return rb->name && rb->name_in_image ? rollback_keep_uuid(rb, identity.uuid, err)
                    : lacks_memory(err);
}

int rollback_name_image(struct rollback *rb, struct xr_error *err)
{
    int r = 0;

    if (rb->options.image)
        r = take_named_image(rb, err);
    else if (!rb->is_there)
        r = take_former_image(rb, err);
    if (!r && !rb->is_there)
        r = read_identity(rb, err);
    return r;
}

/* --- under the lock */

/*
 * From here on prune leaves it alone; a checkpoint that would rotate it away waits
 * for the lock of the domain, or for that of its copies.
 */
static int hold_image(struct rollback *rb, struct xr_error *err)
{
    CLEANUP_SIDE_FILES_LOCK int lock = -1;
    int r = side_files_lock(&lock, err);

    if (r)
        return r;
    cleanup_close(&rb->image_fd);
    rb->image_fd = open(rb->image, O_RDONLY | O_CLOEXEC | O_NONBLOCK
                                   | O_NOCTTY);
    if (rb->image_fd < 0 || fstat(rb->image_fd, &rb->seen))
        return error_system(err, errno, "%s", rb->image);
    rollback_hold_image(rb->image_fd);
    return 0;
}

int rollback_check_image(const struct rollback *rb, struct xr_error *err)
{
    struct stat held, named;

    if (!fstat(rb->image_fd, &held) && file_is_as_seen(&held, &rb->seen)
        && !stat(rb->image, &named) && file_is_as_seen(&named, &rb->seen))
        return 0;
    return error_because(err, XR_REASON_LOCKED, EBUSY, "%.150s was replaced "
                         "after it was verified", rb->image);
}

/* Swap, or what a hook puts back, can be named; the rest is put back. */
static int refuse_unkept(const struct rollback *rb,
                         const struct domain_disk *disk, struct xr_error *err)
{
    const char *dev = disk->dev ? disk->dev : "a disk";

    return error_because(err, XR_REASON_DISK_NOT_KEPT, EPERM, "%.80s has no "
                         "copy of %.20s (%.60s), which the guest writes: what "
                         "it has written since would ruin a file system on "
                         "it. If there is none, --as-it-is=%.20s takes that "
                         "disk as it is", rb->image, dev, disk->path, dev);
}

/* A guest that runs on writes: what was not kept is no longer what it was. */
static int check_kept(const struct rollback *rb, struct xr_error *err)
{
    const struct restore *r = rb->restore;
    size_t i;

    for (i = 0; i < r->domain.disk_count; i++) {
        const struct domain_disk *disk = &r->domain.disks[i];
        const struct image_disk *said =
            disk->dev ? image_disks_find(&r->disks, disk->dev) : NULL;

        if (disk->written && !(said && said->copy)
            && !disk_names_have(&rb->options.as_it_is, disk->dev))
            return refuse_unkept(rb, disk, err);
    }
    return 0;
}

/* Does the record name a copy at all?  Else nothing is put back. */
static bool keeps_disks(const struct image_disks *disks)
{
    size_t i;

    for (i = 0; i < disks->count; i++)
        if (disks->items[i].copy)
            return true;
    return false;
}

static int read_disks(int fd, struct image_disks *out,
                      struct keylist *record, struct xr_error *err)
{
    int r = save_image_metadata(fd, record, err);

    if (r && r != -ENOENT)
        return r;
    if (lseek(fd, 0, SEEK_SET))
        return error_system(err, errno, "the image");
    return image_disks_read(record, out, err);
}

/* Sound, of this guest, fit for this host, and its copies can be put back. */
static int ask_restore(struct rollback *rb, struct xr_error *err)
{
    CLEANUP_IMAGE_DISKS struct image_disks disks = { 0 };
    CLEANUP_KEYLIST struct keylist record = { 0 };
    struct restore_options *o;
    int r = read_disks(rb->image_fd, &disks, &record, err);

    if (r)
        return rollback_refuse(rb, err);
    restore_free(rb->restore);
    rb->restore = restore_new(&rb->inner);
    if (!rb->restore) {
        lacks_memory(err);
        return rollback_refuse(rb, err);
    }
    rb->restore->image_fd = rb->image_fd;
    o = restore_options(rb->restore);
    o->path = rb->image;
    o->disks = keeps_disks(&disks) ? RESTORE_DISKS_BACK
                                   : RESTORE_DISKS_UNSAID;
    o->as_it_is = rb->options.as_it_is;
    o->goes_back = true;
    o->are_ours = rb->goes_on && !strcmp(rb->former.image, rb->image);
    o->except = rb->domain.domid;
    o->watch = rb->options.watch;
    o->dry_run = rb->options.dry_run;
    r = restore_ask(rb->restore, err);
    if (r)
        return rollback_stays(rb, err);
    r = rollback_check_container(rb, err);
    if (!r)
        r = check_kept(rb, err);
    return r ? rollback_refuse(rb, err) : 0;
}

static void warn_of_its_name(const struct rollback *rb)
{
    if (strcmp(rb->name, rb->name_in_image))
        events_say(rb->events, MESSAGE_WARNING, "%s was called %s when it was "
                   "saved, and will be again", rb->name, rb->name_in_image);
}

/* rb->image is one that may be it. */
static int try_rollback_image(struct rollback *rb, struct xr_error *err)
{
    int r = read_identity(rb, err);

    if (!r)
        r = hold_image(rb, err);
    r = r ? rollback_refuse(rb, err) : ask_restore(rb, err);
    if (!r)
        warn_of_its_name(rb);
    return r;
}

static int try_listed(struct rollback *rb, const struct listed_image *image,
                      struct xr_error *err)
{
    free(rb->image);
    rb->image = realpath(image->path, NULL);
    if (rb->image)
        return try_rollback_image(rb, err);
    error_system(err, errno, "%s", image->path);
    return rollback_refuse(rb, err);
}

/* Two images of one second are named after two, and clocks are set. */
enum { SLACK_S = 3600 };

/* A clock that was wrong for a night must not make its image the newest for good. */
static bool is_of_the_future(const struct rollback *rb,
                             const struct listed_image *image)
{
    if (image->when <= time(NULL) + SLACK_S)
        return false;
    events_say(rb->events, MESSAGE_WARNING, "%s is passed over: by its time "
               "it was saved in the future. Name it to go back to it",
               image->path);
    return true;
}

static bool is_candidate(const struct rollback *rb,
                         const struct listed_image *image)
{
    return image->readable
           && !keylist_find(&image->summary.labels, ROLLBACK_LABEL)
           && !is_of_the_future(rb, image);
}

/* Only an image that is to blame itself is passed over for an older one. */
static bool is_to_blame(const struct xr_error *err)
{
    return err->reason == XR_REASON_NOT_SOUND
           || err->reason == XR_REASON_CANNOT_JUDGE;
}

static int try_newest(struct rollback *rb, struct image_list *list,
                      struct xr_error *err)
{
    int r = error_because(err, XR_REASON_NOT_SOUND, ENOENT, "its series has no "
                          "image to go back to: name one");
    size_t i;

    image_list_sort(list);
    for (i = list->count; i; i--) {
        if (!is_candidate(rb, &list->items[i - 1]))
            continue;
        r = try_listed(rb, &list->items[i - 1], err);
        if (!r || !is_to_blame(err))
            return r;
    }
    return r;
}

static int choose_image(struct rollback *rb, struct xr_error *err)
{
    CLEANUP_IMAGE_LIST struct image_list list = { 0 };
    CLEANUP_FREE char *dir = series_dir(NULL, rb->events);
    CLEANUP_FREE char *folder = NULL;
    int r = 0;

    if (!series_takes_guest(rb->name))
        r = error_because(err, XR_REASON_USAGE, EINVAL, "it can have no "
                          "series: name an image");
    folder = !r && dir ? series_path(dir, rb->name) : NULL;
    if (!r && !folder)
        r = lacks_memory(err);
    if (!r)
        r = series_check_folder(folder, err);
    if (!r)
        r = image_list_add_folder(&list, folder, rb->name, err);
    if (r)
        return rollback_refuse(rb, err);
    rb->quiet = true;
    r = try_newest(rb, &list, err);
    rb->quiet = false;
    if (r && is_to_blame(err))
        return rollback_refuse(rb, err);
    return r;
}

int rollback_find_image(struct rollback *rb, struct xr_error *err)
{
    /* Half a domain is there yet, and was to go back to that one. */
    if (!rb->image && rb->goes_on && rb->former.name
        && take_former_image(rb, err))
        return rollback_refuse(rb, err);
    return rb->image ? try_rollback_image(rb, err) : choose_image(rb, err);
}
