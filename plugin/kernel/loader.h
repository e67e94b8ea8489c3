/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Images that a guest is started with, but that are not the guest's kernel and
 * do not say what they are: hvmloader, which has no notes at all, and the PV
 * shim and GRUB for PVH, which have one; or say what others say, too: pv-grub
 * is a Mini-OS program.  They are known by texts within them.
 */
#ifndef KERNEL_LOADER_H
#define KERNEL_LOADER_H

#include "kernel/source.h"

/*
 * "hvmloader", "GRUB", "Xen (PV shim)", or NULL.  Reads the image from its
 * beginning, 16 MiB at most; an image that cannot be read is none of them.
 */
const char *loader_recognise(struct source *elf);

/* "pv-grub", of a Mini-OS program; or NULL.  As above. */
const char *loader_recognise_pv_grub(struct source *elf);

#endif
