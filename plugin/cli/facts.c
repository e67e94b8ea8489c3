/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/facts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/table.h"
#include "util/buffer.h"

enum { LABEL_WIDTH = 12 };

void size_text(uint64_t bytes, char out[SIZE_TEXT_MAX])
{
    static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB" };
    double size = (double)bytes;
    size_t unit = 0;

    while (size >= 1024 && unit < sizeof(units) / sizeof(units[0]) - 1) {
        size /= 1024;
        unit++;
    }
    snprintf(out, SIZE_TEXT_MAX, unit ? "%.1f %s" : "%.0f %s", size,
             units[unit]);
}

/* On a screen, in lines that begin below the first one's text. */
static void print_wrapped(const char *label, enum mark mark, const char *text)
{
    size_t width = screen_width(), n;

    do {
        n = width > LABEL_WIDTH ? text_fitting(text, width - LABEL_WIDTH)
                                : strlen(text);
        printf("%-*s%s%.*s%s\n", LABEL_WIDTH, label, mark_begin(mark),
               (int)n, text, mark_end(mark));
        text += n;
        text += strspn(text, " ");
        label = "";
    } while (*text);
}

static void print_fact(const char *label, enum mark mark, const char *format,
                       va_list ap)
{
    CLEANUP_BUFFER struct buffer text = { 0 }, safe = { 0 };

    buffer_vprintf(&text, format, ap);
    if (text.data)
        buffer_put_safe(&safe, text.data, text.length);
    if (buffer_failed(&text) || buffer_failed(&safe))
        lose_output("out of memory");
    else
        print_wrapped(label, mark, safe.data ? safe.data : "");
}

void print_line(const char *label, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    print_fact(label, MARK_NONE, format, ap);
    va_end(ap);
}

void print_marked(const char *label, enum mark mark, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    print_fact(label, mark, format, ap);
    va_end(ap);
}

enum mark mark_of_verdict(enum verdict_answer answer)
{
    static const enum mark marks[] = {
        [VERDICT_UNKNOWN] = MARK_DOUBT,
        [VERDICT_YES] = MARK_GOOD,
        [VERDICT_NO] = MARK_BAD,
    };

    return marks[answer];
}

void print_verdict(const char *label, enum verdict_answer answer,
                   const char *reason)
{
    print_marked(label, mark_of_verdict(answer), "%s%s%s",
                 verdict_answer_name(answer), reason ? ": " : "",
                 reason ? reason : "");
}
