/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bodies of libxc's records, after Xen's docs/specs/
 * libxc-migration-stream.pandoc: those of a whole domain; the rest is in
 * verify_pages.c and verify_cpu.c.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "format/padding.h"
#include "format/record.h"
#include "lib/verify_state.h"
#include "util/bytes.h"
#include "util/cleanup.h"

enum { ZEROS_AT_ONCE = 32768 };

/* A record that is as long as it should be, and its bytes. */
static int verify_fixed(struct verify *v, uint32_t length, const uint8_t **out,
                        struct xr_error *err)
{
    *out = NULL;
    if (verify_length(v) != length) {
        verify_blame(v, 0, "%s of %u bytes, not %u",
                     libxc_record_name(v->walk.event.type), verify_length(v),
                     length);
        return 0;
    }
    return walk_view(&v->walk, 0, length, out, err);
}

int verify_head(struct verify *v, uint32_t length, const uint8_t **out,
                struct xr_error *err)
{
    *out = NULL;
    if (verify_length(v) < length) {
        verify_blame(v, 0, "%s of %u bytes, fewer than %u",
                     libxc_record_name(v->walk.event.type), verify_length(v),
                     length);
        return 0;
    }
    return walk_view(&v->walk, 0, length, out, err);
}

static int pv_info(struct verify *v, struct xr_error *err)
{
    const uint8_t *body;
    int r = verify_fixed(v, 8, &body, err);

    if (r || !body)
        return r;
    if (!(body[0] == 8 && body[1] == 4) && !(body[0] == 4 && body[1] == 3))
        verify_blame(v, 0, "a PV guest of width %u with %u levels of page "
                     "tables", body[0], body[1]);
    else
        v->width = body[0];
    if (load_le16(body + 2) || load_le32(body + 4))
        verify_blame(v, 2, "reserved bytes of X86_PV_INFO are set");
    return 0;
}

/* The frames that hold the P2M itself must lie in it. */
static int p2m_list(struct verify *v, uint32_t frames, struct xr_error *err)
{
    const uint8_t *entry;
    uint32_t i;
    int r = 0;

    for (i = 0; !r && i < frames; i++) {
        r = walk_view(&v->walk, 8 + 8 * i, 8, &entry, err);
        if (!r && load_le64(entry) >= v->pages.limit)
            verify_blame(v, 8 + 8 * i, "a frame of the P2M, 0x%" PRIx64
                         ", lies beyond its end", load_le64(entry));
    }
    return r;
}

static int p2m_frames(struct verify *v, struct xr_error *err)
{
    uint32_t per_frame = PAGE_SIZE_BYTES / (v->width ? v->width : 8);
    uint32_t first, last, frames;
    const uint8_t *body;
    int r = verify_head(v, 8, &body, err);

    if (r || !body)
        return r;
    first = load_le32(body);
    last = load_le32(body + 4);
    frames = last / per_frame + 1 - first / per_frame;
    if (first > last || verify_length(v) != 8 + 8 * (uint64_t)frames) {
        verify_blame(v, 0, "a P2M of pages %u to %u in a record of %u bytes",
                     first, last, verify_length(v));
        return 0;
    }
    if ((uint64_t)last + 1 > v->pages.limit)
        v->pages.limit = (uint64_t)last + 1;
    v->result->pages_expected = v->pages.limit;
    return p2m_list(v, frames, err);
}

static int tsc_info(struct verify *v, struct xr_error *err)
{
    const uint8_t *body;
    int r = verify_fixed(v, 24, &body, err);

    if (!r && body && load_le32(body + 20))
        verify_blame(v, 20, "reserved bytes of X86_TSC_INFO are set");
    return r;
}

/* The record that readers find. */
static int verify_metadata(struct verify *v, struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    struct xr_error why = { .offset = 0 };
    int r = record_finder_read(&v->finder, NULL, &list, &why);

    if (r == -ENOMEM)
        return error_set(err, ENOMEM, "out of memory");
    order_metadata(&v->order);
    if (!r)
        v->result->metadata = true;
    else if (r != -ENOTSUP)
        problems_add(&v->result->problems, why.offset == XR_NO_OFFSET
                     ? v->walk.body : why.offset, "%s", why.message);
    return 0;
}

/* Ours, but not the one that readers find. */
static void blame_place(struct verify *v)
{
    problems_add(&v->result->problems, v->walk.event.offset, "METADATA: %s",
                 v->finder.found ? "a second metadata record"
                 : "a metadata record behind the first page");
}

/*
 * An optional record of nobody's that has our magic was ours; so was one of our
 * type without the magic, where no Xen has a record of that type.
 */
static int verify_stranger(struct verify *v, bool *ours_out,
                           struct xr_error *err)
{
    uint32_t n = verify_length(v) < RECORD_OVERHEAD ? verify_length(v)
                                                    : RECORD_OVERHEAD;
    bool typed = v->walk.event.type == RECORD_TYPE, ours;
    const uint8_t *body;
    int r = walk_view(&v->walk, 0, n, &body, err);

    if (r)
        return r;
    ours = *ours_out = record_is_ours(RECORD_TYPE, body, n);
    if (ours && typed)
        blame_place(v);
    else if (ours)
        verify_blame(v, 0, "a metadata record under another type, 0x%08x",
                     v->walk.event.type);
    else if (typed && !v->later)
        verify_blame(v, 0, "no metadata record");
    return 0;
}

static bool is_zero(const uint8_t *bytes, size_t n)
{
    return !n || (!bytes[0] && !memcmp(bytes, bytes + 1, n - 1));
}

/* Its first byte that is not zero is the place. */
static int verify_zeros(struct verify *v, struct xr_error *err)
{
    uint32_t at, n;
    const uint8_t *bytes;
    int r = 0;

    for (at = 0; !r && at < verify_length(v); at += n) {
        n = verify_length(v) - at < ZEROS_AT_ONCE ? verify_length(v) - at
                                                  : ZEROS_AT_ONCE;
        r = walk_view(&v->walk, at, n, &bytes, err);
        if (r || is_zero(bytes, n))
            continue;
        while (!*bytes++)
            at++;
        verify_blame(v, at, "a padding record that is not all zeros");
        break;
    }
    return r;
}

/* In a flat image pages have an order of their own. */
static int verify_padding(struct verify *v, struct xr_error *err)
{
    bool ours;
    int r = verify_stranger(v, &ours, err);

    v->pages.any_order = true;
    return r || ours || v->options->structure ? r : verify_zeros(v, err);
}

int verify_libxc_body(struct verify *v, struct xr_error *err)
{
    uint32_t type = v->walk.event.type;
    const uint8_t *unused;
    bool ours;
    int r = walk_find_record(&v->walk, &v->finder, err);

    if (r)
        return r;
    if (record_finder_is_at(&v->finder, v->walk.event.offset))
        return verify_metadata(v, err);
    if (type == PADDING_TYPE)
        return verify_padding(v, err);
    if (libxc_record_is_optional(type))
        return verify_stranger(v, &ours, err);
    switch (type) {
    case LIBXC_REC_PAGE_DATA:
        return verify_pages(v, err);
    case LIBXC_REC_X86_PV_INFO:
        return pv_info(v, err);
    case LIBXC_REC_X86_PV_P2M_FRAMES:
        return p2m_frames(v, err);
    case LIBXC_REC_X86_CPUID_POLICY:
        return verify_cpuid_policy(v, err);
    case LIBXC_REC_X86_MSR_POLICY:
        return verify_msr_policy(v, err);
    case LIBXC_REC_X86_TSC_INFO:
        return tsc_info(v, err);
    case LIBXC_REC_SHARED_INFO:
        return verify_fixed(v, PAGE_SIZE_BYTES, &unused, err);
    case LIBXC_REC_X86_PV_VCPU_BASIC:
    case LIBXC_REC_X86_PV_VCPU_EXTENDED:
    case LIBXC_REC_X86_PV_VCPU_XSAVE:
    case LIBXC_REC_X86_PV_VCPU_MSRS:
        return verify_vcpu(v, err);
    case LIBXC_REC_HVM_CONTEXT:
        return verify_hvm_context(v, err);
    case LIBXC_REC_HVM_PARAMS:
        return verify_hvm_params(v, err);
    default:
        return 0;
    }
}
