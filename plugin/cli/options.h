/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One table of options for each verb.  The parser, --help, the completion and
 * the test that holds the man pages against it are made from that table, so
 * that an option is written down once.  HACKING.md says how to add one.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/error.h"

enum option_kind {
    OPTION_FLAG,   /* takes no value and sets a bool */
    OPTION_NUMBER, /* of min to max, decimal or 0x..., into an unsigned int */
    OPTION_CHOICE, /* one of several words, into an enum */
    OPTION_TEXT,   /* any text, into a const char * (which points into argv) */
    OPTION_CUSTOM, /* what the row's function makes of it */
};

/* What the completion offers for a value or an operand. */
enum offer {
    OFFER_NOTHING,
    OFFER_CHOICES, /* of every OPTION_CHOICE, which need not say so */
    OFFER_FILES,
    OFFER_FOLDERS,
    OFFER_DOMAINS,
    OFFER_COMMAND, /* a command with its own arguments */
};

/* A word and what it stands for: less than 32. */
struct choice {
    const char *word; /* NULL ends a list */
    unsigned int value;
};

/*
 * Takes a value.  0, or a negative errno and in *err what is expected; the
 * parser puts "--NAME=WORD: " before that.
 */
typedef int option_taker(const char *word, void *request,
                         struct xr_error *err);

/* A table ends with a row without a name. */
struct option_row {
    const char *name;    /* without the dashes */
    char letter;         /* of the short form; 0: there is none */
    enum option_kind kind;
    const char *word;    /* the value's name in --help; a choice has none */
    const char *help;
    enum offer offer;
    bool repeatable;     /* each one counts; of others the last one does */
    unsigned int min, max;
    const struct choice *choices;
    uint32_t allowed;    /* which of them: ALLOW() of their values */
    size_t place;        /* where the value goes, in the verb's structure */
    option_taker *take;
};

/* --color and --help, which every verb has besides. */
extern const struct option_row options_shared[];

#define ALLOW(value) (UINT32_C(1) << (value))

/* Kind and place of a row.  Does not compile if the member has another type. */
#define OPTION_PLACE(type, member, wanted) \
    _Generic(((type *)NULL)->member, wanted: offsetof(type, member))
#define SETS_FLAG(type, member) \
    .kind = OPTION_FLAG, .place = OPTION_PLACE(type, member, bool)
#define SETS_NUMBER(type, member, least, most) \
    .kind = OPTION_NUMBER, .min = (least), .max = (most), \
    .place = OPTION_PLACE(type, member, unsigned int)
#define SETS_TEXT(type, member) \
    .kind = OPTION_TEXT, .place = OPTION_PLACE(type, member, const char *)
/* An enum without negative values is an unsigned int to gcc and clang. */
#define SETS_CHOICE(type, member, list, which) \
    .kind = OPTION_CHOICE, .choices = (list), .allowed = (which), \
    .place = OPTION_PLACE(type, member, unsigned int)
#define IS_TAKEN_BY(function) .kind = OPTION_CUSTOM, .take = (function)

enum {
    OPTIONS_MAX = 30,  /* rows of a table */
    OPERANDS_MAX = 2,  /* kinds of operands */
    OPERANDS_ANY = -1, /* as a most: as many as one likes */
};

struct operand {
    const char *word;
    enum offer offer;
};

struct verb {
    const char *name;
    /* argv[0] is the verb.  Returns an exit status. */
    int (*run)(int argc, char **argv);
    const char *synopsis;    /* after the options; " | " between several */
    const char *summary;     /* one line, for the command's --help */
    const char *description; /* for the verb's; lines are wrapped */
    const struct option_row *options;
    const char *footer;      /* after the options, or NULL */
    const char *exit_status; /* "0 done, 1 refused, 2 error." */
    /* In their order; of the last there may be several. */
    struct operand operands[OPERANDS_MAX];
    int least, most;         /* how many operands */
    const char *expected;    /* "one image is expected", or NULL: any */
    bool ends_at_operand;    /* what follows the first one is not ours */
};

/* All verbs, with NULL at the end: a complaint says whose an option is. */
void options_know_verbs(const struct verb *const *verbs);

/*
 * Sets in *request what the options say and leaves the rest of it as it is, so
 * that defaults stand there before.  Returns the index of the first operand in
 * argv, which it sorts; or, below 0, -1 - the exit status to end with: after
 * --help, or after a complaint about what is not understood.
 */
int options_parse(const struct verb *verb, int argc, char **argv,
                  void *request);

/* One value, by its row.  False after a complaint. */
bool option_take(const struct option_row *row, const char *word,
                 void *request);

/* "text or json", "0 to 3600", "DIR": buffers may fail, as ever. */
struct buffer;
void option_put_expected(const struct option_row *row, struct buffer *out);

/* "text|json", "MS"; nothing for a flag. */
void option_put_word(const struct option_row *row, struct buffer *out);

/* VERB --help, and the command's. */
void verb_print_help(const struct verb *verb);
void verbs_print_help(const struct verb *const *verbs);

/*
 * The tables for programs, that is the completion and tests/docs.sh: columns
 * between tabs, "-" for nothing.  Of the verbs: NAME SYNOPSIS SUMMARY.  Of a
 * verb's options, and of its operands, of which KIND is operand:
 * --NAME -LETTER WORD KIND RANGE OFFER TIMES.
 */
void verb_print_table(const struct verb *verb);
void verbs_print_table(const struct verb *const *verbs);

#endif
