/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * --help, of a verb and of the command: wrapped for a terminal of 80 columns.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/options.h"
#include "util/buffer.h"

enum {
    WIDTH = 79,
    OPTION_TEXT_AT = 26, /* the column in which an option's text begins */
    SUMMARY_AT = 13,
};

static void indent(unsigned int columns)
{
    printf("%*s", (int)columns, "");
}

/*
 * The words of an ASCII text up to its end or a newline, in lines of which each
 * but the first, which is at column, begins at margin.
 */
static const char *wrap_line(const char *text, unsigned int column,
                             unsigned int margin)
{
    bool first = true;

    while (*text && *text != '\n') {
        size_t n = strcspn(text, " \n");

        if (!first && column + 1 + n > WIDTH) {
            printf("\n");
            indent(margin);
            column = margin;
        } else if (!first) {
            printf(" ");
            column++;
        }
        printf("%.*s", (int)n, text);
        column += (unsigned int)n;
        text += n;
        text += *text == ' ';
        first = false;
    }
    printf("\n");
    return text;
}

/* A newline in it begins a new line at the margin. */
static void wrap(const char *text, unsigned int column, unsigned int margin)
{
    text = wrap_line(text, column, margin);
    while (*text == '\n') {
        indent(margin);
        text = wrap_line(text + 1, margin, margin);
    }
}

/* One line for each alternative. */
static void print_usage(const struct verb *verb)
{
    const char *rest = verb->synopsis;
    const char *label = "Usage:";

    while (rest) {
        const char *bar = strstr(rest, " | ");
        size_t n = bar ? (size_t)(bar - rest) : strlen(rest);

        printf("%-6s xen-resumable %s [OPTIONS]%s%.*s\n", label, verb->name,
               n ? " " : "", (int)n, rest);
        rest = bar ? bar + 3 : NULL;
        label = "";
    }
}

static void print_option(const struct option_row *row)
{
    CLEANUP_BUFFER struct buffer names = { 0 };
    CLEANUP_BUFFER struct buffer word = { 0 };

    option_put_word(row, &word);
    if (row->letter)
        buffer_printf(&names, "  -%c, ", row->letter);
    else
        buffer_puts(&names, "      ");
    buffer_printf(&names, "--%s%s%s", row->name, word.data ? "=" : "",
                  word.data ? word.data : "");
    if (buffer_failed(&names) || buffer_failed(&word)) {
        lose_output("out of memory");
        return;
    }
    printf("%s", names.data);
    if (names.length + 1 < OPTION_TEXT_AT)
        indent(OPTION_TEXT_AT - (unsigned int)names.length);
    else {
        printf("\n");
        indent(OPTION_TEXT_AT);
    }
    wrap(row->help, OPTION_TEXT_AT, OPTION_TEXT_AT);
}

void verb_print_help(const struct verb *verb)
{
    const struct option_row *row;

    print_usage(verb);
    wrap(verb->description, 0, 0);
    printf("\n");
    for (row = verb->options; row->name; row++)
        print_option(row);
    for (row = options_shared; row->name; row++)
        print_option(row);
    printf("\n");
    if (verb->footer) {
        wrap(verb->footer, 0, 0);
        printf("\n");
    }
    printf("Exit status: ");
    wrap(verb->exit_status, (unsigned int)strlen("Exit status: "), 0);
}

static void print_summary(const struct verb *verb)
{
    printf("  %-10s ", verb->name);
    if (*verb->synopsis) {
        wrap(verb->synopsis, SUMMARY_AT, SUMMARY_AT);
        indent(SUMMARY_AT);
    }
    wrap(verb->summary, SUMMARY_AT, SUMMARY_AT);
}

void verbs_print_help(const struct verb *const *verbs)
{
    printf("Usage: xen-resumable VERB [OPTIONS] ...\n"
           "Checkpoints of running Xen guests and their disks, and the way back.\n"
           "\n");
    for (; *verbs; verbs++)
        print_summary(*verbs);
    printf("\n"
           "  --help     this text; after a VERB, help on the verb\n"
           "  --version  the version\n"
           "\n"
           "For example: xen-resumable checkpoint web /var/backup/web.img\n"
           "             xen-resumable rollback web /var/backup/web.img\n"
           "Manual: man xen-resumable, man xen-resumable-checkpoint\n"
           "\n"
           "Exit status: 0 yes or done, 1 no or refused, 2 error, "
           "3 unknown.\n");
}
