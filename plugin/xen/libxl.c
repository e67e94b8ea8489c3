/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "xen/libxl.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <libxl.h>
#include <libxl_event.h>
#include <libxl_utils.h>
#include <xentoollog.h>

#include "util/buffer.h"
#include "util/cleanup.h"
#include "util/outlet.h"

enum { TICK_MS = 100 };

struct libxl_session {
    libxl_ctx *ctx;
};

/* What libxl complains of, by the rule for all messages: a guest may wait. */
static void log_message(xentoollog_logger *logger, xentoollog_level level,
                        int errnum, const char *context, const char *format,
                        va_list ap)
{
    CLEANUP_BUFFER struct buffer line = { 0 };

    (void)logger;
    if (level < XTL_ERROR)
        return;
    buffer_printf(&line, "%s%s%s: ", context ? context : "",
                  context ? ": " : "", xtl_level_to_string(level));
    buffer_vprintf(&line, format, ap);
    if (errnum >= 0)
        buffer_printf(&line, ": %s", strerror(errnum));
    buffer_puts(&line, "\n");
    if (!buffer_failed(&line))
        outlet_write(STDERR_FILENO, line.data, line.length);
}

static void log_progress(xentoollog_logger *logger, const char *context,
                         const char *what, int percent, unsigned long done,
                         unsigned long total)
{
    (void)logger;
    (void)context;
    (void)what;
    (void)percent;
    (void)done;
    (void)total;
}

static void keep_logger(xentoollog_logger *logger)
{
    (void)logger;
}

static xentoollog_logger libxl_logger = {
    .vmessage = log_message,
    .progress = log_progress,
    .destroy = keep_logger,
};

int libxl_session_open(struct libxl_session **out, struct xr_error *err)
{
    struct libxl_session *s = calloc(1, sizeof(*s));

    if (!s)
        return error_set(err, ENOMEM, "out of memory");
    if (!libxl_ctx_alloc(&s->ctx, LIBXL_VERSION, 0, &libxl_logger)) {
        *out = s;
        return 0;
    }
    libxl_session_close(s);
    return error_set(err, ENODEV, "libxl cannot reach Xen");
}

void libxl_session_close(struct libxl_session *session)
{
    int saved = errno;

    if (session && session->ctx)
        libxl_ctx_free(session->ctx);
    free(session);
    errno = saved;
}

int libxl_session_config(struct libxl_session *session, uint32_t domid,
                         char **json_out, struct xr_error *err)
{
    libxl_domain_config config;
    char *json = NULL;

    libxl_domain_config_init(&config);
    if (!libxl_retrieve_domain_configuration(session->ctx, domid, &config,
                                             NULL)) {
        config.c_info.domid = 0; /* a restored domain gets one of its own */
        json = libxl_domain_config_to_json(session->ctx, &config);
    }
    libxl_domain_config_dispose(&config);
    if (!json)
        return error_set(err, EIO, "libxl does not know the configuration of "
                         "domain %u", domid);
    *json_out = json;
    return 0;
}

int libxl_session_set_domid(struct libxl_session *session, const char *json,
                            uint32_t domid, char **json_out,
                            struct xr_error *err)
{
    libxl_domain_config config;
    char *changed = NULL;

    libxl_domain_config_init(&config);
    if (!libxl_domain_config_from_json(session->ctx, &config, json)) {
        config.c_info.domid = domid;
        changed = libxl_domain_config_to_json(session->ctx, &config);
    }
    libxl_domain_config_dispose(&config);
    if (!changed)
        return error_set(err, EINVAL, "libxl cannot read the image's "
                         "configuration");
    *json_out = changed;
    return 0;
}

/* A save under way. */
struct saving {
    libxl_ctx *ctx;
    const struct libxl_watcher *watcher;
    libxl_asyncop_how how;
    struct pollfd *fds;
    int room;
    bool stopped;
    bool done;
    int rc;
};

/* libxl calls this from within libxl_osevent_afterpoll. */
static void on_done(libxl_ctx *ctx, int rc, void *data)
{
    struct saving *s = data;

    (void)ctx;
    s->rc = rc;
    s->done = true;
}

/* Ours is the first of the fds. */
static int gather_fds(struct saving *s, int *timeout)
{
    struct timeval now;
    int n, r;

    do {
        struct pollfd *fds;

        n = s->room > 1 ? s->room - 1 : 0;
        *timeout = TICK_MS;
        gettimeofday(&now, NULL);
        r = libxl_osevent_beforepoll(s->ctx, &n, s->fds ? s->fds + 1 : NULL,
                                     timeout, now);
        if (r != ERROR_BUFFERFULL && s->fds)
            return r ? -EIO : n;
        fds = realloc(s->fds, (size_t)(n + 1) * sizeof(*fds));
        if (!fds)
            return -ENOMEM;
        s->fds = fds;
        s->room = n + 1;
    } while (true);
}

/* A negative errno: nothing was waited for. */
static int wait_once(struct saving *s)
{
    struct timespec ts;
    struct timeval now;
    sigset_t none;
    int timeout, n;

    n = gather_fds(s, &timeout);
    if (n < 0)
        return n;
    s->fds[0] = (struct pollfd){ .fd = s->watcher->fd, .events = POLLIN };
    ts.tv_sec = timeout / 1000;
    ts.tv_nsec = timeout % 1000 * 1000000L;
    sigemptyset(&none);
    if (ppoll(s->fds, (nfds_t)n + 1, &ts, &none) < 0) {
        int i;

        if (errno != EINTR)
            return -errno;
        for (i = 0; i <= n; i++)
            s->fds[i].revents = 0;
    }
    if (s->fds[0].revents && s->watcher->on_readable)
        s->watcher->on_readable(s->watcher->data);
    gettimeofday(&now, NULL);
    libxl_osevent_afterpoll(s->ctx, n, s->fds + 1, now);
    return 0;
}

/*
 * However a wait fails: libxl still has the address of *s, and it is libxl that
 * ends the save, by its callback.
 */
static void wait_until_done(struct saving *s)
{
    const struct timespec pause = { .tv_nsec = TICK_MS * 1000000L };

    while (!s->done) {
        if (wait_once(s))
            nanosleep(&pause, NULL);
        s->watcher->on_tick(s->watcher->data);
        if (!s->stopped && s->watcher->wants_stop(s->watcher->data)) {
            s->stopped = true;
            libxl_ao_abort(s->ctx, &s->how);
        }
    }
}

int libxl_session_save(struct libxl_session *session, uint32_t domid, int fd,
                       const struct libxl_watcher *watcher,
                       struct xr_error *err)
{
    struct saving s = {
        .ctx = session->ctx,
        .watcher = watcher,
    };

    s.how.callback = on_done;
    s.how.u.for_callback = &s;
    if (libxl_domain_suspend(session->ctx, domid, fd, 0, &s.how))
        return error_set(err, EIO, "libxl cannot begin to save domain %u",
                         domid);
    wait_until_done(&s);
    free(s.fds);
    if (!s.rc)
        return 0;
    if (s.stopped)
        return error_set(err, ECANCELED, "stopped on request");
    if (s.rc == ERROR_GUEST_TIMEDOUT)
        return error_set(err, ETIMEDOUT, "the guest did not suspend in time");
    return error_set(err, EIO, "libxl failed to save domain %u (error %d)",
                     domid, s.rc);
}

int libxl_session_resume(struct libxl_session *session, uint32_t domid,
                         struct xr_error *err)
{
    if (libxl_domain_resume(session->ctx, domid, 1, NULL))
        return error_set(err, EIO, "libxl cannot resume domain %u", domid);
    return 0;
}

int libxl_session_unpause(struct libxl_session *session, uint32_t domid,
                          struct xr_error *err)
{
    if (libxl_domain_unpause(session->ctx, domid, NULL))
        return error_set(err, EIO, "domain %u is not unpaused", domid);
    return 0;
}

int libxl_session_destroy(struct libxl_session *session, uint32_t domid,
                          struct xr_error *err)
{
    if (libxl_domain_destroy(session->ctx, domid, NULL))
        return error_set(err, EIO, "libxl cannot destroy domain %u", domid);
    return 0;
}
