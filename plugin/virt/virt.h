/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libvirtd asked, by libvirt's own client library, whose header only
 * questions.c here includes.
 *
 * The library is loaded by name, in a process that is forked for one call and
 * ends with it.  So a host that has xl only needs no libvirt; nothing of it is
 * ever in the process that has libxl; and a libvirtd that does not answer, or
 * a library that crashes, costs no more than the patience of that call: the
 * process is killed. What libvirtd had been asked to do by then it may do yet.
 *
 * Each call returns 0 or a negative errno; outputs are set on success only:
 *
 *   -EOPNOTSUPP    this build has no libvirt
 *   -ENOPKG        libvirt.so.0 is not here, or lacks what we call
 *   -ECONNREFUSED  libvirtd cannot be asked: it is down, or refuses
 *   -ETIMEDOUT     it did not answer in time
 *   -ENOENT        it knows no such domain, or not as one that runs
 *   -EIO           it says that it failed, and why
 *
 * The message has libvirt's words.  The reason of all but the last two is
 * XR_REASON_NO_LIBVIRT.
 */
#ifndef VIRT_VIRT_H
#define VIRT_VIRT_H

#include <stdbool.h>
#include <stdint.h>

#include "util/error.h"

/* Whom we talk to, whatever LIBVIRT_DEFAULT_URI says. */
#define VIRT_URI "xen:///system"

enum {
    VIRT_PATIENCE_S = 60,     /* for an answer: a busy host takes its time */
    VIRT_JOB_PATIENCE_S = 60, /* for a deed: libvirt waits 30 s for its turn */
    VIRT_UUID_SIZE = 37,
    /* Within what an image can have, also where it is aligned. */
    VIRT_XML_MAX = (4 << 20) - 64,
};

/* What libvirt's list says of a domain. */
enum virt_state {
    VIRT_RUNNING,      /* or blocked, or none said */
    VIRT_PAUSED,
    VIRT_PMSUSPENDED,  /* taken for suspended by its guest */
    VIRT_ENDING,       /* shutting down, crashed */
    VIRT_OFF,
};

struct virt_domain {
    char uuid[VIRT_UUID_SIZE];
    char *name;
    uint32_t domid;    /* 0: it is off */
    enum virt_state state;
    bool persistent;   /* it has a definition, which stays when it ends */
    bool autostart;
    bool has_managed_save;
    char *xml;         /* of the running one, with what is secret; NULL: it is
                        * off, or nobody asked for it */
};

#define CLEANUP_VIRT_DOMAIN __attribute__((cleanup(virt_domain_free)))
void virt_domain_free(struct virt_domain *domain);

/* With its XML.  By uuid, in lower case, as domain_read() has it. */
int virt_read_domain(const char *uuid, struct virt_domain *out,
                     struct xr_error *err);

/* The same without its XML, which is the longer part. */
int virt_find_domain(const char *uuid, struct virt_domain *out,
                     struct xr_error *err);

/*
 * libvirt ends the domain with that number, if it is the one with that uuid,
 * as "virsh destroy" does: one without a definition is forgotten.  -ENOENT:
 * libvirt has no such running domain.
 */
int virt_destroy(const char *uuid, uint32_t domid, struct xr_error *err);

/*
 * A libvirtd that was started while the domain was suspended takes it for
 * "pmsuspended" for good.  Makes it say "running": for a moment the domain is
 * paused.  If libvirtd goes away in that moment the domain may stay so: the
 * caller looks.  If the caller is killed, or its patience ends, in that moment, a
 * process goes on to have it unpaused.
 */
int virt_call_running(const char *uuid, uint32_t domid, struct xr_error *err);

struct virt_daemon {
    char library[16];  /* versions, "9.0.0" */
    char daemon[16];
    char uri[64];
};

/* Who answers, for doctor. */
int virt_read_daemon(struct virt_daemon *out, struct xr_error *err);

#endif
