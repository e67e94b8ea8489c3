/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The functions of libvirt's client library that we call, with the prototypes
 * of its header.  All of them are older than any libvirt for a Xen that we
 * know.
 */
#ifndef VIRT_CALLS_H
#define VIRT_CALLS_H

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "util/error.h"

#define VIRT_CALLS(CALL)                 \
    CALL(virConnectClose)                \
    CALL(virConnectGetLibVersion)        \
    CALL(virConnectGetURI)               \
    CALL(virConnectOpen)                 \
    CALL(virDomainDestroy)               \
    CALL(virDomainFree)                  \
    CALL(virDomainGetAutostart)          \
    CALL(virDomainGetID)                 \
    CALL(virDomainGetName)               \
    CALL(virDomainGetState)              \
    CALL(virDomainGetXMLDesc)            \
    CALL(virDomainHasManagedSaveImage)   \
    CALL(virDomainIsPersistent)          \
    CALL(virDomainLookupByUUIDString)    \
    CALL(virDomainResume)                \
    CALL(virDomainSuspend)               \
    CALL(virGetLastError)                \
    CALL(virGetVersion)                  \
    CALL(virSetErrorFunc)

struct virt_calls {
#define VIRT_CALL_MEMBER(name) __typeof__(name) *name;
    VIRT_CALLS(VIRT_CALL_MEMBER)
#undef VIRT_CALL_MEMBER
};

/*
 * Loads the library, for good.  -ENOPKG: it is not here, or lacks one of them.
 */
int virt_calls_load(const char *soname, struct virt_calls *out,
                    struct xr_error *err);

#endif
