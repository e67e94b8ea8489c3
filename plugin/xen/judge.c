/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "xen/judge.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/hvm/params.h>

#include "format/notes.h"
#include "util/cleanup.h"
#include "xen/knowledge.h"

/*
 * A type that libxl did not write down (another toolstack) is PV or, as the
 * weaker claim, HVM.
 */
static enum guest_type find_type(struct store *store,
                                 const struct domain *domain)
{
    CLEANUP_FREE char *word = store_domain_type(store, domain->domid);
    enum guest_type type = guest_type_from_name(word);

    if (type != GUEST_UNKNOWN)
        return type;
    return domain->hvm ? GUEST_HVM : GUEST_PV;
}

static enum pv_drivers find_pv_drivers(xc_interface *xch,
                                       const struct judgement *j)
{
    uint64_t irq = 0;

    if (j->type != GUEST_HVM
        || xc_hvm_param_get(xch, j->domain.domid, HVM_PARAM_CALLBACK_IRQ,
                            &irq))
        return PV_DRIVERS_UNKNOWN;
    return irq ? PV_DRIVERS_PRESENT : PV_DRIVERS_ABSENT;
}

static int find_name(struct store *store, struct judgement *j)
{
    j->name = store_read_domain(store, j->domain.domid, "name");
    if (j->name && *j->name)
        return 0;
    free(j->name);
    if (asprintf(&j->name, "%u", j->domain.domid) < 0) {
        j->name = NULL;
        return -ENOMEM;
    }
    return 0;
}

static void reach(xc_interface *xch, struct store *store,
                  struct judgement *j, bool recorded)
{
    CLEANUP_FREE char *resumable =
        store_read_domain(store, j->domain.domid, "control/feature-resumable");
    CLEANUP_FREE char *suspend =
        store_read_domain(store, j->domain.domid, "control/feature-suspend");
    struct verdict_input input = {
        .feature_resumable = resumable,
        .feature_suspend = suspend,
        .type = j->type,
        .pv_drivers = find_pv_drivers(xch, j),
        .have_notes = recorded,
        .guest_os = keylist_get(&j->notes, "GUEST_OS"),
        .suspend_cancel = keylist_get(&j->notes, "SUSPEND_CANCEL"),
        .malformed_cancel = keylist_find(&j->notes, "NOTE_14"),
        .loader = notes_loader(&j->notes),
    };

    /* An HVM guest's recorded image is its firmware, whatever it is called. */
    if (j->type == GUEST_HVM && recorded && !input.loader)
        input.loader = "firmware";
    verdict_reach(&input, &j->verdict);
}

static int judge(xc_interface *xch, struct store *store, uint32_t domid,
                 bool deciding_only, struct judgement *out,
                 struct xr_error *err)
{
    CLEANUP_JUDGEMENT struct judgement j = { 0 };
    bool recorded;
    int r;

    r = domain_read(xch, domid, &j.domain, err);
    if (r)
        return r;
    r = find_name(store, &j);
    if (r)
        return error_set(err, -r, "out of memory");
    j.type = find_type(store, &j.domain);
    r = knowledge_read(store, domid, deciding_only, &j.notes, &recorded, err);
    if (r)
        return r;
    reach(xch, store, &j, recorded);
    *out = j;
    j = (struct judgement){ 0 };
    return 0;
}

static int judge_alone(xc_interface *xch, uint32_t domid, bool deciding_only,
                       struct judgement *out, struct xr_error *err)
{
    CLEANUP_STORE struct store *store = store_open();

    if (!store)
        return error_system(err, errno, "cannot reach xenstore");
    return judge(xch, store, domid, deciding_only, out, err);
}

int judge_domain(xc_interface *xch, uint32_t domid, struct judgement *out,
                 struct xr_error *err)
{
    return judge_alone(xch, domid, true, out, err);
}

int judge_domain_fully(xc_interface *xch, uint32_t domid,
                       struct judgement *out, struct xr_error *err)
{
    return judge_alone(xch, domid, false, out, err);
}

int judge_domain_with(xc_interface *xch, struct store *store, uint32_t domid,
                      struct judgement *out, struct xr_error *err)
{
    return judge(xch, store, domid, true, out, err);
}

void judgement_free(struct judgement *judgement)
{
    int saved = errno;

    free(judgement->name);
    keylist_free(&judgement->notes);
    *judgement = (struct judgement){ 0 };
    errno = saved;
}
