/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A table of options with each kind of row in it.  If this fails, a verb gets
 * another value than the one that was typed, or does something all the same where
 * it was not understood.
 */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"
#include "cli/cli.h"
#include "cli/options_common.h"
#include "util/cleanup.h"

struct wanted {
    bool flag, other;
    unsigned int number, member;
    struct {
        enum format format;
        const char *text;
    } inner;
    unsigned int labels;
};

static char said[1024];

void complain(const char *format, ...)
{
    size_t n = strlen(said);
    va_list ap;

    va_start(ap, format);
    vsnprintf(said + n, sizeof(said) - n, format, ap);
    va_end(ap);
}

int complain_usage(const char *verb)
{
    assert_string_equal(verb, "verb");
    return STATUS_ERROR;
}

int finish_output(int status)
{
    return status;
}

void verb_print_help(const struct verb *verb)
{
    strcat(said, verb->name);
}

static int take_label(const char *word, void *request, struct xr_error *err)
{
    struct wanted *w = request;

    if (!strchr(word, '='))
        return error_set(err, EINVAL, "no label");
    w->labels++;
    return 0;
}

static const struct option_row rows[] = {
    { .name = "flag", .letter = 'f', SETS_FLAG(struct wanted, flag) },
    { .name = "flagrant", SETS_FLAG(struct wanted, other) },
    { .name = "number", .letter = 'n', .word = "N",
      SETS_NUMBER(struct wanted, number, 2, 40) },
    { .name = "any", .word = "N",
      SETS_NUMBER(struct wanted, member, 0, UINT32_MAX) },
    { .name = "format",
      SETS_CHOICE(struct wanted, inner.format, format_choices,
                  FORMATS_ALL_HAVE | ALLOW(FORMAT_JSONL)) },
    { .name = "text", .letter = 't', .word = "TEXT",
      SETS_TEXT(struct wanted, inner.text) },
    { .name = "label", .word = "KEY=VALUE", .repeatable = true,
      IS_TAKEN_BY(take_label) },
    { .name = NULL },
};

static const struct verb verb = {
    .name = "verb",
    .options = rows,
    .least = 1,
    .most = 2,
    .expected = "one or two are expected",
};

/* Of a line of words between blanks. */
static int parse_line(const struct verb *v, const char *line,
                      struct wanted *out, const char **operand)
{
    static char words[256];
    char *argv[32], *rest = words;
    int argc = 0, r;

    snprintf(words, sizeof(words), "verb %s", line);
    while (rest) {
        argv[argc] = strsep(&rest, " ");
        argc += *argv[argc] != '\0';
    }
    argv[argc] = NULL;
    *said = '\0';
    *out = (struct wanted){ .number = 7, .inner.text = "before" };
    r = options_parse(v, argc, argv, out);
    if (operand)
        *operand = r > 0 ? argv[r] : NULL;
    return r;
}

static void accepts(const char *line, struct wanted *out)
{
    const char *operand;

    assert_true(parse_line(&verb, line, out, &operand) > 0);
    assert_string_equal(operand, "operand");
    assert_string_equal(said, "");
}

static void refuses(const char *line, const char *why)
{
    struct wanted w;

    assert_int_equal(parse_line(&verb, line, &w, NULL), -1 - STATUS_ERROR);
    assert_string_equal(said, why);
}

static void test_values(void **state)
{
    struct wanted w;

    (void)state;
    accepts("operand", &w);
    assert_false(w.flag || w.other || w.labels);
    assert_int_equal(w.number, 7);
    assert_string_equal(w.inner.text, "before");
    accepts("--flag --number=2 --any 4294967295 --format=json operand", &w);
    assert_true(w.flag && !w.other);
    assert_int_equal(w.number, 2);
    assert_int_equal(w.member, UINT32_MAX);
    assert_int_equal(w.inner.format, FORMAT_JSON);
    accepts("operand --text= --flagr", &w);
    assert_true(!w.flag && w.other);
    assert_string_equal(w.inner.text, "");
    accepts("-fn40 -t --flag operand", &w);
    assert_true(w.flag && !w.other);
    assert_int_equal(w.number, 40);
    assert_string_equal(w.inner.text, "--flag");
    accepts("--number=0x10 --label=a=b --label c= operand --number=3", &w);
    assert_int_equal(w.number, 3);
    assert_int_equal(w.labels, 2);
    accepts("--format=jsonl -- operand --flag", &w);
    assert_int_equal(w.inner.format, FORMAT_JSONL);
    assert_false(w.flag);
}

static void test_refusals(void **state)
{
    (void)state;
    refuses("--number=1 operand", "--number=1: 2 to 40 is expected");
    refuses("--number=41 operand", "--number=41: 2 to 40 is expected");
    refuses("-n x operand", "--number=x: 2 to 40 is expected");
    refuses("--number=-2 operand", "--number=-2: 2 to 40 is expected");
    refuses("--any=4294967296 operand",
            "--any=4294967296: 0 to 4294967295 is expected");
    refuses("--any=18446744073709551616 operand",
            "--any=18446744073709551616: 0 to 4294967295 is expected");
    refuses("--format=list operand",
            "--format=list: text, json or jsonl is expected");
    refuses("--format=", "--format=: text, json or jsonl is expected");
    refuses("operand --format",
            "--format: text, json or jsonl is expected");
    refuses("operand -n", "--number: 2 to 40 is expected");
    refuses("operand --text", "--text: TEXT is expected");
    refuses("--label=why operand", "--label=why: no label");
    refuses("--flag=1 operand", "--flag: no value is expected");
    refuses("--help=1 operand", "--help: no value is expected");
    refuses("--none operand", "verb: --none: unknown option");
    refuses("--none=1 operand", "verb: --none=1: unknown option");
    refuses("-fx operand", "verb: -x: unknown option");
    refuses("-none operand", "--number=one: 2 to 40 is expected");
    refuses("--f operand",
            "verb: --f could be any of --flag, --flagrant, --format");
    refuses("", "verb: one or two are expected");
    refuses("one two three", "verb: one or two are expected");
}

static void test_help(void **state)
{
    struct wanted w;

    (void)state;
    assert_int_equal(parse_line(&verb, "-h", &w, NULL), -1 - STATUS_YES);
    assert_string_equal(said, "verb");
    assert_int_equal(parse_line(&verb, "one --he", &w, NULL),
                     -1 - STATUS_YES);
    /* It comes too late. */
    refuses("--number=x --help", "--number=x: 2 to 40 is expected");
}

static void test_other_verbs(void **state)
{
    const struct verb alone = {
        .name = "verb", .options = rows, .expected = "none is expected",
    };
    const struct verb starter = {
        .name = "verb", .options = rows, .least = 1, .most = OPERANDS_ANY,
        .expected = "which one?", .ends_at_operand = true,
    };
    const char *operand;
    struct wanted w;

    (void)state;
    assert_int_equal(parse_line(&alone, "--flag", &w, NULL), 2);
    assert_int_equal(parse_line(&alone, "more", &w, NULL), -1 - STATUS_ERROR);
    assert_string_equal(said, "verb: more: none is expected");
    assert_int_equal(parse_line(&starter, "-f xl --number=x", &w, &operand),
                     2);
    assert_true(w.flag);
    assert_string_equal(operand, "xl");
    assert_int_equal(parse_line(&starter, "-- -f xl -- more", &w, &operand),
                     2);
    assert_false(w.flag);
    assert_string_equal(operand, "-f");
}

/* The lists that stand for enumerations of others. */
static void test_lists(void **state)
{
    const struct choice *choice;
    enum policy policy;

    (void)state;
    for (choice = policy_choices; choice->word; choice++) {
        assert_true(policy_from_name(choice->word, &policy));
        assert_int_equal(policy, choice->value);
    }
    assert_int_equal(choice - policy_choices, POLICY_PROCEED + 1);
    for (choice = format_choices; choice->word; choice++)
        assert_true(choice->value <= FORMAT_LIST);
    assert_int_equal(choice - format_choices, FORMAT_LIST + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_help),
        cmocka_unit_test(test_other_verbs),
        cmocka_unit_test(test_lists),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
