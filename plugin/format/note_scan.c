/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "format/note_scan.h"

#include <errno.h>
#include <string.h>

#include "format/notes.h"
#include "util/bytes.h"

enum {
    HEADER = 12,      /* name size, description size, type */
    OWNER_MAX = 32,
    KNOWN_WANTED = 3,
};

static const char owner[4] = "Xen";

struct note_here {
    bool is_xens;
    uint32_t number;
    const uint8_t *desc;
    size_t desc_size;
    size_t length;    /* of all of it, with padding */
};

static size_t padded_size(size_t n)
{
    return (n + 3) & ~(size_t)3;
}

/* A name of letters with a NUL behind it, as "GNU" or "Linux". */
static bool is_name(const uint8_t *name, size_t n)
{
    size_t i;

    for (i = 0; i + 1 < n; i++)
        if (name[i] <= ' ' || name[i] > '~')
            return false;
    return n > 1 && !name[n - 1];
}

static bool parse_note(const uint8_t *p, size_t room, struct note_here *out)
{
    size_t name_size, desc_size;

    if (room < HEADER)
        return false;
    name_size = load_le32(p);
    desc_size = load_le32(p + 4);
    if (name_size > OWNER_MAX || desc_size > NOTE_DESC_MAX
        || room - HEADER < padded_size(name_size)
        || room - HEADER - padded_size(name_size) < padded_size(desc_size)
        || !is_name(p + HEADER, name_size))
        return false;
    *out = (struct note_here){
        .is_xens = name_size == sizeof(owner)
                   && !memcmp(p + HEADER, owner, sizeof(owner)),
        .number = load_le32(p + 8),
        .desc = p + HEADER + padded_size(name_size),
        .desc_size = desc_size,
        .length = HEADER + padded_size(name_size) + padded_size(desc_size),
    };
    return true;
}

/* The notes of Xen's in the row, and its length; 0 or -ENOMEM. */
static int parse_row(const uint8_t *p, size_t room, struct keylist *list,
                     size_t *known_out, size_t *length_out)
{
    struct note_here note;
    size_t at = 0, known = 0, count;
    int r;

    if (room > NOTE_ROW_MAX)
        room = NOTE_ROW_MAX;
    for (count = 0; count < NOTE_ROW_NOTES; count++) {
        if (!parse_note(p + at, room - at, &note))
            break;
        at += note.length;
        if (!note.is_xens)
            continue;
        r = note_add(list, note.number, note.desc, note.desc_size, false);
        if (r == -ENOMEM)
            return r;
        known += note_by_number(note.number) != NULL;
    }
    *known_out = known;
    *length_out = at;
    return 0;
}

/* Where the next note of Xen's may begin, or n. */
static size_t find_start(const uint8_t *bytes, size_t n, size_t from)
{
    while (from + HEADER < n) {
        const uint8_t *hit = memmem(bytes + from + HEADER,
                                    n - from - HEADER, owner, sizeof(owner));
        size_t start;

        if (!hit)
            return n;
        start = (size_t)(hit - bytes) - HEADER;
        if (!(start & 3) && load_le32(bytes + start) == sizeof(owner))
            return start;
        from = start + 1;
    }
    return n;
}

/*
 * A row that is none is passed over as a whole: no part of it is one either,
 * and hostile bytes cannot make us read them again and again.
 */
static int try_row(const uint8_t *p, size_t room, uint64_t address,
                   note_row_found *found, void *data, size_t *length_out)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    size_t known, length;
    int r = parse_row(p, room, &list, &known, &length);

    if (r)
        return r;
    *length_out = length ? length : 4;
    if (known < KNOWN_WANTED || !keylist_find(&list, "GUEST_OS"))
        return 0;
    r = notes_sort(&list);
    return r ? r : found(data, address, &list);
}

int note_scan(const uint8_t *bytes, size_t n, uint64_t address, bool more,
              note_row_found *found, void *data, size_t *used_out)
{
    /* Whatever begins before this place ends within the bytes. */
    size_t limit = more ? (n > NOTE_ROW_MAX ? n - NOTE_ROW_MAX : 0) : n;
    size_t at = 0, next, length;
    int r;

    for (next = find_start(bytes, n, 0); next < limit;
         next = find_start(bytes, n, at)) {
        r = try_row(bytes + next, n - next, address + next, found, data,
                    &length);
        if (r)
            return r;
        at = next + length;
    }
    /* A row may end behind the limit; what it had is not looked at again. */
    *used_out = at > limit ? at : limit;
    return 0;
}
