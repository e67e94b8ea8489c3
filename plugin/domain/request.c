/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "domain/request.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/cleanup.h"
#include "util/number.h"

static const char variable[] = "XR_REQUEST";

enum kind {
    KIND_INTENT,
    KIND_POLICY,
    KIND_YES_NO,
    KIND_TEXT,   /* left out if it is NULL */
    KIND_NUMBER, /* left out if it is 0 */
    KIND_FD,     /* left out if there is none */
};

/* Both sides' table; the intent is the first one in every version. */
struct field {
    const char *key;
    size_t offset;
    uint64_t max;
    enum kind kind;
    bool needed;
};

#define FIELD(member) offsetof(struct request, member)

static const struct field fields[] = {
    { "intent", FIELD(intent), 0, KIND_INTENT, true },
    { "on-not-resumable", FIELD(policies.on_not_resumable), 0, KIND_POLICY,
      true },
    { "on-unknown", FIELD(policies.on_unknown), 0, KIND_POLICY, true },
    { "live", FIELD(live), 0, KIND_YES_NO, true },
    { "image", FIELD(image), 0, KIND_TEXT, false },
    { "hook-dir", FIELD(hook_dir), 0, KIND_TEXT, false },
    { "labels", FIELD(labels), 0, KIND_TEXT, false },
    { "max-freeze", FIELD(max_freeze), REQUEST_FREEZE_MAX, KIND_NUMBER,
      false },
    { "keep", FIELD(keep), UINT32_MAX, KIND_NUMBER, false },
    { "progress-fd", FIELD(progress_fd), 1 << 20, KIND_FD, false },
    { "checkpoint", FIELD(checkpoint), 0, KIND_TEXT, false },
    { "stages-fd", FIELD(stages_fd), 1 << 20, KIND_FD, false },
};

enum { FIELDS = sizeof(fields) / sizeof(fields[0]) };

/* What the field has, as text; NULL: it is left out. */
static const char *field_text(const struct field *field, const void *value,
                              char room[24])
{
    switch (field->kind) {
    case KIND_INTENT:
        return intent_name(*(const enum intent *)value);
    case KIND_POLICY:
        return policy_name(*(const enum policy *)value);
    case KIND_YES_NO:
        return *(const bool *)value ? "yes" : "no";
    case KIND_TEXT:
        return *(const char *const *)value;
    case KIND_NUMBER:
        snprintf(room, 24, "%u", *(const unsigned int *)value);
        return *(const unsigned int *)value ? room : NULL;
    case KIND_FD:
        snprintf(room, 24, "%d", *(const int *)value);
        return *(const int *)value >= 0 ? room : NULL;
    }
    return NULL;
}

static int compose_request(const struct request *request, struct keylist *list)
{
    char room[24];
    int r, i;

    snprintf(room, sizeof(room), "%d", REQUEST_VERSION);
    r = keylist_set_text(list, "version", room);
    for (i = 0; !r && i < FIELDS; i++) {
        const void *value = (const char *)request + fields[i].offset;
        const char *text = field_text(&fields[i], value, room);

        if (text)
            r = keylist_set_text(list, fields[i].key, text);
    }
    return r;
}

int request_encode(const struct request *request, struct buffer *out,
                   struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    CLEANUP_BUFFER struct buffer text = { 0 };
    int r = compose_request(request, &list);

    if (r)
        return error_set(err, -r, "out of memory");
    keylist_print(&list, &text);
    if (!buffer_failed(&text) && text.length > REQUEST_TEXT_MAX)
        return error_because(err, XR_REASON_USAGE, E2BIG, "path and labels are "
                             "too long to be passed on: %zu bytes; %u are "
                             "possible", text.length,
                             (unsigned int)REQUEST_TEXT_MAX);
    if (!buffer_failed(&text))
        buffer_append(out, text.data, text.length);
    return buffer_failed(&text) || buffer_failed(out)
           ? error_set(err, ENOMEM, "out of memory") : 0;
}

static bool take_yes_no(const char *text, bool *out)
{
    *out = !strcmp(text, "yes");
    return *out || !strcmp(text, "no");
}

/* False: it is no value of this field's. */
static bool take_value(const struct field *field, const char *text,
                       void *value)
{
    uint64_t number;

    switch (field->kind) {
    case KIND_INTENT:
        return intent_from_name(text, value);
    case KIND_POLICY:
        return policy_from_name(text, value);
    case KIND_YES_NO:
        return take_yes_no(text, value);
    case KIND_TEXT:
        *(const char **)value = text;
        return true;
    case KIND_NUMBER:
    case KIND_FD:
        if (!number_parse(text, &number) || number > field->max)
            return false;
        *(unsigned int *)value = (unsigned int)number;
        return true;
    }
    return false;
}

static int find_field(const char *key)
{
    int i = 0;

    while (i < FIELDS && strcmp(fields[i].key, key))
        i++;
    return i;
}

/* seen: a bit for each field. */
static int take_pair(struct request *out, const struct keypair *pair,
                     uint32_t *seen, struct xr_error *err)
{
    int i = find_field(pair->key);

    if (i == FIELDS)
        return error_set(err, EINVAL, "unknown key %s in the command's "
                         "request",
                         pair->key);
    if (strlen(pair->value) != pair->value_length
        || !take_value(&fields[i], pair->value,
                       (char *)out + fields[i].offset))
        return error_set(err, EINVAL, "%s is not a value of %s in the "
                         "command's request", pair->value, pair->key);
    *seen |= UINT32_C(1) << i;
    return 0;
}

/* Of what the list has behind the version. */
static int take_list(struct request *out, const struct keylist *list,
                     struct xr_error *err)
{
    uint32_t seen = 0;
    size_t i;
    int r = 0;

    for (i = 1; !r && i < list->count; i++)
        r = take_pair(out, &list->pairs[i], &seen, err);
    for (i = 0; !r && i < FIELDS; i++)
        if (fields[i].needed && !(seen & UINT32_C(1) << i))
            r = error_set(err, EINVAL, "the command's request has no %s",
                          fields[i].key);
    return r;
}

static int check_version(const struct keylist *list, struct xr_error *err)
{
    uint64_t version;

    if (!list->count || strcmp(list->pairs[0].key, "version"))
        return error_set(err, EINVAL,
                         "XR_REQUEST does not begin with a version");
    if (!keylist_get_number(list, "version", &version)
        || version != REQUEST_VERSION)
        return error_set(err, ENOTSUP, "the command's request is of version "
                         "%s, not %d: command and plugin are of different "
                         "releases", list->pairs[0].value, REQUEST_VERSION);
    return 0;
}

static int check_labels(const struct request *request, struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist labels = { 0 };
    const char *text = request->labels ? request->labels : "";

    return keylist_parse(text, strlen(text), &labels, err);
}

int request_decode(const char *text, size_t n, struct request *out,
                   struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    struct request request = REQUEST_NONE;
    int r;

    if (n > REQUEST_TEXT_MAX)
        return error_set(err, E2BIG, "the command's request has %zu bytes; %u "
                         "are possible", n, (unsigned int)REQUEST_TEXT_MAX);
    r = keylist_parse(text, n, &list, err);
    if (!r)
        r = check_version(&list, err);
    if (!r)
        r = take_list(&request, &list, err);
    if (!r)
        r = check_labels(&request, err);
    if (r)
        return r;
    request.list = list;
    list = (struct keylist){ 0 };
    *out = request;
    return 0;
}

enum intent request_intent(const char *text)
{
    enum intent intent = INTENT_UNKNOWN;
    char word[24];

    /* The version, whatever it is, and the word behind it. */
    if (sscanf(text, "version=%*20[^,],intent=%23[a-z]", word) == 1)
        (void)intent_from_name(word, &intent);
    return intent;
}

int request_announce(const struct request *request, struct xr_error *err)
{
    CLEANUP_BUFFER struct buffer text = { 0 };
    int r = request_encode(request, &text, err);

    if (!r)
        buffer_append(&text, "", 1);
    if (!r && buffer_failed(&text))
        r = error_set(err, ENOMEM, "out of memory");
    if (!r && setenv(variable, text.data, 1))
        r = error_system(err, errno, "the environment");
    return r;
}

void request_withdraw(void)
{
    unsetenv(variable);
}

int request_find(struct request *out, enum intent *intent_out,
                 struct xr_error *err)
{
    const char *text = secure_getenv(variable);
    int r;

    if (!text)
        return error_set(err, ENOENT, "no request");
    r = request_decode(text, strlen(text), out, err);
    *intent_out = r ? request_intent(text) : out->intent;
    return r;
}

void request_free(struct request *request)
{
    keylist_free(&request->list);
    *request = (struct request)REQUEST_NONE;
}
