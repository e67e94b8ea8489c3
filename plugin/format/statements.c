/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "format/statements.h"

#include <string.h>

/* In no locale: libxlutil's lexer knows just these. */
static bool is_letter(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_key(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && is_blank(*at))
        at++;
    return at;
}

static const char *end_of_line(const char *at, const char *end)
{
    const char *newline = memchr(at, '\n', (size_t)(end - at));

    return newline ? newline : end;
}

/* The length of KEY if KEY = or KEY += stands here, else 0. */
static size_t key_at(const char *at, const char *end, bool *adds)
{
    const char *p = at;
    size_t n;

    if (p == end || !is_letter(*p))
        return 0;
    while (p < end && is_key(*p))
        p++;
    n = (size_t)(p - at);
    p = skip_blanks(p, end);
    *adds = end - p >= 2 && p[0] == '+' && p[1] == '=';
    return *adds || (p < end && *p == '=') ? n : 0;
}

/* Behind the string that begins here; at the newline if it never ends. */
static const char *skip_string(const char *at, const char *end)
{
    const char *line_end = end_of_line(at, end);
    const char *close = memchr(at + 1, *at, (size_t)(line_end - at - 1));

    return close ? close + 1 : line_end;
}

/* At its newline, its semicolon or the end. */
static const char *find_end(const char *at, const char *end, bool *flat)
{
    unsigned int depth = 0;
    bool adds;

    while (at < end) {
        if (*at == '"' || *at == '\'') {
            at = skip_string(at, end);
            continue;
        }
        if (*at == '#') {
            at = end_of_line(at, end);
            continue;
        }
        if (!depth && (*at == '\n' || *at == ';'))
            break;
        if (*at == '\n' && key_at(skip_blanks(at + 1, end), end, &adds))
            break;
        if (*at == '[' && depth++)
            *flat = false;
        if (*at == ']' && depth)
            depth--;
        at++;
    }
    return at;
}

static unsigned int count_lines(const char *at, const char *end)
{
    unsigned int lines = 0;

    for (; at < end; at++)
        lines += *at == '\n';
    return lines;
}

/* Over blanks, comments and ends of statements. */
static void skip_nothing(struct statements *s)
{
    while (s->at < s->end) {
        if (*s->at == '#')
            s->at = end_of_line(s->at, s->end);
        else if (is_blank(*s->at) || *s->at == ';')
            s->at++;
        else if (*s->at == '\n')
            s->at++, s->line++;
        else
            break;
    }
}

void statements_begin(struct statements *s, const char *text, size_t n)
{
    *s = (struct statements){ .at = text, .end = text + n, .line = 1 };
}

bool statements_next(struct statements *s, struct statement *out)
{
    const char *stop;

    skip_nothing(s);
    if (s->at == s->end)
        return false;
    *out = (struct statement){
        .text = s->at,
        .line = s->line,
        .flat = true,
    };
    stop = find_end(s->at, s->end, &out->flat);
    out->length = (size_t)(stop - s->at);
    out->key_length = key_at(s->at, stop, &out->adds);
    if (memchr(s->at, '\0', out->length))
        out->flat = false;
    s->line += count_lines(s->at, stop);
    s->at = stop;
    return true;
}
