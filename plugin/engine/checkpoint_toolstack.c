/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whose guest is it?  Its image is for the toolstack that looks after it:
 * xl's, or libvirt's, by whose own description of it.
 *
 * libvirtd is not held up meanwhile.  A "virsh destroy" or shutdown ends the
 * guest, and the save fails, as with xl; its saves wait for the domain's lock
 * where libvirtd runs under the plugin.  A libvirtd that is started while the
 * guest is suspended believes that for good, which is mended after the resume,
 * by the guardian where this process was killed, and else by the next
 * checkpoint.
 */
#include "config.h"

#include "engine/checkpoint_state.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "domain/process.h"
#include "engine/daemon_maps.h"
#include "engine/libvirt_list.h"
#include "engine/preflight.h"
#include "engine/refusal.h"
#include "lib/xl_file.h"
#include "util/cleanup.h"
#include "util/fault.h"
#include "virt/virt.h"
#include "xen/origin.h"

enum { LATE_TRIES = 100, LATE_PAUSE_NS = 100 * 1000 * 1000 };

static int refuse_by_toolstack(const struct checkpoint *c,
                               struct xr_error *err)
{
    return refuse_save(c->events, &c->judgement, "checkpointed",
                       checkpoint_file(c), err);
}

/* It was libvirt that made it; whose is it now? */
static void say_it_is_forgotten(const struct checkpoint *c,
                                const struct xr_error *why)
{
    events_say(c->events, MESSAGE_WARNING, "%s (domain %u): libvirt has "
               "started it, but does not run it any more: %s. Its image is "
               "for xl.", c->judgement.name, c->judgement.domain.domid,
               why->message);
}

/* Who was to mend it was killed, and so was the guardian. */
static void mend_what_was_left(const struct checkpoint *c)
{
    if (libvirt_list_mend(c->events, c->connection.xch, c->judgement.name,
                          &c->judgement.domain))
        events_say(c->events, MESSAGE_INFO, "%s (domain %u): libvirt took it "
                   "for suspended, and says again that it runs",
                   c->judgement.name, c->judgement.domain.domid);
}

/* Is it the one that libvirt's list has under that number? */
static int find_for_libvirt(const struct checkpoint *c, struct xr_error *err)
{
    CLEANUP_VIRT_DOMAIN struct virt_domain found = { .domid = 0 };
    const struct domain *d = &c->judgement.domain;
    int r = virt_find_domain(d->uuid, &found, err);

    if (!r && found.state == VIRT_PMSUSPENDED && !c->options.dry_run)
        mend_what_was_left(c);
    if (r || found.domid == d->domid)
        return r;
    return found.domid
           ? error_set(err, ENOENT, "for libvirt it is domain %u", found.domid)
           : error_set(err, ENOENT, "for libvirt it is off");
}

static int refuse_unasked(const struct checkpoint *c, struct xr_error *err)
{
    struct xr_error why = *err;

    (void)error_because(err, why.reason, why.code, "it is libvirt's guest, "
                        "and %.120s; --container=xl writes an image for xl",
                        why.message);
    return refuse_by_toolstack(c, err);
}

/*
 * Of a guest that is to go on from its image: is there who restores it?  And
 * only libvirt's restore knows what number the domain gets.
 */
static int check_restore(const struct checkpoint *c, struct xr_error *err)
{
    if (c->policy != POLICY_RESTORE)
        return 0;
    if (preflight_find_virsh(err))
        return refuse_by_toolstack(c, err);
    if (!c->options.same_domid)
        return 0;
    error_because(err, XR_REASON_USAGE, ENOTSUP, "libvirt gives a domain that "
                  "it restores a number of its own, so --same-domid cannot be");
    return refuse_by_toolstack(c, err);
}

/* libxl tells it of the suspend, and then of nothing more (hook/callbacks.c). */
static void warn_of_stock_daemons(const struct checkpoint *c)
{
    struct virt_process found[DAEMONS_MAX];
    size_t count = daemons_find(NULL, found), i;

    for (i = 0; i < count; i++)
        if (found[i].is_readable && found[i].has_libxl
            && !*found[i].stub.path)
            events_say(c->events, MESSAGE_WARNING, "%s (process %ld) runs "
                       "without the plugin, and does not hear of the end of %s "
                       "after this: restart it with the plugin "
                       "(xen-resumable-install(7))", found[i].name,
                       (long)found[i].pid, c->judgement.name);
}

/* It may be down, or silent, and is not asked; nor is it to be any the wiser. */
static void go_without_libvirt(struct checkpoint *c)
{
    struct process self;

    c->is_xls_by_wish = true;
    c->began = process_read(getpid(), &self) ? self.started : 0;
    if (c->policy != POLICY_RESTORE)
        warn_of_stock_daemons(c);
}

int checkpoint_ask_toolstack(struct checkpoint *c, struct xr_error *err)
{
    int r;

    c->container = CONTAINER_XL;
    c->is_xls_by_wish = false;
    if (!origin_is_libvirts(&c->judgement.domain))
        return 0;
    if (c->options.container == CHECKPOINT_CONTAINER_XL) {
        go_without_libvirt(c);
        return 0;
    }
    r = find_for_libvirt(c, err);
    if (r == -ENOENT) {
        say_it_is_forgotten(c, err);
        return 0;
    }
    if (r)
        return refuse_unasked(c, err);
    c->container = CONTAINER_LIBVIRT;
    if (c->policy != POLICY_RESTORE)
        warn_of_stock_daemons(c);
    return check_restore(c, err);
}

/* A device that was attached since it was asked about is in here, too. */
int checkpoint_read_xml(struct taking *t, struct xr_error *err)
{
    CLEANUP_VIRT_DOMAIN struct virt_domain found = { .domid = 0 };
    const struct checkpoint *c = t->checkpoint;
    int r;

    if (c->container != CONTAINER_LIBVIRT)
        return 0;
    r = fault_step("libvirt's description", err);
    if (!r)
        r = virt_read_domain(c->judgement.domain.uuid, &found, err);
    if (r)
        return r;
    if (found.domid != taking_domid(t) || !found.xml)
        return error_set(err, ESTALE, "libvirt does not run it any more");
    t->xml = STEAL(found.xml);
    return 0;
}

/* xl's configuration is libxl's JSON. */
static int write_xl_head(struct taking *t, struct xr_error *err)
{
    CLEANUP_FREE char *json = NULL;
    int r = fault_step("the configuration", err);

    if (!r)
        r = libxl_session_config(t->libxl, taking_domid(t), &json, err);
    if (!r)
        r = fault_step("the header", err);
    return r ? r : xl_file_begin(t->stream, json, err);
}

static int write_libvirt_head(struct taking *t, struct xr_error *err)
{
    int r = fault_step("the header", err);

    return r ? r : libvirt_file_begin(t->stream, t->xml, err);
}

int checkpoint_write_head(struct taking *t, struct xr_error *err)
{
    return t->xml ? write_libvirt_head(t, err) : write_xl_head(t, err);
}

/* One that was there before has not taken a guest that stood still for suspended. */
static bool is_daemon_new(const struct checkpoint *c)
{
    struct virt_process found[DAEMONS_MAX];
    struct process daemon;
    size_t count = daemons_find(NULL, found), i;

    for (i = 0; i < count; i++)
        if (process_read(found[i].pid, &daemon) && daemon.started >= c->began)
            return true;
    return false;
}

void checkpoint_mend_libvirt(const struct taking *t, xc_interface *xch)
{
    const struct checkpoint *c = t->checkpoint;

    if (c->container == CONTAINER_LIBVIRT
        || (c->is_xls_by_wish && is_daemon_new(c)))
        (void)libvirt_list_mend(c->events, xch, c->judgement.name,
                                &c->judgement.domain);
}

static bool ends_yet(const struct taking *t)
{
    const struct timespec pause = { .tv_nsec = LATE_PAUSE_NS };
    const struct checkpoint *c = t->checkpoint;
    unsigned int tries;
    uint32_t domid;

    for (tries = LATE_TRIES; tries; tries--) {
        if (guest_fate_read(c->connection.xch, &c->judgement.domain, &domid)
            == FATE_GONE)
            return true;
        nanosleep(&pause, NULL);
    }
    return false;
}

/*
 * It was asked in vain, and may do it all the same: what is said of the domain is
 * to be true in a minute, too.
 */
static int await_late_end(const struct taking *t, int r)
{
    const struct checkpoint *c = t->checkpoint;

    if (ends_yet(t))
        return 0;
    events_say(c->events, MESSAGE_WARNING, "libvirt was asked to end %s "
               "(domain %u), and may do so yet: then it is in its image, and "
               "%s %s brings it back", c->judgement.name, taking_domid(t),
               checkpoint_restored_by(c), c->path);
    return r;
}

/* What libvirt does not run any more libxl ends. */
int checkpoint_destroy(const struct taking *t, struct xr_error *err)
{
    const struct checkpoint *c = t->checkpoint;
    int r = c->container == CONTAINER_LIBVIRT
            ? virt_destroy(c->judgement.domain.uuid, taking_domid(t), err)
            : -ENOENT;

    if (r == -ENOENT)
        return libxl_session_destroy(t->libxl, taking_domid(t), err);
    return r == -ETIMEDOUT ? await_late_end(t, r) : r;
}

const char *checkpoint_restored_by(const struct checkpoint *c)
{
    return c->container == CONTAINER_LIBVIRT ? "virsh restore" : "xl restore";
}
