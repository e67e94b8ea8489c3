/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/image_notes.h"

#include <errno.h>

#include "format/guest_section.h"
#include "format/notes.h"
#include "kernel/elf.h"
#include "kernel/source.h"

static const char *place_name(enum notes_place place)
{
    switch (place) {
    case NOTES_IN_SEGMENT:
        return "PT_NOTE";
    case NOTES_IN_SECTION:
        return "SHT_NOTE";
    case NOTES_IN_GUEST:
        return "__xen_guest";
    case NOTES_NOWHERE:
        break;
    }
    return NULL;
}

static int add_notes(const struct elf_notes *notes, struct keylist *list)
{
    const struct note_set *set = &notes->set;
    size_t i;
    int r;

    for (i = 0; i < set->count; i++) {
        const struct kept_note *note = &set->notes[i];
        const char *bytes = set->bytes.data ? set->bytes.data : "";

        r = note_add(list, note->number, (const uint8_t *)bytes + note->start,
                     note->size, notes->big_endian);
        if (r)
            return r;
    }
    if (notes->guest.length) {
        r = guest_section_parse(notes->guest.data, notes->guest.length, list);
        if (r)
            return r;
    }
    return notes_sort(list);
}

static int read_image(struct source *source, struct keylist *out,
                      struct image_info *info_out, struct xr_error *err)
{
    CLEANUP_ELF_NOTES struct elf_notes notes = { 0 };
    CLEANUP_KEYLIST struct keylist list = { 0 };
    struct image_info info = { .container = "elf", .compression = "none" };
    int r;

    r = elf_read_notes(source, &notes, err);
    if (r)
        return r;
    r = add_notes(&notes, &list);
    if (r)
        return error_set(err, -r, "out of memory");
    info.place = place_name(notes.place);
    info.bits = notes.bits;
    info.big_endian = notes.big_endian;
    info.loader = notes_loader(&list);
    if (info_out)
        *info_out = info;
    if (!list.count)
        return error_set(err, ENOENT, "no Xen notes");
    *out = list;
    list = (struct keylist){ 0 };
    return 0;
}

int image_notes_from_memory(const void *blob, size_t size,
                            struct keylist *out, struct image_info *info_out,
                            struct xr_error *err)
{
    CLEANUP_SOURCE struct source *source = source_from_memory(blob, size);

    if (!source)
        return error_set(err, ENOMEM, "out of memory");
    return read_image(source, out, info_out, err);
}

int image_notes_from_fd(int fd, struct keylist *out,
                        struct image_info *info_out, struct xr_error *err)
{
    (void)fd;
    (void)out;
    (void)info_out;
    return error_set(err, ENOSYS, "not yet");
}
