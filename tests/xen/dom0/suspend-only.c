/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * suspend-only DOMID: suspends a domain and resumes it, by libxl, and saves
 * nothing in between: the shortest that any checkpoint could be.  The "xl
 * suspend" and "xl resume" of Xen 4.20 do that, as two processes.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include <libxl.h>
#include <xentoollog.h>

int main(int argc, char **argv)
{
    xentoollog_logger *logger =
        (xentoollog_logger *)xtl_createlogger_stdiostream(stderr, XTL_ERROR,
                                                          0);
    libxl_ctx *ctx = NULL;
    uint32_t domid;
    int rc;

    if (argc != 2 || !logger || libxl_ctx_alloc(&ctx, LIBXL_VERSION, 0, logger))
        return 2;
    domid = (uint32_t)strtoul(argv[1], NULL, 10);
    rc = libxl_domain_suspend_only(ctx, domid, NULL);
    if (!rc)
        rc = libxl_domain_resume(ctx, domid, 1, NULL);
    libxl_ctx_free(ctx);
    xtl_logger_destroy(logger);
    return rc ? 1 : 0;
}
