/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The disks of a domain that is to be: are they a running domain's?
 */
#ifndef ENGINE_DISK_USE_H
#define ENGINE_DISK_USE_H

#include "xen/connection.h"
#include "lib/domain_config.h"
#include "lib/preflight.h"
#include "util/error.h"

/*
 * One answer for each of the configuration's disks; *out is to be freed.  except:
 * a domain that will have gone by then; 0: none.
 */
int disk_use_ask(const struct connection *connection,
                 const struct domain_config *config, uint32_t except,
                 struct preflight_disk **out, struct xr_error *err);

/*
 * The same in short, right before the domain is made: -EBUSY, and why, if one
 * of them is in use.
 */
int disk_use_refuse(const struct connection *connection,
                    const struct domain_config *config, struct xr_error *err);

/*
 * Somebody is about to write to that file or device: -EBUSY, and who has it, if a
 * domain does, in whatever way, be it that it only reads, or shares it; or this host:
 * it is mounted, or a loop device or another one is made of it.
 */
int disk_use_refuse_writing(const struct connection *connection,
                            const char *path, const char *format,
                            struct xr_error *err);

/*
 * The same while a domain has it that will have gone by then: -EBUSY if anything
 * else does.
 */
int disk_use_refuse_others(const struct connection *connection,
                           const char *path, const char *format,
                           uint32_t domid, struct xr_error *err);

/* By this host alone. */
int disk_use_refuse_busy(const char *path, struct xr_error *err);

#endif
