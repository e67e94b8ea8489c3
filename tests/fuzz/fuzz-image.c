/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A whole kernel image of any kind, as the hook and the command read it. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "lib/image_notes.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    CLEANUP_KEYLIST struct keylist list = { 0 }, again = { 0 };
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct image_info info;
    struct xr_error err;

    if (image_notes_from_memory(bytes, n, &list, &info, &err)) {
        must(!list.count);
        must(strlen(err.message) > 0);
        return 0;
    }
    must(list.count > 0);
    keylist_print(&list, &text);
    must(!buffer_failed(&text));
    must(!keylist_parse(text.data, text.length, &again, NULL));
    must(again.count == list.count);
    return 0;
}
