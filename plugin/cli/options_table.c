/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The tables for programs: "xen-resumable --options [VERB]".  Only this release's
 * completion and tests read it, and no page speaks of it.
 */
#include "config.h"

#include <stdio.h>

#include "cli/cli.h"
#include "cli/options.h"
#include "util/buffer.h"

static const char *const kinds[] = {
    [OPTION_FLAG] = "flag",
    [OPTION_NUMBER] = "number",
    [OPTION_CHOICE] = "choice",
    [OPTION_TEXT] = "text",
    [OPTION_CUSTOM] = "custom",
};

static const char *const offers[] = {
    [OFFER_NOTHING] = "-",
    [OFFER_CHOICES] = "choices",
    [OFFER_FILES] = "files",
    [OFFER_FOLDERS] = "folders",
    [OFFER_DOMAINS] = "domains",
    [OFFER_COMMAND] = "command",
};

static void print_row(const struct option_row *row)
{
    CLEANUP_BUFFER struct buffer word = { 0 };
    enum offer offer = row->kind == OPTION_CHOICE ? OFFER_CHOICES
                                                  : row->offer;

    option_put_word(row, &word);
    if (buffer_failed(&word))
        lose_output("out of memory");
    printf("--%s\t-", row->name);
    if (row->letter)
        putchar(row->letter);
    printf("\t%s\t%s\t", word.data ? word.data : "-", kinds[row->kind]);
    if (row->kind == OPTION_NUMBER)
        printf("%u-%u", row->min, row->max);
    else
        printf("-");
    printf("\t%s\t%s\n", offers[offer], row->repeatable ? "several" : "once");
}

/* Of the last one there may be as many as the verb takes. */
static void print_operands(const struct verb *verb)
{
    const struct operand *operand = verb->operands;
    int i;

    for (i = 0; i < OPERANDS_MAX && operand[i].word; i++) {
        bool last = i + 1 == OPERANDS_MAX || !operand[i + 1].word;
        bool several = last && (verb->most == OPERANDS_ANY
                                || verb->most > i + 1);

        printf("-\t-\t%s\toperand\t-\t%s\t%s\n", operand[i].word,
               offers[operand[i].offer], several ? "several" : "once");
    }
}

void verb_print_table(const struct verb *verb)
{
    const struct option_row *row;

    for (row = verb->options; row->name; row++)
        print_row(row);
    for (row = options_shared; row->name; row++)
        print_row(row);
    print_operands(verb);
}

void verbs_print_table(const struct verb *const *verbs)
{
    for (; *verbs; verbs++)
        printf("%s\t%s\t%s\n", (*verbs)->name,
               *(*verbs)->synopsis ? (*verbs)->synopsis : "-",
               (*verbs)->summary);
}
