/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An ordered list of key=value pairs, and its one textual form: pairs joined
 * by commas, as image metadata has been written since 2007
 * (plugin/format/FORMAT.md, "The list").
 *
 * Keys are printable ASCII without '=', ',' and '\\'.  Values are any bytes;
 * in the text '\\' and ',' are escaped by a backslash and everything outside
 * printable ASCII is \\xHH.  A key stands once; setting it again replaces the
 * value and keeps the place.
 */
#ifndef FORMAT_KEYLIST_H
#define FORMAT_KEYLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buffer.h"
#include "util/error.h"

/* Bounds on what a hostile text can make us hold. */
enum {
    KEYLIST_TEXT_MAX = 1 << 20,
    KEYLIST_PAIRS_MAX = 4096,
};

struct keypair {
    char *key;
    char *value;         /* NUL-terminated, but may hold NULs itself */
    size_t value_length;
};

struct keylist {
    struct keypair *pairs;
    size_t count;
    size_t capacity;
};

/* Would key be accepted? */
bool keylist_key_valid(const char *key, size_t n);

/* Copies both.  -EINVAL for a bad key, -E2BIG for too many, -ENOMEM. */
int keylist_set(struct keylist *list, const char *key, const char *value,
                size_t value_length);
int keylist_set_text(struct keylist *list, const char *key,
                     const char *value);

/* The pair or NULL; owned by the list, valid until the next change. */
const struct keypair *keylist_find(const struct keylist *list,
                                   const char *key);

/* The value as a C string, or NULL. */
const char *keylist_get(const struct keylist *list, const char *key);

/*
 * A numeric value: decimal or 0x and hexadecimal, no sign, no blanks.  False
 * if the key is absent or its value is no such number.
 */
bool keylist_get_number(const struct keylist *list, const char *key,
                        uint64_t *out);

/* Copies every pair of from whose key starts with prefix, without it. */
int keylist_copy_prefix(struct keylist *to, const struct keylist *from,
                        const char *prefix);

/* Appends the textual form. */
void keylist_print(const struct keylist *list, struct buffer *out);

/*
 * Reads the textual form into the empty list *out.  Errors carry the offset
 * within text.  On failure *out stays empty.
 */
int keylist_parse(const char *text, size_t n, struct keylist *out,
                  struct xr_error *err);

void keylist_free(struct keylist *list);

#define CLEANUP_KEYLIST __attribute__((cleanup(keylist_free)))

#endif
