/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "hook/metadata.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <time.h>
#include <unistd.h>

#include "format/record.h"
#include "util/cleanup.h"
#include "xen/hypervisor.h"
#include "xen/known_notes.h"

enum {
    HOST_NAME_ROOM = 256,
    /* Of the list's 65,000 bytes; the rest is for what is not of the image. */
    NOTES_ROOM = 60000,
    /* A byte of a value takes four at most; a key and its signs these. */
    ESCAPED = 4,
    KEY_ROOM = 64,
};

static size_t room_for(const struct keypair *pair)
{
    return KEY_ROOM + ESCAPED * pair->value_length;
}

static size_t room_of_list(const struct keylist *list)
{
    CLEANUP_BUFFER struct buffer text = { 0 };

    if (list)
        keylist_print(list, &text);
    return text.length;
}

/*
 * What is left beside the notes that a verdict needs, and the disks: an image
 * without those of the kernel is whole, one whose copies nobody knows is not.
 */
static size_t room_for_others(const struct keylist *notes,
                              const struct keylist *disks)
{
    size_t room = NOTES_ROOM, i;

    room -= MIN(room, room_of_list(disks));
    for (i = 0; i < notes->count; i++)
        if (known_notes_decides(notes->pairs[i].key))
            room -= MIN(room, room_for(&notes->pairs[i]));
    return room;
}

/*
 * image.SUSPEND_CANCEL and so on.  A kernel with more notes than a record
 * holds shall not lose the record for it.
 */
static int metadata_add_notes(struct keylist *list,
                              const struct keylist *notes,
                              const struct keylist *disks)
{
    size_t room = room_for_others(notes, disks), i;
    int r;

    for (i = 0; i < notes->count; i++) {
        const struct keypair *pair = &notes->pairs[i];
        CLEANUP_FREE char *key = NULL;

        if (!known_notes_decides(pair->key)) {
            if (room < room_for(pair))
                continue;
            room -= room_for(pair);
        }
        if (asprintf(&key, "image.%s", pair->key) < 0) {
            key = NULL;
            return -ENOMEM;
        }
        r = keylist_set(list, key, pair->value, pair->value_length);
        if (r)
            return r;
    }
    return 0;
}

static int add_domain(struct keylist *list, const struct judgement *j)
{
    int r = keylist_set_text(list, "domain.uuid", j->domain.uuid);

    if (!r)
        r = keylist_set_text(list, "domain.name", j->name);
    if (!r)
        r = keylist_set_text(list, "domain.type", guest_type_name(j->type));
    return r;
}

/* RFC 3339, in UTC. */
static int add_time(struct keylist *list)
{
    time_t now = time(NULL);
    char text[32];
    struct tm tm;

    if (!gmtime_r(&now, &tm)
        || !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
        return 0;
    return keylist_set_text(list, "saved.at", text);
}

static int add_host(struct keylist *list, xc_interface *xch)
{
    char host[HOST_NAME_ROOM] = "";
    struct hypervisor hypervisor;
    char text[64];
    int r = 0;

    if (!gethostname(host, sizeof(host) - 1) && *host)
        r = keylist_set_text(list, "saved.host", host);
    if (r || hypervisor_read(xch, &hypervisor, NULL))
        return r;
    snprintf(text, sizeof(text), "%d.%d%s", hypervisor.major,
             hypervisor.minor, hypervisor.extra);
    return keylist_set_text(list, "saved.xen", text);
}

static int add_save(struct keylist *list, xc_interface *xch,
                    enum intent intent)
{
    int r = add_time(list);

    if (!r)
        r = keylist_set_text(list, "saved.by", PACKAGE_STRING);
    if (!r)
        r = add_host(list, xch);
    if (!r)
        r = keylist_set_text(list, "saved.intent", intent_name(intent));
    return r;
}

static int add_verdict(struct keylist *list, const struct verdict *verdict)
{
    int r = keylist_set_text(list, "suspend.resumable",
                             verdict_answer_name(verdict->resumable));

    if (!r)
        r = keylist_set_text(list, "suspend.source",
                             verdict_source_name(verdict->source));
    return r;
}

/* user.KEY, as "xen-resumable checkpoint --label" gives them. */
static int add_labels(struct keylist *list, const char *text)
{
    CLEANUP_KEYLIST struct keylist labels = { 0 };
    int r = 0;
    size_t i;

    if (!text || keylist_parse(text, strlen(text), &labels, NULL))
        return 0;
    for (i = 0; !r && i < labels.count; i++)
        if (!strncmp(labels.pairs[i].key, "user.", strlen("user.")))
            r = keylist_set(list, labels.pairs[i].key,
                            labels.pairs[i].value, labels.pairs[i].value_length);
    return r;
}

static int add_checkpoint(struct keylist *list,
                          const struct metadata_wish *wish)
{
    int r = wish->checkpoint
            ? keylist_set_text(list, "checkpoint.id", wish->checkpoint) : 0;

    return r || !wish->disks ? r
           : keylist_copy_prefix(list, wish->disks, "");
}

int metadata_compose(xc_interface *xch, const struct judgement *j,
                     const struct metadata_wish *wish, struct buffer *out,
                     struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    int r;

    r = metadata_add_notes(&list, &j->notes, wish->disks);
    if (!r)
        r = add_domain(&list, j);
    if (!r)
        r = add_save(&list, xch, wish->intent);
    if (!r)
        r = add_verdict(&list, &j->verdict);
    if (!r)
        r = add_checkpoint(&list, wish);
    if (!r)
        r = add_labels(&list, wish->labels);
    if (r)
        return error_set(err, -r, "cannot make the record: %s",
                         strerror(-r));
    return record_encode(&list, out, err);
}
