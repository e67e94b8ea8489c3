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

/*
 * The verbs, each in the file of its name, with its options (cli/options.h).
 */
extern const struct verb verb_check, verb_checkpoint, verb_diff, verb_doctor,
                         verb_exec, verb_list, verb_memory, verb_notes,
                         verb_prune, verb_restore, verb_rollback, verb_seal,
                         verb_show, verb_verify;

/* A verb allows those that it can do. */
enum format {
    FORMAT_TEXT,
    FORMAT_JSON,
    FORMAT_JSONL, /* one event per line */
    FORMAT_LIST,  /* notes only */
};

/* "xen-resumable: ..." on stderr, made safe for a terminal. */
__attribute__((format(printf, 1, 2)))
void complain(const char *format, ...);

/* "xen-resumable: SUBJECT: message, at offset N"; returns STATUS_ERROR. */
int complain_error(const char *subject, const struct xr_error *err);

/*
 * "Try 'xen-resumable VERB --help'.", or the command's usage where the verb is
 * NULL; returns STATUS_ERROR.
 */
int complain_usage(const char *verb);

/* Was that, or an error of this kind, the last that was said? */
bool usage_was_wrong(void);

/* What complain_error or complain_usage said last, or else complain. */
const struct xr_error *last_failure(void);

/* A part of the result could not be made: finish_output will say so. */
void lose_output(const char *what);

/* Flushes stdout: a result that was not written is not a success. */
int finish_output(int status);

#endif
