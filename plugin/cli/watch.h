/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Looking after a guest that was just checkpointed.
 */
#ifndef CLI_WATCH_H
#define CLI_WATCH_H

#include <stdbool.h>

#include "cli/connection.h"
#include "cli/target_file.h"
#include "xen/judge.h"

/*
 * Watches the domain for so many seconds and complains if it does not go on:
 * held, crashed, shut down or gone.  True if it went on.
 */
bool watch_domain(const struct connection *connection,
                  const struct judgement *judgement,
                  const struct target_file *target, unsigned int seconds);

#endif
