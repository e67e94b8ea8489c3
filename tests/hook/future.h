/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Functions of prototypes that no Xen has, behind the doors of the built stub.
 */
#ifndef HOOK_FUTURE_H
#define HOOK_FUTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "hook/doors.h"

/* Calls the function of the name in PROTOTYPES by way of the door. */
struct prototype {
    const char *name;
    void (*call)(hook_function *door);
    bool (*is_possible)(void); /* on this processor; NULL: on all */
};
extern const struct prototype prototypes[];
extern const size_t prototypes_count;

/* To be called by what stands behind the doors. */
void future_leads_to(hook_function *target);

/* Ends the process, with a message, if the bytes differ. */
void future_same(const char *what, const void *is, const void *should,
                 size_t size);

#endif
