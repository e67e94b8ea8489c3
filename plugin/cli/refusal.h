/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What keeps a domain from being saved (domain/obstacles.h), as the verbs say it.
 */
#ifndef CLI_REFUSAL_H
#define CLI_REFUSAL_H

#include "cli/connection.h"
#include "cli/json.h"
#include "domain/obstacles.h"
#include "xen/judge.h"

/*
 * Nothing was done: what ("checkpointed", "saved") is refused, the file was not
 * touched, and this is why, with the next step.  Returns STATUS_NO.
 */
int refuse_obstacle(const struct judgement *judgement,
                    const struct obstacle *obstacle, const char *what,
                    const char *path);

/*
 * Asks for all obstacles; the first that says no is refused as above.
 * STATUS_YES, STATUS_NO, or STATUS_ERROR after a complaint.
 */
int refuse_obstacles(const struct connection *connection,
                     const struct judgement *judgement, const char *what,
                     const char *path, struct obstacles *out);

/* A table of them on standard output, indented; with the unknown, too. */
void print_obstacles(const struct obstacles *obstacles, bool unknown);

/* Member "obstacles": an array, empty where there is none. */
void json_obstacles(yajl_gen g, const struct obstacles *obstacles);

#endif
