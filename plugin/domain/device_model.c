/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * QMP: one JSON object on a line.  QEMU greets, is told qmp_capabilities, and
 * then takes commands; between its answers it may tell of events.
 *
 * "stop" flushes all disks, also where QEMU is stopped already.
 *
 * query-migrate has "blocked-reasons" (QEMU 6.0 and later), of two kinds.  Devices
 * that are marked as such, "non-migratable device: 0000:00:04.0/nvme": over these
 * xen-save-devices-state ends QEMU.  And whatever else stands against a
 * migration, which xen-save-devices-state does not ask for.
 */
#include "config.h"

#include "domain/device_model.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "format/json_scan.h"
#include "util/cleanup.h"
#include "util/clock.h"

enum {
    PATIENCE_MS = 5000,
    GO_ON_MS = 1000,
    LINE_MAX_BYTES = 64 << 10,
    REASON_ROOM = 160,
    TELLS_REASONS_SINCE = 6,
};

struct conversation {
    int fd;
    uint64_t until;             /* ms */
    size_t length;              /* of what has come */
    char text[LINE_MAX_BYTES];
};

/* Waits until it can be read from, or written to. */
static int wait_for_socket(struct conversation *c, short events)
{
    struct pollfd fd = { .fd = c->fd, .events = events };
    uint64_t now;
    int n;

    do {
        now = clock_ms();
        n = poll(&fd, 1, now < c->until ? (int)(c->until - now) : 0);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return -errno;
    return n ? 0 : -ETIMEDOUT;
}

static int connect_to_qemu(const char *dir, uint32_t domid,
                           struct conversation *c)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int n = snprintf(address.sun_path, sizeof(address.sun_path),
                     "%s/qmp-libxenstat-%u", dir, domid);

    if (n < 0 || (size_t)n >= sizeof(address.sun_path))
        return -ENAMETOOLONG;
    c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (c->fd < 0
        || connect(c->fd, (struct sockaddr *)&address, sizeof(address)))
        return -errno;
    return 0;
}

static int send_command(struct conversation *c, const char *command)
{
    size_t n = strlen(command);
    ssize_t sent;
    int r;

    while (n) {
        r = wait_for_socket(c, POLLOUT);
        if (r)
            return r;
        sent = send(c->fd, command, n, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != EINTR)
            return -errno;
        if (sent > 0) {
            command += sent;
            n -= (size_t)sent;
        }
    }
    return 0;
}

/* The next line, which is gone with the call after this one. */
static int hear_answer(struct conversation *c, size_t *spent,
                       struct json_scan *out)
{
    char *end;
    ssize_t n;
    int r;

    memmove(c->text, c->text + *spent, c->length - *spent);
    c->length -= *spent;
    *spent = 0;
    while (!(end = memchr(c->text, '\n', c->length))) {
        if (c->length == sizeof(c->text))
            return -EMSGSIZE;
        r = wait_for_socket(c, POLLIN);
        if (r)
            return r;
        n = recv(c->fd, c->text + c->length, sizeof(c->text) - c->length, 0);
        if (!n)
            return -ECONNRESET;
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return -errno;
        if (n > 0)
            c->length += (size_t)n;
    }
    *spent = (size_t)(end - c->text) + 1;
    *out = json_scan(c->text, *spent);
    return 0;
}

/* The line with that member, at its value; others tell of events. */
static int hear_of(struct conversation *c, size_t *spent, const char *member,
                   struct json_scan *out)
{
    struct json_scan error;
    int r;

    do {
        r = hear_answer(c, spent, out);
        error = *out;
        if (!r && json_scan_member(&error, "error"))
            return -EPROTO;
    } while (!r && !json_scan_member(out, member));
    return r;
}

/* QEMU says which one it is when it greets. */
static bool tells_reasons(struct json_scan greeting)
{
    uint64_t major;

    return json_scan_member(&greeting, "version")
           && json_scan_member(&greeting, "qemu")
           && json_scan_member(&greeting, "major")
           && json_scan_number(&greeting, &major)
           && major >= TELLS_REASONS_SINCE;
}

/* Its answer stays in the conversation's text until the next one. */
static int execute(struct conversation *c, size_t *spent, const char *command,
                   struct json_scan *out)
{
    char line[64];
    int r;

    snprintf(line, sizeof(line), "{\"execute\":\"%s\"}\r\n", command);
    r = send_command(c, line);
    return r ? r : hear_of(c, spent, "return", out);
}

/* The answer to query-migrate. */
static int converse_with_qemu(struct conversation *c, struct json_scan *out)
{
    size_t spent = 0;
    int r = hear_of(c, &spent, "QMP", out);

    if (!r && !tells_reasons(*out))
        return -EOPNOTSUPP;
    if (!r)
        r = execute(c, &spent, "qmp_capabilities", out);
    return r ? r : execute(c, &spent, "query-migrate", out);
}

enum { STATUS_ROOM = 24 };

/* "running", or "paused" behind a "stop", or one of many more. */
static int ask_status(struct conversation *c, size_t *spent,
                      char status_out[STATUS_ROOM])
{
    struct json_scan answer;
    int r = hear_of(c, spent, "QMP", &answer);

    if (!r)
        r = execute(c, spent, "qmp_capabilities", &answer);
    if (!r)
        r = execute(c, spent, "query-status", &answer);
    if (!r && (!json_scan_member(&answer, "status")
               || !json_scan_string(&answer, status_out, STATUS_ROOM)))
        *status_out = '\0';
    return r;
}

/* It goes on also where the flush was not answered. */
static int stop_and_go_on(struct conversation *c)
{
    struct json_scan answer;
    char before[STATUS_ROOM];
    size_t spent = 0;
    int r = ask_status(c, &spent, before), later = 0;

    if (r)
        return r;
    r = execute(c, &spent, "stop", &answer);
    if (!strcmp(before, "running")) {
        c->until += GO_ON_MS;
        later = execute(c, &spent, "cont", &answer);
    }
    return r ? r : later;
}

static const char *why_silent(int error)
{
    switch (error) {
    case EOPNOTSUPP:
        return "it is a QEMU before 6.0, which cannot say it";
    case EPROTO:
        return "it does not understand the question";
    case EMSGSIZE:
        return "its answer is too long";
    default:
        return strerror(error);
    }
}

static bool is_device(const char *reason)
{
    static const char begin[] = "non-migratable device: ";

    return !strncmp(reason, begin, sizeof(begin) - 1);
}

/*
 * Those of one kind, behind what the text has, as far as there is room.  False:
 * there is none.
 */
static bool append_reasons(struct json_scan reasons, bool devices, char *text,
                           size_t room)
{
    char reason[REASON_ROOM];
    bool found = false, more = true;

    while (more && json_scan_string(&reasons, reason, sizeof(reason))) {
        if (is_device(reason) == devices) {
            size_t n = strlen(text);

            snprintf(text + n, room - n, "%s%s", n ? "; " : "", reason);
            found = true;
        }
        more = json_scan_next(&reasons);
    }
    return found;
}

/* What ends QEMU comes first, wherever QEMU tells it, and however much. */
static enum device_model_answer read_reasons(struct json_scan answer,
                                             char *text, size_t room)
{
    bool device, other;

    if (!json_scan_member(&answer, "blocked-reasons")
        || !json_scan_array(&answer))
        return DEVICE_MODEL_CAN_SAVE;
    device = append_reasons(answer, true, text, room);
    other = append_reasons(answer, false, text, room);
    return device ? DEVICE_MODEL_CANNOT
           : other ? DEVICE_MODEL_DOUBTS : DEVICE_MODEL_CAN_SAVE;
}

enum device_model_answer device_model_ask(const char *dir, uint32_t domid,
                                          char *text, size_t room)
{
    struct conversation c = { .fd = -1, .until = clock_ms() + PATIENCE_MS };
    struct json_scan answer;
    int r;

    snprintf(text, room, "%s", "");
    r = connect_to_qemu(dir, domid, &c);
    if (!r)
        r = converse_with_qemu(&c, &answer);
    cleanup_close(&c.fd);
    if (!r)
        return read_reasons(answer, text, room);
    snprintf(text, room, "%s", why_silent(-r));
    return DEVICE_MODEL_SILENT;
}

static int ask_only(struct conversation *c)
{
    char status[STATUS_ROOM];
    size_t spent = 0;

    return ask_status(c, &spent, status);
}

/* As "stop" leaves it: one that has never run is another matter. */
static int ask_if_stopped(struct conversation *c)
{
    char status[STATUS_ROOM];
    size_t spent = 0;
    int r = ask_status(c, &spent, status);

    return r ? r : strcmp(status, "paused") ? -ENOENT : 0;
}

static int go_on_if_stopped(struct conversation *c)
{
    struct json_scan answer;
    char status[STATUS_ROOM];
    size_t spent = 0;
    int r = ask_status(c, &spent, status);

    if (!r && strcmp(status, "paused"))
        r = -ENOENT;
    return r ? r : execute(c, &spent, "cont", &answer);
}

static bool converse_about(const char *dir, uint32_t domid,
                           int (*about)(struct conversation *), char *text,
                           size_t room)
{
    struct conversation c = { .fd = -1, .until = clock_ms() + PATIENCE_MS };
    int r = connect_to_qemu(dir, domid, &c);

    if (!r)
        r = about(&c);
    cleanup_close(&c.fd);
    if (r)
        snprintf(text, room, "%s", r == -EPROTO ? "it reports an error"
                                                : why_silent(-r));
    return !r;
}

bool device_model_flush(const char *dir, uint32_t domid, char *text,
                        size_t room)
{
    return converse_about(dir, domid, stop_and_go_on, text, room);
}

bool device_model_answers(const char *dir, uint32_t domid, char *text,
                          size_t room)
{
    return converse_about(dir, domid, ask_only, text, room);
}

bool device_model_is_stopped(const char *dir, uint32_t domid)
{
    char text[80];

    return converse_about(dir, domid, ask_if_stopped, text, sizeof(text));
}

bool device_model_go_on(const char *dir, uint32_t domid)
{
    char text[80];

    return converse_about(dir, domid, go_on_if_stopped, text, sizeof(text));
}
