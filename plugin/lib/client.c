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

/* An exit status of the command, as client_contradiction() takes it. */
#define STATUS(n) (1u << (n))

/* What a function wants of the command. */
struct call {
    const char *verb;
    const char *const *operands; /* the last one is NULL */
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
    size_t n = options_count(call->options), operands = 0, i;
    char **words, **next;

    while (call->operands[operands])
        operands++;
    words = calloc(n + operands + 5, sizeof(*words));
    if (!words)
        return NULL;
    next = words;
    *next++ = (char *)"xen-resumable";
    *next++ = (char *)call->verb;
    *next++ = (char *)"--format=jsonl";
    for (i = 0; i < n; i++)
        *next++ = call->options->words[i];
    *next++ = (char *)"--";
    for (i = 0; i < operands; i++)
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
                         "has no answer");
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
    const char *const operands[] = { domain, NULL };
    const struct call call = {
        .verb = "check",
        .operands = operands,
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
    /* For the command, "-" is what the library reads. */
    const char *const operands[] = {
        domain, path && !strcmp(path, "-") ? "./-" : path, NULL,
    };
    const struct call call = {
        .verb = "checkpoint",
        .operands = operands,
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
    const char *const operands[] = {
        image && !strcmp(image, "-") ? "./-" : image, NULL,
    };
    const struct call call = {
        .verb = "restore",
        .operands = operands,
        .options = options,
        .events = events,
    };

    if (!image || !out)
        return api_usage(err);
    return call_simply(&call, out, err);
}

int xr_rollback(const char *domain, const char *image,
                const struct xr_options *options,
                const struct xr_events *events, struct xr_result **out,
                struct xr_error *err)
{
    const char *const operands[] = {
        domain, image && !strcmp(image, "-") ? "./-" : image, NULL,
    };
    const struct call call = {
        .verb = "rollback",
        .operands = operands,
        .options = options,
        .events = events,
    };

    if (!domain || !out)
        return api_usage(err);
    return call_simply(&call, out, err);
}

/* Is there an array of that name?  It may be empty. */
static bool has_array(const struct talk_outcome *outcome, const char *key)
{
    const struct xr_result *result = outcome->result;
    uint32_t node = result && result->values.count
                    ? values_find(&result->values, key) : 0;

    return node && !result->values.nodes[node].has_value;
}

/* A file that cannot be read is an error of the command's, and an answer here. */
static int call_list(const struct call *call, struct xr_result **out,
                     struct xr_error *err)
{
    CLEANUP(talk_outcome_free) struct talk_outcome outcome;
    unsigned statuses = STATUS(0);
    int r = call_command(call, &outcome, err);

    if (!r && !outcome.broken.code && has_array(&outcome, "images"))
        statuses |= STATUS(2);
    else if (!r)
        r = client_failure(&outcome, err);
    if (!r && !has_array(&outcome, "images"))
        r = error_because(err, XR_REASON_SYSTEM, EPROTO, "the command's "
                          "result has no list");
    if (!r)
        r = client_contradiction(&outcome, statuses, err);
    if (!r)
        *out = STEAL(outcome.result);
    return r;
}

int xr_list(const char *const *names, const struct xr_options *options,
            const struct xr_events *events, struct xr_result **out,
            struct xr_error *err)
{
    static const char *const none[] = { NULL };
    const struct call call = {
        .verb = "list",
        .operands = names ? names : none,
        .options = options,
        .events = events,
    };

    return out ? call_list(&call, out, err) : api_usage(err);
}
