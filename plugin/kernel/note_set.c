/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "kernel/note_set.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "util/bytes.h"
#include "util/checked.h"

enum { HEADER_SIZE = 12 };

/* The note at area[pos]. */
struct note {
    const uint8_t *name;
    size_t name_size;
    const uint8_t *desc;
    size_t desc_size;  /* what there is of it */
    size_t claimed;
    uint32_t type;
    size_t next;
};

struct area {
    const uint8_t *bytes;
    size_t size;
    uint64_t offset;
    size_t alignment;  /* 4 or 8 */
    bool big_endian;
};

static uint32_t area_load32(const struct area *area, size_t pos)
{
    const uint8_t *p = area->bytes + pos;

    return area->big_endian ? load_be32(p) : load_le32(p);
}

/* Sizes are below 2^33 here, positions below NOTE_AREA_MAX: no overflow. */
static uint64_t area_pad(const struct area *area, uint64_t value)
{
    return (value + area->alignment - 1) & ~(uint64_t)(area->alignment - 1);
}

static int note_at(const struct area *area, size_t pos, struct note *out,
                   struct xr_error *err)
{
    size_t room = area->size - pos;
    uint64_t name_size, desc_size, desc, next;

    if (room < HEADER_SIZE)
        return error_at(err, EINVAL, area->offset + pos,
                        "note header cut off");
    name_size = area_load32(area, pos);
    desc_size = area_load32(area, pos + 4);
    desc = area_pad(area, HEADER_SIZE + name_size);
    next = area_pad(area, desc + desc_size);
    if (!range_fits(HEADER_SIZE, name_size, room))
        return error_at(err, EINVAL, area->offset + pos,
                        "note name of %" PRIu64 " bytes, %zu are left",
                        name_size, room - HEADER_SIZE);
    if (desc > room)
        desc = room;
    *out = (struct note){
        .name = area->bytes + pos + HEADER_SIZE,
        .name_size = (size_t)name_size,
        .desc = area->bytes + pos + desc,
        .desc_size = desc_size < room - desc ? (size_t)desc_size
                                             : room - (size_t)desc,
        .claimed = (size_t)desc_size,
        .type = area_load32(area, pos + 8),
        .next = next < room ? pos + (size_t)next : area->size,
    };
    return 0;
}

static bool is_cut(const struct note *note)
{
    return note->desc_size < note->claimed;
}

static int refuse_cut(const struct area *area, size_t pos,
                      const struct note *note, struct xr_error *err)
{
    return error_at(err, EINVAL, area->offset + pos + 4,
                    "note of %zu bytes does not fit its area", note->claimed);
}

/* Does nothing but padding follow? */
static bool is_end(const struct area *area, size_t pos)
{
    size_t i;

    if (area->size - pos >= HEADER_SIZE)
        return false;
    for (i = pos; i < area->size; i++)
        if (area->bytes[i])
            return false;
    return true;
}

static bool walks_through(const struct area *area)
{
    struct note note = { .type = 0 };
    size_t pos = 0;

    while (!is_end(area, pos)) {
        if (note_at(area, pos, &note, NULL) || is_cut(&note))
            return false;
        pos = note.next;
    }
    return true;
}

/* "Xen", with its NUL, which is missing from the size in some old images. */
static bool is_xen(const struct note *note)
{
    return (note->name_size == 3 || (note->name_size == 4 && !note->name[3]))
           && !memcmp(note->name, "Xen", 3);
}

static int keep_note(struct note_set *set, const struct note *note,
                     uint64_t offset, struct xr_error *err)
{
    struct kept_note *notes;

    if (note->desc_size > NOTE_SIZE_MAX)
        return error_at(err, E2BIG, offset, "Xen note of %zu bytes",
                        note->desc_size);
    if (set->count == NOTE_KEPT_MAX)
        return error_at(err, E2BIG, offset, "too many Xen notes");
    notes = reallocarray(set->notes, set->count + 1, sizeof(*notes));
    if (!notes)
        return error_set(err, ENOMEM, "out of memory");
    set->notes = notes;
    notes[set->count++] = (struct kept_note){
        .number = note->type,
        .start = set->bytes.length,
        .size = note->desc_size,
        .claimed = note->claimed,
        .offset = offset,
    };
    if (note->desc_size)
        buffer_append(&set->bytes, note->desc, note->desc_size);
    if (buffer_failed(&set->bytes))
        return error_set(err, ENOMEM, "out of memory");
    return 0;
}

int note_set_add_area(struct note_set *set, const uint8_t *bytes, size_t n,
                      uint64_t offset, uint64_t alignment, bool big_endian,
                      struct xr_error *err)
{
    struct area area = { bytes, n, offset, 4, big_endian };
    struct note note = { .type = 0 };
    size_t pos = 0;
    int r;

    if (alignment == 8 && !walks_through(&area)) {
        area.alignment = 8;
        if (!walks_through(&area))
            area.alignment = 4;
    }
    while (!is_end(&area, pos)) {
        if (set->seen++ == NOTE_COUNT_MAX)
            return error_at(err, E2BIG, offset + pos, "too many notes");
        r = note_at(&area, pos, &note, err);
        if (r)
            return r;
        if (is_xen(&note)) {
            r = keep_note(set, &note, offset + pos, err);
            if (r)
                return r;
        } else if (is_cut(&note)) {
            return refuse_cut(&area, pos, &note, err);
        }
        pos = note.next;
    }
    return 0;
}

const uint8_t *note_set_desc(const struct note_set *set,
                             const struct kept_note *note)
{
    const char *bytes = set->bytes.data ? set->bytes.data : "";

    return (const uint8_t *)bytes + note->start;
}

void note_set_free(struct note_set *set)
{
    int saved = errno;

    free(set->notes);
    buffer_free(&set->bytes);
    *set = (struct note_set){ 0 };
    errno = saved;
}
