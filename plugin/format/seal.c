/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "format/seal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>
#if HAVE_XXH_X86DISPATCH_H && HAVE_XXH3_128BITS_UPDATE_DISPATCH
#include <xxh_x86dispatch.h> /* stands before some of xxhash.h's functions */
#endif
#include <zlib.h>

#include "format/pages.h"
#include "util/bytes.h"

enum { CRC_OFFSET = 40 };

static const uint8_t magic[8] = "XENRSEAL";

static uint32_t seal_crc(const uint8_t *bytes)
{
    return (uint32_t)crc32(crc32(0, NULL, 0), bytes, CRC_OFFSET);
}

bool seal_is_one(const uint8_t *bytes)
{
    return !memcmp(bytes, magic, sizeof(magic));
}

/* Each version has its own algorithm. */
static bool is_known_version(const uint8_t *bytes)
{
    uint16_t version = load_le16(bytes + 8);

    return (version == SEAL_OF_BYTES || version == SEAL_OF_PAGES)
           && load_le16(bytes + 10) == version;
}

int seal_decode(const uint8_t *bytes, uint64_t offset, struct seal *out,
                struct xr_error *err)
{
    uint32_t extents;

    if (!seal_is_one(bytes))
        return error_at(err, ENOENT, offset, "no seal");
    if (load_le32(bytes + CRC_OFFSET) != seal_crc(bytes))
        return error_at(err, EBADMSG, offset + CRC_OFFSET,
                        "the seal's own CRC does not match");
    if (!is_known_version(bytes))
        return error_at(err, ENOTSUP, offset + 8,
                        "a seal of version %u with algorithm %u",
                        load_le16(bytes + 8), load_le16(bytes + 10));
    extents = load_le32(bytes + 12);
    if (extents && load_le16(bytes + 8) == SEAL_OF_BYTES)
        return error_at(err, EBADMSG, offset + 12,
                        "reserved bytes of the seal are set");
    if (load_le32(bytes + CRC_OFFSET + 4))
        return error_at(err, EBADMSG, offset + CRC_OFFSET + 4,
                        "reserved bytes of the seal are set");
    out->version = load_le16(bytes + 8);
    out->extents = extents;
    out->length = load_le64(bytes + 16);
    memcpy(out->digest, bytes + 24, SEAL_DIGEST_SIZE);
    return 0;
}

void seal_encode(const struct seal *seal, uint8_t *out)
{
    memset(out, 0, SEAL_SIZE);
    memcpy(out, magic, sizeof(magic));
    store_le16(out + 8, (uint16_t)seal->version);
    store_le16(out + 10, (uint16_t)seal->version);
    store_le32(out + 12, seal->extents);
    store_le64(out + 16, seal->length);
    memcpy(out + 24, seal->digest, SEAL_DIGEST_SIZE);
    store_le32(out + CRC_OFFSET, seal_crc(out));
}

void seal_text(const struct seal *seal, char out[SEAL_TEXT_SIZE])
{
    size_t i;

    for (i = 0; i < SEAL_DIGEST_SIZE; i++)
        snprintf(out + 2 * i, 3, "%02x", seal->digest[i]);
}

struct sealer {
    XXH3_state_t *state;
    uint64_t length;
};

struct sealer *sealer_new(void)
{
    struct sealer *s = calloc(1, sizeof(*s));

    if (!s)
        return NULL;
    s->state = XXH3_createState();
    if (!s->state || XXH3_128bits_reset(s->state) == XXH_ERROR)
        sealer_free(&s);
    return s;
}

void sealer_update(struct sealer *s, const void *bytes, size_t n)
{
    (void)XXH3_128bits_update(s->state, bytes, n);
    s->length += n;
}

void sealer_finish(struct sealer *s, struct seal *out)
{
    XXH128_canonical_t canonical;

    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(s->state));
    *out = (struct seal){ .version = SEAL_OF_BYTES, .length = s->length };
    memcpy(out->digest, canonical.digest, SEAL_DIGEST_SIZE);
    (void)XXH3_128bits_reset(s->state);
    s->length = 0;
}

void sealer_free(struct sealer **s)
{
    int saved = errno;

    if (*s)
        XXH3_freeState((*s)->state);
    free(*s);
    *s = NULL;
    errno = saved;
}

void seal_digest_page(const uint8_t secret[SEAL_SECRET_SIZE],
                      const void *page, uint8_t out[SEAL_DIGEST_SIZE])
{
    XXH128_canonical_t canonical;

    XXH128_canonicalFromHash(&canonical, XXH3_128bits_withSecret(
                                 page, PAGE_SIZE_BYTES, secret,
                                 SEAL_SECRET_SIZE));
    memcpy(out, canonical.digest, SEAL_DIGEST_SIZE);
}
