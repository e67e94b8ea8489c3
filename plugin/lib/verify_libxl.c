/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bodies of libxl's records, after Xen's docs/specs/
 * libxl-migration-stream.pandoc: those of emulators begin with the emulator's
 * id and index.
 */
#include "config.h"

#include "lib/verify_state.h"
#include "util/bytes.h"

enum {
    EMULATOR_HEADER_SIZE = 8,
    EMULATOR_ID_MAX = 2, /* unknown, QEMU traditional, QEMU upstream */
};

/* Pairs of a key and a value, each with its NUL. */
static int xenstore_data(struct verify *v, struct xr_error *err)
{
    uint32_t length = v->walk.event.length, at = EMULATOR_HEADER_SIZE;
    uint64_t strings = 0;
    const uint8_t *bytes;
    uint8_t last = 0;
    size_t n, i;
    int r;

    for (; at < length; at += (uint32_t)n) {
        n = length - at < READER_VIEW_MAX ? length - at : READER_VIEW_MAX;
        r = walk_view(&v->walk, at, n, &bytes, err);
        if (r)
            return r;
        for (i = 0; i < n; i++)
            strings += !bytes[i];
        last = bytes[n - 1];
    }
    if (last)
        verify_blame(v, length - 1, "an emulator's xenstore data without a "
                     "NUL at its end");
    else if (strings % 2)
        verify_blame(v, EMULATOR_HEADER_SIZE, "an emulator's xenstore data "
                     "with a key that has no value");
    return 0;
}

int verify_libxl_body(struct verify *v, struct xr_error *err)
{
    uint32_t type = v->walk.event.type;
    const uint8_t *head;
    int r;

    if (type != LIBXL_REC_EMULATOR_XENSTORE_DATA
        && type != LIBXL_REC_EMULATOR_CONTEXT)
        return 0;
    if (v->walk.event.length < EMULATOR_HEADER_SIZE) {
        verify_blame(v, 0, "an emulator's record of %u bytes",
                     v->walk.event.length);
        return 0;
    }
    r = walk_view(&v->walk, 0, EMULATOR_HEADER_SIZE, &head, err);
    if (r)
        return r;
    if (load_le32(head) > EMULATOR_ID_MAX)
        verify_blame(v, 0, "a record of an unknown emulator, %u",
                     load_le32(head));
    return type == LIBXL_REC_EMULATOR_XENSTORE_DATA ? xenstore_data(v, err)
                                                    : 0;
}
