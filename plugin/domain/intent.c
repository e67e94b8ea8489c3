/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "domain/intent.h"

#include <string.h>

static const char *const names[INTENTS] = {
    [INTENT_UNKNOWN] = "unknown",
    [INTENT_SAVE] = "save",
    [INTENT_CHECKPOINT] = "checkpoint",
    [INTENT_MIGRATE] = "migrate",
    [INTENT_SUSPEND] = "suspend",
    [INTENT_ROLLBACK] = "rollback",
    [INTENT_RESTORE] = "restore",
    [INTENT_PRUNE] = "prune",
};

const char *intent_name(enum intent intent)
{
    return names[intent];
}

bool intent_from_name(const char *name, enum intent *out)
{
    int i;

    for (i = 0; i < INTENTS; i++) {
        if (strcmp(names[i], name))
            continue;
        *out = (enum intent)i;
        return true;
    }
    return false;
}
