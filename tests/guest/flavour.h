/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What tells our guests apart: FLAVOUR_x is given by the build.
 *
 *   SUSPEND_CANCEL     the note's value; without it there is no such note
 *   L1_MFN_VALID       the note's mask and value; the same
 *   FEATURES           the note's text; the same
 *   CRASHES_ON_1       what NetBSD and illumos do
 *   HANGS_ON_1         sleeps for ever, silently
 *   REGISTERS_VCPU     vcpu_info has a place of its own, as Linux' has: it
 *                      must be registered anew in a new domain, and cannot
 *                      be in the old one
 *   FEATURE_SUSPEND    control/feature-suspend is written
 *   ACKNOWLEDGES       0: control/shutdown is never acted upon
 *   PVH                the note of the PVH entry, and none of the PV one
 *   LYING_NOTE         notes that no reader should trust
 *   OVERLONG_NOTE      the length that the last note claims to have
 */
#ifndef FLAVOUR_H
#define FLAVOUR_H

#if defined(FLAVOUR_netbsd)
#define NAME "netbsd-like"
#define GUEST_OS "NetBSD"
#define L1_MFN_VALID 1
#define SUSPEND_CANCEL 0
#define CRASHES_ON_1
#elif defined(FLAVOUR_illumos)
#define NAME "illumos-like"
#define GUEST_OS "Solaris"
#define CRASHES_ON_1
#elif defined(FLAVOUR_freebsd)
#define NAME "freebsd-like"
#define GUEST_OS "FreeBSD"
#define L1_MFN_VALID 1
#define SUSPEND_CANCEL 0
#elif defined(FLAVOUR_linux) || defined(FLAVOUR_linux_pvh) || \
    defined(FLAVOUR_linux_hvm) || defined(FLAVOUR_linux_pv32)
#if defined(FLAVOUR_linux_pvh)
#define NAME "linux-pvh"
#define PVH
#elif defined(FLAVOUR_linux_hvm)
#define NAME "linux-hvm"
#define PVH
#elif defined(FLAVOUR_linux_pv32)
#define NAME "linux-pv32"
#else
#define NAME "linux-like"
#endif
#define GUEST_OS "linux"
#define FEATURES "!writable_page_tables|pae_pgdir_above_4gb"
#define L1_MFN_VALID 1
#define SUSPEND_CANCEL 1
#define REGISTERS_VCPU
#define FEATURE_SUSPEND
#elif defined(FLAVOUR_silent)
#define NAME "silent-like"
#define GUEST_OS "linux"
#define SUSPEND_CANCEL 1
#define HANGS_ON_1
#elif defined(FLAVOUR_mute)
#define NAME "mute"
#define GUEST_OS "linux"
#define SUSPEND_CANCEL 1
#define ACKNOWLEDGES 0
#elif defined(FLAVOUR_lying)
#define NAME "lying"
#define GUEST_OS "liar"
#define LYING_NOTE
#elif defined(FLAVOUR_overlong)
#define NAME "overlong"
#define GUEST_OS "liar"
#define OVERLONG_NOTE 0xfffffff0
#else
#error "no flavour"
#endif

#ifndef ACKNOWLEDGES
#define ACKNOWLEDGES 1
#endif

#endif
