/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A configuration that is being changed: for config_edit.c.
 */
#ifndef LIB_CONFIG_EDITOR_H
#define LIB_CONFIG_EDITOR_H

#include "lib/config_edit.h"
#include "lib/config_splice.h"

struct editor {
    enum config_syntax syntax;
    struct config_places *places;
    struct splices splices;
    struct config_edited *out;
    struct xr_error *err;
};

int editor_refuse(const struct editor *e, int code, const char *what);
int editor_without_memory(const struct editor *e);

/* Copies the texts. */
int editor_note(struct editor *e, const char *what, const char *of,
                const char *from, const char *to);

/* Another value in the place of a word, or a word where there is none. */
int editor_put(struct editor *e, struct config_place *place,
               enum config_word word, const char *value);

/* Is it of that, by its name? */
bool editor_is_meant(const struct config_edit *edit, const char *value);

/* -ENOENT: there is no WHAT of that name; and which there are. */
int editor_miss(struct editor *e, const struct config_edit *edit,
                const char *what, enum config_place_kind kind,
                enum config_word word);

#endif
