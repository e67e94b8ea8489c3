/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The verbs of the command as functions of the public API.
 *
 * libxl wants SIGCHLD and forks, and belongs to one release of Xen: it has no
 * place in a program of somebody else's.  The command has it, in a process of
 * its own, and tells by lines what it does (lib/client_wire.h).
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <xenresumable.h>

#include "lib/api.h"
#include "lib/client_failure.h"
#include "lib/client_options.h"
#include "lib/client_result.h"
#include "util/cleanup.h"

enum { OPERANDS_MAX = 2 };

/* An exit status of the command, as client_contradiction() takes it. */
#define STATUS(n) (1u << (n))

/* What a function wants of the command. */
struct call {
    const char *verb;
    const char *operands[OPERANDS_MAX + 1]; /* the last one is NULL */
    const struct xr_options *options;
    const struct xr_events *events;
};

/* An environment that a set-user-id program was given decides nothing. */
static const char *command_path(const struct xr_options *options)
{
    const char *path = options_command(options);

    if (!path)
        path = secure_getenv("XR_COMMAND");
    return path && *path ? path : BINDIR "/xen-resumable";
}

/* Borrowed words in an array that is the caller's; NULL without memory. */
static char **call_words(const struct call *call)
{
    size_t n = options_count(call->options), i;
    char **words = calloc(n + OPERANDS_MAX + 5, sizeof(*words)), **next;

    if (!words)
        return NULL;
    next = words;
    *next++ = (char *)"xen-resumable";
    *next++ = (char *)call->verb;
    *next++ = (char *)"--format=jsonl";
    for (i = 0; i < n; i++)
        *next++ = call->options->words[i];
    *next++ = (char *)"--";
    for (i = 0; call->operands[i]; i++)
        *next++ = (char *)call->operands[i];
    return words;
}

static int call_command(const struct call *call, struct talk_outcome *outcome,
                        struct xr_error *err)
{
    CLEANUP_FREE char **words = call_words(call);

    *outcome = (struct talk_outcome){ .result = NULL };
    if (!words)
        return error_set(err, ENOMEM, "out of memory");
    return talk(command_path(call->options), words, call->events, outcome,
                err);
}

static int call_simply(const struct call *call, struct xr_result **out,
                       struct xr_error *err)
{
    CLEANUP(talk_outcome_free) struct talk_outcome outcome;
    int r = call_command(call, &outcome, err);

    if (!r)
        r = client_failure(&outcome, err);
    if (!r)
        r = client_contradiction(&outcome, STATUS(0), err);
    if (!r)
        *out = STEAL(outcome.result);
    return r;
}

/* The exit statuses that go with an answer; an obstacle makes a no of any. */
static int check_statuses(const struct xr_result *result,
                          unsigned *statuses_out, struct xr_error *err)
{
    static const struct {
        const char *answer;
        unsigned statuses;
    } answers[] = {
        { "yes", STATUS(0) | STATUS(1) },
        { "no", STATUS(1) },
        { "unknown", STATUS(3) | STATUS(1) },
    };
    const char *answer = xr_result_text(result, "resumable");
    size_t i;

    for (i = 0; answer && i < sizeof(answers) / sizeof(answers[0]); i++)
        if (!strcmp(answer, answers[i].answer)
            && xr_result_text(result, "reason")) {
            *statuses_out = answers[i].statuses;
            return 0;
        }
    return error_because(err, XR_REASON_SYSTEM, EPROTO, "the command's result "
                         "has no answer as it is to be");
}

static int call_check(const struct call *call, struct xr_result **out,
                      struct xr_error *err)
{
    CLEANUP(talk_outcome_free) struct talk_outcome outcome;
    unsigned statuses = 0;
    int r = call_command(call, &outcome, err);

    if (!r)
        r = client_failure(&outcome, err);
    if (!r)
        r = result_narrow(outcome.result, "domains", err);
    if (!r)
        r = check_statuses(outcome.result, &statuses, err);
    if (!r)
        r = client_contradiction(&outcome, statuses, err);
    if (!r)
        *out = STEAL(outcome.result);
    return r;
}

int xr_check_domain(const char *domain, const struct xr_options *options,
                    const struct xr_events *events, struct xr_result **out,
                    struct xr_error *err)
{
    static const char *const others[] = {
        "all", "kernel", "image", "here", NULL,
    };
    const struct call call = {
        .verb = "check",
        .operands = { domain },
        .options = options,
        .events = events,
    };

    if (!domain || !out)
        return api_usage(err);
    if (options_refuse(options, others, err))
        return -EINVAL;
    return call_check(&call, out, err);
}

int xr_checkpoint(const char *domain, const char *path,
                  const struct xr_options *options,
                  const struct xr_events *events, struct xr_result **out,
                  struct xr_error *err)
{
    static const char *const others[] = { "all", "dir", NULL };
    const struct call call = {
        .verb = "checkpoint",
        /* For the command, "-" is what the library reads. */
        .operands = { domain, path && !strcmp(path, "-") ? "./-" : path },
        .options = options,
        .events = events,
    };

    if (!domain || !path || !out)
        return api_usage(err);
    if (options_refuse(options, others, err))
        return -EINVAL;
    return call_simply(&call, out, err);
}

int xr_restore(const char *image, const struct xr_options *options,
               const struct xr_events *events, struct xr_result **out,
               struct xr_error *err)
{
    const struct call call = {
        .verb = "restore",
        .operands = { image && !strcmp(image, "-") ? "./-" : image },
        .options = options,
        .events = events,
    };

    if (!image || !out)
        return api_usage(err);
    return call_simply(&call, out, err);
}
