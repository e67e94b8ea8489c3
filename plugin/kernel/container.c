/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "kernel/container.h"

#include <errno.h>
#include <string.h>

#include "kernel/bzimage.h"
#include "kernel/decompressed.h"
#include "kernel/elf.h"
#include "kernel/pe.h"
#include "util/bytes.h"

enum { HEAD_SIZE = 1024, FRAMES_SKIPPED_MAX = 1024 };

/* The layer that is being looked at. */
struct layer {
    struct source *source;
    uint64_t origin;
    uint8_t head[HEAD_SIZE];
    size_t n;
};

static int container_push(struct container *container, struct source *source,
                          uint64_t origin, struct xr_error *err)
{
    if (!source)
        return error_set(err, ENOMEM, "out of memory");
    if (container->layer_count == LAYERS_MAX) {
        source_release(&source);
        return error_at(err, ELOOP, origin, "wrapped too often");
    }
    container->layers[container->layer_count++] = source;
    return 0;
}

static int look_at_layer(struct layer *layer, struct xr_error *err)
{
    ssize_t got = source_read_at(layer->source, 0, layer->head, HEAD_SIZE,
                                 err);

    if (got < 0)
        return (int)got;
    layer->n = (size_t)got;
    return 0;
}

/* Goes on with a part of this layer. */
static int enter_part(struct container *container, struct layer *layer,
                      uint64_t offset, uint64_t size, struct xr_error *err)
{
    struct source *part = source_part(layer->source, offset, size);
    int r;

    r = container_push(container, part, layer->origin, err);
    if (r)
        return r;
    layer->source = part;
    layer->origin += offset;
    return look_at_layer(layer, err);
}

/* Frames without contents, which zstd's and lz4's streams may begin with. */
static int skip_frames(struct container *container, struct layer *layer,
                       struct xr_error *err)
{
    uint8_t head[DECODER_HEAD_SIZE];
    uint64_t offset = 0, length;
    unsigned int frames = 0;
    ssize_t got;

    do {
        got = source_read_at(layer->source, offset, head, sizeof(head), err);
        if (got < 0)
            return (int)got;
        length = decoder_skippable(head, (size_t)got);
        offset += length;
        if (length && frames++ == FRAMES_SKIPPED_MAX)
            return error_at(err, ELOOP, layer->origin + offset,
                            "too many frames without contents");
    } while (length);
    return enter_part(container, layer, offset, UINT64_MAX - offset, err);
}

/* Goes on with what is packed here. */
static int enter_packed(struct container *container, struct layer *layer,
                        const struct decoder_type *type, struct xr_error *err)
{
    struct source *plain;
    int r;

    if (container->decoders == DECODERS_MAX)
        return error_at(err, ELOOP, layer->origin, "compressed too often");
    plain = source_decompressed(layer->source, layer->origin, type);
    r = container_push(container, plain, layer->origin, err);
    if (r)
        return r;
    container->compression = type->name;
    container->decoders++;
    layer->source = plain;
    layer->origin = 0;
    return look_at_layer(layer, err);
}

static bool is_elf(const struct layer *layer)
{
    return elf_magic_here(layer->head, layer->n);
}

static int found_elf(struct container *container, const struct layer *layer)
{
    container->elf = layer->source;
    container->origin = layer->origin;
    return 0;
}

static int open_bzimage(struct container *container, struct layer *layer,
                        struct xr_error *err)
{
    const struct decoder_type *type;
    struct payload payload;
    int r;

    if (!container->kind)
        container->kind = "bzImage";
    r = bzimage_payload(layer->head, layer->n, layer->origin, &payload, err);
    if (r)
        return r;
    r = enter_part(container, layer, payload.offset, payload.size, err);
    if (r)
        return r;
    if (!layer->n)
        return error_at(err, ENODATA, layer->origin, "payload cut off");
    type = decoder_for(layer->head, layer->n);
    if (type) {
        r = enter_packed(container, layer, type, err);
        if (r)
            return r;
    }
    if (!is_elf(layer))
        return error_at(err, ENOEXEC, layer->origin, type
                        ? "decompressed kernel: no ELF image"
                        : "payload with an unknown compression");
    return found_elf(container, layer);
}

/* Kernels of machines for which Xen knows no notes; magics at 0x38 or 0x24. */
static const char *foreign_kind(const struct layer *layer)
{
    if (layer->n >= 0x40 && !memcmp(layer->head + 0x38, "ARM\x64", 4))
        return "arm64";
    if (layer->n >= 0x40 && !memcmp(layer->head + 0x38, "RSC\x05", 4))
        return "riscv";
    if (layer->n >= 0x28 && load_le32(layer->head + 0x24) == 0x016f2818)
        return "arm";
    if (layer->n >= 8 && !memcmp(layer->head, "MZ\0\0zimg", 8))
        return "EFI zboot";
    return NULL;
}

static int open_uki(struct container *container, struct layer *layer,
                    struct xr_error *err)
{
    struct payload section;
    int r;

    r = pe_find_section(layer->source, layer->origin, ".linux", &section,
                        err);
    if (r)
        return r;
    container->kind = "uki";
    return enter_part(container, layer, section.offset, section.size, err);
}

int container_open(struct source *file, struct container *out,
                   struct xr_error *err)
{
    struct layer layer = { .source = file };
    const struct decoder_type *type;
    int r;

    *out = (struct container){ .compression = "none" };
    r = look_at_layer(&layer, err);
    while (!r) {
        if (is_elf(&layer)) {
            if (!out->kind)
                out->kind = "elf";
            return found_elf(out, &layer);
        }
        if (bzimage_here(layer.head, layer.n))
            return open_bzimage(out, &layer, err);
        if (foreign_kind(&layer)) {
            out->kind = foreign_kind(&layer);
            return 0;
        }
        type = decoder_for(layer.head, layer.n);
        if (type)
            r = enter_packed(out, &layer, type, err);
        else if (decoder_skippable(layer.head, layer.n))
            r = skip_frames(out, &layer, err);
        else if (pe_here(layer.head, layer.n))
            r = open_uki(out, &layer, err);
        else
            return error_at(err, ENOEXEC, layer.origin, "not a kernel image%s",
                            layer.n ? "" : ", but empty");
    }
    return r;
}

void container_free(struct container *container)
{
    while (container->layer_count)
        source_release(&container->layers[--container->layer_count]);
    container->elf = NULL;
}
