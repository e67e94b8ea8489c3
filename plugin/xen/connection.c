/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "xen/connection.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <xentoollog.h>

/* libxenctrl explains a missing /dev/xen/privcmd at length; we say it once. */
static void drop_message(xentoollog_logger *logger, xentoollog_level level,
                         int errnum, const char *context, const char *format,
                         va_list ap)
{
    (void)logger;
    (void)level;
    (void)errnum;
    (void)context;
    (void)format;
    (void)ap;
}

static void drop_logger(xentoollog_logger *logger)
{
    (void)logger;
}

static xentoollog_logger silent = {
    .vmessage = drop_message,
    .destroy = drop_logger,
};

int connection_open(struct connection *out, struct xr_error *err)
{
    struct connection c = { 0 };

    c.xch = xc_interface_open(&silent, &silent, 0);
    if (!c.xch)
        return error_because(err, geteuid() ? XR_REASON_NOT_ALLOWED
                                            : XR_REASON_NO_XEN, ENODEV,
                             "no Xen here: %s",
                             geteuid() ? "only root may ask it"
                                       : "this is not a Xen dom0");
    c.store = store_open();
    if (!c.store) {
        connection_close(&c);
        return error_because(err, XR_REASON_NO_XEN, ENODEV, "xenstored cannot be reached: %s",
                         strerror(errno));
    }
    *out = c;
    return 0;
}

void connection_close(struct connection *connection)
{
    int saved = errno;

    store_close(connection->store);
    if (connection->xch)
        xc_interface_close(connection->xch);
    *connection = (struct connection){ 0 };
    errno = saved;
}
