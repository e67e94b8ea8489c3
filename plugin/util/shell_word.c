/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "util/shell_word.h"

#include <string.h>

static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                            "0123456789%+,-./:=@_";

/* Within quotes, only a quote ends them. */
static void put_quoted(struct buffer *b, const char *word)
{
    size_t n;

    buffer_puts(b, "'");
    while (*word) {
        n = strcspn(word, "'");
        buffer_append(b, word, n);
        word += n;
        if (*word)
            buffer_puts(b, "'\\''");
        word += *word != '\0';
    }
    buffer_puts(b, "'");
}

void buffer_put_shell_word(struct buffer *b, const char *word)
{
    if (*word && word[strspn(word, plain)] == '\0')
        buffer_puts(b, word);
    else
        put_quoted(b, word);
}
