/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a command prints, in pieces as a pipe may bring them: as lines, as
 * events, and the last of them as a result or a failure.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "lib/client_failure.h"
#include "lib/client_result.h"
#include "lib/client_wire.h"
#include "lib/flatten.h"

enum { PIECE_MAX = 61 };

static void ask_result(const struct xr_result *result)
{
    static const char *const keys[] = {
        "ok", "event", "bytes", "error.code", "error.message", "domains[0]",
        "a", "[0]", "a.b", "", ".", "[", "list[1].kind", "resumable",
        "reason",
    };
    uint64_t number;
    bool truth;
    size_t i;

    must(xr_result_json(result) != NULL);
    for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const char *text = xr_result_text(result, keys[i]);

        must(!text || xr_result_number(result, keys[i], &number) == -EINVAL);
        must(!text || xr_result_bool(result, keys[i], &truth) == -EINVAL);
    }
}

/* However the process has ended. */
static void try_ends(struct talk_outcome *outcome)
{
    struct xr_error err;
    int status;

    for (status = -1; status <= 3; status++) {
        outcome->end_is_known = true;
        outcome->exit_status = status;
        must(client_contradiction(outcome, 1u, &err)
             == (status ? -EIO : 0));
        must(!status || !strchr(err.message, '\n'));
        outcome->end_is_known = false;
        must(!client_contradiction(outcome, 1u, &err));
    }
}

/* Its values are those of the JSON that it has now. */
static void try_narrowed(const struct xr_result *result)
{
    CLEANUP_VALUES struct values v = { 0 };
    const char *json = xr_result_json(result);

    must(*json == '{' && json[strlen(json) - 1] == '}');
    must(!flatten_json_strictly(json, strlen(json), &v, NULL));
    must(v.count == result->values.count);
}

static void try_result(struct values *v, const char *line, size_t n)
{
    struct talk_outcome outcome = { .result = result_new(v, line, n) };
    struct xr_error err = { .code = 0 };
    int r;

    must(outcome.result != NULL);
    ask_result(outcome.result);
    r = client_failure(&outcome, &err);
    must(-r == err.code && !r == (err.reason == XR_REASON_NONE));
    r = result_narrow(outcome.result, "domains", &err);
    must(!r || r == -EPROTO || r == -ENOMEM);
    if (!r)
        try_narrowed(outcome.result);
    try_ends(&outcome);
    ask_result(outcome.result);
    xr_result_free(outcome.result);
}

static void try_line(const char *line, size_t n)
{
    CLEANUP_VALUES struct values v = { 0 };
    enum wire_event event;
    struct xr_error err;
    int r = wire_parse(line, n, &event, &v, &err);

    must(!memchr(line, '\n', n));
    if (r) {
        must((r == -EPROTO || r == -ENOMEM) && !strchr(err.message, '\n'));
        return;
    }
    wire_text(&v, "stage");
    wire_number(&v, "bytes");
    wire_level(wire_text(&v, "level"));
    if (event == WIRE_RESULT)
        try_result(&v, line, n);
}

/* How many bytes the lines had that there were. */
static size_t take_lines(struct wire *w, bool at_end)
{
    const char *line;
    size_t n, taken = 0;

    while (wire_next(w, at_end, &line, &n)) {
        taken += n + 1;
        if (!wire_is_blank(line, n))
            try_line(line, n);
    }
    return taken;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    size_t piece = n ? 1 + bytes[n - 1] % PIECE_MAX : 1, at, taken = 0, step;
    struct wire w = { .next = 0 };

    for (at = 0; at < n; at += step) {
        step = n - at < piece ? n - at : piece;
        if (wire_put(&w, (const char *)bytes + at, step, NULL))
            break;
        taken += take_lines(&w, false);
    }
    if (at >= n)
        taken += take_lines(&w, true);
    must(at < n || taken == n || (n && taken == n + 1));
    wire_free(&w);
    return 0;
}
