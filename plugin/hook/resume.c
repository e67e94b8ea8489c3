/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "hook/resume.h"

#include <errno.h>

#include <xenctrl.h>

#include "hook/report.h"
#include "hook/settings.h"
#include "util/cleanup.h"
#include "util/debug.h"
#include "verdict/action.h"
#include "xen/domain.h"
#include "xen/hypervisor.h"
#include "xen/judge.h"

static int hold(const struct judgement *j)
{
    report("%s (domain %u) stays suspended: a resume would kill it (%s). "
           "Nothing is lost: if its image was written completely, it goes on "
           "from there after: xl destroy %s && xl restore IMAGE",
           j->name, j->domain.domid, j->verdict.reason, j->name);
    errno = EOPNOTSUPP;
    return -1;
}

static enum resume_action decide(xc_interface *xch,
                                 const struct judgement *j, int asked)
{
    struct hypervisor hypervisor = { 0 };
    struct policies policies;
    bool mistaken_0;

    settings_policies(&policies);
    mistaken_0 = !hypervisor_read(xch, &hypervisor, NULL)
                 && hypervisor_libxl_mistakes_0(&hypervisor);
    return resume_action(j->verdict.resumable, asked, mistaken_0, &policies);
}

int hook_resume(door_resume *real, struct xc_interface_core *xch,
                uint32_t domid, int fast)
{
    CLEANUP_JUDGEMENT struct judgement j = { 0 };
    struct domain domain;
    struct xr_error err;
    int r;

    /* The refusal of a domain that never suspended is libxenguest's. */
    if (domain_read(xch, domid, &domain, NULL)
        || !domain_is_suspended(&domain))
        return real(xch, domid, fast);
    r = judge_domain(xch, domid, &j, &err);
    if (r) {
        warn_domain(domid, &err, "resumed as the toolstack asks");
        return real(xch, domid, fast);
    }
    debug("domain %u: resume, toolstack asks %d, resumable: %s (%s)", domid,
          fast, verdict_answer_name(j.verdict.resumable),
          j.verdict.reason);
    switch (decide(xch, &j, fast)) {
    case RESUME_HOLD:
        return hold(&j);
    case RESUME_RETURN_1:
        return real(xch, domid, 1);
    case RESUME_AS_ASKED:
        break;
    }
    return real(xch, domid, fast);
}
