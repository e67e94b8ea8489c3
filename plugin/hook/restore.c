/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "hook/restore.h"

#include <errno.h>

#include <xenctrl.h>
#include <xenguest.h>

#include "hook/pump.h"
#include "hook/report.h"
#include "hook/scan.h"
#include "hook/settings.h"
#include "util/debug.h"
#include "xen/known_notes.h"
#include "xen/store.h"

/* A new domain: the guest will be asked for its word again, too. */
static int remember_record(uint32_t domid, const struct keylist *metadata,
                           struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist notes = { 0 };
    CLEANUP_STORE struct store *store = store_open();
    int unreachable = errno, r;

    if (store)
        known_notes_invite(store, domid);
    r = keylist_copy_prefix(&notes, metadata, "image.");
    if (r)
        return error_set(err, -r, "out of memory");
    if (!notes.count)
        return 0;
    if (!store)
        return error_system(err, unreachable, "cannot reach xenstore");
    return known_notes_write(store, domid, &notes, "restore", err);
}

/* What came of looking for the record. */
static void tell_of_record(int r, uint32_t domid,
                           const struct keylist *metadata,
                           const struct xr_error *err)
{
    if (!r)
        debug("domain %u: record of %zu keys found", domid, metadata->count);
    else if (r == -ENOENT || r == -ECANCELED || r == -ENOTSUP)
        debug("domain %u: no record: %s", domid, err->message);
    else
        warn_domain(domid, err, "the metadata record is not used");
}

/*
 * Looks ahead where the stream can be sought.  Where it cannot, a pump that
 * will find the record while libxc reads, or NULL.
 */
static struct pump *look_ahead(int fd, uint32_t domid,
                               unsigned int stream_type,
                               struct keylist *metadata)
{
    struct pump *pump = NULL;
    struct xr_error err;
    int r;

    if (stream_type != XC_STREAM_PLAIN)
        return NULL;
    r = scan_for_record(fd, metadata, &err);
    if (r == -ESPIPE) {
        r = pump_start(fd, &pump, &err);
        if (!r) {
            debug("domain %u: the stream is pumped", domid);
            return pump;
        }
    }
    tell_of_record(r, domid, metadata, &err);
    return NULL;
}

/* errno remains what libxc left. */
static void end_pump(struct pump *pump, uint32_t domid,
                     struct keylist *metadata)
{
    struct xr_error err;
    int saved = errno;

    tell_of_record(pump_finish(pump, metadata, &err), domid, metadata, &err);
    errno = saved;
}

int hook_restore(restore_from_function *real, void *data, int io_fd,
                 uint32_t dom, unsigned int stream_type)
{
    CLEANUP_KEYLIST struct keylist metadata = { 0 };
    CLEANUP_SETTINGS struct settings settings = SETTINGS_NONE;
    struct pump *pump = look_ahead(io_fd, dom, stream_type, &metadata);
    struct xr_error err;
    int r;

    settings_read(&settings);
    r = real(pump ? pump_fd(pump) : io_fd, data);
    if (pump)
        end_pump(pump, dom, &metadata);
    if (!r && remember_record(dom, &metadata, &err))
        warn_domain(dom, &err, "the notes of its kernel were not recorded");
    else
        report_done(&settings.config, "domain %u: restore %s, %s", dom,
                    r ? "failed" : "done",
                    metadata.count ? "with a record" : "without a record");
    return r;
}
