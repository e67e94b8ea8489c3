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
#include "xen/configuration.h"
#include "xen/xlutil.h"

/* What libxlutil takes for the name of the file. */
#define SOURCE "statement"

enum { TIMEOUT_MAX = 3600 };

struct reading {
    const char *path;
    config_report *report;
    void *data;
    unsigned int problems;
    struct config *config;
    struct xlutil xlutil;
    FILE *messages;     /* libxlutil's, kept in: */
    char *message;
    size_t message_size;
    struct statement statement;
    XLU_Config *parsed; /* the statement */
};

/* "FILE:LINE: ..." */
__attribute__((format(printf, 3, 4)))
static void reading_problem(struct reading *r, unsigned int line,
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

static unsigned int value_line(struct reading *r, XLU_ConfigValue *value)
{
    XLU_ConfigList *list;

    rewind(r->messages);
    if (!value || !r->xlutil.cfg_value_get_list(r->parsed, value, &list, 0))
        return r->statement.line;
    return message_line(r);
}

/* The setters: false if the value is not what is expected. */

static bool get_policy(struct reading *r, const char *key, enum policy *out)
{
    const char *word;

    return !r->xlutil.cfg_get_string(r->parsed, key, &word, 1)
           && policy_from_name(word, out);
}

static bool set_on_not_resumable(struct reading *r, const char *key)
{
    enum policy policy;

    if (!get_policy(r, key, &policy) || policy == POLICY_PROCEED)
        return false;
    r->config->policies.on_not_resumable = policy;
    return true;
}

static bool set_on_unknown(struct reading *r, const char *key)
{
    return get_policy(r, key, &r->config->policies.on_unknown);
}

static bool get_number(struct reading *r, const char *key, unsigned int min,
                       unsigned int max, unsigned int *out)
{
    long value;

    if (r->xlutil.cfg_get_long(r->parsed, key, &value, 1)
        || value < (long)min || value > (long)max)
        return false;
    *out = (unsigned int)value;
    return true;
}

static bool set_record(struct reading *r, const char *key)
{
    unsigned int value;

    if (!get_number(r, key, 0, 1, &value))
        return false;
    r->config->record = value;
    return true;
}

static bool set_layout(struct reading *r, const char *key)
{
    const char *word;

    if (r->xlutil.cfg_get_string(r->parsed, key, &word, 1)
        || (strcmp(word, "flat") && strcmp(word, "stream")))
        return false;
    r->config->layout = *word == 's' ? CONFIG_STREAM : CONFIG_FLAT;
    return true;
}

static bool set_disks(struct reading *r, const char *key)
{
    static const char *const words[] = {
        [DISKS_AUTO] = "auto", [DISKS_NONE] = "none",
        [DISKS_REQUIRE] = "require",
    };
    enum config_disks disks;
    const char *word;

    if (r->xlutil.cfg_get_string(r->parsed, key, &word, 1))
        return false;
    for (disks = DISKS_AUTO; disks <= DISKS_REQUIRE; disks++)
        if (!strcmp(word, words[disks])) {
            r->config->disks = disks;
            return true;
        }
    return false;
}

/* "5G" or "20%": lvcreate's, which wants a share to be of the origin. */
static bool is_lvm_size(const char *word)
{
    size_t digits = strspn(word, "0123456789");

    return digits && digits < 16 && strspn(word, "0") < digits
           && (!word[digits] || (strchr("bBkKmMgGtT%", word[digits])
                                 && !word[digits + 1]));
}

static bool set_lvm_snapshot_size(struct reading *r, const char *key)
{
    const char *word;
    char *copy;

    if (r->xlutil.cfg_get_string(r->parsed, key, &word, 1)
        || !is_lvm_size(word))
        return false;
    copy = strdup(word);
    if (!copy)
        return false;
    free(r->config->lvm_snapshot_size);
    r->config->lvm_snapshot_size = copy;
    return true;
}

static bool set_live(struct reading *r, const char *key)
{
    const char *word;

    if (r->xlutil.cfg_get_string(r->parsed, key, &word, 1)
        || (strcmp(word, "checkpoints") && strcmp(word, "never")))
        return false;
    r->config->live = *word == 'n' ? LIVE_NEVER : LIVE_CHECKPOINTS;
    return true;
}

static bool get_folder(struct reading *r, const char *key, char **out)
{
    const char *word;
    char *copy;

    if (r->xlutil.cfg_get_string(r->parsed, key, &word, 1)
        || *word != '/' || strlen(word) >= PATH_MAX)
        return false;
    copy = strdup(word);
    if (copy) {
        free(*out);
        *out = copy;
    }
    return copy;
}

static bool set_hook_dir(struct reading *r, const char *key)
{
    return get_folder(r, key, &r->config->hook_dir);
}

static bool set_checkpoint_dir(struct reading *r, const char *key)
{
    return get_folder(r, key, &r->config->checkpoint_dir);
}

static bool set_hook_timeout(struct reading *r, const char *key)
{
    return get_number(r, key, 1, TIMEOUT_MAX, &r->config->hook_timeout);
}

static bool set_watch(struct reading *r, const char *key)
{
    return get_number(r, key, 0, WATCH_SECONDS_MAX, &r->config->watch);
}

static bool set_lock_timeout(struct reading *r, const char *key)
{
    return get_number(r, key, 0, LOCK_SECONDS_MAX, &r->config->lock_timeout);
}

static bool set_verbose(struct reading *r, const char *key)
{
    unsigned int value;

    if (!get_number(r, key, VERBOSITY_HOLDS, VERBOSITY_DEBUG, &value))
        return false;
    r->config->verbose = value;
    return true;
}

static void add_override(struct reading *r, const char *key,
                         const char *text, unsigned int line)
{
    CLEANUP_BUFFER struct buffer where = { 0 };
    int error = -EINVAL;

    buffer_printf(&where, "%s:%u", r->path, line);
    if (text && where.data)
        error = overrides_add(&r->config->overrides, text, where.data);
    if (error == -EINVAL)
        reading_problem(r, line,
                        "%s: " OVERRIDE_EXPECTED " is expected, not %.100s",
                        key, text ? text : "a list");
    else if (error)
        reading_problem(r, line, "%s: out of memory", key);
}

/* Each item that is in order applies, whatever the others are. */
static bool set_resumable(struct reading *r, const char *key)
{
    XLU_ConfigList *list;
    int i, n;

    if (r->xlutil.cfg_get_list(r->parsed, key, &list, &n, 1))
        return false;
    if (!r->statement.adds)
        overrides_free(&r->config->overrides);
    for (i = 0; i < n; i++) {
        XLU_ConfigValue *item = r->xlutil.cfg_get_listitem2(list, i);

        add_override(r, key, r->xlutil.cfg_get_listitem(list, i),
                     value_line(r, item));
    }
    return true;
}

static const struct setting {
    const char *key;
    bool (*set)(struct reading *r, const char *key);
    const char *expected;
} settings[] = {
    { "on_not_resumable", set_on_not_resumable,
      "\"refuse\", \"restore\", \"hold\" or \"force\" is expected" },
    { "on_unknown", set_on_unknown,
      "\"proceed\", \"refuse\", \"restore\", \"hold\" or \"force\" is expected" },
    { "resumable", set_resumable,
      "a list is expected: [ \"PATTERN=yes\", \"PATTERN=no\" ]" },
    { "record", set_record, "1 or 0 is expected" },
    { "layout", set_layout, "\"flat\" or \"stream\" is expected" },
    { "disks", set_disks, "\"auto\", \"none\" or \"require\" is expected" },
    { "lvm_snapshot_size", set_lvm_snapshot_size,
      "a size is expected, in quotes: \"5G\", or \"20%\" of the volume" },
    { "live", set_live, "\"checkpoints\" or \"never\" is expected" },
    { "hook_dir", set_hook_dir, "an absolute path is expected, in quotes" },
    { "checkpoint_dir", set_checkpoint_dir,
      "an absolute path is expected, in quotes" },
    { "hook_timeout", set_hook_timeout, "1 to 3600 seconds are expected" },
    { "watch", set_watch, "0 to 3600 seconds are expected" },
    { "lock_timeout", set_lock_timeout, "0 to 3600 seconds are expected" },
    { "verbose", set_verbose, "0, 1 or 2 is expected" },
};

enum { SETTINGS = sizeof(settings) / sizeof(settings[0]) };

static const struct setting *find_setting(const struct statement *s)
{
    size_t i;

    for (i = 0; i < SETTINGS; i++)
        if (strlen(settings[i].key) == s->key_length
            && !memcmp(settings[i].key, s->text, s->key_length))
            return &settings[i];
    return NULL;
}

static void name_unknown(struct reading *r)
{
    CLEANUP_BUFFER struct buffer keys = { 0 };
    size_t i;

    for (i = 0; i < SETTINGS; i++)
        buffer_printf(&keys, "%s%s", i ? ", " : "", settings[i].key);
    reading_problem(r, r->statement.line, "%.*s is no setting; there are %s",
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
    const struct setting *s = find_setting(&r->statement);

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
