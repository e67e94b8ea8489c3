/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A list of images on the screen, for people and for programs.
 */
#ifndef CLI_LIST_H
#define CLI_LIST_H

#include "cli/json.h"
#include "engine/image_list.h"

/*
 * A table as wide as the terminal, or as COLUMNS: the columns that fit, the
 * most wanted first.  dir: paths below it are shortened by it, and where there
 * is little room by the guest's folder, too; or NULL.
 */
void list_text(const struct image_list *list, const char *dir);

/* An array "images". */
void list_json(yajl_gen g, const struct image_list *list);

/* Members of an image's object: "file", "name", "uuid", "saved_at", ... */
void json_listed(yajl_gen g, const struct listed_image *image);

/* Local time: "2026-11-27 03:00:05". */
enum { MOMENT_TEXT_SIZE = 32 };
void moment_text(time_t when, char out[MOMENT_TEXT_SIZE]);

/* path without "DIR/". */
const char *path_below(const char *path, const char *dir);

#endif
