/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An option goes to the command as it is: what the library does not know, a
 * later command may.
 */
#include "config.h"

#include "lib/client_options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/api.h"
#include "util/cleanup.h"

enum {
    NAME_MAX_LENGTH = 64,
    OPTIONS_MAX = 4096,
};

static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

/* What would make something else of the call, or of its output. */
static const char *const managed[] = {
    "format", "help", "progress", "version", NULL,
};

/* Or the beginning of one: the command takes options that are shortened. */
static bool is_one_of(const char *name, size_t n, const char *const *names)
{
    for (; *names; names++)
        if (n && !strncmp(*names, name, n))
            return true;
    return false;
}

static bool is_option_name(const char *name)
{
    size_t n = strlen(name);

    return n && n <= NAME_MAX_LENGTH && *name != '-'
           && strspn(name, letters) == n;
}

struct xr_options *xr_options_new(void)
{
    return calloc(1, sizeof(struct xr_options));
}

void xr_options_free(struct xr_options *options)
{
    int saved = errno;
    size_t i;

    for (i = 0; options && i < options->count; i++)
        free(options->words[i]);
    if (options) {
        free(options->words);
        free(options->command);
    }
    free(options);
    errno = saved;
}

static int set_command(struct xr_options *options, const char *path,
                       struct xr_error *err)
{
    char *copy;

    if (!path || !*path)
        return error_because(err, XR_REASON_USAGE, EINVAL,
                             "command: a path is expected");
    copy = strdup(path);
    if (!copy)
        return error_set(err, ENOMEM, "out of memory");
    free(options->command);
    options->command = copy;
    return 0;
}

static int append_word(struct xr_options *options, char *word)
{
    char **words = reallocarray(options->words, options->count + 1,
                                sizeof(*words));

    if (!words)
        return -ENOMEM;
    options->words = words;
    words[options->count++] = word;
    return 0;
}

static int append_option(struct xr_options *options, const char *name,
                         const char *value, struct xr_error *err)
{
    CLEANUP_FREE char *word = NULL;

    if (options->count == OPTIONS_MAX)
        return error_because(err, XR_REASON_USAGE, EINVAL,
                             "%s: more than %d options", name, OPTIONS_MAX);
    if (asprintf(&word, "--%s%s%s", name, value ? "=" : "",
                 value ? value : "") < 0)
        word = NULL;
    if (!word || append_word(options, word))
        return error_set(err, ENOMEM, "out of memory");
    word = NULL;
    return 0;
}

int xr_options_set(struct xr_options *options, const char *name,
                   const char *value, struct xr_error *err)
{
    if (!options || !name)
        return api_usage(err);
    if (!is_option_name(name))
        return error_because(err, XR_REASON_USAGE, EINVAL,
                             "not the name of an option: %.*s",
                             NAME_MAX_LENGTH,
                             name);
    if (is_one_of(name, strlen(name), managed))
        return error_because(err, XR_REASON_USAGE, EINVAL, "%s: the library "
                             "sets this option itself", name);
    return !strcmp(name, "command") ? set_command(options, value, err)
                                    : append_option(options, name, value, err);
}

size_t options_count(const struct xr_options *options)
{
    return options ? options->count : 0;
}

const char *options_command(const struct xr_options *options)
{
    return options ? options->command : NULL;
}

int options_refuse(const struct xr_options *options,
                   const char *const *names, struct xr_error *err)
{
    size_t i;

    for (i = 0; i < options_count(options); i++) {
        const char *name = options->words[i] + 2;
        size_t n = strcspn(name, "=");

        if (is_one_of(name, n, names))
            return error_because(err, XR_REASON_USAGE, EINVAL, "%.*s: this "
                                 "function does not take that option", (int)n,
                                 name);
    }
    return 0;
}
