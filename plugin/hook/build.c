/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "hook/build.h"

#include <errno.h>

#include "format/notes.h"
#include "hook/report.h"
#include "hook/settings.h"
#include "lib/image_notes.h"
#include "util/debug.h"
#include "xen/dom_image.h"
#include "xen/known_notes.h"
#include "xen/store.h"

static int remember_kernel_notes(struct store *store,
                                 const struct dom_image *image,
                                 bool *recorded_out, struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist notes = { 0 };
    struct image_info info;
    int r;

    r = image_notes_from_memory(image->kernel, image->kernel_size, &notes,
                                &info, err);
    if (r == -ENOENT) {
        debug("domain %u: the kernel has no Xen notes", image->domid);
        return 0;
    }
    if (r)
        return r;
    /* Its notes look like a kernel's, and nobody could tell them later. */
    if (info.loader && !notes_loader(&notes)) {
        debug("domain %u: it is started by %s", image->domid, info.loader);
        return 0;
    }
    r = known_notes_write(store, image->domid, &notes, "build", err);
    if (!r && notes_malformed(&notes))
        report("warning: domain %u: its kernel's note %s is malformed; it is "
               "recorded, and does not count", image->domid,
               notes_malformed(&notes));
    *recorded_out = !r;
    return r;
}

static int prepare_notes(const struct dom_image *image, bool *recorded_out,
                         struct xr_error *err)
{
    CLEANUP_STORE struct store *store = store_open();

    *recorded_out = false;
    if (!store)
        return error_system(err, errno, "cannot reach xenstore");
    known_notes_invite(store, image->domid);
    return remember_kernel_notes(store, image, recorded_out, err);
}

int hook_build(door_build *real, struct xc_dom_image *dom)
{
    CLEANUP_SETTINGS struct settings settings = SETTINGS_NONE;
    struct dom_image image;
    struct xr_error err;
    bool recorded;
    int saved;
    int r;

    r = real(dom);
    if (r)
        return r;
    saved = errno;
    image = dom_image_read(dom);
    settings_read(&settings);
    if (prepare_notes(&image, &recorded, &err))
        warn_domain(image.domid, &err,
                    "the notes of its kernel were not recorded");
    else
        report_done(&settings.config, "domain %u: %s", image.domid,
                    recorded ? "its kernel's notes are recorded"
                             : "no notes of its kernel are recorded");
    errno = saved;
    return 0;
}
