/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A save that is refused before the guest notices anything.
 */
#ifndef ENGINE_REFUSAL_H
#define ENGINE_REFUSAL_H

#include "domain/obstacle.h"
#include "engine/events.h"
#include "xen/judge.h"

/* NOT_RESUMABLE or RESUMABILITY_UNKNOWN. */
enum xr_reason refusal_reason(enum verdict_answer resumable);

/*
 * Says that the domain is not what ("checkpointed", "saved"), why, and that
 * neither it nor the file was touched.  path is NULL where the image was to go to
 * standard output.  Returns -err->code.
 */
int refuse_save(const struct events *events, const struct judgement *judgement,
                const char *what, const char *path,
                const struct xr_error *err);

/* The same by an obstacle, which sets *err, with the next step. */
int refuse_save_by(const struct events *events,
                   const struct judgement *judgement, const char *what,
                   const char *path, const struct obstacle *obstacle,
                   struct xr_error *err);

/*
 * The same because another one has the domain, of which no more than its name
 * and number may be known yet; it may have suspended it.  Sets err->reason.
 */
int refuse_locked(const struct events *events, const char *name,
                  uint32_t domid, const char *what, const char *path,
                  struct xr_error *err);

#endif
