/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What keeps a domain from being saved (domain/obstacle.h), as verbs show it.
 */
#ifndef CLI_OBSTACLES_H
#define CLI_OBSTACLES_H

#include "cli/json.h"
#include "domain/obstacle.h"

/* A table of them on standard output, indented; with the unknown, too. */
void print_obstacles(const struct obstacles *obstacles, bool unknown);

/* Member "obstacles": an array, empty where there is none. */
void json_obstacles(yajl_gen g, const struct obstacles *obstacles);

#endif
