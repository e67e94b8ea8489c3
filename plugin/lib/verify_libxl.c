/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bodies of libxl's records, after Xen's docs/specs/
 * libxl-migration-stream.pandoc: those of emulators begin with the emulator's
 * id and index.
 */
#include "config.h"

#include "lib/verify_state.h"

#include <string.h>

#include "util/bytes.h"

enum {
    EMULATOR_HEADER_SIZE = 8,
    EMULATOR_QEMU = 2,
    EMULATOR_ID_MAX = 2, /* unknown, QEMU traditional, QEMU upstream */
};

/* Strings as they come: each has its NUL, every other one is a key. */
struct strings {
    uint64_t count;
    uint32_t length; /* of the one under way */
};

/* libxl's keys are paths of xenstore's, so no key is empty or unprintable. */
static const char *take_byte(struct strings *s, uint8_t byte)
{
    bool key = s->count % 2 == 0;

    if (!byte) {
        s->count++;
        if (key && !s->length)
            return "with an empty key";
        s->length = 0;
        return NULL;
    }
    s->length++;
    return key && (byte <= ' ' || byte > '~')
           ? "with a key that is not a path" : NULL;
}

/* Pairs of a key and a value, each with its NUL. */
static int xenstore_data(struct verify *v, struct xr_error *err)
{
    uint32_t length = v->walk.event.length, at = EMULATOR_HEADER_SIZE;
    struct strings strings = { 0 };
    const char *what = NULL;
    const uint8_t *bytes;
    size_t n, i;
    int r;

    for (; !what && at < length; at += (uint32_t)i) {
        n = length - at < READER_VIEW_MAX ? length - at : READER_VIEW_MAX;
        r = walk_view(&v->walk, at, n, &bytes, err);
        if (r)
            return r;
        for (i = 0; !what && i < n; i++)
            what = take_byte(&strings, bytes[i]);
    }
    if (!what && strings.length)
        what = "without a NUL at its end";
    if (!what && strings.count % 2)
        what = "with a key that has no value";
    if (what)
        verify_blame(v, at - 1, "an emulator's xenstore data %s", what);
    return 0;
}

/* QEMU's state: its magic and version, devices, and an EOF, which is 0. */
static int qemu_context(struct verify *v, struct xr_error *err)
{
    static const uint8_t magic[8] = { 'Q', 'E', 'V', 'M', 0, 0, 0, 3 };
    uint32_t length = v->walk.event.length;
    const uint8_t *bytes;
    int r;

    if (length <= EMULATOR_HEADER_SIZE + sizeof(magic)) {
        verify_blame(v, 0, "a state of QEMU's of %u bytes", length);
        return 0;
    }
    r = walk_view(&v->walk, EMULATOR_HEADER_SIZE, sizeof(magic), &bytes, err);
    if (r)
        return r;
    if (memcmp(bytes, magic, sizeof(magic)))
        verify_blame(v, EMULATOR_HEADER_SIZE, "a state of QEMU's that does "
                     "not begin as version 3 of its format does");
    r = walk_view(&v->walk, length - 1, 1, &bytes, err);
    if (!r && *bytes)
        verify_blame(v, length - 1, "a state of QEMU's without its end");
    return r;
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
    if (type == LIBXL_REC_EMULATOR_XENSTORE_DATA)
        return xenstore_data(v, err);
    return load_le32(head) == EMULATOR_QEMU ? qemu_context(v, err) : 0;
}
