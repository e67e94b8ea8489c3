/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who looks after the domain ends it and brings it back: what libxl alone
 * destroys and restores, libvirt would take for shut off while it runs.
 * libvirt keeps the domain's definition, and whether it is started with the
 * host; one without a definition it forgets at its end, and has again when it
 * is restored.
 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "engine/rollback_state.h"
#include "util/cleanup.h"
#include "virt/virt.h"
#include "xen/libxl.h"
#include "xen/origin.h"

enum { LATE_TRIES = 100, LATE_PAUSE_NS = 100 * 1000 * 1000 };

/* --- before anything happens */

static int refuse_libvirt(const struct virt_domain *d,
                          const struct rollback *rb, struct xr_error *err)
{
    if (!d->domid)
        return error_because(err, XR_REASON_NO_LIBVIRT, ESTALE, "libvirt takes "
                             "domain %u for shut off, and could not end it: "
                             "restart libvirtd", rb->domain.domid);
    return error_because(err, XR_REASON_NO_LIBVIRT, ESTALE, "libvirt takes it "
                         "for domain %u, which it is not: restart libvirtd",
                         d->domid);
}

/*
 * One that is gone may have been forgotten, too; half a domain it may not
 * know.
 */
static int rollback_ask_libvirt(const struct rollback *rb,
                                struct xr_error *err)
{
    CLEANUP_VIRT_DOMAIN struct virt_domain d = { .domid = 0 };
    bool is_whole = rb->is_there && !rb->is_half;
    int r = virt_find_domain(rb->uuid, &d, err);

    if (r == -ENOENT && !is_whole)
        return 0;
    if (r == -ENOENT)
        return error_because(err, XR_REASON_NO_LIBVIRT, ENOENT, "libvirt, whose "
                             "guest it is, does not know it: restart "
                             "libvirtd");
    if (r || rb->is_half)
        return r;
    return d.domid == (is_whole ? rb->domain.domid : 0)
           ? 0 : refuse_libvirt(&d, rb, err);
}

int rollback_ask_toolstack(struct rollback *rb, struct xr_error *err)
{
    rb->is_libvirts = rb->is_there && !rb->is_half
                      && origin_is_libvirts(&rb->domain);
    return rb->is_libvirts && rollback_ask_libvirt(rb, err)
           ? rollback_refuse(rb, err) : 0;
}

int rollback_check_container(struct rollback *rb, struct xr_error *err)
{
    bool is_image_libvirts = rb->restore->image.container == CONTAINER_LIBVIRT;

    if (!rb->is_there || rb->is_half) {
        rb->is_libvirts = is_image_libvirts;
        return rb->is_libvirts ? rollback_ask_libvirt(rb, err) : 0;
    }
    if (is_image_libvirts == rb->is_libvirts)
        return 0;
    return error_because(err, XR_REASON_USAGE, ENOTSUP, "%s looks after it, and "
                         "%.120s is one of %s, which would look after it from "
                         "then on: xen-resumable checkpoint and restore do "
                         "that one by one", rb->is_libvirts ? "libvirt" : "xl",
                         rb->image, is_image_libvirts ? "libvirt's" : "xl's");
}

/* --- the destruction */

static int destroy_by_libxl(const struct rollback *rb, struct xr_error *err)
{
    CLEANUP_LIBXL struct libxl_session *libxl = NULL;
    int r = libxl_session_open(&libxl, err);

    return r ? r : libxl_session_destroy(libxl, rb->domain.domid, err);
}

static bool is_gone(struct rollback *rb)
{
    struct xr_error err;

    return rollback_look(rb, &err) == -ENOENT;
}

/* It was asked in vain, and may do it all the same. */
static bool ends_all_the_same(struct rollback *rb)
{
    const struct timespec pause = { .tv_nsec = LATE_PAUSE_NS };
    unsigned int tries;

    for (tries = LATE_TRIES; tries && !is_gone(rb); tries--)
        nanosleep(&pause, NULL);
    return tries;
}

static int destroy_by_libvirt(struct rollback *rb, struct xr_error *err)
{
    const struct domain before = rb->domain;
    int r = virt_destroy(rb->uuid, before.domid, err);

    if (r && is_gone(rb))
        r = 0;
    else if (r == -ENOENT && rb->is_half)
        r = destroy_by_libxl(rb, err);
    else if (r == -ETIMEDOUT && ends_all_the_same(rb))
        r = 0;
    else
        rb->may_end_yet = r == -ETIMEDOUT;
    rb->domain = before; /* whose end is waited for */
    return r;
}

int rollback_destroy(struct rollback *rb, struct xr_error *err)
{
    return rb->is_libvirts ? destroy_by_libvirt(rb, err)
                           : destroy_by_libxl(rb, err);
}

void rollback_say_it_may_end(const struct rollback *rb)
{
    events_say(rb->events, MESSAGE_ERROR, "libvirt was asked to end %s (domain "
               "%u), and may do so yet; its disks were not touched. The "
               "rollback goes on by: %s", rb->name, rb->domain.domid, rb->next);
}

const char *rollback_destroyed_by(const struct rollback *rb)
{
    return rb->is_libvirts ? "virsh" : "xl";
}
