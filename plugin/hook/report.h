/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a hook has to say: at most one line per operation, on stderr, in one
 * write; errno is kept.  Never stdout: in libxl-save-helper that is the wire
 * to libxl.  Text of foreign origin is made safe.  The guest may be suspended:
 * who has not read for two seconds gets nothing (util/outlet.h).
 */
#ifndef HOOK_REPORT_H
#define HOOK_REPORT_H

#include <stdint.h>

#include "util/error.h"
#include "xen/configuration.h"

/* "xen-resumable: ..." */
__attribute__((format(printf, 1, 2)))
void report(const char *format, ...);

/* The same, if the configuration wants a line for every operation. */
__attribute__((format(printf, 2, 3)))
void report_done(const struct config *config, const char *format, ...);

/* "xen-resumable: warning: domain N: WHAT: error" */
void warn_domain(uint32_t domid, const struct xr_error *err,
                 const char *what);

#endif
