/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the command itself has libxl do.  Its calls pass through the plugin's
 * doors if the process runs under the stub.
 *
 * For the command alone: the core must not pull libxenlight into
 * libxl-save-helper.
 */
#ifndef XEN_LIBXL_H
#define XEN_LIBXL_H

#include <stdbool.h>
#include <stdint.h>

#include "util/error.h"

struct libxl_session;

/* libxl's own messages go to stderr: errors and worse.  -ENODEV: no Xen. */
int libxl_session_open(struct libxl_session **out, struct xr_error *err);
void libxl_session_close(struct libxl_session *session);

static inline void libxl_session_cleanup(struct libxl_session **session)
{
    libxl_session_close(*session);
}

#define CLEANUP_LIBXL __attribute__((cleanup(libxl_session_cleanup)))

/* The domain's present configuration, as xl puts it into an image; to free. */
int libxl_session_config(struct libxl_session *session, uint32_t domid,
                         char **json_out, struct xr_error *err);

/*
 * A configuration for a domain that is to have that number.  -EINVAL if libxl
 * does not read it; *json_out is to be freed.
 */
int libxl_session_set_domid(struct libxl_session *session, const char *json,
                            uint32_t domid, char **json_out,
                            struct xr_error *err);

/* Who is told while the domain is saved. */
struct libxl_watcher {
    int fd;                      /* -1: none; else on_readable is called */
    void (*on_readable)(void *data);
    void (*on_tick)(void *data); /* about ten times a second */
    bool (*wants_stop)(void *data);
    void *data;
};

/*
 * Writes the domain to fd as a libxl stream and leaves it suspended.
 * Signals are only delivered while it waits.  It does not return before libxl
 * has ended the save: a wait that fails is tried again after a moment.
 * -ECANCELED after a stop that was wanted; -ETIMEDOUT: the guest has not
 * suspended in time; -EIO for libxl's other failures, which it has explained.
 * After a failure the domain may be suspended or not.
 */
int libxl_session_save(struct libxl_session *session, uint32_t domid, int fd,
                       const struct libxl_watcher *watcher,
                       struct xr_error *err);

/* With a return value of 1; the plugin may hold it: -EOPNOTSUPP or -EIO. */
int libxl_session_resume(struct libxl_session *session, uint32_t domid,
                         struct xr_error *err);

/* It was paused, and is not to be. */
int libxl_session_unpause(struct libxl_session *session, uint32_t domid,
                          struct xr_error *err);

int libxl_session_destroy(struct libxl_session *session, uint32_t domid,
                          struct xr_error *err);

#endif
