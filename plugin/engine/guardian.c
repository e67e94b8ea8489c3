/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/guardian.h"

#include <signal.h>
#include <unistd.h>

#include "domain/own_suspend.h"
#include "engine/events.h"
#include "engine/watch.h"
#include "xen/connection.h"
#include "xen/libxl.h"

#define KILLED "the checkpoint was killed"

/* How long a guest may take that was asked to suspend just before. */
enum {
    PATIENCE_S = 2,
    STREAM_S = 5, /* for the end of a save whose toolstack is dead */
};

static void resume_left_domain(const struct events *events, uint32_t domid)
{
    struct libxl_session *libxl;
    struct xr_error err;

    if (libxl_session_open(&libxl, &err)) {
        events_fail(events, KILLED, &err);
        return;
    }
    if (libxl_session_resume(libxl, domid, &err))
        events_fail(events, KILLED, &err);
    libxl_session_close(libxl);
}

/* Is it suspended, and by the checkpoint?  One asked just before may yet be. */
static bool is_left_by_checkpoint(const struct lock *lock)
{
    CLEANUP_CONNECTION struct connection connection = { 0 };

    return !connection_open(&connection, NULL)
           && own_suspend_wait(lock, connection.xch, PATIENCE_S);
}

/*
 * libxl-save-helper ends by itself when its libxl is gone, and its part of the
 * lock with it; but not while it waits for whoever reads its stream.
 */
static void end_stream(const struct guardian_order *order)
{
    static const int signals[] = { SIGTERM, SIGKILL };
    size_t i;

    for (i = 0; i < 2; i++) {
        if (lock_wait_for_stream(order->lock, STREAM_S))
            return;
        stages_end_saver(order->stages, signals[i]);
    }
    if (!lock_wait_for_stream(order->lock, STREAM_S))
        events_say(order->events, MESSAGE_WARNING, KILLED ": the program that "
                   "saves for it does not end");
}

static void take_over(void *data)
{
    const struct guardian_order *order = data;
    struct lock *lock = order->lock;
    struct xr_error err;

    if (lock_adopt(lock, &err))
        events_fail(order->events, KILLED, &err);
    end_stream(order);
    stages_wake_qemu(order->stages);
    if (is_left_by_checkpoint(lock) && order->hold) {
        if (lock_set_state(lock->name, LOCK_HELD, &err))
            events_fail(order->events, KILLED, &err);
        say_it_is_held(order->events, order->judgement,
                       stages_image_is_in_place(order->stages) ? order->image
                                                               : NULL);
    } else if (is_left_by_checkpoint(lock)) {
        resume_left_domain(order->events, lock->record.domid);
    }
    order->afterwards(order->data);
    /* What is being taken yet cannot be dropped. */
    stages_wait_for_program(order->stages);
    /* The file tells a sweep that there is no image: it goes last. */
    copies_inherit(order->copies, order->events);
    if (order->temporary)
        unlink(order->temporary);
    lock_release(lock);
}

int guardian_post(struct heir *guardian, const struct guardian_order *order,
                  struct xr_error *err)
{
    return heir_appoint(guardian, order->events, take_over,
                        (void *)order, err);
}
