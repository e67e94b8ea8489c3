/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * check --image FILE --here, and before a restore: would this image restore on
 * this host?  Nothing is created or changed to find out.
 */
#ifndef CLI_PREFLIGHT_H
#define CLI_PREFLIGHT_H

#include "cli/cli.h"
#include "lib/domain_config.h"
#include "lib/preflight.h"
#include "lib/save_image.h"

/*
 * Failures are those of lib/flatten.h, or -ENOENT: there is none that is read.
 * *out is to be freed all the same.
 */
int preflight_read_config(const struct save_image *image,
                          struct domain_config *out, struct xr_error *err);

/*
 * Asks this host.  config: of the domain that it would be; NULL: not known.
 * Complains if Xen cannot be asked.
 */
int preflight_ask(int fd, const struct save_image *image,
                  const struct domain_config *config, struct preflight *out);

/* One line for each finding. */
void preflight_print(const struct preflight *p);

/* Prints the answer; returns an exit status: yes, no, error or unknown. */
int preflight(const char *path, enum format format);

#endif
