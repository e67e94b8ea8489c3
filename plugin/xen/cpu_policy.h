/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Can this host offer a guest the CPU that it was saved with?  Only the
 * command links this: it needs libxenguest, before which the plugin stands.
 */
#ifndef XEN_CPU_POLICY_H
#define XEN_CPU_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xenctrl.h>

#include "util/error.h"

/*
 * cpuid, msrs: the bodies of X86_CPUID_POLICY and X86_MSR_POLICY, as they
 * stand in the stream.  0: it can.  -EPERM: it cannot, by Xen's own check, or
 * because the guest was told of features that this host has not: Xen checks
 * next to nothing of them, and such a guest crashes when it uses one.
 * -ENOTSUP: this release of Xen has no calls to tell (before 4.16).
 */
int cpu_policy_compare(xc_interface *xch, bool hvm, const uint8_t *cpuid,
                       size_t cpuid_size, const uint8_t *msrs,
                       size_t msrs_size, struct xr_error *err);

#endif
