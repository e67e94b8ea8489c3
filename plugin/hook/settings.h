/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the administrator has set and what "xen-resumable exec" has announced,
 * as far as the hooks ask for it.
 */
#ifndef HOOK_SETTINGS_H
#define HOOK_SETTINGS_H

#include "domain/intent.h"
#include "xen/configuration.h"

/* From XR_INTENT: unknown, save or checkpoint. */
enum intent settings_intent(void);

/*
 * xen-resumable.conf, of which every bad line is reported; XR_ON_NOT_RESUMABLE
 * and XR_ON_UNKNOWN overrule it.  Free with config_free.
 */
void settings_read(struct config *out);

#endif
