/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "format/json_scan.h"

#include <string.h>

#include "util/number.h"

enum {
    DEPTH_MAX = 32,
    NAME_ROOM = 64,
    HEX_DIGITS = 4,
};

static void scan_blanks(struct json_scan *s)
{
    while (s->at < s->end && strchr(" \t\r\n", *s->at) && *s->at)
        s->at++;
}

static bool scan_char(struct json_scan *s, char wanted)
{
    scan_blanks(s);
    if (s->at == s->end || *s->at != wanted)
        return false;
    s->at++;
    return true;
}

/* Behind a backslash: what it stands for; 0: the text ends here. */
static char take_escape(struct json_scan *s)
{
    char c = s->at < s->end ? *s->at++ : '\0';

    if (c == 'u') {
        if (s->end - s->at < HEX_DIGITS)
            return '\0';
        s->at += HEX_DIGITS;
        return '?';
    }
    return c && strchr("bfnrt", c) ? ' ' : c;
}

bool json_scan_string(struct json_scan *scan, char *out, size_t room)
{
    struct json_scan s = *scan;
    size_t n = 0;

    if (!scan_char(&s, '"'))
        return false;
    while (s.at < s.end && *s.at != '"') {
        char c = *s.at++;

        if (c == '\\')
            c = take_escape(&s);
        if (!c)
            return false;
        if (n + 1 < room)
            out[n++] = c;
    }
    if (!scan_char(&s, '"'))
        return false;
    if (room)
        out[n] = '\0';
    *scan = s;
    return true;
}

static bool skip_value(struct json_scan *s, unsigned int depth);

/* Behind the opening bracket. */
static bool skip_items(struct json_scan *s, char closing, unsigned int depth)
{
    if (scan_char(s, closing))
        return true;
    do {
        if (closing == '}'
            && (!json_scan_string(s, NULL, 0) || !scan_char(s, ':')))
            return false;
        if (!skip_value(s, depth))
            return false;
    } while (scan_char(s, ','));
    return scan_char(s, closing);
}

static bool skip_value(struct json_scan *s, unsigned int depth)
{
    const char *from;

    if (depth == DEPTH_MAX)
        return false;
    if (scan_char(s, '{'))
        return skip_items(s, '}', depth + 1);
    if (scan_char(s, '['))
        return skip_items(s, ']', depth + 1);
    if (json_scan_string(s, NULL, 0))
        return true;
    from = s->at;
    while (s->at < s->end && *s->at && !strchr(" \t\r\n,:{}[]\"", *s->at))
        s->at++;
    return s->at > from;
}

bool json_scan_value(struct json_scan *scan)
{
    struct json_scan s = *scan;

    if (!skip_value(&s, 0))
        return false;
    *scan = s;
    return true;
}

bool json_scan_member(struct json_scan *scan, const char *name)
{
    struct json_scan s = *scan;
    char its[NAME_ROOM];

    if (!scan_char(&s, '{'))
        return false;
    do {
        if (!json_scan_string(&s, its, sizeof(its)) || !scan_char(&s, ':'))
            return false;
        if (!strcmp(its, name)) {
            *scan = s;
            return true;
        }
        if (!skip_value(&s, 0))
            return false;
    } while (scan_char(&s, ','));
    return false;
}

bool json_scan_array(struct json_scan *scan)
{
    struct json_scan s = *scan;

    if (!scan_char(&s, '['))
        return false;
    scan_blanks(&s);
    if (s.at == s.end || *s.at == ']')
        return false;
    *scan = s;
    return true;
}

bool json_scan_next(struct json_scan *scan)
{
    return scan_char(scan, ',');
}

bool json_scan_number(struct json_scan *scan, uint64_t *out)
{
    char digits[24];
    size_t n = 0;

    scan_blanks(scan);
    while (n + 1 < sizeof(digits) && scan->at + n < scan->end
           && scan->at[n] >= '0' && scan->at[n] <= '9') {
        digits[n] = scan->at[n];
        n++;
    }
    digits[n] = '\0';
    if (!number_parse(digits, out))
        return false;
    scan->at += n;
    return true;
}
