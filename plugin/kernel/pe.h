/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The sections of a PE program: "MZ"; at 0x3c the place of "PE\0\0", behind it
 * the COFF header (20 bytes: sections at 2, size of the optional header at
 * 16), the optional header, and 40 bytes for each section: name (8), size in
 * memory (4), address (4), size in the file (4), place in the file (4).
 */
#ifndef KERNEL_PE_H
#define KERNEL_PE_H

#include "kernel/bzimage.h"
#include "kernel/source.h"

bool pe_here(const uint8_t *head, size_t n);

/*
 * Where the section lies, without the padding that follows it.  -ENOEXEC: no
 * such section.  origin as for bzimage_payload().
 */
int pe_find_section(struct source *source, uint64_t origin, const char *name,
                    struct payload *out, struct xr_error *err);

#endif
