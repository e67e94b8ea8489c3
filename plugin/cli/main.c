/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * xen-resumable: the verbs, and the way to one of them.
 */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/inherited.h"
#include "cli/options.h"
#include "cli/output.h"
#include "util/near_word.h"

/* In the order in which --help lists them. */
static const struct verb *const verbs[] = {
    &verb_checkpoint, &verb_rollback, &verb_restore, &verb_list, &verb_prune,
    &verb_check, &verb_verify, &verb_show, &verb_diff, &verb_seal,
    &verb_memory, &verb_notes, &verb_exec, &verb_doctor, NULL,
};

static void complain_of_verb(const char *word)
{
    const struct verb *const *verb, *meant = NULL;
    size_t steps, fewest = SIZE_MAX;

    for (verb = verbs; *verb; verb++) {
        steps = near_word(word, strlen(word), (*verb)->name);
        if (steps < fewest) {
            fewest = steps;
            meant = *verb;
        }
    }
    if (meant)
        complain("%s: no such verb; did you mean %s?", word, meant->name);
    else
        complain("%s: no such verb", word);
}

static const struct verb *find_verb(const char *word)
{
    const struct verb *const *verb;

    for (verb = verbs; *verb; verb++)
        if (!strcmp(word, (*verb)->name))
            return *verb;
    if (*word == '-')
        complain("%s: unknown option", word);
    else
        complain_of_verb(word);
    return NULL;
}

/* There is no such verb, or none: JSON may have been asked for all the same. */
static int complain_of_no_verb(char **words)
{
    int status = complain_usage(NULL);

    output_last_failure(words, status);
    return status;
}

/* For the completion: the verbs, or the options of one. */
static int print_tables(const char *word)
{
    const struct verb *verb = word ? find_verb(word) : NULL;

    if (word && !verb)
        return STATUS_ERROR;
    if (verb)
        verb_print_table(verb);
    else
        verbs_print_table(verbs);
    return finish_output(STATUS_YES);
}

/* What follows the first operand is another's command, with its options. */
static void cut_at_operand(char **word)
{
    while (*word && **word == '-' && strcmp(*word, "--"))
        word++;
    *word = NULL;
}

/* exec answers in JSON only if it has started nothing that may do so. */
static int run_verb(const struct verb *verb, int argc, char **argv)
{
    int status = verb->run(argc, argv);

    if (verb->ends_at_operand && !usage_was_wrong())
        return status;
    if (verb->ends_at_operand)
        cut_at_operand(argv + 1);
    output_last_failure(argv, status);
    return status;
}

int main(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : NULL;
    const struct verb *verb;

    if (!inherited_mend())
        return STATUS_ERROR;
    options_know_verbs(verbs);
    if (!word)
        return complain_usage(NULL);
    if (!strcmp(word, "--help") || !strcmp(word, "-h")) {
        verbs_print_help(verbs);
        return finish_output(STATUS_YES);
    }
    if (!strcmp(word, "--version")) {
        printf("%s\n", PACKAGE_STRING);
        return finish_output(STATUS_YES);
    }
    if (!strcmp(word, "--options"))
        return print_tables(argv[2]);
    verb = find_verb(word);
    return verb ? run_verb(verb, argc - 1, argv + 1)
                : complain_of_no_verb(argv + 1);
}
