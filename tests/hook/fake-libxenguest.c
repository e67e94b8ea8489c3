/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What stands behind the doors when there is no core: 20 + fast, and 20 from
 * each door of libxl.
 */
#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define EXPORT __attribute__((visibility("default")))

EXPORT int xc_domain_resume(void *xch, uint32_t domid, int fast);
EXPORT int libxl_evenable_domain_death(void *ctx, uint32_t domid,
                                       uint64_t user, void **out);
EXPORT void libxl_evdisable_domain_death(void *ctx, void *evgen);
EXPORT int libxl_event_wait(void *ctx, void **out, uint64_t types,
                            void *wanted, void *user);
EXPORT int libxl_event_check(void *ctx, void **out, uint64_t types,
                             void *wanted, void *user);
EXPORT void libxl_event_register_callbacks(void *ctx, const void *hooks,
                                           void *user);
EXPORT void libxl_event_free(void *ctx, void *event);

int xc_domain_resume(void *xch, uint32_t domid, int fast)
{
    (void)xch;
    return domid == 7 ? 20 + fast : -1;
}

int libxl_evenable_domain_death(void *ctx, uint32_t domid, uint64_t user,
                                void **out)
{
    (void)ctx;
    (void)user;
    *out = out;
    return domid == 7 ? 20 : -1;
}

void libxl_evdisable_domain_death(void *ctx, void *evgen)
{
    (void)ctx;
    printf("%s ", evgen ? "stock" : "never enabled");
}

int libxl_event_wait(void *ctx, void **out, uint64_t types, void *wanted,
                     void *user)
{
    (void)ctx;
    (void)out;
    (void)types;
    (void)wanted;
    (void)user;
    return 20;
}

int libxl_event_check(void *ctx, void **out, uint64_t types, void *wanted,
                      void *user)
{
    (void)ctx;
    (void)out;
    (void)types;
    (void)wanted;
    (void)user;
    return 21;
}

void libxl_event_register_callbacks(void *ctx, const void *hooks, void *user)
{
    (void)ctx;
    (void)hooks;
    (void)user;
    printf("registered ");
}

void libxl_event_free(void *ctx, void *event)
{
    (void)ctx;
    (void)event;
}
