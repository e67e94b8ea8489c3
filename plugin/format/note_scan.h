/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Xen's notes somewhere in bytes that are not known to be an image: a guest's
 * memory, which holds its kernel as it was loaded, and anything else.
 *
 * What is looked for is a row of ELF notes, each padded to 4 bytes, that
 * begins with one of Xen's and has at least three of Xen's that are known by
 * name, GUEST_OS among them.  The guest can put as many of these into its
 * memory as it likes: a find is a hint.
 */
#ifndef FORMAT_NOTE_SCAN_H
#define FORMAT_NOTE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/keylist.h"

enum {
    NOTE_ROW_MAX = 8192,  /* bytes of a row */
    NOTE_ROW_NOTES = 128, /* notes in it, of any owner */
};

/* A row at an address; notes in list form, its own to change or take. */
typedef int note_row_found(void *data, uint64_t address,
                           struct keylist *notes);

/*
 * Calls found for every row that begins in n bytes, which lie at address, a
 * multiple of 4.  *used_out bytes are done with: of a row that may go on
 * behind the bytes (more: there are some), the beginning is not among them.
 * Returns 0, -ENOMEM or what found returned, if not 0.
 */
int note_scan(const uint8_t *bytes, size_t n, uint64_t address, bool more,
              note_row_found *found, void *data, size_t *used_out);

#endif
