/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the engine tells, as --format wants it: messages and a bar on standard
 * error, or a line of JSON for each event on standard output; and the one
 * object in which every invocation with --format=json or jsonl ends
 * (xen-resumable-json(5)).
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "cli/cli.h"
#include "cli/json.h"
#include "cli/progress.h"
#include "engine/events.h"
#include "lib/listener.h"

struct output {
    enum format format;
    struct events events;  /* for the engine */
    struct progress bar;
    bool guarded;          /* by output_guard */
    const char *stage;     /* the last that was told; NULL: none */
    uint64_t told_ms;      /* when the last line of progress was written */
};

/* It must not move from now on.  progress: a bar also without a terminal. */
void output_begin(struct output *out, enum format format, bool progress);

/*
 * Of an operation that may suspend a guest, until output_end: who does not
 * read messages for two seconds gets no more of them, and the guest does not
 * wait.  (Events of jsonl are always so, up to the result.)
 */
void output_guard(struct output *out);

/*
 * Before anything else is written to the terminal.  Says how many messages
 * were left out.
 */
void output_end(struct output *out);

/*
 * For what the library reads: progress as events, and a signal stops it, if
 * those are taken (cli/signals.h).
 */
struct listener output_listener(struct output *out);

/*
 * The object, open, with "ok" and, where err is not NULL, "error".  domain may
 * be NULL.  output_result_end writes it out.
 */
yajl_gen output_result_begin(const struct output *out,
                             const struct xr_error *err, const char *domain);
void output_result_end(const struct output *out, yajl_gen g);

/* Members "ok" and, where err is not NULL, "error". */
void json_ok(yajl_gen g, const struct xr_error *err);

/*
 * After a verb that has failed before it could write its object, and where
 * there is no such verb: the object of the last failure, if one was asked for
 * anywhere on the command line.
 */
void output_last_failure(char **words, int status);

/* The exit status: 1 if the answer is no, 2 if something is wrong. */
int output_status(const struct xr_error *err);

/* The same; before, it prints the object where there is to be one. */
int output_failure(const struct output *out, const struct xr_error *err,
                   const char *domain);

/*
 * The same for what could not be read or judged, which is never a no; before, it
 * says so.  Both return STATUS_ERROR.  That of a file has err name it, too.
 */
int output_verb_failure(const struct output *out, const char *verb,
                        const struct xr_error *err);
int output_file_failure(const struct output *out, const char *path,
                        struct xr_error *err);

static inline bool output_is_json(const struct output *out)
{
    return out->format == FORMAT_JSON || out->format == FORMAT_JSONL;
}

#endif
