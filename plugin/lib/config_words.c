/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The words of the command line that say what is changed in a configuration.
 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "lib/config_edit.h"
#include "util/buffer.h"
#include "util/number.h"

static const char hexadecimal[] = "0123456789abcdefABCDEF";

/* Does it look like the pattern, in which x is a hexadecimal digit? */
static bool looks_like(const char *word, const char *pattern)
{
    for (; *pattern && *word; word++, pattern++)
        if (*pattern == 'x' ? !strchr(hexadecimal, *word)
                            : *word != *pattern)
            return false;
    return !*pattern && !*word;
}

bool config_is_uuid(const char *word)
{
    return looks_like(word, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx");
}

void config_lower_uuid(const char *uuid, char out[CONFIG_UUID_ROOM])
{
    size_t i;

    for (i = 0; uuid[i] && i + 1 < CONFIG_UUID_ROOM; i++)
        out[i] = (char)tolower((unsigned char)uuid[i]);
    out[i] = '\0';
}

/* One of a card, not of a group of them. */
static bool is_mac(const char *word)
{
    return looks_like(word, "xx:xx:xx:xx:xx:xx")
           && strchr("02468aceACE", word[1]);
}

/* JSON and XML take UTF-8, and XML no control characters. */
static bool is_writable(const char *word)
{
    size_t left = strlen(word), n;

    for (; left; word += n, left -= n) {
        n = utf8_length((const unsigned char *)word, left);
        if (!n || (unsigned char)*word < ' ' || *word == '\x7f')
            return false;
    }
    return true;
}

static int expected(struct xr_error *err, const char *what)
{
    return error_because(err, XR_REASON_USAGE, EINVAL, "%s", what);
}

/* "OF=TO": both are there. */
static bool split(const char *word, struct config_edit *out)
{
    const char *equals = strchr(word, '=');

    if (!equals || equals == word || !equals[1])
        return false;
    out->of = word;
    out->of_length = (size_t)(equals - word);
    out->to = equals + 1;
    return true;
}

static int parse_disk(const char *word, struct config_edit *out,
                      struct xr_error *err)
{
    return split(word, out)
               ? 0 : expected(err, "VDEV=TARGET is expected, as in "
                              "xvda=/dev/vg/web");
}

static int parse_bridge(const char *word, struct config_edit *out,
                        struct xr_error *err)
{
    return split(word, out)
               ? 0 : expected(err, "OLD=NEW is expected, two bridges");
}

static int parse_mac(const char *word, struct config_edit *out,
                     struct xr_error *err)
{
    char number[8] = "";

    if (!strcmp(word, "new"))
        return 0;
    if (split(word, out) && out->of_length < sizeof(number)
        && (is_mac(out->to) || !strcmp(out->to, "new"))) {
        memcpy(number, out->of, out->of_length);
        if (!strcmp(out->to, "new"))
            out->to = NULL;
        if (number_parse(number, &out->number))
            return 0;
    }
    return expected(err, "new or VIF=MAC is expected, as in "
                    "0=00:16:3e:01:02:03");
}

static int parse_word(enum config_edit_kind kind, const char *word,
                      struct config_edit *out, struct xr_error *err)
{
    switch (kind) {
    case CONFIG_EDIT_NAME:
        out->to = word;
        return *word && !strchr(word, '/')
                   ? 0 : expected(err, "a name for a domain is expected");
    case CONFIG_EDIT_UUID:
        out->to = word;
        return config_is_uuid(word)
                   ? 0 : expected(err, "a uuid is expected");
    case CONFIG_EDIT_DISK:
        return parse_disk(word, out, err);
    case CONFIG_EDIT_BRIDGE:
        return parse_bridge(word, out, err);
    case CONFIG_EDIT_MAC:
        break;
    }
    return parse_mac(word, out, err);
}

int config_edit_parse(enum config_edit_kind kind, const char *word,
                      struct config_edit *out, struct xr_error *err)
{
    struct config_edit edit = { .kind = kind };
    int r = parse_word(kind, word, &edit, err);

    if (!r && !is_writable(word))
        r = expected(err, "a configuration cannot have these characters");
    if (!r)
        *out = edit;
    return r;
}
