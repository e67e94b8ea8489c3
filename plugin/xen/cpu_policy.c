/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "xen/cpu_policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <xenguest.h>

#ifdef HAVE_XC_CPU_POLICY_IS_COMPATIBLE

#include "format/cpuid.h"
#include "util/cleanup.h"

static void free_policy(xc_cpu_policy_t **policy)
{
    xc_cpu_policy_destroy(*policy);
}

#define CLEANUP_POLICY __attribute__((cleanup(free_policy)))

/* libxenguest takes arrays of structs: copies, which are aligned for them. */
static int fill_policy(xc_interface *xch, xc_cpu_policy_t *policy,
                       const uint8_t *cpuid, size_t cpuid_size,
                       const uint8_t *msrs, size_t msrs_size)
{
    size_t leaf_count = cpuid_size / sizeof(xen_cpuid_leaf_t);
    size_t msr_count = msrs_size / sizeof(xen_msr_entry_t);
    CLEANUP_FREE xen_cpuid_leaf_t *leaves = malloc(cpuid_size + 1);
    CLEANUP_FREE xen_msr_entry_t *entries = malloc(msrs_size + 1);

    if (!leaves || !entries)
        return -ENOMEM;
    if (cpuid_size)
        memcpy(leaves, cpuid, cpuid_size);
    if (msrs_size)
        memcpy(entries, msrs, msrs_size);
    if (leaf_count && xc_cpu_policy_update_cpuid(xch, policy, leaves,
                                                 (uint32_t)leaf_count))
        return -EINVAL;
    if (msr_count && xc_cpu_policy_update_msrs(xch, policy, entries,
                                               (uint32_t)msr_count))
        return -EINVAL;
    return 0;
}

/* Feature by feature, which libxenguest does not do. */
static int compare_features(xc_interface *xch, const xc_cpu_policy_t *host,
                            const uint8_t *cpuid, size_t cpuid_size,
                            struct xr_error *err)
{
    CLEANUP_FREE xen_cpuid_leaf_t *leaves = NULL;
    CLEANUP_FREE xen_msr_entry_t *entries = NULL;
    uint32_t leaf_count = 0, msr_count = 0;
    struct cpuid_lack lack;

    if (xc_cpu_policy_get_size(xch, &leaf_count, &msr_count))
        return error_system(err, errno, "cannot ask Xen what CPU it offers");
    leaves = calloc(leaf_count + 1, sizeof(*leaves));
    entries = calloc(msr_count + 1, sizeof(*entries));
    if (!leaves || !entries)
        return error_set(err, ENOMEM, "out of memory");
    if (xc_cpu_policy_serialise(xch, host, leaves, &leaf_count, entries,
                                &msr_count))
        return error_system(err, errno, "cannot ask Xen what CPU it offers");
    if (!cpuid_lacks(cpuid, cpuid_size, (const uint8_t *)leaves,
                     leaf_count * sizeof(*leaves), &lack))
        return 0;
    return error_set(err, EPERM, "the guest was saved with features that "
                     "this host's CPU lacks: leaf 0x%x.%u, %s 0x%08x",
                     lack.leaf, lack.subleaf, lack.reg, lack.bits);
}

int cpu_policy_compare(xc_interface *xch, bool hvm, const uint8_t *cpuid,
                       size_t cpuid_size, const uint8_t *msrs,
                       size_t msrs_size, struct xr_error *err)
{
    CLEANUP_POLICY xc_cpu_policy_t *host = xc_cpu_policy_init();
    CLEANUP_POLICY xc_cpu_policy_t *guest = xc_cpu_policy_init();
    unsigned int most = hvm ? XEN_SYSCTL_cpu_policy_hvm_max
                            : XEN_SYSCTL_cpu_policy_pv_max;
    int r;

    if (!host || !guest)
        return error_set(err, ENOMEM, "out of memory");
    if (xc_cpu_policy_get_system(xch, most, host))
        return error_system(err, errno, "cannot ask Xen what CPU it offers");
    r = fill_policy(xch, guest, cpuid, cpuid_size, msrs, msrs_size);
    if (r == -ENOMEM)
        return error_set(err, ENOMEM, "out of memory");
    if (r)
        return error_set(err, EINVAL, "Xen does not take the image's CPU "
                         "policy");
    if (!xc_cpu_policy_is_compatible(xch, host, guest))
        return error_set(err, EPERM, "the guest was saved with a CPU that "
                         "this host does not offer");
    return compare_features(xch, host, cpuid, cpuid_size, err);
}

#else

int cpu_policy_compare(xc_interface *xch, bool hvm, const uint8_t *cpuid,
                       size_t cpuid_size, const uint8_t *msrs,
                       size_t msrs_size, struct xr_error *err)
{
    (void)xch;
    (void)hvm;
    (void)cpuid;
    (void)cpuid_size;
    (void)msrs;
    (void)msrs_size;
    return error_set(err, ENOTSUP, "this release of Xen's libraries cannot "
                     "compare CPUs");
}

#endif
