/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "xen/memory_scan.h"

#include <errno.h>
#include <string.h>

#include "format/note_scan.h"
#include "format/notes.h"
#include "xen/guest_memory.h"

/* What the walk has seen and the scan has not yet done with. */
struct scanning {
    struct memory_scan *scan;
    struct buffer pending;
    uint64_t address;      /* of its first byte */
};

static int add_candidate(struct memory_scan *scan, uint64_t address,
                         struct keylist *notes, struct buffer *text)
{
    struct memory_candidate *c;
    size_t i;

    for (i = 0; i < scan->count; i++) {
        c = &scan->candidates[i];
        if (c->text.length == text->length
            && !memcmp(c->text.data, text->data, text->length)) {
            c->copies++;
            return 0;
        }
    }
    if (scan->count == MEMORY_CANDIDATES_MAX) {
        scan->more = true;
        return 0;
    }
    scan->candidates[scan->count++] = (struct memory_candidate){
        .address = address,
        .copies = 1,
        .notes = *notes,
        .text = *text,
    };
    *notes = (struct keylist){ 0 };
    *text = (struct buffer){ 0 };
    return 0;
}

/* pv-grub's notes are Mini-OS's. */
static bool is_mini_os(const struct keylist *notes)
{
    const char *os = keylist_get(notes, "GUEST_OS");

    return os && !strcmp(os, "Mini-OS");
}

/* GRUB's notes and the like are no candidates. */
static int row_found(void *data, uint64_t address, struct keylist *notes)
{
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct scanning *s = data;

    if (notes_loader(notes) || is_mini_os(notes))
        return 0;
    keylist_print(notes, &text);
    if (buffer_failed(&text))
        return -ENOMEM;
    return add_candidate(s->scan, address, notes, &text);
}

/* more: bytes may follow that belong to what is pending. */
static int scan_pending(struct scanning *s, bool more)
{
    size_t used = 0;
    int r = note_scan((const uint8_t *)s->pending.data, s->pending.length,
                      s->address, more, row_found, s, &used);

    if (r)
        return r;
    s->address += used;
    s->pending.length -= used;
    memmove(s->pending.data, s->pending.data + used, s->pending.length);
    return 0;
}

static int see_pages(void *data, const uint8_t *bytes, size_t n,
                     uint64_t address)
{
    struct scanning *s = data;
    int r = 0;

    if (s->pending.length && s->address + s->pending.length != address)
        r = scan_pending(s, false);
    if (r)
        return r;
    if (!s->pending.length || s->address + s->pending.length != address) {
        s->pending.length = 0;
        s->address = address;
    }
    buffer_append(&s->pending, bytes, n);
    return buffer_failed(&s->pending) ? -ENOMEM : scan_pending(s, true);
}

int memory_scan(xc_interface *xch, const struct domain *domain,
                struct memory_scan *out, struct xr_error *err)
{
    CLEANUP_MEMORY_SCAN struct memory_scan scan = { .count = 0 };
    struct scanning s = { .scan = &scan };
    struct memory_walk walk = { .pages = 0 };
    int r;

    r = guest_memory_walk(xch, domain, MEMORY_SCAN_SECONDS, see_pages, &s,
                          &walk, err);
    if (!r && s.pending.length)
        r = scan_pending(&s, false);
    buffer_free(&s.pending);
    if (r)
        return r == -ENOMEM ? error_set(err, ENOMEM, "out of memory") : r;
    scan.pages = walk.pages;
    scan.ended = walk.ended;
    *out = scan;
    scan = (struct memory_scan){ .count = 0 };
    return 0;
}

void memory_scan_free(struct memory_scan *scan)
{
    size_t i;

    for (i = 0; i < scan->count; i++) {
        keylist_free(&scan->candidates[i].notes);
        buffer_free(&scan->candidates[i].text);
    }
    *scan = (struct memory_scan){ .count = 0 };
}
