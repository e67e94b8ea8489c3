/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * It ends when the process has: neither with its result, behind which there is
 * still something to do, nor with its output, which others may have open.
 *
 * Whoever says stop, or does not keep to the wire, gets a SIGTERM, and is then
 * heard out: it may be in the middle of something, and knows how to leave it.
 */
#include "config.h"

#include "lib/client_talk.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/client_command.h"
#include "lib/client_complaints.h"
#include "lib/client_result.h"
#include "lib/events.h"
#include "util/cleanup.h"

enum {
    CHUNK = 16384,
    DRAIN_MAX = 128, /* chunks: twice what a pipe can hold */
};

struct talk {
    struct xr_events events;
    struct client_command command;
    struct wire wire;
    struct complaints complaints;
    struct timespec told_at;
    uint64_t done, total;
    struct talk_outcome *outcome;
};

void talk_outcome_free(struct talk_outcome *outcome)
{
    xr_result_free(outcome->result);
    buffer_free(&outcome->fate);
    buffer_free(&outcome->complaints);
    *outcome = (struct talk_outcome){ .result = NULL };
}

static void talk_end(struct talk *t)
{
    client_command_close(&t->command);
    wire_free(&t->wire);
}

/* Does the caller want to go on? */
static bool talk_tell(struct talk *t)
{
    clock_gettime(CLOCK_MONOTONIC, &t->told_at);
    return !t->events.progress
           || !t->events.progress(t->events.data, t->done, t->total);
}

static void talk_progress(struct talk *t)
{
    if (talk_tell(t) || t->outcome->asked_to_stop || t->command.ended)
        return;
    t->outcome->asked_to_stop = true;
    client_command_stop(&t->command);
}

/* Callbacks may take their time: the caller can stop between any two. */
static void talk_breathe(struct talk *t)
{
    if (events_pause(&t->told_at) <= 0)
        talk_progress(t);
}

static void talk_break_off(struct talk *t)
{
    client_command_stop(&t->command);
}

/* It may say nothing; of a release that we know nothing of it says enough. */
static void hear_hello(struct talk *t, const struct values *v)
{
    const char *version = wire_text(v, "version");
    char *end;

    if (!version
        || (strtoul(version, &end, 10) == XR_VERSION_MAJOR && end > version
            && (*end == '.' || !*end)))
        return;
    error_because(&t->outcome->broken, XR_REASON_SYSTEM, EPROTONOSUPPORT,
                  "the command is of version %.40s, this library of %s",
                  version, PACKAGE_VERSION);
}

static void hear_stage(struct talk *t, const struct values *v)
{
    const char *stage = wire_text(v, "stage");

    if (stage && t->events.stage)
        t->events.stage(t->events.data, stage);
}

static void hear_message(struct talk *t, const struct values *v)
{
    const char *text = wire_text(v, "text");

    if (text && t->events.message)
        t->events.message(t->events.data, wire_level(wire_text(v, "level")),
                          text);
}

static void hear_result(struct talk *t, struct values *v, const char *line,
                        size_t n)
{
    t->outcome->result = result_new(v, line, n);
    if (!t->outcome->result)
        error_set(&t->outcome->broken, ENOMEM, "out of memory");
}

static void hear_event(struct talk *t, enum wire_event event,
                       struct values *v, const char *line, size_t n)
{
    switch (event) {
    case WIRE_OTHER:
        break;
    case WIRE_HELLO:
        hear_hello(t, v);
        break;
    case WIRE_STAGE:
        hear_stage(t, v);
        break;
    case WIRE_PROGRESS:
        t->done = wire_number(v, "bytes");
        t->total = wire_number(v, "total");
        break;
    case WIRE_MESSAGE:
        hear_message(t, v);
        break;
    case WIRE_RESULT:
        hear_result(t, v, line, n);
        break;
    }
}

/* Half a line at the end is no breach: its writer has been killed. */
static void hear_line(struct talk *t, const char *line, size_t n, bool whole)
{
    CLEANUP_VALUES struct values v = { 0 };
    struct talk_outcome *o = t->outcome;
    enum wire_event event;
    struct xr_error err;

    if (o->result || o->broken.code || wire_is_blank(line, n))
        return;
    if (!wire_parse(line, n, &event, &v, &err))
        hear_event(t, event, &v, line, n);
    else if (whole)
        o->broken = err;
    if (o->broken.code)
        talk_break_off(t);
}

static void hear_lines(struct talk *t, bool at_end)
{
    const char *line;
    size_t n;

    while (wire_next(&t->wire, at_end, &line, &n)) {
        hear_line(t, line, n, !at_end);
        talk_breathe(t);
    }
}

/* What comes behind a result, or a breach, is read and forgotten. */
static void take_output(struct talk *t, const char *bytes, size_t n)
{
    struct talk_outcome *o = t->outcome;

    if (o->result || o->broken.code)
        return;
    if (wire_put(&t->wire, bytes, n, &o->broken))
        talk_break_off(t);
    else
        hear_lines(t, false);
}

/* How much it matters nobody knows. */
static void hear_complaint(void *data, const char *line)
{
    struct talk *t = data;

    t->events.message(t->events.data, XR_LEVEL_INFO, line);
    talk_breathe(t);
}

static void take_complaint(struct talk *t, const char *bytes, size_t n)
{
    last_words_put(&t->outcome->complaints, bytes, n);
    if (t->events.message)
        complaints_put(&t->complaints, bytes, n);
}

/* One piece of what there is; false at its end, and if there is nothing. */
static bool talk_read(struct talk *t, int *fd,
                      void (*take)(struct talk *, const char *, size_t))
{
    char chunk[CHUNK];
    ssize_t n;

    if (*fd < 0)
        return false;
    do
        n = read(*fd, chunk, sizeof(chunk));
    while (n < 0 && errno == EINTR);
    if (n > 0) {
        take(t, chunk, (size_t)n);
        return true;
    }
    if (!n || errno != EAGAIN) {
        close(*fd);
        *fd = -1;
    }
    return false;
}

/* The process has ended: what it has left in its pipes, which others may have
   open, and fill. */
static void talk_drain(struct talk *t)
{
    int i;

    for (i = 0; i < DRAIN_MAX && !t->outcome->result; i++)
        if (!talk_read(t, &t->command.out, take_output))
            break;
    for (i = 0; i < DRAIN_MAX; i++)
        if (!talk_read(t, &t->command.err, take_complaint))
            break;
    hear_lines(t, true);
    if (t->events.message)
        complaints_end(&t->complaints);
}

/* Without a pidfd nothing wakes us at the end. */
static int talk_patience(const struct talk *t)
{
    return t->events.progress || t->command.pidfd < 0
           ? events_pause(&t->told_at) : -1;
}

/* No read blocks: where poll() fails, or a signal ends it, both are tried. */
static void talk_once(struct talk *t)
{
    struct client_command *c = &t->command;
    struct pollfd fds[] = {
        { .fd = c->out, .events = POLLIN },
        { .fd = c->err, .events = POLLIN },
        { .fd = c->pidfd, .events = POLLIN },
    };
    bool interrupted = poll(fds, 3, talk_patience(t)) < 0;

    if (interrupted || fds[0].revents)
        talk_read(t, &c->out, take_output);
    if (interrupted || fds[1].revents)
        talk_read(t, &c->err, take_complaint);
    if (interrupted || events_pause(&t->told_at) <= 0)
        talk_progress(t);
}

static void talk_conclude(const struct talk *t)
{
    const struct client_command *c = &t->command;
    struct talk_outcome *o = t->outcome;

    client_command_fate(c, &o->fate);
    o->end_is_known = c->code;
    o->exit_status = c->code == CLD_EXITED ? c->status : -1;
    o->just_stopped = !c->code
                      || (c->code == CLD_KILLED && c->status == SIGTERM);
}

static int talk_through(struct talk *t, const char *path, char *const argv[],
                        struct xr_error *err)
{
    int r;

    if (!talk_tell(t))
        return error_set(err, ECANCELED, "stopped on request, before it "
                         "began");
    r = client_command_start(path, argv, &t->command, err);
    if (r)
        return r;
    while (!client_command_ended(&t->command))
        talk_once(t);
    talk_drain(t);
    talk_conclude(t);
    talk_tell(t);
    return 0;
}

static int talk_and_end(const char *path, char *const argv[],
                        const struct xr_events *events,
                        struct talk_outcome *out, struct xr_error *err)
{
    CLEANUP(talk_end) struct talk t = {
        .outcome = out,
        .command = CLIENT_COMMAND_NONE,
        .complaints = { .hear = hear_complaint, .data = &t },
    };
    int r = events_take(events, &t.events, err);

    return r ? r : talk_through(&t, path, argv, err);
}

/* A thread that is cancelled on the way would leave the command to nobody. */
int talk(const char *path, char *const argv[], const struct xr_events *events,
         struct talk_outcome *out, struct xr_error *err)
{
    int former, r;

    *out = (struct talk_outcome){ .result = NULL };
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &former);
    r = talk_and_end(path, argv, events, out, err);
    pthread_setcancelstate(former, NULL);
    return r;
}
