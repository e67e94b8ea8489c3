/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a door is to heed: what the administrator has set, what the command
 * that started this process wants (domain/request.h), and what people have put
 * into the environment of a toolstack that they start themselves.
 */
#ifndef HOOK_SETTINGS_H
#define HOOK_SETTINGS_H

#include "domain/request.h"
#include "xen/configuration.h"

struct settings {
    struct config config;   /* with the policies that apply */
    struct request request; /* REQUEST_NONE: nobody wants anything */
    bool requested;         /* there is one, and it is heeded */
    enum intent intent;     /* unknown, or as request or XR_INTENT say */
    struct xr_error refusal; /* code 0: none.  Why a request is not heeded */
    enum intent refused;    /* what that one is for, whatever else it says */
};

#define SETTINGS_NONE { .request = REQUEST_NONE }

/*
 * Every bad line of xen-resumable.conf is reported.  The request overrules it;
 * without one, XR_ON_NOT_RESUMABLE and XR_ON_UNKNOWN do.  A request that
 * cannot be read is as none, but for refusal and refused.  Free with
 * settings_free.
 */
void settings_read(struct settings *out);

void settings_free(struct settings *settings);

#define CLEANUP_SETTINGS __attribute__((cleanup(settings_free)))

#endif
