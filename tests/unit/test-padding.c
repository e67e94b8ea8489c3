/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The padding record: as long as it takes, and its header as FORMAT.md has it.  If
 * this fails, pages of a flat image stand where their blocks cannot be shared.
 */
#include "config.h"

#include "unit.h"

#include "format/libxc.h"
#include "format/padding.h"
#include "format/pages.h"

static void aligns_what_stands_behind_it(void **state)
{
    uint64_t offset, ahead, n;

    (void)state;
    for (offset = 0; offset < 3 * PAGE_SIZE_BYTES; offset += 8) {
        for (ahead = 0; ahead < 3 * PAGE_SIZE_BYTES; ahead += 1016) {
            n = padding_needed(offset, ahead);
            assert_int_equal(n % 8, 0);
            assert_true(n < PAGE_SIZE_BYTES);
            assert_int_equal((offset + n + ahead) % PAGE_SIZE_BYTES, 0);
        }
    }
    assert_int_equal(padding_needed(UINT64_MAX - 7, 8), 0);
}

static void has_a_header_that_readers_skip(void **state)
{
    static const uint8_t expected[] = { 0x45, 0x4d, 0x52, 0xd8,
                                        0xf8, 0x0f, 0, 0 };
    uint8_t header[PADDING_HEADER_SIZE];
    struct libxc_record_header decoded;

    (void)state;
    padding_header(4096, header);
    assert_memory_equal(header, expected, sizeof(header));
    assert_int_equal(libxc_record_header_decode(header, 0, &decoded, NULL), 0);
    assert_true(libxc_record_is_optional(decoded.type));
    assert_int_equal(libxc_padded_length(decoded.length) + 8, 4096);
    padding_header(8, header);
    assert_int_equal(header[4], 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(aligns_what_stands_behind_it),
        cmocka_unit_test(has_a_header_that_readers_skip),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
