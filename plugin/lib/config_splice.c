/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/config_splice.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xml_text.h"

int splices_add(struct splices *splices, size_t begin, size_t end,
                struct buffer *text)
{
    size_t n = splices->count;
    struct splice *more = splices->items;

    if (!(n & (n - 1))) {
        more = reallocarray(more, n ? 2 * n : 1, sizeof(*more));
        if (!more)
            return -ENOMEM;
        splices->items = more;
    }
    more[n] = (struct splice){ begin, end, buffer_steal(text), n };
    if (!more[n].text)
        return -ENOMEM;
    splices->count++;
    return 0;
}

static int compare_splices(const void *a, const void *b)
{
    const struct splice *one = a, *other = b;

    if (one->begin != other->begin)
        return one->begin < other->begin ? -1 : 1;
    return one->order > other->order ? -1 : one->order < other->order;
}

char *splices_apply(struct splices *splices, const char *text, size_t n)
{
    CLEANUP_BUFFER struct buffer out = { 0 };
    size_t at = 0, i;

    if (splices->count)
        qsort(splices->items, splices->count, sizeof(*splices->items),
              compare_splices);
    for (i = 0; i < splices->count; i++) {
        const struct splice *splice = &splices->items[i];

        buffer_append(&out, text + at, splice->begin - at);
        buffer_puts(&out, splice->text);
        at = splice->end;
    }
    buffer_append(&out, text + at, n - at);
    return buffer_steal(&out);
}

void splices_free(struct splices *splices)
{
    int saved = errno;

    while (splices->count)
        free(splices->items[--splices->count].text);
    free(splices->items);
    splices->items = NULL;
    errno = saved;
}

static void put_json(struct buffer *out, const char *value)
{
    buffer_puts(out, "\"");
    for (; *value; value++) {
        if ((unsigned char)*value < ' ')
            buffer_printf(out, "\\u%04x", (unsigned int)*value);
        else if (*value == '"' || *value == '\\')
            buffer_printf(out, "\\%c", *value);
        else
            buffer_append(out, value, 1);
    }
    buffer_puts(out, "\"");
}

void config_put_value(enum config_syntax syntax, const char *value,
                      struct buffer *out)
{
    if (syntax == CONFIG_JSON)
        put_json(out, value);
    else
        xml_put_escaped(out, value);
}
