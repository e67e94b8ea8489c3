/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "hook/suspend.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include <xenctrl.h>

#include "hook/report.h"
#include "xen/domain.h"

/* domid + 1 of domains that were resumed here; the oldest gives way. */
static _Atomic uint32_t undone[16];
static atomic_uint undone_next;

static void note_undone(uint32_t domid)
{
    unsigned int slot = atomic_fetch_add(&undone_next, 1)
                        % (sizeof(undone) / sizeof(undone[0]));

    atomic_store(&undone[slot], domid + 1);
}

bool suspend_was_undone(uint32_t domid)
{
    bool found = false;
    size_t i;

    for (i = 0; i < sizeof(undone) / sizeof(undone[0]); i++) {
        uint32_t expected = domid + 1;

        if (atomic_compare_exchange_strong(&undone[i], &expected, 0))
            found = true;
    }
    return found;
}

static bool is_suspended(uint32_t domid)
{
    xc_interface *xch = xc_interface_open(NULL, NULL, 0);
    struct domain domain;
    bool answer;

    if (!xch)
        return false;
    answer = !domain_read(xch, domid, &domain, NULL)
             && domain_is_suspended(&domain);
    xc_interface_close(xch);
    return answer;
}

/* All of a resume: the device model and xenstored hear of it from libxl. */
static void undo(const struct libxl_functions *libxl, struct libxl__ctx *ctx,
                 uint32_t domid)
{
    if (!libxl->domain_resume) {
        report("warning: domain %u: the save failed and has left it suspended; "
               "libxl_domain_resume is not found", domid);
        return;
    }
    if (libxl->domain_resume(ctx, domid, 1, NULL))
        return; /* held, or libxl has said why */
    note_undone(domid);
    report("domain %u: the save failed; it was resumed", domid);
}

static bool resumes_by_itself(void)
{
    return !strcmp(program_invocation_short_name, "xl");
}

int hook_suspend(door_suspend *real, const struct libxl_functions *libxl,
                 struct libxl__ctx *ctx, uint32_t domid, int fd, int flags,
                 const struct libxl_asyncop_how *how)
{
    bool was_suspended;
    int r, saved;

    if (how || resumes_by_itself())
        return real(ctx, domid, fd, flags, how);
    suspend_was_undone(domid);
    was_suspended = is_suspended(domid);
    r = real(ctx, domid, fd, flags, how);
    saved = errno;
    if (r && !was_suspended && is_suspended(domid))
        undo(libxl, ctx, domid);
    errno = saved;
    return r;
}
