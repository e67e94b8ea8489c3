/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An area of ELF notes, and the values in it.  The first byte chooses the
 * alignment (bit 0: 8) and the byte order (bit 1: big-endian).
 */
#include "config.h"

#include "format/notes.h"
#include "fuzz.h"
#include "kernel/note_set.h"

static void check_value(const struct keypair *pair)
{
    struct note_pair pairs[NOTE_MEMBERS_MAX];
    uint64_t numbers[NOTE_MEMBERS_MAX];
    size_t count;

    if (note_kind_of_key(pair->key) == NOTE_PAIRS)
        must(note_parse_pairs(pair->value, pairs, NOTE_MEMBERS_MAX, &count));
    if (note_kind_of_key(pair->key) == NOTE_NUMBERS)
        must(note_parse_numbers(pair->value, numbers, NOTE_MEMBERS_MAX,
                                &count));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    struct note_set set = { 0 };
    bool big_endian = n && (bytes[0] & 2);
    size_t i;

    if (n && !note_set_add_area(&set, bytes + 1, n - 1, 0,
                                bytes[0] & 1 ? 8 : 4, big_endian, NULL)) {
        for (i = 0; i < set.count; i++)
            must(!note_add(&list, set.notes[i].number,
                           note_set_desc(&set, &set.notes[i]),
                           set.notes[i].size, big_endian));
        must(!notes_sort(&list));
        for (i = 0; i < list.count; i++)
            check_value(&list.pairs[i]);
        notes_loader(&list);
    }
    note_set_free(&set);
    return 0;
}
