/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A domain's configuration, JSON or XML, made into values: whatever comes out
 * is found again.  And any JSON, as what a device model answers is looked
 * through.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "format/json_scan.h"
#include "format/keylist.h"
#include "fuzz.h"
#include "lib/domain_config.h"
#include "lib/flatten.h"
#include "util/buffer.h"
#include "util/cleanup.h"

/* Of deep ones, each path is long. */
enum { PATHS_MAX = 1000 };

/* Each node is found where it says it is, and its path is a key. */
static void is_sound(const struct values *v)
{
    CLEANUP_FREE uint32_t *map = calloc((size_t)v->count + 1, sizeof(*map));
    uint32_t i;

    must(map != NULL);
    for (i = 1; i < v->count; i++) {
        must(v->nodes[i].parent < i);
        map[i] = values_counterpart(v, i, v, map);
        must(map[i] == i);
    }
    for (i = 0; i < v->count && i < PATHS_MAX; i++) {
        CLEANUP_BUFFER struct buffer path = { 0 };

        value_path(v, i, &path);
        must(keylist_key_valid(path.data, path.length));
        must(!value_of(v, i)
             || !value_of(v, i)[v->nodes[i].value_length]);
    }
    must(v->bytes.length + v->count * sizeof(*v->nodes) <= VALUES_BYTES_MAX);
}

static void is_bounded(const struct domain_config *config)
{
    size_t i;

    must(config->disk_count <= DOMAIN_CONFIG_DISKS_MAX);
    must(config->vif_count <= DOMAIN_CONFIG_VIFS_MAX);
    must(config->pci_count <= DOMAIN_CONFIG_PCI_MAX);
    for (i = 0; i < config->vif_count; i++)
        must(config->vifs[i].bridge);
    for (i = 0; i < config->disk_count; i++)
        must(config->disks[i].path);
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
        CLEANUP_VALUES struct values values = { 0 };
        struct xr_error err = { .code = 0 };

        r = xml ? flatten_xml(text, &values, &err)
                : flatten_json_strictly(text, n, &values, &err);
        must(r <= 0 && r != -ENOMEM);
        must(r ? !values.count && *err.message : true);
        is_sound(&values);
        must(r == (xml ? domain_config_from_xml(text, &config, NULL)
                       : domain_config_from_json(text, n, &config, NULL)));
        is_bounded(&config);
    }
    return 0;
}
