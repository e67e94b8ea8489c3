/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A domain's configuration, JSON or XML, made into a list: whatever comes out
 * can be written down and read back.  And any JSON, as what a device model
 * answers is looked through.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "format/json_scan.h"
#include "fuzz.h"
#include "lib/domain_config.h"
#include "lib/flatten.h"
#include "util/buffer.h"
#include "util/cleanup.h"

static void is_sound(const struct keylist *list)
{
    CLEANUP_KEYLIST struct keylist again = { 0 };
    CLEANUP_BUFFER struct buffer text = { 0 };
    size_t i;

    for (i = 0; i < list->count; i++)
        must(keylist_key_valid(list->pairs[i].key,
                               strlen(list->pairs[i].key)));
    keylist_print(list, &text);
    /* A list's text has a limit of its own. */
    if (keylist_parse(text.data ? text.data : "", text.length, &again, NULL))
        return;
    must(again.count == list->count);
}

static void is_bounded(const struct domain_config *config)
{
    must(config->disk_count <= DOMAIN_CONFIG_DISKS_MAX);
}

/* Every string of an array; the scan stays within the text. */
static void scan(const char *text, size_t n)
{
    struct json_scan s = json_scan(text, n), number;
    uint64_t value;
    char word[8];

    if (!json_scan_member(&s, "c_info") && !json_scan_member(&s, "a"))
        return;
    number = s;
    json_scan_number(&number, &value);
    must(number.at >= text && number.at <= text + n);
    if (!json_scan_array(&s))
        return;
    while (json_scan_string(&s, word, sizeof(word))) {
        must(strlen(word) < sizeof(word));
        must(s.at > text && s.at <= text + n);
        if (!json_scan_next(&s))
            return;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    CLEANUP_FREE char *text = malloc(n + 1);
    int xml, r;

    must(text != NULL);
    memcpy(text, bytes, n);
    text[n] = '\0';
    scan(text, n);
    for (xml = 0; xml < 2; xml++) {
        CLEANUP_DOMAIN_CONFIG struct domain_config config = { 0 };
        CLEANUP_KEYLIST struct keylist list = { 0 };
        struct xr_error err = { .code = 0 };

        r = xml ? flatten_xml(text, &list, &err)
                : flatten_json(text, n, &list, &err);
        must(r <= 0 && r != -ENOMEM);
        must(r ? !list.count && *err.message : true);
        is_sound(&list);
        must(r == (xml ? domain_config_from_xml(text, &config, NULL)
                       : domain_config_from_json(text, n, &config, NULL)));
        is_bounded(&config);
    }
    return 0;
}
