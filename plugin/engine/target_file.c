/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/target_file.h"

#include <fcntl.h>
#include <unistd.h>

#include "engine/events.h"
#include "lib/verify.h"
#include "util/cleanup.h"

void target_begin(struct target_file *target, const char *path)
{
    *target = (struct target_file){ .path = path };
    target->existed = !stat(path, &target->before);
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino
           && a->st_size == b->st_size
           && a->st_mtim.tv_sec == b->st_mtim.tv_sec
           && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static enum target_state judge_target(int fd, bool *judged_out)
{
    CLEANUP_VERIFY struct verify_result result = { .ok = false };
    const struct verify_options options = { .structure = true };
    struct xr_error err;

    *judged_out = !verify_image(fd, &options, &result, &err);
    return *judged_out && result.ok ? TARGET_COMPLETE : TARGET_BROKEN;
}

void target_end(struct target_file *target)
{
    /* Whatever stands there now: a FIFO's open must not wait for a writer. */
    CLEANUP_CLOSE int fd = open(target->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK
                                              | O_NOCTTY);
    struct stat now;

    target->state = TARGET_NONE;
    if (fd < 0 || fstat(fd, &now) || !S_ISREG(now.st_mode))
        return;
    if (target->existed && is_same(&target->before, &now))
        target->state = TARGET_UNTOUCHED;
    else
        target->state = judge_target(fd, &target->judged);
}

enum image_fate target_fate(const struct target_file *target, bool saved)
{
    switch (target->state) {
    case TARGET_NONE:
        return saved ? IMAGE_COMPLETE : IMAGE_NONE;
    case TARGET_UNTOUCHED:
        return IMAGE_UNTOUCHED;
    case TARGET_COMPLETE:
        return IMAGE_COMPLETE;
    case TARGET_BROKEN:
        break;
    }
    return saved && !target->judged ? IMAGE_COMPLETE : IMAGE_BROKEN;
}

void target_say(const struct target_file *target, const struct events *events)
{
    switch (target->state) {
    case TARGET_NONE:
        break;
    case TARGET_UNTOUCHED:
        events_say(events, MESSAGE_INFO, "%s was not touched", target->path);
        break;
    case TARGET_COMPLETE:
        events_say(events, MESSAGE_INFO, "%s is a complete image nevertheless",
                   target->path);
        break;
    case TARGET_BROKEN:
        events_say(events, MESSAGE_WARNING, "%s is not a complete image; what "
                   "was written stays there", target->path);
        break;
    }
}
