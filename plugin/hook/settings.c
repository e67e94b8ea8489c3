/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "hook/settings.h"

#include <errno.h>
#include <stdlib.h>

#include "hook/report.h"
#include "util/debug.h"

static void report_problem(const char *problem, void *data)
{
    (void)data;
    report("warning: %s", problem);
}

/* By people, for a toolstack that no command of ours has started. */
static enum intent intent_of_people(void)
{
    const char *word = secure_getenv("XR_INTENT");
    enum intent intent;

    return word && intent_from_name(word, &intent)
           && (intent == INTENT_CHECKPOINT || intent == INTENT_SAVE)
           ? intent : INTENT_UNKNOWN;
}

void settings_read(struct settings *out)
{
    struct xr_error err = { .code = 0 };
    int r;

    *out = (struct settings)SETTINGS_NONE;
    config_read(config_path(), report_problem, NULL, &out->config);
    debug_enable(out->config.verbose >= VERBOSITY_DEBUG);
    r = request_find(&out->request, &out->refused, &err);
    if (!r) {
        out->requested = true;
        out->intent = out->request.intent;
        out->config.policies = out->request.policies;
        return;
    }
    if (r != -ENOENT)
        out->refusal = err;
    out->intent = intent_of_people();
    config_overrule(&out->config, report_problem, NULL);
}

void settings_free(struct settings *settings)
{
    request_free(&settings->request);
    config_free(&settings->config);
}
