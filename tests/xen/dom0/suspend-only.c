/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * suspend-only DOMID [logged]: suspends a domain and resumes it, by libxl, and saves
 * nothing in between: the shortest that any checkpoint could be.  The "xl
 * suspend" and "xl resume" of Xen 4.20 do that, as two processes.
 *
 * logged: Xen logs which pages the domain writes to until it is suspended, as it does
 * for a checkpoint of one that runs: the shortest that any live one could be.
 */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxl.h>
#include <xenctrl.h>
#include <xentoollog.h>

static int log_dirty(xc_interface *xch, uint32_t domid, unsigned int what)
{
#if XEN_RELEASE_NUMBER >= 416
    return xc_shadow_control(xch, domid, what, NULL, 0);
#else
    return xc_shadow_control(xch, domid, what, NULL, 0, NULL, 0, NULL);
#endif
}

static int suspend(libxl_ctx *ctx, uint32_t domid)
{
    return libxl_domain_suspend_only(ctx, domid, NULL);
}

/* It is turned off before the resume, by libxc, too. */
static int suspend_logged(libxl_ctx *ctx, uint32_t domid)
{
    xc_interface *xch = xc_interface_open(NULL, NULL, 0);
    int rc = xch ? log_dirty(xch, domid, XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY)
                 : -1;

    if (rc)
        perror("the log of dirty pages");
    else
        rc = suspend(ctx, domid);
    if (xch)
        log_dirty(xch, domid, XEN_DOMCTL_SHADOW_OP_OFF);
    xc_interface_close(xch);
    return rc;
}

int main(int argc, char **argv)
{
    xentoollog_logger *logger =
        (xentoollog_logger *)xtl_createlogger_stdiostream(stderr, XTL_ERROR,
                                                          0);
    bool logged = argc == 3 && !strcmp(argv[2], "logged");
    libxl_ctx *ctx = NULL;
    uint32_t domid;
    int rc;

    if (argc != (logged ? 3 : 2) || !logger || libxl_ctx_alloc(&ctx, LIBXL_VERSION, 0, logger))
        return 2;
    domid = (uint32_t)strtoul(argv[1], NULL, 10);
    rc = logged ? suspend_logged(ctx, domid) : suspend(ctx, domid);
    if (!rc)
        rc = libxl_domain_resume(ctx, domid, 1, NULL);
    libxl_ctx_free(ctx);
    xtl_logger_destroy(logger);
    return rc ? 1 : 0;
}
