/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Notes of another kernel in this one's memory, as a file in a guest's page
 * cache would be, or as a guest would put them there that wants to deceive.
 * They come to be at run time: in the image they would be found, too.
 */

#include "guest.h"

#include <xen/elfnote.h>

struct note {
    uint32_t name_size;
    uint32_t desc_size;
    uint32_t type;
    char name[4];
    char desc[8];
};

static volatile struct note decoys[3];

static void make(size_t i, uint32_t type, const char *text, uint32_t number)
{
    volatile struct note *note = &decoys[i];
    size_t n;

    note->name_size = sizeof(note->name);
    note->desc_size = text ? (uint32_t)sizeof(note->desc) : 4;
    note->type = type;
    note->name[0] = 'X';
    note->name[1] = 'e';
    note->name[2] = 'n';
    for (n = 0; text && text[n]; n++)
        note->desc[n] = text[n];
    if (!text)
        note->desc[0] = (char)number;
}

/* A number's note ends the row: behind it would be padding. */
void decoy_make(uint32_t suspend_cancel)
{
    make(0, XEN_ELFNOTE_XEN_VERSION, "xen-3.0", 0);
    make(1, XEN_ELFNOTE_GUEST_OS, "decoy", 0);
    make(2, XEN_ELFNOTE_SUSPEND_CANCEL, NULL, suspend_cancel);
}
