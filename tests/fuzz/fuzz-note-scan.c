/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A guest's memory, in two pieces: the first byte says where it is cut.  What is
 * found in pieces is found at places that rise, within the bytes.
 */
#include "config.h"

#include "format/note_scan.h"
#include "fuzz.h"

struct place {
    uint64_t last, end;
    bool any;
};

static int found(void *data, uint64_t address, struct keylist *notes)
{
    struct place *place = data;

    must(!place->any || address > place->last);
    must(address < place->end && !(address & 3));
    must(keylist_find(notes, "GUEST_OS"));
    place->last = address;
    place->any = true;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct place place = { .end = n };
    size_t cut, used = 0, rest = 0;

    if (!n)
        return 0;
    cut = ((n - 1) * bytes[0] / 255) & ~(size_t)3;
    must(!note_scan(bytes + 1, cut, 0, true, found, &place, &used));
    must(used <= cut && !(used & 3));
    must(!note_scan(bytes + 1 + used, n - 1 - used, used, false, found,
                    &place, &rest));
    must(rest <= n - 1 - used);
    return 0;
}
