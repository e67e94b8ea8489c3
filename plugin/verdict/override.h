/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the administrator knows better: "PATTERN=yes" or "PATTERN=no".  Pure;
 * xen/configuration.h reads them from xen-resumable.conf.
 *
 * PATTERN is os:NAME (the note GUEST_OS, whatever its case), uuid:UUID, or a
 * glob for the domain's name.  The first that fits decides.
 */
#ifndef VERDICT_OVERRIDE_H
#define VERDICT_OVERRIDE_H

#include <stdbool.h>
#include <stddef.h>

#include "verdict/verdict.h"

struct override;

struct overrides {
    struct override *items;
    size_t count;
};

/* What there is to be matched; NULL where it is not known. */
struct override_subject {
    const char *name;
    const char *uuid;
    const char *guest_os; /* of the guest's kernel, not of a loader */
};

/* What text should have been; for messages. */
#define OVERRIDE_EXPECTED \
    "\"PATTERN=yes\" or \"PATTERN=no\", PATTERN a name, os:NAME or uuid:UUID,"

/*
 * Adds text to the end; where is the place that it stands at ("FILE:LINE").
 * -EINVAL for text that is none, -ENOMEM; then nothing is added.
 */
int overrides_add(struct overrides *overrides, const char *text,
                  const char *where);

/*
 * Sets override and override_line of *input by the first that fits, and
 * leaves both alone if none does; overrides may be NULL.  The line is borrowed
 * from the list.
 */
void overrides_apply(const struct overrides *overrides,
                     const struct override_subject *subject,
                     struct verdict_input *input);

void overrides_free(struct overrides *overrides);

#endif
