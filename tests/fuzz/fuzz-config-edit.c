/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A few words of a domain's configuration, JSON or XML, are changed: what comes
 * out is a configuration that says what was wanted, and of which nothing else
 * has changed.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "lib/config_edit.h"
#include "util/cleanup.h"

#define UUID "1afefa87-b46a-4215-9cc6-e2ed1d40cc38"

static const struct {
    enum config_edit_kind kind;
    const char *word;
} wishes[] = {
    { CONFIG_EDIT_NAME, "a\"<&>'\\ b" },
    { CONFIG_EDIT_UUID, UUID },
    { CONFIG_EDIT_DISK, "xvda=/dev/\"<&>'\\/b" },
    { CONFIG_EDIT_BRIDGE, "xenbr0=br'1" },
    { CONFIG_EDIT_MAC, "0=00:16:3e:01:02:03" },
    { CONFIG_EDIT_MAC, "new" },
};

enum { WISHES = sizeof(wishes) / sizeof(*wishes) };

static const char *value_in(const struct config_places *places, size_t i,
                            size_t word)
{
    const char *value = places->places[i].words[word].value;

    return value ? value : "";
}

/* How many words differ; places are as many as before. */
static size_t count_changes(const struct config_places *a,
                            const struct config_places *b)
{
    size_t i, word, count = 0;

    must(a->count == b->count);
    for (i = 0; i < a->count; i++) {
        must(a->places[i].kind == b->places[i].kind);
        for (word = 0; word < CONFIG_WORDS; word++)
            count += strcmp(value_in(a, i, word), value_in(b, i, word)) != 0;
    }
    return count;
}

/* Wishes may fail; those that do not are what has changed.  A disk that had no
   medium gets a format, too. */
static void edit(enum config_syntax syntax, const char *text, size_t n,
                 const struct config_edit *edits, size_t count)
{
    CLEANUP_CONFIG_PLACES struct config_places before = { 0 }, after = { 0 };
    CLEANUP_CONFIG_EDITED struct config_edited edited = { 0 };
    struct xr_error err = { .code = 0 };
    size_t changes;
    int r = config_edit(syntax, text, n, edits, count, &edited, &err);

    must(r <= 0 && r != -ENOMEM);
    must(r ? *err.message : edited.text != NULL);
    if (r)
        return;
    must(!config_places_find(syntax, text, n, &before, &err));
    must(!config_places_find(syntax, edited.text, strlen(edited.text), &after,
                             &err));
    changes = count_changes(&before, &after);
    must(changes <= 2 * edited.count);
    if (!count)
        must(!changes && !strncmp(edited.text, text, n));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    CLEANUP_FREE char *text = malloc(n + 1);
    struct config_edit edits[WISHES];
    struct xr_error err;
    size_t i;

    must(text != NULL);
    memcpy(text, bytes, n);
    text[n] = '\0';
    for (i = 0; i < WISHES; i++) {
        struct config_edit any;

        must(!config_edit_parse(wishes[i].kind, wishes[i].word, &edits[i],
                                &err));
        if (!config_edit_parse(wishes[i].kind, text, &any, &err))
            edit(CONFIG_JSON, "{\"nics\":[{}]}", 13, &any, 1);
    }
    edit(CONFIG_JSON, text, n, edits, 0);
    edit(CONFIG_XML, text, n, edits, 0);
    for (i = 0; i < WISHES; i++) {
        edit(CONFIG_JSON, text, n, &edits[i], 1);
        edit(CONFIG_XML, text, n, &edits[i], 1);
    }
    edit(CONFIG_JSON, text, n, edits, WISHES);
    edit(CONFIG_XML, text, n, edits, WISHES);
    return 0;
}
