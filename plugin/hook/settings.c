/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "hook/settings.h"

#include <stdlib.h>
#include <string.h>

#include "hook/report.h"
#include "util/debug.h"

enum intent settings_intent(void)
{
    const char *intent = secure_getenv("XR_INTENT");

    if (intent && !strcmp(intent, "checkpoint"))
        return INTENT_CHECKPOINT;
    if (intent && !strcmp(intent, "save"))
        return INTENT_SAVE;
    return INTENT_UNKNOWN;
}

static void report_problem(const char *problem, void *data)
{
    (void)data;
    report("warning: %s", problem);
}

void settings_read(struct config *out)
{
    config_read(config_path(), report_problem, NULL, out);
    debug_enable(out->verbose >= VERBOSITY_DEBUG);
    config_overrule(out, report_problem, NULL);
}
