/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "verdict/override.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "util/cleanup.h"

enum kind {
    BY_NAME,
    BY_UUID,
    BY_OS,
};

struct override {
    enum kind kind;
    enum verdict_answer says;
    char *pattern; /* without its prefix */
    char *line;    /* "FILE:LINE: PATTERN=no" */
};

/* 8-4-4-4-12 hexadecimal digits. */
static bool is_uuid(const char *text)
{
    static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    size_t i;

    for (i = 0; i < sizeof(form) - 1; i++) {
        bool digit = text[i] && strchr("0123456789abcdefABCDEF", text[i]);

        if (form[i] == 'x' ? !digit : text[i] != '-')
            return false;
    }
    return !text[i];
}

/* The pattern behind its prefix, or NULL if it is none. */
static const char *pattern_kind(const char *pattern, enum kind *kind)
{
    *kind = BY_NAME;
    if (!strncmp(pattern, "uuid:", 5)) {
        *kind = BY_UUID;
        return is_uuid(pattern + 5) ? pattern + 5 : NULL;
    }
    if (!strncmp(pattern, "os:", 3)) {
        *kind = BY_OS;
        pattern += 3;
    }
    return *pattern ? pattern : NULL;
}

static bool answer_from_name(const char *word, enum verdict_answer *out)
{
    *out = strcmp(word, "yes") ? VERDICT_NO : VERDICT_YES;
    return *out == VERDICT_YES || !strcmp(word, "no");
}

int overrides_add(struct overrides *overrides, const char *text,
                  const char *where)
{
    /* A name may contain a =, the answer does not. */
    const char *equals = strrchr(text, '=');
    CLEANUP_FREE char *pattern = NULL;
    struct override *items, made = { 0 };
    const char *bare;

    if (!equals || !answer_from_name(equals + 1, &made.says))
        return -EINVAL;
    pattern = strndup(text, (size_t)(equals - text));
    if (!pattern)
        return -ENOMEM;
    bare = pattern_kind(pattern, &made.kind);
    if (!bare)
        return -EINVAL;
    items = reallocarray(overrides->items, overrides->count + 1,
                         sizeof(*items));
    if (!items)
        return -ENOMEM;
    overrides->items = items;
    made.pattern = strdup(bare);
    if (!made.pattern
        || asprintf(&made.line, "%s: %s", where, text) < 0) {
        free(made.pattern);
        return -ENOMEM;
    }
    items[overrides->count++] = made;
    return 0;
}

static bool override_fits(const struct override *o,
                          const struct override_subject *s)
{
    switch (o->kind) {
    case BY_NAME:
        return s->name && !fnmatch(o->pattern, s->name, 0);
    case BY_UUID:
        return s->uuid && !strcasecmp(o->pattern, s->uuid);
    case BY_OS:
        return s->guest_os && !strcasecmp(o->pattern, s->guest_os);
    }
    return false;
}

void overrides_apply(const struct overrides *overrides,
                     const struct override_subject *subject,
                     struct verdict_input *input)
{
    size_t i;

    for (i = 0; overrides && i < overrides->count; i++) {
        const struct override *o = &overrides->items[i];

        if (override_fits(o, subject)) {
            input->override = o->says;
            input->override_line = o->line;
            return;
        }
    }
}

void overrides_free(struct overrides *overrides)
{
    int saved = errno;

    while (overrides->count) {
        overrides->count--;
        free(overrides->items[overrides->count].pattern);
        free(overrides->items[overrides->count].line);
    }
    free(overrides->items);
    *overrides = (struct overrides){ 0 };
    errno = saved;
}
