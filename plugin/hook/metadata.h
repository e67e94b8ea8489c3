/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the metadata record of a save says (keys: plugin/format/FORMAT.md).
 */
#ifndef HOOK_METADATA_H
#define HOOK_METADATA_H

#include <xenctrl.h>

#include "domain/intent.h"
#include "format/keylist.h"
#include "util/buffer.h"
#include "util/error.h"
#include "xen/judge.h"

/* What the record says, beside what is known of the guest. */
struct metadata_wish {
    enum intent intent;          /* saved.intent */
    const char *labels;          /* a list of user.KEYs as text, or NULL */
    const char *checkpoint;      /* checkpoint.id; NULL: it is none */
    const struct keylist *disks; /* disk.KEYs; NULL: none */
};

/* Appends the complete record, header and padding and all, to *out. */
int metadata_compose(xc_interface *xch, const struct judgement *j,
                     const struct metadata_wish *wish, struct buffer *out,
                     struct xr_error *err);

#endif
