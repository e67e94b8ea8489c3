/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "hook/resume.h"

#include <errno.h>
#include <string.h>

#include <xenctrl.h>

#include "hook/door_lock.h"
#include "hook/foresight.h"
#include "hook/report.h"
#include "hook/settings.h"
#include "hook/suspend.h"
#include "lib/stored_kernel.h"
#include "util/cleanup.h"
#include "util/debug.h"
#include "verdict/action.h"
#include "xen/domain.h"
#include "xen/hypervisor.h"
#include "xen/judge.h"
#include "xen/origin.h"

/*
 * Also after a failed save or migration, where there is no image or half of
 * one: the image is tried before the domain is given up, or written (see
 * hook/inject.h).  The domid, not the name: the line is made for a root shell.
 */
static int hold_suspended(const struct judgement *j)
{
    bool known = j->verdict.resumable != VERDICT_UNKNOWN;
    bool is_libvirts = origin_is_libvirts(&j->domain);
    uint32_t domid = j->domain.domid;

    report("domain %u stays suspended, with all its memory: a resume %s kill "
           "it (%s). If there is a complete image: xen-resumable verify IMAGE "
           "&& %s destroy %u && %s restore IMAGE. If not, write one first: "
           "%s save %u IMAGE (%s)", domid, known ? "would" : "may",
           j->verdict.reason, is_libvirts ? "virsh" : "xl", domid,
           is_libvirts ? "xen-resumable" : "xl",
           is_libvirts ? "virsh" : "xen-resumable exec -- xl", domid, j->name);
    door_lock_hold(&j->domain);
    door_lock_end(&j->domain);
    errno = EOPNOTSUPP;
    return -1;
}

/* Done: what had suspended the domain is over. */
static int resume_done(const struct domain *domain, int r)
{
    int saved = errno;

    if (!r) {
        door_lock_note(domain, LOCK_RUNNING);
        door_lock_end(domain);
    }
    errno = saved;
    return r;
}

static enum resume_action decide_resume(xc_interface *xch,
                                        const struct judgement *j,
                                        const struct policies *policies,
                                        int asked)
{
    struct hypervisor hypervisor = { 0 };
    bool mistaken_0;

    /* Of HVM guests the 0 was meant even there.  Of a 1 nobody need be asked. */
    mistaken_0 = !asked && j->type != GUEST_HVM
                 && !hypervisor_read(xch, &hypervisor, NULL)
                 && hypervisor_libxl_mistakes_0(&hypervisor);
    /*
     * After a failed save of a toolstack that would have left it suspended:
     * Linux would not survive that 0, and where nobody knows better it waits.
     */
    if (!asked && mistaken_0 && j->verdict.resumable == VERDICT_UNKNOWN
        && suspend_is_being_undone(j->domain.domid))
        return RESUME_HOLD;
    return resume_action(j->verdict.resumable, asked, mistaken_0, policies);
}

int hook_resume(door_resume *real, struct xc_interface_core *xch,
                uint32_t domid, int fast)
{
    CLEANUP_JUDGEMENT struct judgement j = { 0 };
    CLEANUP_SETTINGS struct settings settings = SETTINGS_NONE;
    const struct judge_aids aids = {
        .overrides = &settings.config.overrides,
        .stored_kernel = stored_kernel_notes,
    };
    struct domain domain;
    struct xr_error err;
    int r;

    /* The refusal of a domain that never suspended is libxenguest's. */
    if (domain_read(xch, domid, &domain, NULL))
        return real(xch, domid, fast);
    if (!door_lock_allows_resume(&domain)) {
        errno = EBUSY;
        return -1;
    }
    if (!domain_is_suspended(&domain)) {
        door_lock_end(&domain);
        return suspend_was_undone(domid) ? 0 : real(xch, domid, fast);
    }
    settings_read(&settings);
    r = foresight_judge(xch, &domain, &aids, &j, &err);
    if (r) {
        warn_domain(domid, &err, "resumed as the toolstack asks");
        return resume_done(&domain, real(xch, domid, fast));
    }
    debug("domain %u: resume, toolstack asks %d, resumable: %s (%s)", domid,
          fast, verdict_answer_name(j.verdict.resumable),
          j.verdict.reason);
    switch (decide_resume(xch, &j, &settings.config.policies, fast)) {
    case RESUME_HOLD:
        return hold_suspended(&j);
    case RESUME_RETURN_1:
        fast = 1;
        break;
    case RESUME_AS_ASKED:
        break;
    }
    r = resume_done(&domain, real(xch, domid, fast));
    report_done(&settings.config, "%s (domain %u): resume with a %d %s: %s",
                j.name, domid, fast, r ? "failed" : "done",
                r ? strerror(errno) : j.verdict.reason);
    return r;
}
