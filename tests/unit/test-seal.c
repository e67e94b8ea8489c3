/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The seal, byte by byte as FORMAT.md has it.  If this fails, a damaged image
 * may pass for sound.
 */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <string.h>

#include "format/seal.h"
#include "util/bytes.h"

/* FORMAT.md, "The seal"; the digest is xxh128sum's of the three bytes. */
static void is_what_the_format_says(void **state)
{
    static const uint8_t expected[SEAL_SIZE] = {
        'X', 'E', 'N', 'R', 'S', 'E', 'A', 'L', 1, 0, 1, 0, 0, 0, 0, 0,
        3, 0, 0, 0, 0, 0, 0, 0,
        0x06, 0xb0, 0x5a, 0xb6, 0x73, 0x3a, 0x61, 0x85,
        0x78, 0xaf, 0x5f, 0x94, 0x89, 0x2f, 0x39, 0x50,
    };
    CLEANUP_SEALER struct sealer *s = sealer_new();
    char text[SEAL_TEXT_SIZE];
    uint8_t bytes[SEAL_SIZE];
    struct seal seal;

    (void)state;
    sealer_update(s, "ab", 2);
    sealer_update(s, "c", 1);
    sealer_finish(s, &seal);
    seal_encode(&seal, bytes);
    assert_memory_equal(bytes, expected, 40);
    assert_int_equal(bytes[44], 0);
    seal_text(&seal, text);
    assert_string_equal(text, "06b05ab6733a618578af5f94892f3950");
}

static void reads_back_and_finds_every_flipped_bit(void **state)
{
    struct seal again, seal = {
        .version = SEAL_OF_BYTES,
        .length = 1234567,
        .digest = { 1, 2, 3 },
    };
    uint8_t bytes[SEAL_SIZE];
    size_t i;
    int bit;

    (void)state;
    seal_encode(&seal, bytes);
    assert_int_equal(seal_decode(bytes, 0, &again, NULL), 0);
    assert_int_equal(again.length, seal.length);
    assert_memory_equal(again.digest, seal.digest, SEAL_DIGEST_SIZE);
    for (i = 0; i < SEAL_SIZE; i++) {
        for (bit = 0; bit < 8; bit++) {
            bytes[i] ^= (uint8_t)(1 << bit);
            assert_int_equal(seal_decode(bytes, 0, &again, NULL),
                             i < 8 ? -ENOENT : -EBADMSG);
            bytes[i] ^= (uint8_t)(1 << bit);
        }
    }
}

/* Version 2 has a number of extents where version 1 has zeros. */
static void knows_both_versions(void **state)
{
    struct seal again, seal = {
        .version = SEAL_OF_PAGES,
        .extents = 0x01020304,
        .length = 8192,
        .digest = { 9 },
    };
    uint8_t bytes[SEAL_SIZE];
    struct xr_error err;

    (void)state;
    seal_encode(&seal, bytes);
    assert_int_equal(load_le16(bytes + 8), 2);
    assert_int_equal(load_le16(bytes + 10), 2);
    assert_int_equal(load_le32(bytes + 12), 0x01020304);
    assert_int_equal(seal_decode(bytes, 0, &again, NULL), 0);
    assert_int_equal(again.version, SEAL_OF_PAGES);
    assert_int_equal(again.extents, 0x01020304);
    seal.version = SEAL_OF_BYTES;
    seal_encode(&seal, bytes);
    assert_int_equal(seal_decode(bytes, 100, &again, &err), -EBADMSG);
    assert_int_equal(err.offset, 112);
    seal.version = (enum seal_version)3;
    seal_encode(&seal, bytes);
    assert_int_equal(seal_decode(bytes, 100, &again, &err), -ENOTSUP);
    assert_int_equal(err.offset, 108);
}

/* A page's digest is not what it is with another secret, nor the seal's own. */
static void digests_pages_by_their_secret(void **state)
{
    CLEANUP_SEALER struct sealer *s = sealer_new();
    static uint8_t page[4096], secret[SEAL_SECRET_SIZE];
    uint8_t one[SEAL_DIGEST_SIZE], other[SEAL_DIGEST_SIZE];
    struct seal plain;

    (void)state;
    seal_digest_page(secret, page, one);
    secret[SEAL_SECRET_SIZE - 1] = 1;
    seal_digest_page(secret, page, other);
    assert_memory_not_equal(one, other, SEAL_DIGEST_SIZE);
    sealer_update(s, page, sizeof(page));
    sealer_finish(s, &plain);
    assert_memory_not_equal(other, plain.digest, SEAL_DIGEST_SIZE);
    page[4095] = 1;
    seal_digest_page(secret, page, one);
    assert_memory_not_equal(one, other, SEAL_DIGEST_SIZE);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_what_the_format_says),
        cmocka_unit_test(reads_back_and_finds_every_flipped_bit),
        cmocka_unit_test(knows_both_versions),
        cmocka_unit_test(digests_pages_by_their_secret),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
