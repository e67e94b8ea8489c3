/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "domain/lock_record.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "util/number.h"

static const char magic[] = "xen-resumable lock 1";

static const char *const states[LOCK_STATES] = {
    [LOCK_RUNNING] = "running",
    [LOCK_ASKED] = "asked",
    [LOCK_SUSPENDED] = "suspended",
    [LOCK_HELD] = "held",
};

void lock_record_encode(const struct lock_record *record,
                        char out[LOCK_RECORD_SIZE])
{
    memset(out, '\n', LOCK_RECORD_SIZE);
    /* The longest of each leaves room; the NUL becomes a newline again. */
    snprintf(out, LOCK_RECORD_SIZE,
             "%s\nprogram=%s\npid=%ld\nstarted=%" PRIu64 "\nsince=%lld\n"
             "intent=%s\nstate=%s\ndomid=%" PRIu32 "\nend\n", magic,
             record->holder.name, (long)record->holder.pid,
             record->holder.started, (long long)record->since,
             intent_name(record->intent), states[record->state],
             record->domid);
    out[strlen(out)] = '\n';
}

/* The value of the next line, which has this key; NULL if it has not. */
static const char *next_value(char **rest, const char *key)
{
    char *line = strsep(rest, "\n");
    size_t n = strlen(key);

    return line && !strncmp(line, key, n) && line[n] == '='
           ? line + n + 1 : NULL;
}

static bool next_number(char **rest, const char *key, uint64_t max,
                        uint64_t *out)
{
    const char *value = next_value(rest, key);

    return value && number_parse(value, out) && *out <= max;
}

static bool state_from_name(const char *name, enum lock_state *out)
{
    int i;

    for (i = 0; i < LOCK_STATES; i++)
        if (!strcmp(states[i], name)) {
            *out = (enum lock_state)i;
            return true;
        }
    return false;
}

static bool decode_record(char *text, struct lock_record *out)
{
    uint64_t pid, since, domid;
    char *rest = text;
    const char *line = strsep(&rest, "\n"), *value;

    if (!line || strcmp(line, magic))
        return false;
    value = next_value(&rest, "program");
    if (!value)
        return false;
    process_name_copy(out->holder.name, value);
    if (!next_number(&rest, "pid", INT32_MAX, &pid)
        || !next_number(&rest, "started", UINT64_MAX, &out->holder.started)
        || !next_number(&rest, "since", INT64_MAX, &since))
        return false;
    value = next_value(&rest, "intent");
    if (!value || !intent_from_name(value, &out->intent))
        return false;
    value = next_value(&rest, "state");
    if (!value || !state_from_name(value, &out->state)
        || !next_number(&rest, "domid", UINT32_MAX, &domid))
        return false;
    out->holder.pid = (pid_t)pid;
    out->since = (time_t)since;
    out->domid = (uint32_t)domid;
    line = strsep(&rest, "\n");
    return line && !strcmp(line, "end");
}

bool lock_record_decode(const char *bytes, size_t n, struct lock_record *out)
{
    struct lock_record record = { .domid = 0 };
    char text[LOCK_RECORD_SIZE + 1];
    bool ok;

    *out = record;
    if (n > LOCK_RECORD_SIZE || memchr(bytes, '\0', n))
        return false;
    memcpy(text, bytes, n);
    text[n] = '\0';
    ok = decode_record(text, &record);
    if (ok)
        *out = record;
    return ok;
}

void lock_record_describe(const struct lock_record *record,
                          char text[LOCK_TEXT_ROOM])
{
    char since[32] = "?";
    struct tm tm;

    if (!record->holder.pid) {
        snprintf(text, LOCK_TEXT_ROOM, "an unknown program");
        return;
    }
    if (localtime_r(&record->since, &tm))
        strftime(since, sizeof(since), "%Y-%m-%d %H:%M:%S", &tm);
    snprintf(text, LOCK_TEXT_ROOM, "%s%s%s (pid %ld, since %s)",
             record->holder.name, record->intent ? " " : "",
             record->intent ? intent_name(record->intent) : "",
             (long)record->holder.pid, since);
}
