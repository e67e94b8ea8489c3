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

/* domid + 1 of some domains; the oldest gives way. */
enum { SLOTS = 16 };
struct domids {
    _Atomic uint32_t slots[SLOTS];
    atomic_uint next;
};

static struct domids undone;  /* were resumed here */
static struct domids undoing; /* are being resumed here */

static void note(struct domids *list, uint32_t domid)
{
    atomic_store(&list->slots[atomic_fetch_add(&list->next, 1) % SLOTS],
                 domid + 1);
}

static bool forget(struct domids *list, uint32_t domid)
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
    return forget(&undone, domid);
}

bool suspend_is_being_undone(uint32_t domid)
{
    size_t i;

    for (i = 0; i < SLOTS; i++)
        if (atomic_load(&undoing.slots[i]) == domid + 1)
            return true;
    return false;
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
    int r;

    if (!libxl->domain_resume) {
        report("warning: domain %u: the save failed and has left it suspended; "
               "libxl_domain_resume is not found", domid);
        return;
    }
    note(&undoing, domid);
    r = libxl->domain_resume(ctx, domid, 1, NULL);
    forget(&undoing, domid);
    if (r)
        return; /* held, or libxl has said why */
    note(&undone, domid);
    report("domain %u: the save failed; it was resumed", domid);
}

static bool resumes_by_itself(void)
{
    return !strcmp(program_invocation_short_name, "xl");
}

int hook_suspend(door_suspend *real, const struct libxl_functions *libxl,
                 struct libxl__ctx *ctx, uint32_t domid, int fd, int flags,
                 const libxl_asyncop_how *how)
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
