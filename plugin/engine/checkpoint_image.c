/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The file of a checkpoint once the stream is written: sealed, verified, on the
 * disk, and then under its name.
 */
#include "config.h"

#include "engine/checkpoint_state.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/seal_image.h"
#include "lib/verify.h"
#include "util/fault.h"

static int seal_new_image(struct taking *t, struct xr_error *err)
{
    CLEANUP_VERIFY struct verify_result result = { .ok = false };
    const struct verify_options options = { 0 };
    bool was_sealed;
    struct seal seal;
    int r;

    if (!t->checkpoint->options.seal || !new_image_is_file(&t->image))
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
        return new_image_commit(&t->image, t->checkpoint->options.keep, err);
    }
    if (fstat(t->image.fd, &st))
        return error_system(err, errno, "%s", t->checkpoint->path);
    r = target_check(&t->checkpoint->connection, &target, err);
    if (r)
        return r;
    t->outcome->bytes = (uint64_t)st.st_size;
    stages_image_is(&t->stages, &st);
    return new_image_commit(&t->image, t->checkpoint->options.keep, err);
}

/*
 * Who cannot judge an image does not say that it is not sound: it is kept, but
 * nothing is given up for it.
 */
static int judge_new_image(struct taking *t, struct xr_error *err)
{
    const struct checkpoint *c = t->checkpoint;
    int r = seal_new_image(t, err);

    if (!r && policy_needs_file(c->policy))
        r = verify_new_image(t, err);
    if (!verify_cannot_judge(r))
        return r;
    t->unjudged = true;
    events_fail(c->events, c->path, err);
    events_say(c->events, MESSAGE_WARNING, "%s is kept all the same%s",
               c->path, c->options.seal ? ", without a seal" : "");
    return 0;
}

int checkpoint_finish_image(struct taking *t, struct xr_error *err)
{
    int r = judge_new_image(t, err);

    if (!r)
        r = fault_step("the sync", err);
    if (!r)
        r = new_image_sync(&t->image, err);
    if (!r)
        r = fault_step("the rename", err);
    return r ? r : commit_image(t, err);
}

const char *checkpoint_image_in_place(const struct taking *t)
{
    const char *path = t->checkpoint->path;

    if (!stages_image_is_in_place(&t->stages))
        return NULL;
    return image_fate_without_new(path) == IMAGE_NONE ? "IMAGE" : path;
}
