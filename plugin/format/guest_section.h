/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The text of a __xen_guest section, from the days before the notes (Xen 3.0):
 * NAME=VALUE pairs joined by commas, without escapes.  Some names differ from
 * the notes', and HYPERCALL_PAGE is a page number there.  What comes out has
 * the notes' names and values, so that nobody else needs to know.
 */
#ifndef FORMAT_GUEST_SECTION_H
#define FORMAT_GUEST_SECTION_H

#include <stddef.h>

#include "format/keylist.h"

/*
 * Adds to the list.  Names that are no notes (TYPE, SHADOW) are left out.
 * Returns as keylist_set() does.
 */
int guest_section_parse(const char *text, size_t n, struct keylist *list);

#endif
