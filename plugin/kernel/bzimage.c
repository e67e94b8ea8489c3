/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "kernel/bzimage.h"

#include <errno.h>
#include <string.h>

#include "util/bytes.h"

enum {
    SETUP_SECTS = 0x1f1,
    BOOT_FLAG = 0x1fe,
    MAGIC = 0x202,
    PROTOCOL = 0x206,
    PAYLOAD_OFFSET = 0x248,
    PAYLOAD_LENGTH = 0x24c,
    HEADER_END = 0x250,
    SECTOR = 512,
};

bool bzimage_here(const uint8_t *head, size_t n)
{
    return n >= MAGIC + 4 && load_le16(head + BOOT_FLAG) == 0xaa55
           && !memcmp(head + MAGIC, "HdrS", 4);
}

int bzimage_payload(const uint8_t *head, size_t n, uint64_t origin,
                    struct payload *out, struct xr_error *err)
{
    unsigned sectors, version;

    if (n < HEADER_END)
        return error_at(err, ENODATA, origin + n, "setup header cut off");
    version = load_le16(head + PROTOCOL);
    if (version < 0x0208)
        return error_at(err, ENOTSUP, origin + PROTOCOL,
                        "boot protocol %u.%02u does not say where the kernel "
                        "is",
                        version >> 8, version & 0xff);
    sectors = head[SETUP_SECTS] ? head[SETUP_SECTS] : 4;
    out->offset = (uint64_t)(sectors + 1) * SECTOR
                  + load_le32(head + PAYLOAD_OFFSET);
    out->size = load_le32(head + PAYLOAD_LENGTH);
    if (!out->size)
        return error_at(err, EINVAL, origin + PAYLOAD_LENGTH,
                        "payload of length 0");
    return 0;
}
