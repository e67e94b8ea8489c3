/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libxlutil gets one statement at a time, and only those with a key of ours:
 * it refuses a whole file for one slip in it.  Where a value stands it tells
 * in its warnings only, so it is asked for what the value is not, and the line
 * is read from its answer.
 */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/statements.h"
#include "util/buffer.h"
#include "util/cleanup.h"
#include "xen/configuration_reading.h"

/* What libxlutil takes for the name of the file. */
#define SOURCE "statement"

/* "FILE:LINE: ..." */
void reading_problem(struct reading *r, unsigned int line,
                            const char *format, ...)
{
    CLEANUP_BUFFER struct buffer text = { 0 };
    char what[512];
    va_list ap;

    if (r->problems++ >= CONFIG_PROBLEMS_MAX)
        return;
    va_start(ap, format);
    vsnprintf(what, sizeof(what), format, ap);
    va_end(ap);
    buffer_printf(&text, "%s:%u: %s%s", r->path, line, what,
                  r->problems < CONFIG_PROBLEMS_MAX
                  ? "" : " (more is not listed)");
    if (text.data)
        r->report(text.data, r->data);
}

/* The line of the file that libxlutil's last message is about. */
static unsigned int message_line(struct reading *r)
{
    unsigned int line = 1;

    if (fflush(r->messages) || !r->message
        || sscanf(r->message, SOURCE ":%8u:", &line) != 1 || !line)
        line = 1;
    rewind(r->messages);
    return r->statement.line + line - 1;
}

unsigned int reading_value_line(struct reading *r, XLU_ConfigValue *value)
{
    XLU_ConfigList *list;

    rewind(r->messages);
    if (!value || !r->xlutil.cfg_value_get_list(r->parsed, value, &list, 0))
        return r->statement.line;
    return message_line(r);
}

static void name_unknown(struct reading *r)
{
    CLEANUP_BUFFER struct buffer keys = { 0 };
    size_t i;

    for (i = 0; setting_get(i); i++)
        buffer_printf(&keys, "%s%s", i ? ", " : "", setting_get(i)->key);
    reading_problem(r, r->statement.line, "unknown setting %.*s; the settings are %s",
                    r->statement.key_length < 60
                    ? (int)r->statement.key_length : 60,
                    r->statement.text, keys.data ? keys.data : "");
}

/* Is libxlutil ready?  It is loaded for the first statement that needs it. */
static bool have_xlutil(struct reading *r)
{
    struct xr_error err;

    if (r->xlutil.library && r->messages)
        return true;
    if (!r->xlutil.library && xlutil_open(&r->xlutil, &err)) {
        reading_problem(r, r->statement.line, "cannot be read: %s",
                        err.message);
        return false;
    }
    if (!r->messages)
        r->messages = open_memstream(&r->message, &r->message_size);
    return r->messages;
}

/*
 * libxlutil's lexer knows no comment without a newline behind it, and no
 * carriage return at all.
 */
static bool parse_statement(struct reading *r)
{
    CLEANUP_BUFFER struct buffer text = { 0 };
    size_t i;

    buffer_append(&text, r->statement.text, r->statement.length);
    buffer_puts(&text, "\n");
    for (i = 0; i < text.length; i++)
        if (text.data[i] == '\r')
            text.data[i] = ' ';
    rewind(r->messages);
    return !buffer_failed(&text)
           && !r->xlutil.cfg_readdata(r->parsed, text.data,
                                      (int)text.length);
}

static void obey_setting(struct reading *r, const struct setting *s)
{
    unsigned int line = r->statement.line;

    r->parsed = r->xlutil.cfg_init(r->messages, SOURCE);
    if (!r->parsed) {
        reading_problem(r, line, "%s: out of memory", s->key);
        return;
    }
    if (!r->statement.flat)
        reading_problem(r, line, "%s: %s", s->key, s->expected);
    else if (!parse_statement(r))
        reading_problem(r, message_line(r), "%s: %s", s->key, s->expected);
    else if (!s->set(r, s->key))
        reading_problem(r, line, "%s: %s", s->key, s->expected);
    r->xlutil.cfg_destroy(r->parsed);
    r->parsed = NULL;
}

/* False if there is no point in going on. */
static bool read_statement(struct reading *r)
{
    const struct setting *s = setting_find(&r->statement);

    if (!r->statement.key_length) {
        reading_problem(r, r->statement.line, "KEY = VALUE is expected");
        return true;
    }
    if (!s) {
        name_unknown(r);
        return true;
    }
    if (!have_xlutil(r))
        return false;
    obey_setting(r, s);
    return true;
}

void config_parse(const char *path, const char *text, size_t n,
                  config_report *report, void *data, struct config *out)
{
    struct reading r = {
        .path = path,
        .report = report,
        .data = data,
        .config = out,
    };
    struct statements s;

    *out = (struct config){
        .policies = default_policies,
        .record = true,
        .live = LIVE_CHECKPOINTS,
        .layout = CONFIG_FLAT,
        .disks = DISKS_AUTO,
        .hook_timeout = 10,
        .watch = WATCH_SECONDS,
        .lock_timeout = LOCK_SECONDS,
        .verbose = VERBOSITY_HOLDS,
    };
    statements_begin(&s, text, n);
    while (statements_next(&s, &r.statement))
        if (!read_statement(&r))
            break;
    if (r.messages)
        fclose(r.messages);
    free(r.message);
    xlutil_close(&r.xlutil);
}
