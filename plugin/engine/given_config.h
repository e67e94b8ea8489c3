/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A domain's configuration out of a file that somebody has written: libxl's
 * JSON, libvirt's XML, or what xl create takes.
 */
#ifndef ENGINE_GIVEN_CONFIG_H
#define ENGINE_GIVEN_CONFIG_H

#include "lib/config_places.h"
#include "util/error.h"

/*
 * JSON and XML as they stand there; of anything else xl is asked what it would
 * be in JSON (xl create --dryrun), with xl's own defaults, as xl restore takes
 * it.  *text_out is to be freed.  -EINVAL: it is another syntax, or xl does
 * not read it, and *err has what it said.
 */
int given_config_read(const char *path, enum config_syntax wanted,
                      char **text_out, struct xr_error *err);

#endif
