/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/configuration.h"

#include <stddef.h>

#include "cli/cli.h"
#include "util/debug.h"

static void complain_of(const char *problem, void *data)
{
    (void)data;
    complain("warning: %s", problem);
}

void configuration_read(struct config *out)
{
    config_read(config_path(), complain_of, NULL, out);
    config_overrule(out, complain_of, NULL);
    debug_enable(out->verbose >= VERBOSITY_DEBUG);
}
