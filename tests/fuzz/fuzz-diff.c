/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * diff over any image: it is the same as itself, and a changed byte in it
 * costs no more than an answer.
 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "lib/diff.h"
#include "util/cleanup.h"

static int read_state(const uint8_t *bytes, size_t n, struct image_state *out)
{
    static int fd = -1;
    struct xr_error err = { .code = 0 };
    int r;

    if (fd < 0)
        fd = memfd_create("image", MFD_CLOEXEC);
    must(!ftruncate(fd, 0) && pwrite(fd, bytes, n, 0) == (ssize_t)n);
    must(lseek(fd, 0, SEEK_SET) == 0);
    r = image_state_read(fd, NULL, NULL, out, &err);
    must(r <= 0 && r != -ENOMEM && (!r || *err.message));
    return r;
}

static void is_consistent(const struct image_diff *diff)
{
    must(diff->range_count <= diff->ranges_found);
    must(diff->config.count <= diff->config.found);
    must(!diff->same || (!diff->pages_changed && !diff->config.count
                         && !diff->metadata.count && !diff->records.count));
    must(diff->same || diff->pages_changed || diff->config.count
         || diff->metadata.count || diff->records.count);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    CLEANUP_IMAGE_STATE struct image_state a = { .page_count = 0 };
    CLEANUP_IMAGE_STATE struct image_state b = { .page_count = 0 };
    CLEANUP_IMAGE_DIFF struct image_diff same = { .same = false };
    CLEANUP_IMAGE_DIFF struct image_diff other = { .same = false };
    CLEANUP_FREE uint8_t *changed = NULL;

    if (!n || read_state(bytes, n, &a))
        return 0;
    must(!image_diff(&a, &a, &same, NULL) && same.same);
    is_consistent(&same);
    changed = malloc(n);
    must(changed != NULL);
    memcpy(changed, bytes, n);
    changed[bytes[n - 1] * (uint64_t)n / 256] ^= 1;
    if (read_state(changed, n, &b))
        return 0;
    must(!image_diff(&a, &b, &other, NULL));
    is_consistent(&other);
    return 0;
}
