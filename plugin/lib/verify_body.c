/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bodies of libxc's records but PAGE_DATA, after Xen's docs/specs/
 * libxc-migration-stream.pandoc.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "format/cpuid.h"
#include "format/record.h"
#include "lib/hvm_context.h"
#include "lib/verify_state.h"
#include "util/bytes.h"
#include "util/cleanup.h"

enum {
    MSR_ENTRY_SIZE = 16,
    VCPU_HEADER_SIZE = 8,
    VCPU_BASIC_64_SIZE = 5168,
    VCPU_BASIC_32_SIZE = 2800,
    VCPU_EXTENDED_MAX = 128,
    VCPU_XSAVE_HEADER_SIZE = 16,
    VCPU_XSAVE_AREA_MIN = 576,
    PARAM_SIZE = 16,
};

static uint32_t length_of(const struct verify *v)
{
    return v->walk.event.length;
}

/* A record that is as long as it should be, and its bytes. */
static int fixed(struct verify *v, uint32_t length, const uint8_t **out,
                 struct xr_error *err)
{
    *out = NULL;
    if (length_of(v) != length) {
        verify_blame(v, 0, "%s of %u bytes, not %u",
                     libxc_record_name(v->walk.event.type), length_of(v),
                     length);
        return 0;
    }
    return walk_view(&v->walk, 0, length, out, err);
}

/* The first bytes of a record that has so many. */
static int head_of(struct verify *v, uint32_t length, const uint8_t **out,
                   struct xr_error *err)
{
    *out = NULL;
    if (length_of(v) < length) {
        verify_blame(v, 0, "%s of %u bytes, fewer than %u",
                     libxc_record_name(v->walk.event.type), length_of(v),
                     length);
        return 0;
    }
    return walk_view(&v->walk, 0, length, out, err);
}

static void multiple_of(struct verify *v, uint32_t size)
{
    if (!length_of(v) || length_of(v) % size)
        verify_blame(v, 0, "%s of %u bytes, no multiple of %u",
                     libxc_record_name(v->walk.event.type), length_of(v),
                     size);
}

static int pv_info(struct verify *v, struct xr_error *err)
{
    const uint8_t *body;
    int r = fixed(v, 8, &body, err);

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
    int r = head_of(v, 8, &body, err);

    if (r || !body)
        return r;
    first = load_le32(body);
    last = load_le32(body + 4);
    frames = last / per_frame + 1 - first / per_frame;
    if (first > last || length_of(v) != 8 + 8 * (uint64_t)frames) {
        verify_blame(v, 0, "a P2M of pages %u to %u in a record of %u bytes",
                     first, last, length_of(v));
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
    int r = fixed(v, 24, &body, err);

    if (!r && body && load_le32(body + 20))
        verify_blame(v, 20, "reserved bytes of X86_TSC_INFO are set");
    return r;
}

/* Two words that say what is saved, and an area that may be empty. */
static bool is_xsave_size(uint32_t size)
{
    uint32_t area = size - VCPU_XSAVE_HEADER_SIZE;

    return size >= VCPU_XSAVE_HEADER_SIZE
           && (!area || (area >= VCPU_XSAVE_AREA_MIN && area % 8 == 0));
}

/* The size of what follows the vCPU's number. */
static void vcpu_size(struct verify *v, uint32_t type, uint32_t size)
{
    uint32_t basic = v->width == 4 ? VCPU_BASIC_32_SIZE : VCPU_BASIC_64_SIZE;
    bool wrong = false;

    if (type == LIBXC_REC_X86_PV_VCPU_BASIC)
        wrong = size != basic;
    else if (type == LIBXC_REC_X86_PV_VCPU_EXTENDED)
        wrong = size > VCPU_EXTENDED_MAX;
    else if (type == LIBXC_REC_X86_PV_VCPU_XSAVE)
        wrong = !is_xsave_size(size);
    else
        wrong = size % MSR_ENTRY_SIZE;
    /* Old writers wrote empty ones; Xen bears them. */
    if (wrong && (size || type == LIBXC_REC_X86_PV_VCPU_BASIC))
        verify_blame(v, 0, "%s with %u bytes of state",
                     libxc_record_name(type), size);
}

/* The extended state names its vCPU and its size once more. */
static int vcpu_extended(struct verify *v, uint32_t number, uint32_t size,
                         struct xr_error *err)
{
    const uint8_t *state;
    int r;

    if (size < 8)
        return 0;
    r = walk_view(&v->walk, VCPU_HEADER_SIZE, 8, &state, err);
    if (r)
        return r;
    if (load_le32(state) != number)
        verify_blame(v, VCPU_HEADER_SIZE, "extended state of vCPU %u in a "
                     "record of vCPU %u", load_le32(state), number);
    if (load_le32(state + 4) != size)
        verify_blame(v, VCPU_HEADER_SIZE + 4, "extended state of %u bytes in "
                     "a record that has %u", load_le32(state + 4), size);
    return 0;
}

static bool is_vcpu_possible(const struct verify *v, uint64_t number)
{
    return !v->max_vcpus || number < v->max_vcpus;
}

/* BASIC, EXTENDED, XSAVE, MSRS of one vCPU, then those of the next. */
static int vcpu(struct verify *v, struct xr_error *err)
{
    uint32_t type = v->walk.event.type, number;
    const uint8_t *body;
    int r = head_of(v, VCPU_HEADER_SIZE, &body, err);

    if (r || !body)
        return r;
    number = load_le32(body);
    if (load_le32(body + 4))
        verify_blame(v, 4, "reserved bytes of a vCPU's record are set");
    if (!is_vcpu_possible(v, number))
        verify_blame(v, 0, "vCPU %u; by its configuration the guest has %"
                     PRIu64, number, v->max_vcpus);
    vcpu_size(v, type, length_of(v) - VCPU_HEADER_SIZE);
    if (type == LIBXC_REC_X86_PV_VCPU_BASIC) {
        if (number <= v->last_vcpu)
            verify_blame(v, 0, "vCPU %u behind vCPU %" PRId64, number,
                         v->last_vcpu);
        v->result->vcpus++;
    } else if (number != v->last_vcpu) {
        verify_blame(v, 0, "state of vCPU %u behind that of another", number);
    } else if (type <= v->last_vcpu_record) {
        verify_blame(v, 0, "a record of vCPU %u behind one that it belongs "
                     "before", number);
    }
    v->last_vcpu = number;
    v->last_vcpu_record = type;
    return type == LIBXC_REC_X86_PV_VCPU_EXTENDED
           ? vcpu_extended(v, number, length_of(v) - VCPU_HEADER_SIZE, err)
           : 0;
}

/*
 * Entries of type, instance, length and body.  Returns where the next one
 * begins, 0 when there is none.
 */
static uint32_t hvm_entry(struct verify *v, uint32_t at, const uint8_t *head)
{
    uint32_t room = length_of(v) - at - HVM_ENTRY_SIZE;
    unsigned int type = load_le16(head), instance = load_le16(head + 2);
    uint32_t length = load_le32(head + 4);

    if (length > room) {
        verify_blame(v, at, "an entry of %u bytes, where %u are left", length,
                     room);
        return 0;
    }
    if (at == 0 && type != HVM_ENTRY_HEADER)
        verify_blame(v, at, "an HVM context that does not begin with a "
                     "header");
    if (type == HVM_ENTRY_CPU) {
        if ((int64_t)instance <= v->last_vcpu)
            verify_blame(v, at, "vCPU %u behind vCPU %" PRId64, instance,
                         v->last_vcpu);
        if (!is_vcpu_possible(v, instance))
            verify_blame(v, at, "vCPU %u; by its configuration the guest has %"
                         PRIu64, instance, v->max_vcpus);
        v->last_vcpu = instance;
        v->result->vcpus++;
    }
    if (type != HVM_ENTRY_END)
        return at + HVM_ENTRY_SIZE + length;
    if (length || room)
        verify_blame(v, at, "an HVM context that ends %u bytes early", room);
    return 0;
}

static int hvm_context(struct verify *v, struct xr_error *err)
{
    const uint8_t *head;
    uint32_t at = 0;
    int r;

    do {
        if (length_of(v) - at < HVM_ENTRY_SIZE) {
            verify_blame(v, at, "an HVM context without an end");
            return 0;
        }
        r = walk_view(&v->walk, at, HVM_ENTRY_SIZE, &head, err);
        if (r)
            return r;
        at = hvm_entry(v, at, head);
    } while (at);
    if (!v->result->vcpus)
        verify_blame(v, 0, "an HVM context without a vCPU");
    return 0;
}

/* Parameters that are page numbers: xenstore, ioreq, buffered, console. */
static bool is_page_param(uint64_t index)
{
    return index == 1 || index == 5 || index == 6 || index == 17;
}

static int hvm_params(struct verify *v, struct xr_error *err)
{
    const uint8_t *body;
    uint32_t count, i;
    uint64_t value;
    int r = head_of(v, 8, &body, err);

    if (r || !body)
        return r;
    count = load_le32(body);
    if (load_le32(body + 4))
        verify_blame(v, 4, "reserved bytes of HVM_PARAMS are set");
    if (length_of(v) != 8 + (uint64_t)count * PARAM_SIZE) {
        verify_blame(v, 0, "%u HVM parameters in a record of %u bytes", count,
                     length_of(v));
        return 0;
    }
    for (i = 0; i < count; i++) {
        r = walk_view(&v->walk, 8 + i * PARAM_SIZE, PARAM_SIZE, &body, err);
        if (r)
            return r;
        value = load_le64(body + 8);
        if (is_page_param(load_le64(body)) && !v->options->structure
            && value >= v->pages.covered)
            verify_blame(v, 8 + i * PARAM_SIZE, "HVM parameter %" PRIu64
                         " names page 0x%" PRIx64 ", which is not there",
                         load_le64(body), value);
    }
    return 0;
}

/* Ours, of which we know everything; or another's, of which only that. */
static int metadata(struct verify *v, struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    CLEANUP_FREE uint8_t *body = NULL;
    struct xr_error why = { .offset = 0 };
    int r;

    if (length_of(v) > RECORD_BODY_MAX) {
        verify_blame(v, 0, "a metadata record of %u bytes", length_of(v));
        return 0;
    }
    body = malloc(length_of(v) ? length_of(v) : 1);
    if (!body)
        return error_set(err, ENOMEM, "out of memory");
    r = reader_copy(&v->walk.reader, v->walk.body, body, length_of(v), err);
    if (r)
        return r;
    r = record_decode(body, length_of(v), NULL, &list, &why);
    if (r == -ENOMEM)
        return error_set(err, ENOMEM, "out of memory");
    if (!r)
        v->result->metadata = true;
    else if (r != -ENOTSUP)
        verify_blame(v, why.offset == XR_NO_OFFSET ? 0 : (uint32_t)why.offset,
                     "%s", why.message);
    return 0;
}

/* An optional record of nobody's that has our magic was ours. */
static int stranger(struct verify *v, struct xr_error *err)
{
    const uint8_t *body;
    int r;

    if (length_of(v) < RECORD_OVERHEAD)
        return 0;
    r = walk_view(&v->walk, 0, RECORD_OVERHEAD, &body, err);
    if (!r && record_is_ours(RECORD_TYPE, body, RECORD_OVERHEAD))
        verify_blame(v, 0, "a metadata record under another type, 0x%08x",
                     v->walk.event.type);
    return r;
}

int verify_libxc_body(struct verify *v, struct xr_error *err)
{
    uint32_t type = v->walk.event.type;
    const uint8_t *unused;

    if (type == RECORD_TYPE)
        return metadata(v, err);
    if (libxc_record_is_optional(type))
        return stranger(v, err);
    switch (type) {
    case LIBXC_REC_PAGE_DATA:
        return verify_pages(v, err);
    case LIBXC_REC_X86_PV_INFO:
        return pv_info(v, err);
    case LIBXC_REC_X86_PV_P2M_FRAMES:
        return p2m_frames(v, err);
    case LIBXC_REC_X86_CPUID_POLICY:
        multiple_of(v, CPUID_LEAF_SIZE);
        return 0;
    case LIBXC_REC_X86_MSR_POLICY:
        multiple_of(v, MSR_ENTRY_SIZE);
        return 0;
    case LIBXC_REC_X86_TSC_INFO:
        return tsc_info(v, err);
    case LIBXC_REC_SHARED_INFO:
        return fixed(v, PAGE_SIZE_BYTES, &unused, err);
    case LIBXC_REC_X86_PV_VCPU_BASIC:
    case LIBXC_REC_X86_PV_VCPU_EXTENDED:
    case LIBXC_REC_X86_PV_VCPU_XSAVE:
    case LIBXC_REC_X86_PV_VCPU_MSRS:
        return vcpu(v, err);
    case LIBXC_REC_HVM_CONTEXT:
        return hvm_context(v, err);
    case LIBXC_REC_HVM_PARAMS:
        return hvm_params(v, err);
    default:
        return 0;
    }
}
