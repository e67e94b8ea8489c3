/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "hook/operations.h"

#include <errno.h>

#include "hook/door_lock.h"
#include "hook/foresight.h"
#include "hook/settings.h"

/*
 * Nobody of the plugin's is to resume it, or to take it for held: so the record
 * says nothing of it.
 */
int hook_suspend_only(door_suspend_only *real, libxl_ctx *ctx,
                      uint32_t domid, const libxl_asyncop_how *how)
{
    CLEANUP_SETTINGS struct settings settings = SETTINGS_NONE;
    struct domain domain;
    int r, saved;

    if (door_lock_find(domid, &domain))
        return real(ctx, domid, how);
    settings_read(&settings);
    if (door_lock_begin(&domain, INTENT_SUSPEND, &settings.config))
        return ERROR_FAIL;
    door_lock_note(&domain, LOCK_RUNNING);
    r = real(ctx, domid, how);
    saved = errno;
    door_lock_leave(&domain, how && !r);
    errno = saved;
    return r;
}

int hook_remus_start(door_remus_start *real, libxl_ctx *ctx,
                     libxl_domain_remus_info *info, uint32_t domid,
                     int send_fd, int recv_fd, const libxl_asyncop_how *how)
{
    CLEANUP_SETTINGS struct settings settings = SETTINGS_NONE;
    struct domain domain;
    int r, saved;

    if (door_lock_find(domid, &domain))
        return real(ctx, info, domid, send_fd, recv_fd, how);
    settings_read(&settings);
    if (door_lock_begin(&domain, INTENT_CHECKPOINT, &settings.config))
        return ERROR_FAIL;
    r = real(ctx, info, domid, send_fd, recv_fd, how);
    saved = errno;
    /* What it leaves suspended, its toolstack resumes. */
    door_lock_leave(&domain, true);
    errno = saved;
    return r;
}

int hook_domain_resume(libxl_resume_function *real, libxl_ctx *ctx,
                       uint32_t domid, int suspend_cancel,
                       const libxl_asyncop_how *how)
{
    struct domain domain;

    /*
     * Whatever it does now: whoever has it may suspend it in a moment.  That it
     * is still this domain is looked at behind libxl, by hook_resume().
     */
    if ((foresight_find(domid, &domain) || !door_lock_find(domid, &domain))
        && !door_lock_allows_resume(&domain))
        return ERROR_FAIL;
    return real(ctx, domid, suspend_cancel, how);
}

int hook_destroy(door_destroy *real, libxl_ctx *ctx, uint32_t domid,
                 const libxl_asyncop_how *how)
{
    struct domain domain;
    bool found = !door_lock_find(domid, &domain);
    int r = real(ctx, domid, how);
    int saved = errno;

    if (!r && found) {
        door_lock_note(&domain, LOCK_RUNNING);
        door_lock_end(&domain);
    }
    errno = saved;
    return r;
}
