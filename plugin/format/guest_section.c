/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "format/guest_section.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/notes.h"

/* Xen's loader cuts values off here. */
enum { VALUE_MAX = 127, PAGE_SHIFT_X86 = 12 };

static const struct {
    const char *here;
    const char *note;
} names[] = {
    { "VIRT_ENTRY", "ENTRY" },
    { "ELF_PADDR_OFFSET", "PADDR_OFFSET" },
    { "XEN_VER", "XEN_VERSION" },
    { "GUEST_VER", "GUEST_VERSION" },
    { "PAE", "PAE_MODE" },
};

static const struct note_type *note_for(const char *name, size_t n)
{
    char copy[NOTE_KEY_MAX];
    size_t i;

    if (n >= sizeof(copy))
        return NULL;
    memcpy(copy, name, n);
    copy[n] = '\0';
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (!strcmp(copy, names[i].here))
            return note_by_name(names[i].note);
    return note_by_name(copy);
}

/* As strtoull(value, NULL, 0) in Xen's loader: the leading digits count. */
static int set_number(struct keylist *list, const char *key,
                      const char *value, size_t n)
{
    char copy[VALUE_MAX + 1];
    char text[24];

    n = n < VALUE_MAX ? n : VALUE_MAX;
    memcpy(copy, value, n);
    copy[n] = '\0';
    snprintf(text, sizeof(text), "0x%llx", strtoull(copy, NULL, 0));
    return keylist_set_text(list, key, text);
}

static int set_pair(struct keylist *list, const char *name, size_t name_size,
                    const char *value, size_t n)
{
    const struct note_type *note = note_for(name, name_size);

    if (!note)
        return 0;
    if (note->kind == NOTE_NUMBER)
        return set_number(list, note->name, value, n);
    if (note->kind != NOTE_STRING)
        return 0;
    /* A flag, there or not; in a note it is a string. */
    if (note->number == NOTE_BSD_SYMTAB)
        return keylist_set_text(list, note->name, "yes");
    return keylist_set(list, note->name, value, n);
}

/* From a page number within the image to an address. */
static int place_hypercall_page(struct keylist *list)
{
    uint64_t page, base = 0;
    char text[24];

    if (!keylist_get_number(list, "HYPERCALL_PAGE", &page))
        return 0;
    keylist_get_number(list, "VIRT_BASE", &base);
    snprintf(text, sizeof(text), "0x%" PRIx64,
             base + (page << PAGE_SHIFT_X86));
    return keylist_set_text(list, "HYPERCALL_PAGE", text);
}

int guest_section_parse(const char *text, size_t n, struct keylist *list)
{
    const char *end = text + n;
    const char *p, *comma, *equals;
    int r;

    for (p = text; p < end; p = comma + 1) {
        comma = memchr(p, ',', (size_t)(end - p));
        if (!comma)
            comma = end;
        equals = memchr(p, '=', (size_t)(comma - p));
        if (!equals)
            equals = comma;
        r = set_pair(list, p, (size_t)(equals - p),
                     equals < comma ? equals + 1 : comma,
                     equals < comma ? (size_t)(comma - equals - 1) : 0);
        if (r)
            return r;
    }
    return place_hypercall_page(list);
}
