/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "xen/known_notes.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/notes.h"
#include "util/buffer.h"
#include "util/cleanup.h"
#include "util/debug.h"
#include "util/number.h"

/* Record version, as in image/xen-resumable. */
#define KNOWLEDGE_VERSION "1.0"

enum {
    /* Per note: its own node; FEATURES adds one for each feature. */
    NODES_MAX = 256,
    /* libxenstore's XENSTORE_PAYLOAD_MAX is 4096 with the path in it. */
    VALUE_MAX = 3072,
    FEATURE_NAME_MAX = 64,
};

struct batch {
    struct store_node nodes[NODES_MAX];
    size_t count;
};

static void batch_free(struct batch *b)
{
    while (b->count) {
        b->count--;
        free(b->nodes[b->count].name);
        free(b->nodes[b->count].value);
    }
}

/*
 * Takes over both strings; NULL for either is out of memory.  -E2BIG: full, and
 * that is all that happened.
 */
static int batch_add(struct batch *b, char *name, char *value)
{
    if (!name || !value || b->count == NODES_MAX) {
        free(name);
        free(value);
        return name && value ? -E2BIG : -ENOMEM;
    }
    b->nodes[b->count++] = (struct store_node){ name, value };
    return 0;
}

/* "image/suspend-cancel" for SUSPEND_CANCEL. */
static char *node_name(const char *note)
{
    char *name, *p;

    if (asprintf(&name, "image/%s", note) < 0)
        return NULL;
    for (p = name; *p; p++)
        *p = (char)(*p == '_' ? '-' : tolower((unsigned char)*p));
    return name;
}

/* SUSPEND_CANCEL for "suspend-cancel". */
static char *note_name_of_node(const char *node)
{
    char *name = strdup(node), *p;

    for (p = name; p && *p; p++)
        *p = (char)(*p == '-' ? '_' : toupper((unsigned char)*p));
    return name;
}

/* Numbers are decimal in xenstore and hexadecimal in the list. */
static char *value_to_store(const struct keylist *notes,
                            const struct keypair *pair)
{
    const struct note_type *type = note_by_name(pair->key);
    uint64_t number;
    char *text;

    if (!type || type->kind != NOTE_NUMBER
        || !keylist_get_number(notes, pair->key, &number))
        return strdup(pair->value);
    return asprintf(&text, "%" PRIu64, number) < 0 ? NULL : text;
}

static char *value_from_store(const char *note, const char *value)
{
    const struct note_type *type = note_by_name(note);
    uint64_t number;
    char *text;

    if (!type || type->kind != NOTE_NUMBER || !number_parse(value, &number))
        return strdup(value);
    return asprintf(&text, "0x%" PRIx64, number) < 0 ? NULL : text;
}

/* One feature, "!" and all: image/features/NAME = "0" for "!NAME". */
static int add_feature(struct batch *b, const char *word, size_t n)
{
    bool required = n && *word == '!';
    char *name, *p;

    word += required;
    n -= required;
    if (!n || n > FEATURE_NAME_MAX)
        return 0;
    if (asprintf(&name, "image/features/%.*s", (int)n, word) < 0)
        return -ENOMEM;
    for (p = name + strlen("image/features/"); *p; p++) {
        if (*p == '_')
            *p = '-';
        else if (!isalnum((unsigned char)*p) && *p != '-') {
            free(name);
            return 0;
        }
    }
    return batch_add(b, name, strdup(required ? "0" : "1"));
}

static int add_features(struct batch *b, const char *features)
{
    size_t n;
    int r;

    for (; *features; features += n + (features[n] == '|')) {
        n = strcspn(features, "|");
        r = add_feature(b, features, n);
        if (r)
            return r;
    }
    return 0;
}

/*
 * A value that xenstore could not carry is left out rather than refused: one
 * strange note must not cost the others.
 */
static bool is_storable(const struct keypair *pair)
{
    return pair->value_length <= VALUE_MAX
           && strlen(pair->value) == pair->value_length;
}

bool known_notes_decides(const char *note)
{
    return !strcmp(note, "SUSPEND_CANCEL") || !strcmp(note, "GUEST_OS")
           || !strcmp(note, "NOTE_14") || !strcmp(note, "LOADER")
           || !strcmp(note, "PHYS32_ENTRY");
}

/* What is written first will be there, however much there is. */
enum rank {
    DECIDING,
    KNOWN,
    OTHERS,
};

static enum rank rank_of(const char *note)
{
    if (known_notes_decides(note))
        return DECIDING;
    return note_by_name(note) ? KNOWN : OTHERS;
}

static int batch_add_notes(struct batch *b, const struct keylist *notes,
                           enum rank rank)
{
    size_t i;
    int r;

    for (i = 0; i < notes->count; i++) {
        const struct keypair *pair = &notes->pairs[i];

        if (!is_storable(pair) || !note_name_valid(pair->key)
            || rank_of(pair->key) != rank)
            continue;
        r = batch_add(b, node_name(pair->key), value_to_store(notes, pair));
        if (r)
            return r;
    }
    return 0;
}

static int add_mark(struct batch *b, const char *origin)
{
    char *mark;

    if (asprintf(&mark, "%s " KNOWLEDGE_VERSION, origin) < 0)
        mark = NULL;
    return batch_add(b, strdup("image/xen-resumable"), mark);
}

static int batch_fill(struct batch *b, const struct keylist *notes,
                      const char *origin)
{
    const char *features = keylist_get(notes, "FEATURES");
    int r = batch_add_notes(b, notes, DECIDING);

    if (!r)
        r = add_mark(b, origin);
    if (!r)
        r = batch_add_notes(b, notes, KNOWN);
    if (!r && features)
        r = add_features(b, features);
    return r ? r : batch_add_notes(b, notes, OTHERS);
}

static int write_known(struct store *store, uint32_t domid,
                       const struct store_node *condition,
                       const struct keylist *notes, const char *origin,
                       struct xr_error *err)
{
    struct batch b = { .count = 0 };
    int r = batch_fill(&b, notes, origin);

    if (r == -E2BIG) {
        debug("domain %u: %zu nodes of its notes, the rest is left out",
              domid, b.count);
        r = 0;
    }
    r = r ? error_set(err, -r, "out of memory")
          : store_write_domain_if(store, domid, condition, b.nodes, b.count,
                                  err);
    batch_free(&b);
    return r;
}

int known_notes_write(struct store *store, uint32_t domid,
                      const struct keylist *notes, const char *origin,
                      struct xr_error *err)
{
    return write_known(store, domid, NULL, notes, origin, err);
}

void known_notes_invite(struct store *store, uint32_t domid)
{
    struct xr_error err;

    if (store_open_to_guest(store, domid, "control/feature-resumable", &err))
        debug("domain %u: %s", domid, err.message);
}

int known_notes_learn(struct store *store, uint32_t domid, const char *uuid,
                      const struct keylist *notes, struct xr_error *err)
{
    char name[] = "vm", value[64];
    const struct store_node condition = { name, value };
    int r;

    snprintf(value, sizeof(value), "/vm/%s", uuid);
    r = write_known(store, domid, &condition, notes, "learned", err);
    if (r == -ESTALE)
        return error_set(err, ESTALE, "the domain has ended");
    if (!r)
        known_notes_invite(store, domid);
    return r;
}

static int read_note(struct store *store, uint32_t domid, const char *node,
                     const char *note, struct keylist *list)
{
    CLEANUP_FREE char *path = NULL;
    CLEANUP_FREE char *stored = NULL;
    CLEANUP_FREE char *value = NULL;

    if (asprintf(&path, "image/%s", node) < 0) {
        path = NULL;
        return -ENOMEM;
    }
    stored = store_read_domain(store, domid, path);
    if (!stored)
        return errno == ENOENT || errno == EBADMSG ? 0 : -errno;
    value = value_from_store(note, stored);
    return value ? keylist_set_text(list, note, value) : -ENOMEM;
}

/* deciding: those that decide, else those that do not. */
static int read_notes(struct store *store, uint32_t domid, char **nodes,
                      size_t count, bool deciding, struct keylist *list,
                      bool *recorded)
{
    size_t i;
    int r;

    for (i = 0; i < count; i++) {
        CLEANUP_FREE char *note = note_name_of_node(nodes[i]);

        if (!note)
            return -ENOMEM;
        if (!note_name_valid(note))
            continue;
        *recorded = true;
        if (known_notes_decides(note) != deciding)
            continue;
        r = read_note(store, domid, nodes[i], note, list);
        if (r)
            return r;
    }
    return 0;
}

int known_notes_read(struct store *store, uint32_t domid, bool deciding_only,
                     struct keylist *out, bool *recorded_out,
                     struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    CLEANUP_FREE char **nodes = NULL;
    bool recorded = false;
    size_t count = 0;
    int r = 0;

    nodes = store_list_domain(store, domid, "image", &count);
    if (!nodes && errno != ENOENT)
        return error_system(err, errno, "cannot read xenstore");
    if (nodes)
        r = read_notes(store, domid, nodes, count, true, &list, &recorded);
    if (!r && nodes && !deciding_only) {
        r = read_notes(store, domid, nodes, count, false, &list, &recorded);
        /* More than a list holds: what decides is in it. */
        if (r == -E2BIG)
            r = 0;
    }
    if (r)
        return error_system(err, -r, "cannot read the recorded notes");
    notes_sort(&list);
    *out = list;
    list = (struct keylist){ 0 };
    if (recorded_out)
        *recorded_out = recorded;
    return 0;
}
