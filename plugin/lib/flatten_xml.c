/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * XML as libvirt writes it.  Nothing is refused but what is nested too deep:
 * what is no XML has few values, or odd ones.
 */
#include "config.h"

#include "lib/flatten.h"

#include <errno.h>
#include <string.h>

#include "lib/xml_text.h"
#include "util/buffer.h"

struct elements {
    struct values *values;
    uint32_t nodes[FLATTEN_DEPTH_MAX]; /* of those that are open */
    unsigned int depth;
};

/* A value of XML's. */
static int set_decoded(struct elements *e, uint32_t node, const char *text,
                       size_t n)
{
    CLEANUP_BUFFER struct buffer value = { 0 };

    if (!memchr(text, '&', n))
        return values_set(e->values, node, text, n);
    xml_put_decoded(&value, text, n);
    if (buffer_failed(&value))
        return -ENOMEM;
    return values_set(e->values, node, value.data, value.length);
}

/* name='value' or name="value" in the n bytes of a tag. */
struct attribute {
    const char *name;
    size_t name_length;
    const char *value;
    size_t value_length;
};

static bool next_attribute(const char **text, size_t *n,
                           struct attribute *out)
{
    size_t blanks = strspn(*text, " \t\n/?"), used;
    const char *end;

    if (blanks >= *n)
        return false;
    out->name = *text + blanks;
    *n -= blanks;
    out->name_length = strcspn(out->name, "= \t\n>");
    if (out->name_length + 2 > *n || out->name[out->name_length] != '=')
        return false;
    out->value = out->name + out->name_length + 2;
    used = out->name_length + 2;
    end = memchr(out->value, out->value[-1], *n - used);
    out->value_length = end ? (size_t)(end - out->value) : *n - used;
    used += out->value_length + (end != NULL);
    *text = out->name + used;
    *n -= used;
    return true;
}

static int set_attributes(struct elements *e, uint32_t element,
                          const char *text, size_t n)
{
    struct attribute attribute;
    uint32_t node;
    int r = 0;

    while (!r && next_attribute(&text, &n, &attribute)) {
        r = values_name(e->values, element, VALUE_ATTRIBUTE, attribute.name,
                        attribute.name_length, &node);
        if (!r)
            r = set_decoded(e, node, attribute.value, attribute.value_length);
    }
    return r;
}

static bool is_all_blank(const char *text, size_t n)
{
    return strspn(text, " \t\n\r") >= n;
}

/* Further elements of one name are members of the first one, from 2 on. */
static int find_node(struct elements *e, const char *name, size_t n,
                     uint32_t *out)
{
    uint32_t parent = e->depth ? e->nodes[e->depth - 1] : 0, node, number;
    int r = values_name(e->values, parent, VALUE_NAME, name, n, &node);

    if (r)
        return r;
    number = ++e->values->nodes[node].elements;
    *out = node;
    return number > 1 ? values_member(e->values, node, number, out) : 0;
}

/* "<tag attributes>" without the brackets, and the text behind it. */
static int open_element(struct elements *e, const char *tag, size_t n)
{
    size_t name = strcspn(tag, " \t\n/>");
    const char *text = tag + n + 1;
    size_t length = strcspn(text, "<");
    uint32_t node;
    int r;

    if (e->depth == FLATTEN_DEPTH_MAX)
        return -E2BIG;
    if (name > n)
        name = n;
    r = find_node(e, tag, name, &node);
    if (r)
        return r;
    e->nodes[e->depth++] = node;
    r = set_attributes(e, node, tag + name, n - name);
    return r || is_all_blank(text, length)
               ? r
               : set_decoded(e, node, text, length);
}

/* The last character of a tag; of a comment, an instruction or a CDATA section,
   of which nothing is kept.  NULL: it has no end. */
static const char *find_tag_end(const char *tag)
{
    static const char *const remarks[][2] = {
        { "<!--", "-->" }, { "<![CDATA[", "]]>" }, { "<?", "?>" },
    };
    size_t i;

    for (i = 0; i < sizeof(remarks) / sizeof(*remarks); i++)
        if (!strncmp(tag, remarks[i][0], strlen(remarks[i][0]))) {
            tag = strstr(tag + strlen(remarks[i][0]), remarks[i][1]);
            return tag ? tag + strlen(remarks[i][1]) - 1 : NULL;
        }
    while (tag && *tag != '>') {
        const char *quote = strpbrk(tag, ">\"'");
        const char *end = quote && *quote != '>'
                              ? strchr(quote + 1, *quote) : NULL;

        tag = end ? end + 1 : strchr(tag, '>');
    }
    return tag;
}

int flatten_xml(const char *text, struct values *out, struct xr_error *err)
{
    struct elements e = { .values = out };
    const char *at = text, *end = text;
    int r = 0;

    out->separator = '/';
    while (!r && (at = strchr(end, '<')) && (end = find_tag_end(at))) {
        size_t n = (size_t)(end - ++at);

        if (!n || *at == '?' || *at == '!')
            continue;
        if (*at != '/')
            r = open_element(&e, at, n);
        if (e.depth && (*at == '/' || at[n - 1] == '/'))
            e.depth--;
    }
    if (!r)
        return 0;
    values_free(out);
    return flatten_failed(r, (uint64_t)(at ? at - text : 0), err);
}
