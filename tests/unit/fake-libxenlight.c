/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fake-libxenlight.h"

#define EXPORT __attribute__((visibility("default")))

EXPORT fake_libxl_resume *fake_libxl_resume_function;

EXPORT int libxl_domain_resume(void *ctx, uint32_t domid, int suspend_cancel,
                               const void *how);

int libxl_domain_resume(void *ctx, uint32_t domid, int suspend_cancel,
                        const void *how)
{
    (void)ctx;
    (void)how;
    return fake_libxl_resume_function(domid, suspend_cancel);
}
