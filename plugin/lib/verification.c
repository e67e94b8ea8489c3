/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * struct xr_verify and struct xr_seal of the public API.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include <xenresumable.h>

#include "lib/api.h"
#include "lib/events.h"
#include "lib/seal_image.h"
#include "lib/verify.h"
#include "util/cleanup.h"

struct xr_verify {
    struct verify_result result;
    struct xr_verify_info info;
};

void xr_verify_free(struct xr_verify *verify)
{
    int saved = errno;

    if (verify)
        verify_result_free(&verify->result);
    free(verify);
    errno = saved;
}

static void describe_verification(struct xr_verify *verify)
{
    const struct verify_result *result = &verify->result;

    verify->info = (struct xr_verify_info){
        .ok = result->ok,
        .complete = result->complete,
        .bytes = result->bytes,
        .records = result->records,
        .pages = result->pages,
        .vcpus = result->vcpus,
        .metadata = result->metadata,
        .seal = (enum xr_seal_state)result->seal,
        .problems = result->problems.found,
    };
}

static int verify_as(int fd, bool is_ours, unsigned flags,
                     const struct xr_events *events, struct xr_verify **out,
                     struct xr_error *err)
{
    struct event_feed feed;
    const struct verify_options options = {
        .structure = flags & XR_VERIFY_STRUCTURE,
        .offset_stays = !is_ours,
        .listener = &feed.listener,
    };
    struct xr_verify *verify;
    int r;

    if (!out)
        return api_usage(err);
    r = api_check_flags(flags, XR_VERIFY_STRUCTURE, err);
    if (!r)
        r = feed_begin(&feed, events, err);
    if (r)
        return r;
    verify = calloc(1, sizeof(*verify));
    if (!verify)
        return error_set(err, ENOMEM, "out of memory");
    r = verify_image(fd, &options, &verify->result, err);
    r = feed_end(&feed, r, err);
    if (r) {
        xr_verify_free(verify);
        return r;
    }
    describe_verification(verify);
    *out = verify;
    return 0;
}

int xr_verify_fd(int fd, unsigned flags, const struct xr_events *events,
                 struct xr_verify **out, struct xr_error *err)
{
    return verify_as(fd, false, flags, events, out, err);
}

int xr_verify_path(const char *path, unsigned flags,
                   const struct xr_events *events, struct xr_verify **out,
                   struct xr_error *err)
{
    CLEANUP_CLOSE int fd = -1;
    int r = path && out
            ? api_check_call(flags, XR_VERIFY_STRUCTURE, events, err)
            : api_usage(err);

    if (r)
        return r;
    r = fd = api_open(path, O_RDONLY, err);
    if (fd >= 0)
        r = verify_as(fd, true, flags, events, out, err);
    return api_name_path(path, r, err);
}

const struct xr_verify_info *xr_verify_info(const struct xr_verify *verify)
{
    return verify ? &verify->info : NULL;
}

const char *xr_verify_problem(const struct xr_verify *verify, size_t index,
                              uint64_t *offset_out)
{
    const struct problem *problem;

    if (!verify || index >= verify->result.problems.count)
        return NULL;
    problem = &verify->result.problems.items[index];
    if (offset_out)
        *offset_out = problem->offset;
    return problem->what ? problem->what : "";
}

/* -EBADMSG with the first of its problems in place of a mere "not sound". */
static int refuse_unsound(const struct verify_result *result,
                          struct xr_error *err)
{
    const struct problem *first = result->problems.items;

    if (!result->problems.count || !first->what)
        return -EBADMSG;
    return error_at(err, EBADMSG, first->offset, "the image is not %s: %s",
                    result->complete ? "sound" : "complete", first->what);
}

static void describe_seal(const struct seal *seal, bool was_sealed,
                          struct xr_seal *out)
{
    _Static_assert(sizeof(out->digest) == SEAL_TEXT_SIZE, "a digest fits");
    *out = (struct xr_seal){
        .length = seal->length,
        .was_sealed = was_sealed,
    };
    seal_text(seal, out->digest);
}

int xr_seal_fd(int fd, unsigned flags, const struct xr_events *events,
               struct xr_seal *out, struct xr_error *err)
{
    CLEANUP_VERIFY struct verify_result result = { .ok = false };
    struct event_feed feed;
    const struct verify_options options = { .listener = &feed.listener };
    bool was_sealed = false;
    struct seal seal;
    int r = api_check_flags(flags, 0, err);

    if (!r)
        r = feed_begin(&feed, events, err);
    if (r)
        return r;
    r = seal_image(fd, &options, &result, &seal, &was_sealed, err);
    if (r == -EBADMSG)
        return refuse_unsound(&result, err);
    if (r)
        return r;
    /* It is sealed: too late to stop. */
    (void)feed_end(&feed, 0, NULL);
    if (out)
        describe_seal(&seal, was_sealed, out);
    return 0;
}

int xr_seal_path(const char *path, unsigned flags,
                 const struct xr_events *events, struct xr_seal *out,
                 struct xr_error *err)
{
    CLEANUP_CLOSE int fd = -1;
    int r = path ? api_check_call(flags, 0, events, err) : api_usage(err);

    if (r)
        return r;
    r = fd = seal_open(path, err);
    if (fd >= 0)
        r = xr_seal_fd(fd, flags, events, out, err);
    return api_name_path(path, r, err);
}
