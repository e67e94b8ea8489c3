/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "virt/virt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "virt/ask.h"

static int take_domain(const struct virt_answer *answer, const char *uuid,
                       struct virt_domain *out, struct xr_error *err)
{
    struct virt_domain domain = {
        .domid = answer->domid,
        .state = answer->state,
        .persistent = answer->persistent,
        .autostart = answer->autostart,
        .has_managed_save = answer->has_managed_save,
        .name = strdup(answer->name),
        .xml = answer->xml[0] ? strdup(answer->xml) : NULL,
    };

    snprintf(domain.uuid, sizeof(domain.uuid), "%s", uuid);
    if (!domain.name || (answer->xml[0] && !domain.xml)) {
        virt_domain_free(&domain);
        return error_set(err, ENOMEM, "out of memory");
    }
    *out = domain;
    return 0;
}

static int read_domain(const char *uuid, bool with_xml,
                       struct virt_domain *out, struct xr_error *err)
{
    const struct virt_question question = {
        .kind = VIRT_ASK_DOMAIN,
        .patience = VIRT_PATIENCE_S,
        .uuid = uuid,
        .with_xml = with_xml,
    };
    CLEANUP_VIRT_ANSWER struct virt_answer *answer = NULL;
    int r = virt_ask(&question, &answer, err);

    return r ? r : take_domain(answer, uuid, out, err);
}

int virt_read_domain(const char *uuid, struct virt_domain *out,
                     struct xr_error *err)
{
    return read_domain(uuid, true, out, err);
}

int virt_find_domain(const char *uuid, struct virt_domain *out,
                     struct xr_error *err)
{
    return read_domain(uuid, false, out, err);
}

void virt_domain_free(struct virt_domain *domain)
{
    int saved = errno;

    free(domain->name);
    free(domain->xml);
    *domain = (struct virt_domain){ .domid = 0 };
    errno = saved;
}

static int do_to_domain(enum virt_kind kind, const char *uuid,
                        uint32_t domid, struct xr_error *err)
{
    const struct virt_question question = {
        .kind = kind,
        .patience = VIRT_JOB_PATIENCE_S,
        .uuid = uuid,
        .domid = domid,
    };
    CLEANUP_VIRT_ANSWER struct virt_answer *answer = NULL;

    return virt_ask(&question, &answer, err);
}

int virt_destroy(const char *uuid, uint32_t domid, struct xr_error *err)
{
    return do_to_domain(VIRT_DESTROY, uuid, domid, err);
}

int virt_call_running(const char *uuid, uint32_t domid, struct xr_error *err)
{
    return do_to_domain(VIRT_CALL_RUNNING, uuid, domid, err);
}

int virt_read_daemon(struct virt_daemon *out, struct xr_error *err)
{
    const struct virt_question question = {
        .kind = VIRT_ASK_DAEMON,
        .patience = VIRT_PATIENCE_S,
    };
    CLEANUP_VIRT_ANSWER struct virt_answer *answer = NULL;
    int r = virt_ask(&question, &answer, err);

    if (!r)
        *out = answer->daemon;
    return r;
}
