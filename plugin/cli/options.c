/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A command line by a verb's table.  getopt_long() takes it apart; what is wrong
 * with it is said here, in the same words for every verb.
 */
#include "config.h"

#include "cli/options.h"

#include <assert.h>
#include <getopt.h>
#include <string.h>

#include "cli/cli.h"
#include "util/buffer.h"

enum {
    /* What getopt_long() returns for row N is FIRST_ROW + N. */
    FIRST_ROW = 256,
    HELP = FIRST_ROW + OPTIONS_MAX,
    /* "+:h", two for each letter, and the end. */
    LETTERS_ROOM = 4 + 2 * OPTIONS_MAX,
};

/* The table, as getopt_long() wants it. */
struct getopt_table {
    struct option options[OPTIONS_MAX + 2];
    char letters[LETTERS_ROOM];
};

static void getopt_table_fill(const struct verb *verb,
                              struct getopt_table *out)
{
    const struct option_row *row;
    char *letter = out->letters;
    size_t n = 0;

    if (verb->ends_at_operand)
        *letter++ = '+';
    *letter++ = ':';
    *letter++ = 'h';
    for (row = verb->options; row->name; row++, n++) {
        bool valued = row->kind != OPTION_FLAG;

        assert(n < OPTIONS_MAX);
        out->options[n] = (struct option){
            row->name, valued ? required_argument : no_argument, NULL,
            FIRST_ROW + (int)n,
        };
        if (row->letter)
            *letter++ = row->letter;
        if (row->letter && valued)
            *letter++ = ':';
    }
    *letter = '\0';
    out->options[n] = (struct option){ "help", no_argument, NULL, HELP };
    out->options[n + 1] = (struct option){ NULL, 0, NULL, 0 };
}

/* What getopt_long() has found, or NULL: --help, or nothing of ours. */
static const struct option_row *find_row(const struct verb *verb, int found)
{
    const struct option_row *row;

    for (row = verb->options; row->name; row++)
        if (found == FIRST_ROW + (int)(row - verb->options)
            || (row->letter && found == row->letter))
            return row;
    return NULL;
}

/* How many options begin like the word; their names, between commas. */
static unsigned int find_similar(const struct getopt_table *table,
                                 const char *word, struct buffer *names)
{
    const struct option *option;
    unsigned int count = 0;

    for (option = table->options; option->name; option++) {
        if (strncmp(option->name, word, strcspn(word, "=")))
            continue;
        buffer_printf(names, "%s--%s", count++ ? ", " : "", option->name);
    }
    return count;
}

/* It is "--WORD", and getopt_long() knows no option of that name. */
static void complain_of_word(const struct verb *verb,
                             const struct getopt_table *table,
                             const char *word)
{
    CLEANUP_BUFFER struct buffer names = { 0 };

    if (find_similar(table, word + 2, &names) > 1 && names.data)
        complain("%s: %s could be any of %s", verb->name, word, names.data);
    else
        complain("%s: %s: unknown option", verb->name, word);
}

static void complain_of_option(const struct verb *verb,
                               const struct getopt_table *table,
                               const char *word)
{
    const struct option_row *row = find_row(verb, optopt);

    if (row)
        complain("--%s: no value is expected", row->name);
    else if (optopt == HELP)
        complain("--help: no value is expected");
    else if (optopt)
        complain("%s: -%c: unknown option", verb->name, optopt);
    else
        complain_of_word(verb, table, word);
}

static void complain_of_no_value(const struct option_row *row)
{
    CLEANUP_BUFFER struct buffer expected = { 0 };

    option_put_expected(row, &expected);
    complain("--%s: %s is expected", row->name,
             expected.data ? expected.data : "a value");
}

static bool check_operands(const struct verb *verb, int argc, char **argv)
{
    int count = argc - optind;

    if (count >= verb->least
        && (verb->most == OPERANDS_ANY || count <= verb->most))
        return true;
    if (!verb->most)
        complain("%s: %s: %s", verb->name, argv[optind], verb->expected);
    else
        complain("%s: %s", verb->name, verb->expected);
    return false;
}

/* 0 to go on, else -1 - exit status. */
static int take_found(const struct verb *verb,
                      const struct getopt_table *table, int found,
                      char **argv, void *request)
{
    const struct option_row *row = find_row(verb, found == ':' ? optopt
                                                               : found);

    if (found == 'h' || found == HELP) {
        verb_print_help(verb);
        return -1 - finish_output(STATUS_YES);
    }
    if (found == ':' && row)
        complain_of_no_value(row);
    else if (!row)
        complain_of_option(verb, table, argv[optind - 1]);
    else if (option_take(row, optarg, request))
        return 0;
    return -1 - complain_usage(verb->name);
}

int options_parse(const struct verb *verb, int argc, char **argv,
                  void *request)
{
    struct getopt_table table = { .letters = "" };
    int found, r;

    getopt_table_fill(verb, &table);
    opterr = 0;
    optind = 0; /* glibc's way to say that this is another command line */
    while ((found = getopt_long(argc, argv, table.letters, table.options,
                                NULL)) != -1) {
        r = take_found(verb, &table, found, argv, request);
        if (r)
            return r;
    }
    if (!check_operands(verb, argc, argv))
        return -1 - complain_usage(verb->name);
    return optind;
}
