/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "hook/settings.h"

#include <stdlib.h>
#include <string.h>

enum intent settings_intent(void)
{
    const char *intent = secure_getenv("XR_INTENT");

    if (intent && !strcmp(intent, "checkpoint"))
        return INTENT_CHECKPOINT;
    if (intent && !strcmp(intent, "save"))
        return INTENT_SAVE;
    return INTENT_UNKNOWN;
}

static void read_policy(const char *variable, enum policy *policy)
{
    const char *word = secure_getenv(variable);

    if (word)
        (void)policy_from_name(word, policy);
}

void settings_policies(struct policies *out)
{
    *out = default_policies;
    read_policy("XR_ON_NOT_RESUMABLE", &out->on_not_resumable);
    read_policy("XR_ON_UNKNOWN", &out->on_unknown);
}
