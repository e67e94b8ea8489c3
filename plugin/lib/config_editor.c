/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/config_editor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/buffer.h"

int editor_refuse(const struct editor *e, int code, const char *what)
{
    return error_because(e->err, XR_REASON_USAGE, code, "%s", what);
}

int editor_without_memory(const struct editor *e)
{
    return error_set(e->err, ENOMEM, "out of memory");
}

static char *copy_or_null(const char *text)
{
    return text ? strdup(text) : NULL;
}

int editor_note(struct editor *e, const char *what, const char *of,
                const char *from, const char *to)
{
    struct config_edited *out = e->out;
    size_t n = out->count;
    struct config_change *change;

    if (!(n & (n - 1))) {
        change = reallocarray(out->changes, n ? 2 * n : 1, sizeof(*change));
        if (!change)
            return editor_without_memory(e);
        out->changes = change;
    }
    change = &out->changes[out->count++];
    *change = (struct config_change){
        .what = what,
        .of = copy_or_null(of),
        .from = copy_or_null(from),
        .to = copy_or_null(to),
    };
    return (of && !change->of) || (from && !change->from) || !change->to
               ? editor_without_memory(e) : 0;
}

/* What is added where a word is not said at all; false: it has to be. */
static bool put_added(const struct editor *e, const struct config_place *place,
                      enum config_word word, const char *value,
                      struct buffer *out)
{
    static const struct {
        const char *json, *before, *after;
    } added[CONFIG_WORDS] = {
        [CONFIG_WORD_NAME] = { "name", "<name>", "</name>" },
        [CONFIG_WORD_UUID] = { "uuid", "<uuid>", "</uuid>" },
        [CONFIG_WORD_TARGET] = { "pdev_path", "<source file='", "'/>" },
        [CONFIG_WORD_FORMAT] = { "format", NULL, NULL },
        [CONFIG_WORD_MAC] = { "mac", "<mac address='", "'/>" },
        [CONFIG_WORD_BRIDGE] = { "bridge", NULL, NULL },
    };
    bool json = e->syntax == CONFIG_JSON;

    if (!place->inside || (!json && !added[word].before))
        return false;
    if (json)
        buffer_printf(out, "\"%s\": ", added[word].json);
    else
        buffer_puts(out, added[word].before);
    config_put_value(e->syntax, value, out);
    if (!json)
        buffer_puts(out, added[word].after);
    else if (!place->empty)
        buffer_puts(out, ", ");
    return true;
}

int editor_put(struct editor *e, struct config_place *place,
               enum config_word word, const char *value)
{
    CLEANUP_BUFFER struct buffer text = { 0 };
    const struct config_span *span = &place->words[word];
    size_t begin = span->end ? span->begin : place->inside;
    size_t end = span->end ? span->end : place->inside;

    if (place->changed[word])
        return editor_refuse(e, EINVAL, "the same is changed twice");
    if (span->end)
        config_put_value(e->syntax, value, &text);
    else if (!put_added(e, place, word, value, &text))
        return editor_refuse(e, EINVAL, "the configuration has no place for "
                             "what is to be changed");
    place->changed[word] = true;
    place->empty = false;
    return splices_add(&e->splices, begin, end, &text)
               ? editor_without_memory(e) : 0;
}

bool editor_is_meant(const struct config_edit *edit, const char *value)
{
    return value && strlen(value) == edit->of_length
           && !memcmp(value, edit->of, edit->of_length);
}

/* ": there is xvda, xvdb" */
static void put_known(const struct editor *e, enum config_place_kind kind,
                      enum config_word word, struct buffer *out)
{
    const char *before = "";
    size_t i;

    for (i = 0; i < e->places->count; i++) {
        const struct config_place *place = &e->places->places[i];
        const char *value = place->words[word].value;

        if (place->kind != kind || place->is_other || !value)
            continue;
        buffer_puts(out, before);
        buffer_put_safe(out, value, strlen(value));
        before = ", ";
    }
    if (!*before)
        buffer_puts(out, "none");
}

/* Who is asked for is not there. */
int editor_miss(struct editor *e, const struct config_edit *edit,
                const char *what, enum config_place_kind kind,
                enum config_word word)
{
    CLEANUP_BUFFER struct buffer text = { 0 };

    buffer_printf(&text, "the configuration has no %s ", what);
    buffer_put_safe(&text, edit->of, edit->of_length);
    buffer_puts(&text, "; it has: ");
    put_known(e, kind, word, &text);
    return buffer_failed(&text) ? editor_without_memory(e)
                                : editor_refuse(e, ENOENT, text.data);
}
