/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/image_notes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "format/foreign.h"
#include "format/guest_section.h"
#include "format/notes.h"
#include "kernel/container.h"
#include "kernel/elf.h"
#include "kernel/loader.h"
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

/*
 * A note that claims more than its area holds will do if it is a string that
 * ends in what there is: Xen's own loader reads up to the NUL.
 */
static bool is_note_complete(const struct note_set *set,
                             const struct kept_note *note)
{
    const struct note_type *type = note_by_number(note->number);

    return note->claimed == note->size
           || (type && type->kind == NOTE_STRING && note->size
               && memchr(note_set_desc(set, note), '\0', note->size));
}

static int add_failed(int r, struct xr_error *err)
{
    return error_set(err, -r, "%s", r == -E2BIG ? "too many notes"
                                                : "out of memory");
}

static int list_elf_notes(const struct elf_notes *notes, struct keylist *list,
                          struct xr_error *err)
{
    const struct note_set *set = &notes->set;
    size_t i;
    int r;

    for (i = 0; i < set->count; i++) {
        const struct kept_note *note = &set->notes[i];

        if (!is_note_complete(set, note))
            return error_at(err, EINVAL, note->offset + 4,
                            "note of %zu bytes does not fit its area",
                            note->claimed);
        r = note_add(list, note->number, note_set_desc(set, note), note->size,
                     notes->big_endian);
        if (r)
            return add_failed(r, err);
    }
    if (notes->guest.length) {
        r = guest_section_parse(notes->guest.data, notes->guest.length, list);
        if (r)
            return add_failed(r, err);
    }
    r = notes_sort(list);
    return r ? add_failed(r, err) : 0;
}

/*
 * An error from within the ELF image tells a place in it.  A failed read has
 * told the place in the file already.
 */
static int relocate_error(const struct container *container, int r,
                          struct xr_error *err)
{
    char message[sizeof(err->message)];

    if (!err || container->elf->failed || err->offset == XR_NO_OFFSET)
        return r;
    if (!container->decoders) {
        err->offset += container->origin;
        return r;
    }
    memcpy(message, err->message, sizeof(message));
    snprintf(err->message, sizeof(err->message),
             "decompressed kernel: %.*s", (int)sizeof(message) - 32, message);
    return r;
}

/* The text within is looked for only where an image does not say what it is. */
static const char *find_loader(const struct container *container,
                               const struct elf_notes *notes,
                               const struct keylist *list)
{
    const char *os = keylist_get(list, "GUEST_OS"), *known = NULL;

    if (os && !strcmp(os, "Mini-OS"))
        known = loader_recognise_pv_grub(container->elf);
    else if (!os && notes->bits == 32 && !container->decoders)
        known = loader_recognise(container->elf);
    return known ? known : notes_loader(list);
}

static int read_elf(const struct container *container, struct keylist *list,
                    struct image_info *info, struct xr_error *err)
{
    CLEANUP_ELF_NOTES struct elf_notes notes = { 0 };
    int r;

    r = elf_read_notes(container->elf, &notes, err);
    if (r)
        return relocate_error(container, r, err);
    r = list_elf_notes(&notes, list, err);
    if (r)
        return relocate_error(container, r, err);
    info->place = place_name(notes.place);
    info->bits = notes.bits;
    info->big_endian = notes.big_endian;
    info->loader = find_loader(container, &notes, list);
    return 0;
}

/* A save image is told from whatever else is no kernel. */
static int refuse_kernel(const struct container *container,
                         struct source *file, struct xr_error *err)
{
    uint8_t head[FOREIGN_HEAD_SIZE];
    struct source *innermost = container->layer_count
        ? container->layers[container->layer_count - 1] : file;
    ssize_t n = source_read_at(innermost, 0, head, sizeof(head), NULL);
    const char *name = n > 0 ? save_image_name(head, (size_t)n) : NULL;

    return name ? error_at(err, ENOEXEC, 0, "not a kernel image, but %s: "
                           "'xen-resumable show' reads save images", name)
                : -ENOEXEC;
}

static int read_kernel_image(struct source *file, struct keylist *out,
                             struct image_info *info_out, struct xr_error *err)
{
    CLEANUP_CONTAINER struct container container = { 0 };
    CLEANUP_KEYLIST struct keylist list = { 0 };
    struct image_info info = { 0 };
    int r;

    r = container_open(file, &container, err);
    if (r == -ENOEXEC)
        return refuse_kernel(&container, file, err);
    if (r)
        return r;
    info.container = container.kind;
    info.compression = container.compression;
    if (container.elf) {
        r = read_elf(&container, &list, &info, err);
        if (r)
            return r;
    }
    if (info_out)
        *info_out = info;
    if (!list.count)
        return error_set(err, ENOENT, "%s image without Xen notes",
                         container.kind);
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
    return read_kernel_image(source, out, info_out, err);
}

int image_notes_from_fd(int fd, struct keylist *out,
                        struct image_info *info_out, struct xr_error *err)
{
    CLEANUP_SOURCE struct source *source = source_from_fd(fd);

    if (!source)
        return error_set(err, ENOMEM, "out of memory");
    return read_kernel_image(source, out, info_out, err);
}
