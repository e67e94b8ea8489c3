/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/refusal.h"

#include <errno.h>

enum xr_reason refusal_reason(enum verdict_answer resumable)
{
    return resumable == VERDICT_NO ? XR_REASON_NOT_RESUMABLE
                                   : XR_REASON_RESUMABILITY_UNKNOWN;
}

/* One that was suspended before was not by this; and some are past it. */
static const char *what_was_not_done(const struct domain *domain)
{
    return domain->shutdown || domain->dying ? "Nothing was done to it"
                                             : "It was not suspended";
}

static void say_refused(const struct events *events,
                        const struct judgement *judgement, const char *what,
                        const char *path, const char *why, const char *step)
{
    events_say(events, MESSAGE_ERROR, "%s (domain %u) is not %s: %s. %s, and "
               "%s%s.%s%s", judgement->name, judgement->domain.domid, what,
               why, what_was_not_done(&judgement->domain),
               path ? path : "nothing was written",
               path ? " was not touched" : "",
               *step ? " First: " : "", step);
}

int refuse_save(const struct events *events, const struct judgement *judgement,
                const char *what, const char *path, const struct xr_error *err)
{
    say_refused(events, judgement, what, path, err->message, "");
    return -err->code;
}

int refuse_save_by(const struct events *events,
                   const struct judgement *judgement, const char *what,
                   const char *path, const struct obstacle *obstacle,
                   struct xr_error *err)
{
    say_refused(events, judgement, what, path, obstacle->text, obstacle->step);
    return error_because(err, obstacle->reason, EPERM, "%s%s%s",
                         obstacle->text, *obstacle->step ? "; first: " : "",
                         obstacle->step);
}

int refuse_locked(const struct events *events, const char *name,
                  uint32_t domid, const char *what, const char *path,
                  struct xr_error *err)
{
    events_say(events, MESSAGE_ERROR, "%s (domain %u) is not %s: %s. %s%s.",
               name, domid, what, err->message,
               path ? path : "Nothing was written",
               path ? " was not touched" : "");
    err->reason = XR_REASON_LOCKED;
    return -err->code;
}
