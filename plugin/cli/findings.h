/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a pre-flight has found (lib/preflight.h), as verbs show it.
 */
#ifndef CLI_FINDINGS_H
#define CLI_FINDINGS_H

#include "cli/json.h"
#include "lib/preflight.h"

/* One line for each finding. */
void print_findings(const struct preflight *p);

/* Members "restorable" and "checks". */
void json_findings(yajl_gen g, const struct preflight *p);

#endif
