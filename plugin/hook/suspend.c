/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "hook/suspend.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <libxl.h>
#include <xenctrl.h>

#include "domain/own_suspend.h"
#include "hook/door_lock.h"
#include "hook/foresight.h"
#include "hook/report.h"
#include "hook/settings.h"
#include "lib/stored_kernel.h"
#include "xen/domain.h"

/* domid + 1 of some domains; the oldest gives way. */
enum { SLOTS = 16 };
struct domids {
    _Atomic uint32_t slots[SLOTS];
    atomic_uint next;
};

static struct domids undone;  /* were resumed here */
static struct domids undoing; /* are being resumed here */

static void domids_note(struct domids *list, uint32_t domid)
{
    atomic_store(&list->slots[atomic_fetch_add(&list->next, 1) % SLOTS],
                 domid + 1);
}

static bool domids_forget(struct domids *list, uint32_t domid)
{
    bool found = false;
    size_t i;

    for (i = 0; i < SLOTS; i++) {
        uint32_t expected = domid + 1;

        if (atomic_compare_exchange_strong(&list->slots[i], &expected, 0))
            found = true;
    }
    return found;
}

bool suspend_was_undone(uint32_t domid)
{
    return domids_forget(&undone, domid);
}

bool suspend_is_being_undone(uint32_t domid)
{
    size_t i;

    for (i = 0; i < SLOTS; i++)
        if (atomic_load(&undoing.slots[i]) == domid + 1)
            return true;
    return false;
}

/*
 * By the lock's record it was this very save that has suspended it, and nobody
 * has seen to it since: not the plugin either, by holding it.
 */
static bool is_left_by_save(const struct domain *domain)
{
    enum lock_state state = lock_state(domain->uuid);
    struct domain now;

    return (state == LOCK_SUSPENDED || state == LOCK_ASKED)
           && !door_lock_find(domain->domid, &now)
           && !strcmp(now.uuid, domain->uuid) && domain_is_suspended(&now);
}

/* The same of one that may suspend when libxl has given up waiting for it. */
static bool comes_to_be_suspended(const struct domain *domain,
                                  const struct config *config)
{
    struct lock lock = { .fd = -1, .record.domid = domain->domid };
    xc_interface *xch;
    bool answer;

    if (lock_state(domain->uuid) != LOCK_ASKED)
        return is_left_by_save(domain);
    xch = xc_interface_open(NULL, NULL, 0);
    snprintf(lock.name, sizeof(lock.name), "%s", domain->uuid);
    answer = xch && own_suspend_wait(&lock, xch, config->watch);
    if (xch)
        xc_interface_close(xch);
    return answer;
}

/* All of a resume: the device model and xenstored hear of it from libxl. */
static void undo_suspend(const struct libxl_functions *libxl,
                         struct libxl__ctx *ctx, uint32_t domid)
{
    int r;

    if (!libxl->domain_resume) {
        report("warning: domain %u: the save failed and has left it suspended; "
               "libxl_domain_resume is not found", domid);
        return;
    }
    domids_note(&undoing, domid);
    r = libxl->domain_resume(ctx, domid, 1, NULL);
    domids_forget(&undoing, domid);
    if (r)
        return; /* held, or libxl has said why */
    domids_note(&undone, domid);
    report("domain %u: the save failed; it was resumed", domid);
}

static bool resumes_by_itself(void)
{
    return !strcmp(program_invocation_short_name, "xl");
}

static enum intent suspend_intent(const struct settings *settings, int flags)
{
    if (settings->intent)
        return settings->intent;
    return flags & LIBXL_SUSPEND_LIVE ? INTENT_MIGRATE : INTENT_SAVE;
}

/* It will be resumed by this process, and stands still until then. */
static void find_out_before(const struct domain *domain,
                       const struct settings *settings)
{
    const struct judge_aids aids = {
        .overrides = &settings->config.overrides,
        .stored_kernel = stored_kernel_notes,
    };

    if (settings->intent == INTENT_CHECKPOINT)
        foresight_take(domain, &aids);
}

int hook_suspend(door_suspend *real, const struct libxl_functions *libxl,
                 struct libxl__ctx *ctx, uint32_t domid, int fd, int flags,
                 const libxl_asyncop_how *how)
{
    CLEANUP_SETTINGS struct settings settings = SETTINGS_NONE;
    struct domain domain;
    int r, saved;

    if (door_lock_find(domid, &domain))
        return real(ctx, domid, fd, flags, how);
    settings_read(&settings);
    if (door_lock_begin(&domain, suspend_intent(&settings, flags),
                        &settings.config))
        return ERROR_FAIL;
    suspend_was_undone(domid);
    find_out_before(&domain, &settings);
    r = real(ctx, domid, fd, flags, how);
    saved = errno;
    if (r && !how && !resumes_by_itself()
        && comes_to_be_suspended(&domain, &settings.config))
        undo_suspend(libxl, ctx, domid);
    door_lock_leave(&domain, !r || is_left_by_save(&domain));
    errno = saved;
    return r;
}
