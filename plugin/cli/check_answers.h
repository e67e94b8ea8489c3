/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The answers of check, for people and for programs.
 */
#ifndef CLI_CHECK_ANSWERS_H
#define CLI_CHECK_ANSWERS_H

#include <stdbool.h>

#include "cli/json.h"
#include "engine/check.h"

/* evidence: all that speaks for or against each. */
void check_print_text(const struct check *check, bool evidence);

/* Member "domains". */
void check_json(yajl_gen g, const struct check *check, bool scan_memory);

#endif
