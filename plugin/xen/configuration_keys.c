/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The configuration's keys, and what their values are to be.
 */
#include "config.h"

#include "xen/configuration_reading.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "util/buffer.h"

enum { TIMEOUT_MAX = 3600 };

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
           && word[digits] && strchr("kKmMgGtT%", word[digits])
           && !word[digits + 1];
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
                     reading_value_line(r, item));
    }
    return true;
}

static const struct setting settings[] = {
    { "on_not_resumable", set_on_not_resumable,
      POLICIES_NOT_RESUMABLE " is expected" },
    { "on_unknown", set_on_unknown,
      POLICIES_UNKNOWN " is expected" },
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

const struct setting *setting_find(const struct statement *s)
{
    size_t i;

    for (i = 0; i < SETTINGS; i++)
        if (strlen(settings[i].key) == s->key_length
            && !memcmp(settings[i].key, s->text, s->key_length))
            return &settings[i];
    return NULL;
}

const struct setting *setting_get(size_t i)
{
    return i < SETTINGS ? &settings[i] : NULL;
}
