/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/prune_lock.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "domain/lock_file.h"
#include "engine/configuration.h"
#include "util/clock.h"

#define LOCK "prune"

enum { PAUSE_NS = 50 * 1000 * 1000 };

/* Whoever had it removes the file: it is no longer everybody's then. */
static bool is_ours_now(int fd)
{
    return lock_file_lock(fd, LOCK_BYTE_OPERATION)
           && lock_file_is_current(fd, LOCK);
}

static unsigned int seconds_to_wait(const struct events *events)
{
    CLEANUP_CONFIG struct config config;

    configuration_read(&config, events);
    return config.lock_timeout;
}

int prune_lock_take(const struct events *events, int *lock_out,
                    struct xr_error *err)
{
    uint64_t until = clock_ms() + seconds_to_wait(events) * UINT64_C(1000);
    const struct timespec pause = { .tv_nsec = PAUSE_NS };
    bool said = false;
    int fd;

    for (;;) {
        fd = lock_file_open(LOCK, true, NULL);
        if (fd < 0 || is_ours_now(fd)) {
            *lock_out = fd < 0 ? -1 : fd;
            return 0;
        }
        close(fd);
        if (events_stopped(events, 0, 0, err))
            return -ECANCELED;
        if (clock_ms() >= until)
            return error_because(err, XR_REASON_LOCKED, EBUSY, "another prune "
                                 "is running");
        if (!said)
            events_say(events, MESSAGE_INFO, "waiting for another prune");
        said = true;
        nanosleep(&pause, NULL);
    }
}

void prune_lock_release(int *lock)
{
    int saved = errno;

    if (*lock >= 0) {
        lock_file_remove(LOCK);
        close(*lock);
        *lock = -1;
    }
    errno = saved;
}
