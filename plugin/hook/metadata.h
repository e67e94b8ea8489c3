/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the metadata record of a save says (keys: plugin/format/FORMAT.md).
 */
#ifndef HOOK_METADATA_H
#define HOOK_METADATA_H

#include <xenctrl.h>

#include "domain/intent.h"
#include "util/buffer.h"
#include "util/error.h"
#include "xen/judge.h"

/*
 * Appends the complete record, header and padding and all, to *out.  The intent
 * is key saved.intent; the labels are a list of user.KEYs as text, or NULL.
 */
int metadata_compose(xc_interface *xch, const struct judgement *j,
                     enum intent intent, const char *labels,
                     struct buffer *out, struct xr_error *err);

#endif
