/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A command line by a verb's table.  getopt_long() takes it apart; what is wrong
 * with it is said here, in the same words for every verb.
 */
#include "config.h"

#include "cli/options.h"

#include <assert.h>
#include <getopt.h>
#include <stdint.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/screen.h"
#include "util/buffer.h"
#include "util/near_word.h"

enum {
    /* What getopt_long() returns for row N is FIRST_ROW + N. */
    FIRST_ROW = 256,
    FIRST_SHARED = FIRST_ROW + OPTIONS_MAX, /* and for each of those rows */
    SHARED_COUNT = 2,
    ROWS_MAX = OPTIONS_MAX + SHARED_COUNT,
    /* "+:", two for each letter, and the end. */
    LETTERS_ROOM = 3 + 2 * ROWS_MAX,
};

static const struct choice colour_choices[] = {
    { "auto", COLOURS_AUTO },
    { "always", COLOURS_ALWAYS },
    { "never", COLOURS_NEVER },
    { NULL, 0 },
};

const struct option_row options_shared[SHARED_COUNT + 1] = {
    { .name = "color", .kind = OPTION_CHOICE, .choices = colour_choices,
      .allowed = ALLOW(COLOURS_AUTO) | ALLOW(COLOURS_ALWAYS)
                 | ALLOW(COLOURS_NEVER),
      .help = "show what is bad in colour (auto: on a terminal)" },
    { .name = "help", .letter = 'h', .kind = OPTION_FLAG,
      .help = "this text" },
    { .name = NULL },
};

static const struct verb *const *verbs_known;

/* The table, as getopt_long() wants it. */
struct getopt_table {
    struct option options[ROWS_MAX + 1];
    char letters[LETTERS_ROOM];
    size_t count;
};

static void getopt_table_add(struct getopt_table *t,
                             const struct option_row *row, int code)
{
    bool valued = row->kind != OPTION_FLAG;
    char *letter = t->letters + strlen(t->letters);

    assert(t->count < ROWS_MAX);
    t->options[t->count++] = (struct option){
        row->name, valued ? required_argument : no_argument, NULL, code,
    };
    if (row->letter)
        *letter++ = row->letter;
    if (row->letter && valued)
        *letter++ = ':';
    *letter = '\0';
}

static void getopt_table_fill(const struct verb *verb,
                              struct getopt_table *out)
{
    const struct option_row *row;

    *out = (struct getopt_table){ .count = 0 };
    strcpy(out->letters, verb->ends_at_operand ? "+:" : ":");
    for (row = verb->options; row->name; row++)
        getopt_table_add(out, row, FIRST_ROW + (int)(row - verb->options));
    assert(out->count <= OPTIONS_MAX);
    for (row = options_shared; row->name; row++)
        getopt_table_add(out, row, FIRST_SHARED + (int)(row - options_shared));
}

/* By its code in the table, or its letter.  NULL: it is not in the rows. */
static const struct option_row *find_row_in(const struct option_row *rows,
                                            int first, int found)
{
    const struct option_row *row;

    for (row = rows; row->name; row++)
        if (found == first + (int)(row - rows)
            || (row->letter && found == row->letter))
            return row;
    return NULL;
}

/* What getopt_long() has found, or NULL: nothing of ours. */
static const struct option_row *find_row(const struct verb *verb, int found)
{
    const struct option_row *row = find_row_in(verb->options, FIRST_ROW,
                                               found);

    return row ? row : find_row_in(options_shared, FIRST_SHARED, found);
}

static bool is_shared(const struct option_row *row)
{
    return row >= options_shared && row < options_shared + SHARED_COUNT;
}

/* 0 to go on, else -1 - exit status. */
static int take_shared(const struct verb *verb, const struct option_row *row)
{
    unsigned int colours;

    if (row->kind == OPTION_FLAG) {
        verb_print_help(verb);
        return -1 - finish_output(STATUS_YES);
    }
    if (!option_take(row, optarg, &colours))
        return -1 - complain_usage(verb->name);
    screen_set_colours(colours);
    return 0;
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

/* Which option was meant by "--WORD"?  NULL: nobody knows. */
static const char *find_meant(const struct getopt_table *table,
                              const char *word)
{
    const struct option *option;
    const char *meant = NULL;
    size_t steps, fewest = SIZE_MAX;

    for (option = table->options; option->name; option++) {
        steps = near_word(word, strcspn(word, "="), option->name);
        if (steps < fewest) {
            fewest = steps;
            meant = option->name;
        }
    }
    return meant;
}

static bool verb_has_option(const struct verb *verb, const char *word)
{
    size_t n = strcspn(word, "=");
    const struct option_row *row;

    for (row = verb->options; row->name; row++)
        if (!strncmp(row->name, word, n) && !row->name[n])
            return true;
    return false;
}

/* "seal", "list and prune", "check, verify and show": who has that option. */
static size_t find_owners(const char *word, struct buffer *names)
{
    const struct verb *const *verb;
    const char *last = NULL;
    size_t count = 0;

    for (verb = verbs_known; verb && *verb; verb++) {
        if (!verb_has_option(*verb, word))
            continue;
        if (last)
            buffer_printf(names, "%s%s", count > 1 ? ", " : "", last);
        last = (*verb)->name;
        count++;
    }
    if (last)
        buffer_printf(names, "%s%s", count > 1 ? " and " : "", last);
    return count;
}

/* It is "--WORD", and getopt_long() knows no option of that name. */
static void complain_of_word(const struct verb *verb,
                             const struct getopt_table *table,
                             const char *word)
{
    CLEANUP_BUFFER struct buffer names = { 0 }, owners = { 0 };
    const char *meant = find_meant(table, word + 2);
    size_t count = find_owners(word + 2, &owners);

    if (find_similar(table, word + 2, &names) > 1 && names.data)
        complain("%s: %s could be any of %s", verb->name, word, names.data);
    else if (count && owners.data)
        complain("%s: %s: unknown option; %s %s it", verb->name, word,
                 owners.data, count > 1 ? "have" : "has");
    else if (meant)
        complain("%s: %s: unknown option; did you mean --%s?", verb->name,
                 word, meant);
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

    if (row && is_shared(row) && found != ':')
        return take_shared(verb, row);
    if (found == ':' && row)
        complain_of_no_value(row);
    else if (!row)
        complain_of_option(verb, table, argv[optind - 1]);
    else if (option_take(row, optarg, request))
        return 0;
    return -1 - complain_usage(verb->name);
}

void options_know_verbs(const struct verb *const *verbs)
{
    verbs_known = verbs;
}

int options_parse(const struct verb *verb, int argc, char **argv,
                  void *request)
{
    struct getopt_table table;
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
