/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The verbs of the command xen-resumable, one file each, and what they share:
 * exit statuses, messages, domains' names on the command line.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>

#include "util/error.h"

/* The same for every verb. */
enum {
    STATUS_YES = 0,     /* yes, done, sound */
    STATUS_NO = 1,      /* no, refused, not sound */
    STATUS_ERROR = 2,   /* usage, I/O or Xen error */
    STATUS_UNKNOWN = 3,
};

/* argv[0] is the verb.  Returns an exit status. */
typedef int cmd_function(int argc, char **argv);
cmd_function cmd_check, cmd_checkpoint, cmd_diff, cmd_doctor, cmd_exec,
             cmd_notes, cmd_restore, cmd_seal, cmd_show, cmd_verify;

struct verb {
    const char *name;
    cmd_function *run;
    const char *synopsis; /* what follows the name */
    const char *summary;  /* one line */
};

/* In the order in which --help lists them; ends with a NULL name. */
extern const struct verb verbs[];

enum format {
    FORMAT_TEXT,
    FORMAT_JSON,
    FORMAT_LIST, /* notes only */
};

/* "xen-resumable: ..." on stderr, made safe for a terminal. */
__attribute__((format(printf, 1, 2)))
void complain(const char *format, ...);

/* "xen-resumable: SUBJECT: message, at offset N"; returns STATUS_ERROR. */
int complain_error(const char *subject, const struct xr_error *err);

/* "try 'xen-resumable VERB --help'"; returns STATUS_ERROR. */
int complain_usage(const char *verb);

/* text, json (or list where allowed); complains and false for another word. */
bool parse_format(const char *verb, const char *word, bool list_allowed,
                  enum format *out);

/* A part of the result could not be made: finish_output will say so. */
void lose_output(const char *what);

/* Flushes stdout: a result that was not written is not a success. */
int finish_output(int status);

#endif
