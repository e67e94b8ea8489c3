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

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_what_the_format_says),
        cmocka_unit_test(reads_back_and_finds_every_flipped_bit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
