/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/configuration.h"

#include <stddef.h>

#include "engine/events.h"
#include "util/debug.h"

static void warn_of_config(const char *problem, void *data)
{
    const struct events *events = data;

    events_say(events, MESSAGE_WARNING, "warning: %s", problem);
}

void configuration_read(struct config *out, const struct events *events)
{
    config_read(config_path(), warn_of_config, (void *)events, out);
    config_overrule(out, warn_of_config, (void *)events);
    debug_enable(out->verbose >= VERBOSITY_DEBUG);
}
