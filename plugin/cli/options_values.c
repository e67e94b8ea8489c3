/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A value on the command line, by its row: read, compared with what is allowed,
 * and put into the verb's structure.
 */
#include "config.h"

#include <string.h>

#include "cli/cli.h"
#include "cli/options.h"
#include "util/buffer.h"
#include "util/number.h"

static bool is_allowed(const struct option_row *row,
                       const struct choice *choice)
{
    return row->allowed & ALLOW(choice->value);
}

static unsigned int count_allowed(const struct option_row *row)
{
    const struct choice *choice;
    unsigned int count = 0;

    for (choice = row->choices; choice->word; choice++)
        count += is_allowed(row, choice);
    return count;
}

/* The words that are allowed: between commas, with another before the last. */
static void put_choices(const struct option_row *row, const char *comma,
                        const char *last, struct buffer *out)
{
    unsigned int left = count_allowed(row);
    const struct choice *choice;

    for (choice = row->choices; choice->word; choice++) {
        if (!is_allowed(row, choice))
            continue;
        buffer_puts(out, choice->word);
        if (--left)
            buffer_puts(out, left == 1 ? last : comma);
    }
}

void option_put_expected(const struct option_row *row, struct buffer *out)
{
    if (row->kind == OPTION_CHOICE)
        put_choices(row, ", ", " or ", out);
    else if (row->kind == OPTION_NUMBER)
        buffer_printf(out, "%u to %u", row->min, row->max);
    else
        buffer_puts(out, row->word ? row->word : "no value");
}

void option_put_word(const struct option_row *row, struct buffer *out)
{
    if (row->kind == OPTION_CHOICE)
        put_choices(row, "|", "|", out);
    else if (row->kind != OPTION_FLAG)
        buffer_puts(out, row->word);
}

static bool find_choice(const struct option_row *row, const char *word,
                        unsigned int *out)
{
    const struct choice *choice;

    for (choice = row->choices; choice->word; choice++) {
        if (is_allowed(row, choice) && !strcmp(word, choice->word)) {
            *out = choice->value;
            return true;
        }
    }
    return false;
}

static bool find_number(const struct option_row *row, const char *word,
                        unsigned int *out)
{
    uint64_t number;

    if (!number_parse(word, &number) || number < row->min
        || number > row->max)
        return false;
    *out = (unsigned int)number;
    return true;
}

/* An unsigned int, or an enum, which is one. */
static bool take_unsigned(const struct option_row *row, const char *word,
                          void *place)
{
    CLEANUP_BUFFER struct buffer expected = { 0 };
    unsigned int value;

    if (row->kind == OPTION_NUMBER ? find_number(row, word, &value)
                                   : find_choice(row, word, &value)) {
        memcpy(place, &value, sizeof(value));
        return true;
    }
    option_put_expected(row, &expected);
    complain("--%s=%s: %s is expected", row->name, word,
             expected.data ? expected.data : "another value");
    return false;
}

static bool take_custom(const struct option_row *row, const char *word,
                        void *request)
{
    struct xr_error err;

    if (!row->take(word, request, &err))
        return true;
    complain("--%s=%s: %s", row->name, word, err.message);
    return false;
}

bool option_take(const struct option_row *row, const char *word,
                 void *request)
{
    char *place = (char *)request + row->place;

    switch (row->kind) {
    case OPTION_FLAG:
        *(bool *)place = true;
        return true;
    case OPTION_TEXT:
        memcpy(place, &word, sizeof(word));
        return true;
    case OPTION_NUMBER:
    case OPTION_CHOICE:
        return take_unsigned(row, word, place);
    case OPTION_CUSTOM:
        break;
    }
    return take_custom(row, word, request);
}
