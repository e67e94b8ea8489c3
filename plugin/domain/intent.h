/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a domain is saved for: the lock, the doors and the metadata record use
 * the same words.
 */
#ifndef DOMAIN_INTENT_H
#define DOMAIN_INTENT_H

#include <stdbool.h>

enum intent {
    INTENT_UNKNOWN,
    INTENT_SAVE,       /* it is destroyed afterwards */
    INTENT_CHECKPOINT, /* it goes on afterwards */
    INTENT_MIGRATE,    /* it goes on elsewhere */
    INTENT_SUSPEND,    /* it stays suspended, without an image */
    INTENT_ROLLBACK,   /* it is destroyed, and goes on from an image */
    INTENT_RESTORE,    /* it is made of an image */
    INTENT_PRUNE,      /* it has gone, and its disks go */
    INTENTS,
};

/* "unknown", "save", "checkpoint", "migrate", "suspend", "rollback",
   "restore", "prune" */
const char *intent_name(enum intent intent);

/* False if there is no such word; then *out is untouched. */
bool intent_from_name(const char *name, enum intent *out);

#endif
