/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Everything that is known of a domain, gathered from Xen and xenstore, and
 * the verdict that follows from it.
 */
#ifndef XEN_JUDGE_H
#define XEN_JUDGE_H

#include <xenctrl.h>

#include "format/keylist.h"
#include "util/error.h"
#include "verdict/override.h"
#include "verdict/verdict.h"
#include "xen/domain.h"
#include "xen/store.h"

struct judgement {
    struct domain domain;
    char *name;            /* never NULL after success; the domid if unnamed */
    enum guest_type type;
    struct keylist notes;  /* what is recorded of its kernel */
    struct verdict verdict;
};

/*
 * The notes are all of those recorded with judge_domain_fully, and those that
 * a verdict needs with judge_domain.  overrides may be NULL.  Free with
 * judgement_free.
 */
int judge_domain(xc_interface *xch, uint32_t domid,
                 const struct overrides *overrides, struct judgement *out,
                 struct xr_error *err);
int judge_domain_fully(xc_interface *xch, uint32_t domid,
                       const struct overrides *overrides,
                       struct judgement *out, struct xr_error *err);

/* The same over an open connection, for many domains in turn. */
int judge_domain_with(xc_interface *xch, struct store *store, uint32_t domid,
                      const struct overrides *overrides,
                      struct judgement *out, struct xr_error *err);

void judgement_free(struct judgement *judgement);

#define CLEANUP_JUDGEMENT __attribute__((cleanup(judgement_free)))

#endif
