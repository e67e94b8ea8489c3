/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list's text, and what comes back when it is printed again. */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "format/guest_section.h"
#include "format/keylist.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    CLEANUP_KEYLIST struct keylist list = { 0 }, again = { 0 }, old = { 0 };
    CLEANUP_BUFFER struct buffer text = { 0 }, text_again = { 0 };
    struct xr_error err;

    guest_section_parse((const char *)bytes, n, &old);
    if (keylist_parse((const char *)bytes, n, &list, &err)) {
        must(err.offset <= n || err.code == ENOMEM);
        return 0;
    }
    keylist_print(&list, &text);
    /* An escape may take four bytes for one: printed, it may be too long. */
    if (text.length > KEYLIST_TEXT_MAX)
        return 0;
    must(!keylist_parse(text.data ? text.data : "", text.length, &again,
                        &err));
    keylist_print(&again, &text_again);
    must(text.length == text_again.length);
    must(!text.length
         || !memcmp(text.data, text_again.data, text.length));
    return 0;
}
