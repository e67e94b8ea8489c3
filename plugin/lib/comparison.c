/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * struct xr_diff of the public API.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include <xenresumable.h>

#include "lib/api.h"
#include "lib/diff.h"
#include "lib/events.h"
#include "lib/image_state.h"
#include "util/cleanup.h"

struct xr_diff {
    struct image_state a;
    struct image_state b;
    struct image_diff diff;    /* borrows from both */
    struct xr_diff_info info;
};

void xr_diff_free(struct xr_diff *diff)
{
    int saved = errno;

    if (diff) {
        image_diff_free(&diff->diff);
        image_state_free(&diff->a);
        image_state_free(&diff->b);
    }
    free(diff);
    errno = saved;
}

static void describe_diff(struct xr_diff *diff)
{
    const struct image_diff *found = &diff->diff;

    diff->info = (struct xr_diff_info){
        .same = found->same,
        .config = found->config.count,
        .metadata = found->metadata.count,
        .state = found->records.count,
        .pages_changed = found->pages_changed,
        .pages_total = found->pages_total,
        .ranges = found->ranges_found,
    };
}

static int read_one(int fd, const char *name,
                    struct page_digests *digests,
                    const struct xr_events *events, struct image_state *out,
                    struct xr_error *err)
{
    struct event_feed feed;
    int r = feed_begin(&feed, events, err);

    if (r)
        return r;
    r = image_state_read(fd, digests, &feed.listener, out, err);
    return api_name_path(name, feed_end(&feed, r, err), err);
}

/* The names are for a failure's message: which one of the two it was. */
static int compare(const int fds[2], const char *const names[2],
                   const struct xr_events *events, struct xr_diff **out,
                   struct xr_error *err)
{
    struct xr_diff *diff = calloc(1, sizeof(*diff));
    struct page_digests digests[2];
    bool known;
    int r;

    if (!diff)
        return error_set(err, ENOMEM, "out of memory");
    known = page_digests_find_both(fds, digests);
    r = read_one(fds[0], names[0], known ? &digests[0] : NULL, events,
                 &diff->a, err);
    if (!r)
        r = read_one(fds[1], names[1], known ? &digests[1] : NULL, events,
                     &diff->b, err);
    if (!r)
        r = image_diff(&diff->a, &diff->b, &diff->diff, err);
    if (r) {
        xr_diff_free(diff);
        return r;
    }
    describe_diff(diff);
    *out = diff;
    return 0;
}

int xr_diff_fds(int a, int b, unsigned flags, const struct xr_events *events,
                struct xr_diff **out, struct xr_error *err)
{
    static const char *const names[] = { "the first image",
                                         "the second image" };
    const int fds[] = { a, b };
    int r = out ? api_check_call(flags, 0, events, err) : api_usage(err);

    return r ? r : compare(fds, names, events, out, err);
}

static int open_named(const char *path, int *fd_out, struct xr_error *err)
{
    *fd_out = api_open(path, O_RDONLY, err);
    return api_name_path(path, *fd_out < 0 ? *fd_out : 0, err);
}

int xr_diff_paths(const char *a, const char *b, unsigned flags,
                  const struct xr_events *events, struct xr_diff **out,
                  struct xr_error *err)
{
    CLEANUP_CLOSE int first = -1;
    CLEANUP_CLOSE int second = -1;
    int r = a && b && out ? api_check_call(flags, 0, events, err)
                          : api_usage(err);

    if (!r)
        r = open_named(a, &first, err);
    if (!r)
        r = open_named(b, &second, err);
    return r ? r : compare((const int[]){ first, second },
                           (const char *const[]){ a, b }, events, out, err);
}

const struct xr_diff_info *xr_diff_info(const struct xr_diff *diff)
{
    return diff ? &diff->info : NULL;
}

static const struct differences *part_of(const struct xr_diff *diff,
                                         enum xr_diff_part part)
{
    switch (part) {
    case XR_DIFF_CONFIG:
        return &diff->diff.config;
    case XR_DIFF_METADATA:
        return &diff->diff.metadata;
    case XR_DIFF_STATE:
        return &diff->diff.records;
    }
    return NULL;
}

int xr_diff_get(const struct xr_diff *diff, enum xr_diff_part part,
                size_t index, struct xr_difference *out)
{
    const struct differences *found = diff ? part_of(diff, part) : NULL;

    if (!found || !out)
        return -EINVAL;
    if (index >= found->count)
        return -ENOENT;
    *out = (struct xr_difference){
        .key = found->items[index].key,
        .a = found->items[index].a,
        .b = found->items[index].b,
    };
    return 0;
}

int xr_diff_range(const struct xr_diff *diff, size_t index,
                  uint64_t *first_out, uint64_t *last_out)
{
    if (!diff || !first_out || !last_out)
        return -EINVAL;
    if (index >= diff->diff.range_count)
        return -ENOENT;
    *first_out = diff->diff.ranges[index].first;
    *last_out = diff->diff.ranges[index].last;
    return 0;
}
