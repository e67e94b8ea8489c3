/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the tests of the client share: the command in these is made-command.c.
 */
#ifndef TESTS_LIB_CLIENT_H
#define TESTS_LIB_CLIENT_H

#include <xenresumable.h>

#include "unit.h"

/* With an option "command" that names the made one. */
struct xr_options *made_options(void);

/* A checkpoint of a domain of that name, by the made command. */
int take(const char *domain, const struct xr_events *events,
         struct xr_result **out, struct xr_error *err);

/* It fails with that reason, and a message that has that text in it. */
void assert_fails(const char *domain, enum xr_reason reason,
                  const char *text);

/* Open descriptors, and children that nobody has waited for. */
unsigned count_descriptors(void);
int has_children(void);

#endif
