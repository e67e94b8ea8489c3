/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The file of a checkpoint: made, laid out as it is to be, and, once the stream is
 * written, sealed, verified, on the disk, and then under its name.
 */
#include "config.h"

#include "engine/checkpoint_disks.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/parent_image.h"
#include "lib/seal_image.h"
#include "lib/verify.h"
#include "util/cleanup.h"
#include "util/fault.h"

/* The guest still runs; somebody may want to stop, or the reader may be late. */
static int open_when_it_is_read(struct taking *t, struct xr_error *err)
{
    const struct timespec pause = { .tv_nsec = 100000000 };
    const struct checkpoint *c = t->checkpoint;
    bool said = false;
    int r;

    while ((r = new_image_open(&t->image, err)) == -EAGAIN) {
        if (!said)
            events_say(c->events, MESSAGE_INFO, "waiting for a reader of %s",
                       c->path);
        said = true;
        if (events_progress(c->events, 0, 0))
            return error_set(err, ECANCELED, "stopped on request");
        nanosleep(&pause, NULL);
    }
    return r;
}

/* The stream may only go where nothing that counts is, whatever path says now. */
static int open_file(struct taking *t, struct xr_error *err)
{
    const struct target target = checkpoint_target(t->checkpoint);
    int r = fault_step("the new file", err);

    if (!r)
        r = open_when_it_is_read(t, err);
    if (!r && !new_image_is_file(&t->image))
        r = target_check_fd(&t->checkpoint->connection, &target,
                            t->image.fd, err);
    return r;
}

/* With what it shares, if there is an image that it can share with. */
static int begin_flat(struct taking *t, struct xr_error *err)
{
    CLEANUP_FLAT_LAYOUT struct flat_layout layout = { .pages_begin = 0 };
    struct checkpoint *c = t->checkpoint;
    const struct parent_search search = {
        .events = c->events,
        .wish = c->options.parent,
        .path = c->path,
        .keep = c->options.keep,
        .uuid = c->judgement.domain.uuid,
        .pages = c->judgement.domain.pages,
    };
    int r = fault_step("the layout", err);

    if (!r)
        r = parent_image_copy(&search, t->image.fd, &layout, &c->parent, err);
    return r ? r : flat_image_begin(t->image.fd, c->parent ? &layout : NULL,
                                    &t->stream, &t->flat, err);
}

int checkpoint_open_image(struct taking *t, struct xr_error *err)
{
    int r = open_file(t, err);

    if (r)
        return r;
    if (t->checkpoint->options.layout == CHECKPOINT_FLAT
        && new_image_is_file(&t->image))
        return begin_flat(t, err);
    t->stream = t->image.fd;
    return 0;
}

void checkpoint_end_stream(struct taking *t)
{
    if (t->stream != t->image.fd)
        cleanup_close(&t->stream);
    t->stream = -1;
}

void checkpoint_abandon_image(struct taking *t)
{
    /* What libxl-save-helper has left may be taking one yet. */
    if (t->copies.lock >= 0)
        stages_wait_for_program(&t->stages);
    copies_give_up(&t->copies, t->checkpoint->events);
    checkpoint_end_stream(t);
    flat_image_abandon(&t->flat);
    new_image_abandon(&t->image);
}

/* The rest of a flat image, which only now may wait for the disk. */
static int finish_flat(struct taking *t, struct xr_error *err)
{
    struct checkpoint_outcome *out = t->outcome;
    struct checkpoint *c = t->checkpoint;
    struct flat_outcome flat;
    int r = fault_step("the rest of the layout", err);

    if (!r)
        r = flat_image_finish(t->flat, &flat, err);
    if (r)
        return r;
    if (flat.full) {
        events_say(c->events, MESSAGE_INFO, "%s cannot be the parent: %s",
                   c->parent, flat.full);
        cleanup_free(&c->parent);
        c->parent = NULL;
    }
    out->flat = true;
    out->parent = c->parent;
    out->pages_changed = flat.pages_changed;
    out->bytes_written = flat.bytes_written;
    out->bytes_shared = flat.bytes_shared;
    out->sealed = true;
    return 0;
}

static int seal_new_image(struct taking *t, struct xr_error *err)
{
    CLEANUP_VERIFY struct verify_result result = { .ok = false };
    const struct verify_options options = { 0 };
    bool was_sealed;
    struct seal seal;
    int r;

    if (t->flat || !t->checkpoint->options.seal
        || !new_image_is_file(&t->image))
        return 0;
    if (lseek(t->image.fd, 0, SEEK_SET) < 0)
        return error_system(err, errno, "%s", t->checkpoint->path);
    r = fault_step("the seal", err);
    if (r)
        return r;
    r = seal_image(t->image.fd, &options, &result, &seal, &was_sealed, err);
    t->outcome->sealed = !r;
    return r;
}

/* Before the former one is replaced, or the domain is given up for it. */
static int verify_new_image(struct taking *t, struct xr_error *err)
{
    CLEANUP_VERIFY struct verify_result result = { .ok = false };
    const struct verify_options options = { 0 };
    int r = fault_step("the verification", err);

    if (r)
        return r;
    if (lseek(t->image.fd, 0, SEEK_SET) < 0)
        return error_system(err, errno, "%s", t->checkpoint->path);
    r = verify_image(t->image.fd, &options, &result, err);
    if (!r && !result.ok)
        r = error_set(err, EBADMSG, "the image just written is not sound");
    return r;
}

/*
 * The file is whole and on the disk, and gets the image's name.  Something else
 * may have that by now, or have become a domain's disk.
 */
static int commit_image(struct taking *t, struct xr_error *err)
{
    const struct target target = checkpoint_target(t->checkpoint);
    struct stat st;
    int r;

    if (!new_image_is_file(&t->image)) {
        stages_image_is(&t->stages, NULL);
        return 0;
    }
    if (fstat(t->image.fd, &st))
        return error_system(err, errno, "%s", t->checkpoint->path);
    r = target_check(&t->checkpoint->connection, &target, err);
    if (r)
        return r;
    r = taking_keep_copies(t, err);
    if (r)
        return r;
    t->outcome->bytes = (uint64_t)st.st_size;
    stages_image_is(&t->stages, &st);
    r = new_image_put_in_place(&t->image, t->checkpoint->options.keep,
                               t->checkpoint->events, &t->going, err);
    if (!r)
        taking_end_copies(t);
    return r;
}

/*
 * Who cannot judge an image does not say that it is not sound: it is kept, but
 * nothing is given up for it.
 */
static int judge_new_image(struct taking *t, struct xr_error *err)
{
    const struct checkpoint *c = t->checkpoint;
    int r = seal_new_image(t, err);

    if (!r && (policy_needs_file(c->policy) || c->options.verify))
        r = verify_new_image(t, err);
    if (!verify_cannot_judge(r) || c->options.verify)
        return r;
    t->unjudged = true;
    events_fail(c->events, c->path, err);
    events_say(c->events, MESSAGE_WARNING, "%s is kept all the same%s",
               c->path, c->options.seal ? ", without a seal" : "");
    return 0;
}

int checkpoint_finish_image(struct taking *t, struct xr_error *err)
{
    int r = taking_note_facts(t, err);

    if (!r && t->flat)
        r = finish_flat(t, err);
    /* It is whole: nobody can give it up any more. */
    if (!r)
        (void)taking_tell_progress(t);
    if (!r)
        r = judge_new_image(t, err);
    if (!r)
        r = fault_step("the sync", err);
    if (!r)
        r = new_image_sync(&t->image, err);
    if (!r)
        r = fault_step("the rename", err);
    return r ? r : commit_image(t, err);
}

const char *checkpoint_image_name(const struct checkpoint *c)
{
    return c->is_file ? c->path : "IMAGE";
}

const char *checkpoint_image_in_place(const struct taking *t)
{
    return stages_image_is_in_place(&t->stages)
           ? checkpoint_image_name(t->checkpoint) : NULL;
}
