/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "util/reason.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

static const char *const names[] = {
    [XR_REASON_NONE] = "none",
    [XR_REASON_SYSTEM] = "system",
    [XR_REASON_USAGE] = "usage",
    [XR_REASON_CANCELLED] = "cancelled",
    [XR_REASON_NOT_ALLOWED] = "not-allowed",
    [XR_REASON_NO_ROOM] = "no-room",
    [XR_REASON_NOT_SOUND] = "not-sound",
    [XR_REASON_CANNOT_JUDGE] = "cannot-judge",
    [XR_REASON_NO_XEN] = "no-xen",
    [XR_REASON_NOT_RESUMABLE] = "not-resumable",
    [XR_REASON_RESUMABILITY_UNKNOWN] = "resumability-unknown",
    [XR_REASON_NOT_SUSPENDABLE] = "not-suspendable",
    [XR_REASON_PAUSED] = "paused",
    [XR_REASON_IS_DOMAIN_0] = "is-domain-0",
    [XR_REASON_HAS_PCI_DEVICES] = "has-pci-devices",
    [XR_REASON_DID_NOT_SUSPEND] = "did-not-suspend",
    [XR_REASON_LOCKED] = "locked",
    [XR_REASON_TARGET_IS_DISK] = "target-is-disk",
    [XR_REASON_TARGET_IS_DEVICE] = "target-is-device",
    [XR_REASON_TARGET_IS_NO_IMAGE] = "target-is-no-image",
    [XR_REASON_HOOK_FAILED] = "hook-failed",
    [XR_REASON_DISK_NOT_KEPT] = "disk-not-kept",
    [XR_REASON_SAVE_FAILED] = "save-failed",
    [XR_REASON_RESUME_FAILED] = "resume-failed",
    [XR_REASON_GUEST_DIED] = "guest-died",
    [XR_REASON_GUEST_SILENT] = "guest-silent",
    [XR_REASON_DISK_IN_USE] = "disk-in-use",
    [XR_REASON_DISK_CHANGED] = "disk-changed",
    [XR_REASON_DISK_MISSING] = "disk-missing",
    [XR_REASON_BRIDGE_MISSING] = "bridge-missing",
    [XR_REASON_DEVICE_MISSING] = "device-missing",
    [XR_REASON_NAME_IN_USE] = "name-in-use",
    [XR_REASON_UUID_IN_USE] = "uuid-in-use",
    [XR_REASON_MEMORY] = "memory",
    [XR_REASON_CPU] = "cpu",
    [XR_REASON_XEN_OLDER] = "xen-older",
    [XR_REASON_NO_LIBVIRT] = "no-libvirt",
    [XR_REASON_WRONG_KERNEL] = "wrong-kernel",
};

enum { COUNT = sizeof(names) / sizeof(*names) };

const char *reason_name(enum xr_reason reason)
{
    size_t i = (size_t)reason;

    return i < COUNT && names[i] ? names[i] : names[XR_REASON_SYSTEM];
}

enum xr_reason reason_by_name(const char *name)
{
    size_t i;

    for (i = XR_REASON_SYSTEM; i < COUNT; i++)
        if (names[i] && !strcmp(names[i], name))
            return (enum xr_reason)i;
    return XR_REASON_NONE;
}

enum xr_reason reason_by_code(int code, bool in_input)
{
    switch (code) {
    case ECANCELED:
        return XR_REASON_CANCELLED;
    case EACCES:
    case EPERM:
        return XR_REASON_NOT_ALLOWED;
    case ENOSPC:
    case EDQUOT:
        return XR_REASON_NO_ROOM;
    case ENOEXEC:
    case ENOTSUP:
    case E2BIG:
    case EFBIG:
        return XR_REASON_CANNOT_JUDGE;
    case EBADMSG:
        return XR_REASON_NOT_SOUND;
    case EINVAL:
    case ENODATA:
        return in_input ? XR_REASON_NOT_SOUND : XR_REASON_SYSTEM;
    default:
        return XR_REASON_SYSTEM;
    }
}

bool reason_is_no(enum xr_reason reason)
{
    switch (reason) {
    case XR_REASON_NONE:
    case XR_REASON_SYSTEM:
    case XR_REASON_USAGE:
    case XR_REASON_NOT_ALLOWED:
    case XR_REASON_CANNOT_JUDGE:
    case XR_REASON_NO_XEN:
        return false;
    default:
        return true;
    }
}
