/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Only for check.c and check_learn.c: what a check knows.
 */
#ifndef ENGINE_CHECK_STATE_H
#define ENGINE_CHECK_STATE_H

#include "engine/check.h"
#include "xen/configuration.h"
#include "xen/connection.h"

struct check {
    const struct events *events;
    struct config config;
    struct connection connection; /* opened when it is needed */
    bool scan_memory;
    struct check_answer *answers;
    size_t count;
    struct xr_error first;        /* failure */
    char *blamed;                 /* the name of its domain; NULL: not known, or
                                   * it is not about a domain */
};

/* What is to be learned of whom. */
struct check_lesson {
    const char *name;
    uint32_t domid;
    const char *kernel;
    bool dry_run;
};

/* Waits for the domain's lock, and says what was learned (engine/learn.h). */
int check_learn_notes(const struct check *check,
                      const struct check_lesson *lesson, bool *written_out,
                      struct xr_error *err);

#endif
