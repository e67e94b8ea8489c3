/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/config_edit.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "lib/config_editor.h"
#include "util/buffer.h"

/* What libxl takes for a virtual interface of which no bridge is said. */
#define USUAL_BRIDGE "xenbr0"

/* Another domain does not get the number that the image's may still have. */
static int drop_domid(struct editor *e, struct config_place *place)
{
    CLEANUP_BUFFER struct buffer text = { 0 };
    const struct config_span *span = &place->words[CONFIG_WORD_DOMID];

    if (!span->end || place->changed[CONFIG_WORD_DOMID])
        return 0;
    place->changed[CONFIG_WORD_DOMID] = true;
    buffer_puts(&text, "0");
    return splices_add(&e->splices, span->begin, span->end, &text)
               ? editor_without_memory(e) : 0;
}

static int edit_domain(struct editor *e, const struct config_edit *edit)
{
    bool name = edit->kind == CONFIG_EDIT_NAME;
    enum config_word word = name ? CONFIG_WORD_NAME : CONFIG_WORD_UUID;
    struct config_place *place = NULL;
    size_t i;
    int r;

    for (i = 0; !place && i < e->places->count; i++)
        if (e->places->places[i].kind == CONFIG_PLACE_DOMAIN)
            place = &e->places->places[i];
    if (!place)
        return editor_refuse(e, EINVAL, "the configuration has no place for a "
                             "name and a uuid");
    r = editor_put(e, place, word, edit->to);
    if (!r)
        r = drop_domid(e, place);
    return r ? r : editor_note(e, name ? "name" : "uuid", NULL,
                               place->words[word].value, edit->to);
}

static int find_disk(struct editor *e, const struct config_edit *edit,
                     struct config_place **out)
{
    size_t i;

    *out = NULL;
    for (i = 0; i < e->places->count; i++) {
        struct config_place *place = &e->places->places[i];

        if (place->kind != CONFIG_PLACE_DISK
            || !editor_is_meant(edit, place->words[CONFIG_WORD_VDEV].value))
            continue;
        if (*out)
            return editor_refuse(e, EINVAL, "the configuration has that disk "
                                 "twice");
        *out = place;
    }
    return *out ? 0 : editor_miss(e, edit, "disk", CONFIG_PLACE_DISK,
                                  CONFIG_WORD_VDEV);
}

/* A path takes the place of a path, and of nothing; other names that of others,
   which a script understands. */
static int check_target(struct editor *e, const struct config_place *place,
                        const char *to)
{
    const char *from = place->words[CONFIG_WORD_TARGET].value;

    if (place->is_other)
        return editor_refuse(e, EINVAL, "that disk is not in a file or "
                             "device");
    return *to == '/' || (from && *from && *from != '/')
               ? 0 : editor_refuse(e, EINVAL, "a disk's target must be an "
                                   "absolute path");
}

static int edit_disk(struct editor *e, const struct config_edit *edit)
{
    struct config_place *place;
    const char *format;
    int r = find_disk(e, edit, &place);

    if (!r)
        r = check_target(e, place, edit->to);
    if (!r)
        r = editor_put(e, place, CONFIG_WORD_TARGET, edit->to);
    if (r)
        return r;
    format = place->words[CONFIG_WORD_FORMAT].value;
    if (e->syntax == CONFIG_JSON && format && !strcmp(format, "empty"))
        r = editor_put(e, place, CONFIG_WORD_FORMAT, "raw");
    return r ? r : editor_note(e, "disk", place->words[CONFIG_WORD_VDEV].value,
                               place->words[CONFIG_WORD_TARGET].value,
                               edit->to);
}

static const char *bridge_of(const struct editor *e,
                             const struct config_place *place)
{
    const struct config_span *word = &place->words[CONFIG_WORD_BRIDGE];

    return e->syntax == CONFIG_JSON && !word->value ? USUAL_BRIDGE
                                                    : word->value;
}

static int change_vif(struct editor *e, struct config_place *place,
                      size_t number, enum config_word word, const char *to)
{
    char of[24];
    int r = editor_put(e, place, word, to);

    snprintf(of, sizeof(of), "%zu", number);
    return r ? r : editor_note(e, word == CONFIG_WORD_MAC ? "mac" : "bridge",
                               of, word == CONFIG_WORD_MAC
                                   ? place->words[word].value
                                   : bridge_of(e, place), to);
}

static int edit_bridge(struct editor *e, const struct config_edit *edit)
{
    size_t i, number = 0, count = 0;
    int r = 0;

    for (i = 0; !r && i < e->places->count; i++) {
        struct config_place *place = &e->places->places[i];

        if (place->kind != CONFIG_PLACE_VIF)
            continue;
        if (!place->is_other && editor_is_meant(edit, bridge_of(e, place))) {
            r = change_vif(e, place, number, CONFIG_WORD_BRIDGE, edit->to);
            count++;
        }
        number++;
    }
    return r || count ? r : editor_miss(e, edit, "interface on",
                                        CONFIG_PLACE_VIF, CONFIG_WORD_BRIDGE);
}

/* Of Xen's numbers, as libxl makes them itself. */
static int new_mac(struct editor *e, char out[CONFIG_MAC_ROOM])
{
    unsigned char bytes[3];

    if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
        return error_set(e->err, EIO, "cannot get random numbers");
    snprintf(out, CONFIG_MAC_ROOM, "00:16:3e:%02x:%02x:%02x",
             bytes[0] & 0x7f, bytes[1], bytes[2]);
    return 0;
}

/* Does this edit speak of the interface? */
static bool is_meant(const struct config_edit *edit,
                     const struct config_place *place, size_t number)
{
    return edit->of ? edit->number == number
                    : !place->changed[CONFIG_WORD_MAC];
}

static int edit_mac(struct editor *e, const struct config_edit *edit)
{
    char mac[CONFIG_MAC_ROOM];
    size_t i, number = 0, count = 0;
    int r = 0;

    for (i = 0; !r && i < e->places->count; i++) {
        struct config_place *place = &e->places->places[i];

        if (place->kind != CONFIG_PLACE_VIF)
            continue;
        if (is_meant(edit, place, number)) {
            r = edit->to ? 0 : new_mac(e, mac);
            if (!r)
                r = change_vif(e, place, number, CONFIG_WORD_MAC,
                               edit->to ? edit->to : mac);
            count++;
        }
        number++;
    }
    return r || count || !edit->of
               ? r : editor_miss(e, edit, "interface", CONFIG_PLACE_VIF,
                                 CONFIG_WORD_MAC);
}

static int edit_one(struct editor *e, const struct config_edit *edit)
{
    switch (edit->kind) {
    case CONFIG_EDIT_NAME:
    case CONFIG_EDIT_UUID:
        return edit_domain(e, edit);
    case CONFIG_EDIT_DISK:
        return edit_disk(e, edit);
    case CONFIG_EDIT_BRIDGE:
        return edit_bridge(e, edit);
    case CONFIG_EDIT_MAC:
        break;
    }
    return edit_mac(e, edit);
}

/* Those that name something come before those that mean all that is left. */
static int edit_all(struct editor *e, const struct config_edit *edits,
                    size_t count)
{
    size_t i;
    int r = 0;

    for (i = 0; !r && i < count; i++)
        if (edits[i].kind != CONFIG_EDIT_MAC || edits[i].of)
            r = edit_one(e, &edits[i]);
    for (i = 0; !r && i < count; i++)
        if (edits[i].kind == CONFIG_EDIT_MAC && !edits[i].of)
            r = edit_one(e, &edits[i]);
    return r;
}

int config_edit(enum config_syntax syntax, const char *text, size_t n,
                const struct config_edit *edits, size_t count,
                struct config_edited *out, struct xr_error *err)
{
    CLEANUP_CONFIG_PLACES struct config_places places = { .places = NULL };
    struct editor e = {
        .syntax = syntax, .places = &places, .out = out, .err = err,
    };
    int r;

    *out = (struct config_edited){ .text = NULL };
    n = strnlen(text, n);
    r = config_places_find(syntax, text, n, &places, err);
    if (!r)
        r = edit_all(&e, edits, count);
    if (!r) {
        out->text = splices_apply(&e.splices, text, n);
        r = out->text ? 0 : editor_without_memory(&e);
    }
    splices_free(&e.splices);
    return r;
}

void config_edited_free(struct config_edited *edited)
{
    int saved = errno;
    size_t i;

    for (i = 0; i < edited->count; i++) {
        free(edited->changes[i].of);
        free(edited->changes[i].from);
        free(edited->changes[i].to);
    }
    free(edited->changes);
    free(edited->text);
    *edited = (struct config_edited){ .text = NULL };
    errno = saved;
}
