/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The former image is given up in the end, and may be the only one there is.  So it
 * has to be sound before, and what was made of it is read back and held against it,
 * page by page.
 */
#include "config.h"

#include "engine/reshape.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/disk_copies.h"
#include "engine/likeness.h"
#include "engine/new_image.h"
#include "engine/target.h"
#include "format/pages.h"
#include "lib/diff.h"
#include "lib/flat_writer.h"
#include "lib/verify.h"
#include "util/cleanup.h"
#include "util/fault.h"
#include "util/file_limit.h"

struct reshaping {
    const struct events *events;
    struct listener listener;
    char *path;                   /* links followed */
    int fd;                       /* of the former image */
    struct stat before;           /* of it */
    struct verify_result former;
    struct new_image image;
    struct flat_outcome flat;
    struct reshape_outcome *out;
};

static int tell_how_far(void *data, uint64_t done, uint64_t all)
{
    const struct reshaping *s = data;

    return events_progress(s->events, done, all);
}

/*
 * Of two at once the second one leaves it alone; where a file system knows no locks
 * it finds out in the end.
 */
static int lock_former(const struct reshaping *s, struct xr_error *err)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

    if (fcntl(s->fd, F_OFD_SETLK, &lock)
        && (errno == EAGAIN || errno == EACCES))
        return error_because(err, XR_REASON_LOCKED, EBUSY, "somebody else has "
                             "locked it");
    return 0;
}

/* What is no file is not even opened: that alone can do something to a device. */
static int open_former(struct reshaping *s, const char *path,
                       struct xr_error *err)
{
    int r;

    if (stat(path, &s->before))
        return error_errno(err, errno);
    r = target_resolve(path, &s->path, err);
    if (!r)
        r = new_image_name(&s->image, s->path, err);
    if (r)
        return r;
    if (!S_ISREG(s->before.st_mode) || !new_image_is_file(&s->image))
        return error_set(err, EINVAL, "only a regular file can be laid out "
                         "flat");
    s->fd = open(s->path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY
                          | O_NOFOLLOW);
    if (s->fd < 0 || fstat(s->fd, &s->before))
        return error_errno(err, errno);
    if (!S_ISREG(s->before.st_mode))
        return error_set(err, EINVAL, "it was replaced meanwhile");
    return lock_former(s, err);
}

static int spare_disks(const struct reshaping *s, struct xr_error *err)
{
    const struct target target = { .path = s->path };

    return target_check_here(&target, err);
}

static int refuse_former(const struct reshaping *s, struct xr_error *err)
{
    return error_set(err, EBADMSG, "the image is not %s: it is not changed",
                     s->former.complete ? "sound" : "complete");
}

static int judge_former(struct reshaping *s, struct xr_error *err)
{
    const struct verify_options options = { .listener = &s->listener };
    int r = fault_step("the verification", err);

    events_stage(s->events, "verifying");
    if (r)
        return r;
    if (lseek(s->fd, 0, SEEK_SET) < 0)
        return error_system(err, errno, "cannot seek");
    r = verify_image(s->fd, &options, &s->former, err);
    return r || s->former.ok ? r : refuse_former(s, err);
}

/*
 * At most: pages of zeros take nothing, nor does what stood in holes, and a page
 * that came several times has one place.
 */
static uint64_t room_needed(const struct reshaping *s)
{
    const struct verify_result *v = &s->former;
    uint64_t there = (uint64_t)s->before.st_blocks * 512;
    uint64_t data = v->bytes < there ? v->bytes : there;
    uint64_t again = v->pages_covered && v->pages > v->pages_covered
                     ? (v->pages - v->pages_covered) * PAGE_SIZE_BYTES : 0;

    return data - (again < data ? again : data)
           + (v->records + 8) * PAGE_SIZE_BYTES + v->pages * SEAL_DIGEST_SIZE;
}

/* What a killed one has left takes room. */
static int make_way(struct reshaping *s, struct xr_error *err)
{
    unsigned int count;

    copies_sweep(s->events);
    count = new_image_clear(s->path);
    if (count)
        events_say(s->events, MESSAGE_INFO, "%u unfinished file%s beside %s: "
                   "removed", count, count == 1 ? "" : "s", s->path);
    if (s->before.st_nlink > 1)
        events_say(s->events, MESSAGE_INFO, "%s has other names, which keep "
                   "the former image", s->path);
    return new_image_check_folder(s->path, room_needed(s), err);
}

static int open_new(struct reshaping *s, struct xr_error *err)
{
    int r = fault_step("the new file", err);

    if (!r)
        r = new_image_open(&s->image, err);
    if (!r)
        r = fault_step("the likeness", err);
    return r ? r : likeness_take(s->fd, s->image.fd, err);
}

static int write_flat(struct reshaping *s, struct xr_error *err)
{
    CLEANUP_FLAT_WRITER struct flat_writer *writer = NULL;
    const struct flat_order order = {
        .in = s->fd,
        .out = s->image.fd,
        .listener = &s->listener,
        .seal = true,
    };
    int r = fault_step("the layout", err);

    events_stage(s->events, "writing");
    if (!r && lseek(s->fd, 0, SEEK_SET) < 0)
        r = error_system(err, errno, "cannot seek");
    if (!r)
        r = flat_writer_new(&order, &writer, err);
    if (!r)
        r = flat_writer_take(writer, err);
    if (!r)
        r = fault_step("the rest of the layout", err);
    if (!r)
        r = flat_writer_close(writer, &s->flat, err);
    if (r == -EFBIG)
        err->reason = XR_REASON_NO_ROOM;
    return r;
}

static int verify_new(struct reshaping *s, struct xr_error *err)
{
    CLEANUP_VERIFY struct verify_result result = { .ok = false };
    const struct verify_options options = { .listener = &s->listener };
    int r = lseek(s->image.fd, 0, SEEK_SET) < 0
            ? error_system(err, errno, "cannot seek")
            : verify_image(s->image.fd, &options, &result, err);

    if (!r && (!result.ok || result.seal != SEAL_MATCH))
        r = error_set(err, EIO, "the flat image is not sound: the former "
                      "image is not changed");
    s->out->seal = result.sealed;
    return r;
}

static int compare_states(struct reshaping *s,
                          struct page_digests digests[2],
                          struct xr_error *err)
{
    CLEANUP_IMAGE_STATE struct image_state former = { .page_count = 0 };
    CLEANUP_IMAGE_STATE struct image_state new = { .page_count = 0 };
    CLEANUP_IMAGE_DIFF struct image_diff diff = { .same = false };
    int r = image_state_read(s->fd, &digests[0], &s->listener, &former, err);

    if (!r)
        r = image_state_read(s->image.fd, &digests[1], NULL, &new, err);
    if (!r)
        r = image_diff(&former, &new, &diff, err);
    if (!r && !diff.same)
        r = error_set(err, EIO, "the flat image differs from the former one, "
                      "which is not changed");
    return r;
}

/* Of the new one the pages were read when its seal was verified. */
static int compare_with_former(struct reshaping *s, struct xr_error *err)
{
    struct page_digests digests[2];

    if (lseek(s->fd, 0, SEEK_SET) < 0 || lseek(s->image.fd, 0, SEEK_SET) < 0)
        return error_system(err, errno, "cannot seek");
    if (!page_digests_find_second(s->image.fd, digests))
        return error_set(err, EIO, "the seal just written cannot be read");
    return compare_states(s, digests, err);
}

static int check_new_image(struct reshaping *s, struct xr_error *err)
{
    int r = fault_step("the comparison", err);

    events_stage(s->events, "comparison");
    if (!r)
        r = verify_new(s, err);
    return r ? r : compare_with_former(s, err);
}

/*
 * The record, which names the copies of disks, is the former one's.  Killed in
 * between, or after a failure, they belong to whichever of the two is in place.
 */
static int hand_on_copies(struct reshaping *s, struct xr_error *err)
{
    CLEANUP_COPIES struct disk_copies copies = DISK_COPIES_NONE;
    int r = copies_of_image(s->fd, &copies, err);

    if (!r)
        r = copies_image_may_be(&copies, s->image.fd, err);
    if (!r)
        r = fault_step("the rename", err);
    if (!r)
        r = new_image_replace(&s->image, &s->before, err);
    if (!r)
        (void)copies_image_is(&copies, s->image.fd, NULL);
    return r;
}

/* A signal may have come during the sync, which takes its time. */
static int put_in_place(struct reshaping *s, struct xr_error *err)
{
    int r = fault_step("the sync", err);

    if (!r)
        r = new_image_sync(&s->image, err);
    if (!r)
        r = events_stopped(s->events, s->flat.bytes, s->flat.bytes, err);
    if (!r)
        r = spare_disks(s, err);
    return r ? r : hand_on_copies(s, err);
}

static int make_flat(struct reshaping *s, struct xr_error *err)
{
    static int (*const steps[])(struct reshaping *, struct xr_error *) = {
        make_way, open_new, write_flat, check_new_image, put_in_place,
    };
    int r = spare_disks(s, err);
    size_t i;

    for (i = 0; !r && i < sizeof(steps) / sizeof(steps[0]); i++)
        r = steps[i](s, err);
    s->out->bytes = s->flat.bytes;
    s->out->bytes_written = s->flat.bytes_written;
    return r;
}

static int reshape(struct reshaping *s, const char *path,
                   struct xr_error *err)
{
    int r = fault_step("the former image", err);

    if (!r)
        r = open_former(s, path, err);
    if (!r)
        r = judge_former(s, err);
    if (r)
        return r;
    if (s->former.seal != SEAL_MATCH
        || s->former.sealed.version != SEAL_OF_PAGES)
        return make_flat(s, err);
    s->out->was_flat = true;
    s->out->seal = s->former.sealed;
    s->out->bytes = (uint64_t)s->before.st_size;
    return 0;
}

static void close_reshaping(struct reshaping *s)
{
    new_image_abandon(&s->image);
    verify_result_free(&s->former);
    cleanup_close(&s->fd);
    free(s->path);
}

/* Of an image that is not sound, the first problem, too; verify tells all. */
static int report_failure(const struct reshaping *s, const char *path,
                          struct xr_error *err)
{
    const struct problem *first = s->former.problems.items;
    struct xr_error why;

    events_fail_file(s->events, path, err);
    if (!s->former.problems.count || !first->what)
        return -err->code;
    error_at(&why, EBADMSG, first->offset, "%s", first->what);
    events_fail(s->events, path, &why);
    err->offset = first->offset;
    return -err->code;
}

int reshape_image(const char *path, const struct events *events,
                  struct reshape_outcome *out, struct xr_error *err)
{
    CLEANUP(close_reshaping) struct reshaping s = {
        .events = events,
        .listener = { .progress = tell_how_far, .data = &s },
        .fd = -1,
        .image = { .fd = -1 },
        .out = out,
    };
    struct sigaction before;
    struct xr_error local;
    int r;

    if (!err)
        err = &local;
    *out = (struct reshape_outcome){ .was_flat = false };
    fault_begin();
    fault_role(FAULT_CHECKPOINT);
    file_limit_fails(&before);
    r = reshape(&s, path, err);
    file_limit_kills(&before);
    return r ? report_failure(&s, path, err) : 0;
}
