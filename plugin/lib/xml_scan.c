/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/xml_scan.h"

#include <errno.h>
#include <string.h>

static const char blanks[] = " \t\r\n";
static const char no_name[] = " \t\r\n<>/=\"'&";

static int not_xml(size_t at, struct xr_error *err)
{
    return error_at(err, EINVAL, at, "the configuration is not XML that can "
                    "be changed");
}

static int too_much(size_t at, const char *what, int most,
                    struct xr_error *err)
{
    return error_at(err, E2BIG, at, "XML with more than %d %s", most, what);
}

void xml_scan_begin(struct xml_scan *scan, const char *text, size_t n)
{
    *scan = (struct xml_scan){ .text = text, .length = strnlen(text, n) };
}

static bool span_equals(const struct xml_scan *s, const struct xml_span *a,
                        const struct xml_span *b)
{
    size_t n = a->end - a->begin;

    return n == b->end - b->begin
           && !memcmp(s->text + a->begin, s->text + b->begin, n);
}

bool xml_span_is(const struct xml_scan *scan, const struct xml_span *span,
                 const char *word)
{
    size_t n = span->end - span->begin;

    return n == strlen(word) && !memcmp(scan->text + span->begin, word, n);
}

const struct xml_attribute *xml_token_attribute(const struct xml_scan *scan,
                                                const struct xml_token *token,
                                                const char *name)
{
    size_t i;

    for (i = 0; i < token->attribute_count; i++)
        if (xml_span_is(scan, &token->attributes[i].name, name))
            return &token->attributes[i];
    return NULL;
}

static bool begins(const struct xml_scan *s, size_t at, const char *word)
{
    size_t n = strlen(word);

    return n <= s->length - at && !memcmp(s->text + at, word, n);
}

/* Where the word begins, from at on; length: nowhere. */
static size_t find_word_from(const struct xml_scan *s, size_t at,
                             const char *word)
{
    const char *found = at < s->length
        ? memmem(s->text + at, s->length - at, word, strlen(word)) : NULL;

    return found ? (size_t)(found - s->text) : s->length;
}

static size_t skip_xml_blanks(const struct xml_scan *s, size_t at)
{
    while (at < s->length && strchr(blanks, s->text[at]))
        at++;
    return at;
}

/* An empty one, if none stands there. */
static struct xml_span scan_name(const struct xml_scan *s, size_t at)
{
    struct xml_span name = { at, at };

    while (name.end < s->length && !strchr(no_name, s->text[name.end]))
        name.end++;
    return name;
}

/* name='value', or name="value", at s->at, which goes behind it. */
static int scan_attribute(struct xml_scan *s, struct xml_attribute *out,
                          struct xr_error *err)
{
    size_t at;
    const char *end;

    out->name = scan_name(s, s->at);
    at = skip_xml_blanks(s, out->name.end);
    if (out->name.begin == out->name.end || at == s->length
        || s->text[at] != '=')
        return not_xml(at, err);
    at = skip_xml_blanks(s, at + 1);
    if (at == s->length || (s->text[at] != '"' && s->text[at] != '\''))
        return not_xml(at, err);
    end = memchr(s->text + at + 1, s->text[at], s->length - at - 1);
    if (!end || memchr(s->text + at, '<', (size_t)(end - s->text) - at))
        return not_xml(at, err);
    out->value = (struct xml_span){ at + 1, (size_t)(end - s->text) };
    s->at = out->value.end + 1;
    return 0;
}

static bool is_there_already(const struct xml_scan *s,
                             const struct xml_token *token,
                             const struct xml_attribute *attribute)
{
    size_t i;

    for (i = 0; i < token->attribute_count; i++)
        if (span_equals(s, &token->attributes[i].name, &attribute->name))
            return true;
    return false;
}

/* Up to the end of the tag. */
static int scan_attributes(struct xml_scan *s, struct xml_token *out,
                           struct xr_error *err)
{
    struct xml_attribute attribute;
    int r;

    for (;;) {
        size_t at = skip_xml_blanks(s, s->at);

        if (begins(s, at, ">") || begins(s, at, "/>")) {
            s->at = at;
            return 0;
        }
        if (at == s->at || at == s->length)
            return not_xml(at, err);
        s->at = at;
        r = scan_attribute(s, &attribute, err);
        if (r)
            return r;
        if (is_there_already(s, out, &attribute))
            return not_xml(at, err);
        if (out->attribute_count == XML_ATTRIBUTES_MAX)
            return too_much(at, "attributes of an element",
                            XML_ATTRIBUTES_MAX, err);
        out->attributes[out->attribute_count++] = attribute;
    }
}

static int scan_open(struct xml_scan *s, struct xml_token *out,
                     struct xr_error *err)
{
    int r;

    out->kind = XML_OPEN;
    out->name = scan_name(s, s->at + 1);
    if (out->name.begin == out->name.end || (!s->depth && s->rooted))
        return not_xml(s->at, err);
    if (s->depth == XML_DEPTH_MAX)
        return too_much(s->at, "levels", XML_DEPTH_MAX, err);
    s->at = out->name.end;
    r = scan_attributes(s, out, err);
    if (r)
        return r;
    out->closed = s->text[s->at] == '/';
    s->at += out->closed ? 2 : 1;
    out->span.end = s->at;
    s->open[s->depth++] = out->name;
    s->closing = out->closed;
    s->rooted = true;
    return 0;
}

static int scan_close(struct xml_scan *s, struct xml_token *out,
                      struct xr_error *err)
{
    size_t at;

    out->kind = XML_CLOSE;
    out->name = scan_name(s, s->at + 2);
    at = skip_xml_blanks(s, out->name.end);
    if (!s->depth || !begins(s, at, ">")
        || !span_equals(s, &out->name, &s->open[s->depth - 1]))
        return not_xml(s->at, err);
    s->depth--;
    s->at = out->span.end = at + 1;
    return 0;
}

/* <![CDATA[...]]>, or text up to the next tag. */
static int scan_text(struct xml_scan *s, struct xml_token *out,
                     struct xr_error *err)
{
    out->kind = XML_TEXT;
    out->is_cdata = begins(s, s->at, "<![CDATA[");
    if (out->is_cdata) {
        size_t end = find_word_from(s, s->at, "]]>");

        if (end == s->length || !s->depth)
            return not_xml(s->at, err);
        out->span.end = s->at = end + 3;
        return 0;
    }
    out->span.end = find_word_from(s, s->at, "<");
    if (!s->depth && skip_xml_blanks(s, s->at) < out->span.end)
        return not_xml(s->at, err);
    s->at = out->span.end;
    return 0;
}

/* Goes behind a comment or an instruction, which nobody asks for. */
static int skip_remark(struct xml_scan *s, const char *begin, const char *end,
                       struct xr_error *err)
{
    size_t from = s->at + strlen(begin);
    size_t found = find_word_from(s, from, end);

    if (found == s->length)
        return not_xml(s->at, err);
    s->at = found + strlen(end);
    return 0;
}

static int skip_remarks(struct xml_scan *s, struct xr_error *err)
{
    int r = 0;

    while (!r) {
        if (begins(s, s->at, "<!--"))
            r = skip_remark(s, "<!--", "-->", err);
        else if (begins(s, s->at, "<?"))
            r = skip_remark(s, "<?", "?>", err);
        else
            break;
    }
    return r;
}

int xml_scan_next(struct xml_scan *scan, struct xml_token *out,
                  struct xr_error *err)
{
    int r = scan->closing ? 0 : skip_remarks(scan, err);

    if (r)
        return r;
    out->span = out->name = (struct xml_span){ scan->at, scan->at };
    out->attribute_count = 0;
    out->closed = out->is_cdata = false;
    if (scan->closing) {
        scan->closing = false;
        out->kind = XML_CLOSE;
        out->name = scan->open[--scan->depth];
        return 0;
    }
    if (scan->at == scan->length) {
        out->kind = XML_END;
        return scan->depth || !scan->rooted ? not_xml(scan->at, err) : 0;
    }
    if (begins(scan, scan->at, "</"))
        return scan_close(scan, out, err);
    if (scan->text[scan->at] != '<' || begins(scan, scan->at, "<![CDATA["))
        return scan_text(scan, out, err);
    if (begins(scan, scan->at, "<!"))
        return error_at(err, EINVAL, scan->at, "XML with a document type");
    return scan_open(scan, out, err);
}
