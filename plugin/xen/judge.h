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
#include "xen/memory_scan.h"
#include "xen/store.h"

/*
 * The notes of the kernel file that libxl's configuration names: what
 * lib/stored_kernel.h does, which this layer does not know.
 */
typedef int stored_kernel_reader(const char *json, size_t n,
                                 const char *uuid, int64_t started,
                                 struct keylist *out,
                                 struct buffer *path_out,
                                 struct xr_error *err);

/* What is known or can be asked beside Xen and xenstore; each may be NULL. */
struct judge_aids {
    const struct overrides *overrides;
    stored_kernel_reader *stored_kernel; /* where nothing is recorded */
    bool scan_memory;                    /* look into the guest, too */
};

struct judgement {
    struct domain domain;
    char *name;            /* never NULL after success; the domid if unnamed */
    enum guest_type type;
    struct keylist notes;  /* of its kernel: recorded, else of that file */
    bool recorded;         /* the former */
    struct memory_scan scan; /* empty if that was not asked for */
    struct verdict verdict;
};

/*
 * The notes are all of those recorded with judge_domain_fully, and those that
 * a verdict needs with judge_domain.  Free with judgement_free.
 */
int judge_domain(xc_interface *xch, uint32_t domid,
                 const struct judge_aids *aids, struct judgement *out,
                 struct xr_error *err);
int judge_domain_fully(xc_interface *xch, uint32_t domid,
                       const struct judge_aids *aids,
                       struct judgement *out, struct xr_error *err);

/* The same over an open connection, for many domains in turn. */
int judge_domain_with(xc_interface *xch, struct store *store, uint32_t domid,
                      const struct judge_aids *aids,
                      struct judgement *out, struct xr_error *err);

/*
 * The same of a domain that stands still since *before was found out, with its
 * notes recorded: only what the guest may have written until then is asked.
 */
int judge_domain_again(xc_interface *xch, struct store *store,
                       const struct domain *domain,
                       const struct judge_aids *aids,
                       const struct judgement *before, struct judgement *out,
                       struct xr_error *err);

void judgement_free(struct judgement *judgement);

#define CLEANUP_JUDGEMENT __attribute__((cleanup(judgement_free)))

#endif
