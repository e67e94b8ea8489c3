/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/image_state.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "format/padding.h"
#include "format/pages.h"
#include "lib/flatten.h"
#include "lib/hvm_context.h"
#include "lib/walk.h"
#include "util/bytes.h"
#include "util/cleanup.h"

/* Of a record other than PAGE_DATA: 64 vCPUs make about 1 MiB of HVM state. */
enum { BODY_MAX = 64 << 20 };

struct collect {
    struct walk walk;
    struct page_digests *digests; /* NULL: of our own kind */
    struct record_finder finder;
    bool flat;                    /* there are padding records */
    struct image_state *state;
};

static int out_of_memory(struct xr_error *err)
{
    return error_set(err, ENOMEM, "out of memory");
}

static int set_digest(struct image_state *state, const char *key,
                      const void *bytes, size_t n, struct xr_error *err)
{
    char text[20];
    int r;

    snprintf(text, sizeof(text), "%016" PRIx64,
             (uint64_t)XXH3_64bits(bytes, n));
    r = values_set_named(&state->records, key, text, strlen(text));
    return r ? error_set(err, -r, r == -E2BIG ? "too many records to compare"
                                              : "out of memory") : 0;
}

static int collect_text(struct collect *c, struct xr_error *err)
{
    CLEANUP_FREE char *text = NULL;
    int r = walk_text(&c->walk, &text, err);

    if (r)
        return r;
    if (c->walk.stream.container == CONTAINER_LIBVIRT)
        return flatten_xml(text, &c->state->config, err);
    if (c->walk.stream.xl.json)
        return flatten_json(text, c->walk.event.length, &c->state->config,
                            err);
    return 0;
}

/* One that is damaged, or of a later version, has nothing to compare. */
static int collect_metadata(const struct record_finder *finder,
                            struct image_state *state, struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    size_t i;
    int r = record_finder_read(finder, NULL, &list, NULL);

    if (r && r != -ENOMEM)
        return 0;
    for (i = 0; !r && i < list.count; i++)
        r = values_set_named(&state->metadata, list.pairs[i].key,
                             list.pairs[i].value,
                             list.pairs[i].value_length);
    return r ? error_set(err, -r, r == -E2BIG ? "too many keys to compare"
                                              : "out of memory") : 0;
}

/* Every vCPU and device of an HVM guest by itself. */
static int take_hvm_context(struct image_state *state, const uint8_t *body,
                            size_t n, struct xr_error *err)
{
    struct hvm_entry entry;
    size_t at = 0;
    char key[64];
    int r = 0;

    while (!r && hvm_entry_next(body, n, &at, &entry)) {
        snprintf(key, sizeof(key), "HVM_CONTEXT.%s[%u]",
                 hvm_entry_name(entry.type), entry.instance);
        r = set_digest(state, key, entry.body, entry.length, err);
    }
    return r;
}

/* Also of an unknown type; the numbers of vCPUs and emulators tell twins. */
static int take_body(struct collect *c, const uint8_t *body,
                     struct xr_error *err)
{
    const struct stream_event *event = &c->walk.event;
    const char *name = stream_record_name(event->layer, event->type);
    uint32_t length = event->length, number = 0;
    char key[64];

    if (event->layer == STREAM_LIBXC && event->type == LIBXC_REC_HVM_CONTEXT)
        return take_hvm_context(c->state, body, length, err);
    if (event->layer == STREAM_LIBXC && length >= 4
        && ((event->type >= LIBXC_REC_X86_PV_VCPU_BASIC
             && event->type <= LIBXC_REC_X86_PV_VCPU_XSAVE)
            || event->type == LIBXC_REC_X86_PV_VCPU_MSRS))
        number = load_le32(body);
    else if (event->layer == STREAM_LIBXL && length >= 8)
        number = load_le32(body + 4);
    if (name)
        snprintf(key, sizeof(key), "%s[%" PRIu32 "]", name, number);
    else
        snprintf(key, sizeof(key), "0x%08" PRIx32, event->type);
    return set_digest(c->state, key, body, length, err);
}

/*
 * Where the P2M lies is none: it is the pages that count.  Neither is a record
 * of our type that is another's, or a second one.
 */
static bool is_no_state(const struct stream_event *event)
{
    return event->layer == STREAM_LIBXC
           && (event->type == LIBXC_REC_X86_PV_P2M_FRAMES
               || event->type == RECORD_TYPE
               || event->type == PADDING_TYPE);
}

static int collect_small(struct collect *c, struct xr_error *err)
{
    uint32_t length = c->walk.event.length;
    CLEANUP_FREE char *body = NULL;
    int r;

    if (record_finder_is_at(&c->finder, c->walk.event.offset))
        return collect_metadata(&c->finder, c->state, err);
    if (!length || is_no_state(&c->walk.event))
        return 0;
    r = reader_text(&c->walk.reader, c->walk.body, length, BODY_MAX, &body,
                    err);
    return r ? r : take_body(c, (const uint8_t *)body, err);
}

/*
 * A page without an entry is not there: of a flat image any may have none, for the
 * places of those that have gone are others'.
 */
static int set_page(struct collect *c, uint64_t number, uint64_t digest,
                    struct xr_error *err)
{
    struct image_state *state = c->state;
    struct page_state *page;
    int r;

    if (number > state->page_count && !c->flat)
        return error_at(err, EINVAL, c->walk.event.offset,
                        "pages before this record are missing");
    r = page_map_at(&state->pages, number, &page, err);
    if (r == -E2BIG && err)
        err->offset = c->walk.event.offset;
    if (r)
        return r;
    page->digest = digest;
    if (number >= state->page_count)
        state->page_count = number + 1;
    return 0;
}

/* Half of a seal's digest tells as much as one of ours. */
static uint64_t halve(const uint8_t digest[SEAL_DIGEST_SIZE],
                      unsigned int type)
{
    return load_le64(digest) ^ type * UINT64_C(0x9e3779b97f4a7c15);
}

/* What the seal says that stands there. */
static int take_digest(struct collect *c, unsigned int type, uint64_t *out,
                       struct xr_error *err)
{
    const uint8_t *digest;
    int r = page_digests_next(c->digests, &digest, err);

    if (!r)
        *out = halve(digest, type);
    return r;
}

static int compute_digest(struct collect *c, unsigned int type, uint32_t at,
                          uint64_t *out, struct xr_error *err)
{
    uint8_t digest[SEAL_DIGEST_SIZE];
    const uint8_t *page;
    int r = walk_view(&c->walk, at, PAGE_SIZE_BYTES, &page, err);

    if (r)
        return r;
    if (c->digests) {
        seal_digest_page(c->digests->secret, page, digest);
        *out = halve(digest, type);
    } else {
        *out = XXH3_64bits_withSeed(page, PAGE_SIZE_BYTES, type);
    }
    return 0;
}

/* By what stands there, and by its type. */
static int digest_data(struct collect *c, unsigned int type, uint32_t at,
                       uint64_t *out, struct xr_error *err)
{
    return c->digests && c->digests->fd >= 0
           ? take_digest(c, type, out, err)
           : compute_digest(c, type, at, out, err);
}

/* A page without data is its type. */
static int take_page(struct collect *c, uint64_t entry, uint64_t *data,
                     struct xr_error *err)
{
    unsigned int type = page_type(entry);
    uint64_t digest = type;
    int r;

    if (page_has_data(entry)) {
        if (c->walk.event.length - *data < PAGE_SIZE_BYTES)
            return error_at(err, EINVAL, c->walk.event.offset,
                            "fewer pages than the record's list has");
        r = digest_data(c, type, (uint32_t)*data, &digest, err);
        if (r)
            return r;
        *data += PAGE_SIZE_BYTES;
    }
    return set_page(c, entry & PAGE_NUMBER_MASK, digest, err);
}

/* The list is kept while the pages behind it are read. */
static int collect_pages(struct collect *c, struct xr_error *err)
{
    uint32_t length = c->walk.event.length, i;
    CLEANUP_FREE char *list = NULL;
    const uint8_t *head;
    uint64_t count, data;
    int r;

    if (length < PAGE_LIST_OFFSET)
        return error_at(err, EINVAL, c->walk.event.offset,
                        "a PAGE_DATA record of %u bytes", length);
    r = walk_view(&c->walk, 0, PAGE_LIST_OFFSET, &head, err);
    if (r)
        return r;
    count = load_le32(head);
    if (count > (length - PAGE_LIST_OFFSET) / PAGE_ENTRY_SIZE)
        return error_at(err, EINVAL, c->walk.event.offset,
                        "%u pages in a record of %u bytes", (unsigned)count,
                        length);
    data = PAGE_LIST_OFFSET + count * PAGE_ENTRY_SIZE;
    r = reader_text(&c->walk.reader, c->walk.body + PAGE_LIST_OFFSET,
                    count * PAGE_ENTRY_SIZE, LIBXC_RECORD_LENGTH_MAX, &list,
                    err);
    for (i = 0; !r && i < count; i++)
        r = take_page(c, load_le64((uint8_t *)list
                                   + (size_t)PAGE_ENTRY_SIZE * i),
                      &data, err);
    return r;
}

static int collect_event(struct collect *c, struct xr_error *err)
{
    const struct stream_event *event = &c->walk.event;

    if (event->kind == STREAM_EVENT_TEXT)
        return collect_text(c, err);
    if (event->kind != STREAM_EVENT_RECORD)
        return 0;
    if (event->layer == STREAM_LIBXC && event->type == PADDING_TYPE)
        c->flat = true;
    if (event->layer == STREAM_LIBXC && event->type == LIBXC_REC_PAGE_DATA)
        return collect_pages(c, err);
    return collect_small(c, err);
}

int image_state_read(int fd, struct page_digests *digests,
                     const struct listener *listener, struct image_state *out,
                     struct xr_error *err)
{
    CLEANUP_FREE struct collect *c = calloc(1, sizeof(*c));
    int r;

    *out = (struct image_state){ .page_count = 0 };
    if (!c)
        return out_of_memory(err);
    c->state = out;
    c->digests = digests;
    walk_open(&c->walk, fd);
    c->walk.reader.listener = listener;
    record_finder_init(&c->finder);
    do {
        r = walk_next(&c->walk, err);
        if (!r)
            r = walk_find_record(&c->walk, &c->finder, err);
        if (!r)
            r = collect_event(c, err);
        if (!r)
            r = listener_progress(listener, c->walk.event.offset,
                                  c->walk.reader.size, err);
    } while (!r && c->walk.event.kind != STREAM_EVENT_END);
    if (r)
        image_state_free(out);
    return r;
}

void image_state_free(struct image_state *state)
{
    int saved = errno;

    values_free(&state->config);
    values_free(&state->metadata);
    values_free(&state->records);
    page_map_free(&state->pages);
    *state = (struct image_state){ .page_count = 0 };
    errno = saved;
}
