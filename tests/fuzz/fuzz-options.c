/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A command line, a word in each line, for a verb with each kind of option:
 * either it complains, or what it has set is allowed.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/options_common.h"
#include "fuzz.h"

enum { WORDS_MAX = 64 };

static unsigned int complaints;

void complain(const char *format, ...)
{
    must(*format);
    complaints++;
}

int complain_usage(const char *verb)
{
    must(*verb && complaints == 1);
    return STATUS_ERROR;
}

int finish_output(int status)
{
    return status;
}

void verb_print_help(const struct verb *verb)
{
    must(*verb->name);
}

struct wanted {
    bool flag, other;
    unsigned int number;
    enum format format;
    const char *text;
};

static int take_label(const char *word, void *request, struct xr_error *err)
{
    return request && *word ? 0 : error_set(err, EINVAL, "no label");
}

static const struct option_row rows[] = {
    { .name = "flag", .letter = 'f', SETS_FLAG(struct wanted, flag) },
    { .name = "flagrant", SETS_FLAG(struct wanted, other) },
    { .name = "number", .letter = 'n', .word = "N",
      SETS_NUMBER(struct wanted, number, 2, 40) },
    FORMAT_ROW(struct wanted, format),
    { .name = "text", .letter = 't', .word = "TEXT",
      SETS_TEXT(struct wanted, text) },
    { .name = "label", .word = "LABEL", .repeatable = true,
      IS_TAKEN_BY(take_label) },
    { .name = NULL },
};

/* Cuts text at its newlines. */
static int split(char *text, char **argv)
{
    int argc = 0;

    argv[argc++] = (char *)"verb";
    while (text && argc < WORDS_MAX)
        argv[argc++] = strsep(&text, "\n");
    argv[argc] = NULL;
    return argc;
}

static void parse(char *text, size_t n, bool ends_at_operand)
{
    const struct verb verb = {
        .name = "verb", .options = rows, .most = 3, .expected = "less",
        .ends_at_operand = ends_at_operand,
    };
    struct wanted w = { .number = 2, .format = FORMAT_TEXT, .text = text };
    char *argv[WORDS_MAX + 1];
    int argc = split(text, argv), first;

    complaints = 0;
    first = options_parse(&verb, argc, argv, &w);
    must(first > 0 ? first <= argc && argc - first <= 3 && !complaints
                   : first == -1 - STATUS_YES
                     || (first == -1 - STATUS_ERROR && complaints));
    must(w.number >= 2 && w.number <= 40);
    must(w.format == FORMAT_TEXT || w.format == FORMAT_JSON);
    must(w.text >= text && w.text <= text + n);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    int ends_at_operand;

    for (ends_at_operand = 0; ends_at_operand < 2; ends_at_operand++) {
        char *text = malloc(n + 1);

        must(text);
        memcpy(text, bytes, n);
        text[n] = '\0';
        parse(text, n, ends_at_operand);
        free(text);
    }
    return 0;
}
