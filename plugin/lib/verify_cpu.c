/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The records of the CPUs: the policies, which say what the guest was shown,
 * and the vCPUs' state, of PV guests a record for each, of HVM guests one
 * context of the hypervisor's.
 */
#include "config.h"

#include <inttypes.h>

#include "format/cpuid.h"
#include "lib/hvm_context.h"
#include "lib/verify_state.h"
#include "util/bytes.h"

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

/*
 * Entries of size bytes, each behind the one before by its key of the first
 * key_words words: so Xen writes them (x86_cpuid_copy_to_buffer,
 * x86_msr_copy_to_buffer).
 */
static int verify_policy(struct verify *v, uint32_t size,
                         unsigned int key_words, struct xr_error *err)
{
    const char *name = libxc_record_name(v->walk.event.type);
    uint64_t key, before = 0;
    const uint8_t *entry;
    uint32_t at;
    int r;

    if (!verify_length(v) || verify_length(v) % size) {
        verify_blame(v, 0, "%s of %u bytes, no multiple of %u", name,
                     verify_length(v), size);
        return 0;
    }
    for (at = 0; at < verify_length(v); at += size) {
        r = walk_view(&v->walk, at, 4 * key_words, &entry, err);
        if (r)
            return r;
        key = load_le32(entry);
        if (key_words == 2)
            key = key << 32 | load_le32(entry + 4);
        if (at && key <= before) {
            verify_blame(v, at, "%s with an entry that belongs before others",
                         name);
            return 0;
        }
        before = key;
    }
    return 0;
}

int verify_cpuid_policy(struct verify *v, struct xr_error *err)
{
    return verify_policy(v, CPUID_LEAF_SIZE, 2, err);
}

int verify_msr_policy(struct verify *v, struct xr_error *err)
{
    return verify_policy(v, MSR_ENTRY_SIZE, 1, err);
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
int verify_vcpu(struct verify *v, struct xr_error *err)
{
    uint32_t type = v->walk.event.type, number;
    const uint8_t *body;
    int r = verify_head(v, VCPU_HEADER_SIZE, &body, err);

    if (r || !body)
        return r;
    number = load_le32(body);
    if (load_le32(body + 4))
        verify_blame(v, 4, "reserved bytes of a vCPU's record are set");
    if (!is_vcpu_possible(v, number))
        verify_blame(v, 0, "vCPU %u; by its configuration the guest has %"
                     PRIu64, number, v->max_vcpus);
    vcpu_size(v, type, verify_length(v) - VCPU_HEADER_SIZE);
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
           ? vcpu_extended(v, number, verify_length(v) - VCPU_HEADER_SIZE, err)
           : 0;
}

/*
 * Entries of type, instance, length and body.  Returns where the next one
 * begins, 0 when there is none.
 */
static uint32_t hvm_entry(struct verify *v, uint32_t at, const uint8_t *head)
{
    uint32_t room = verify_length(v) - at - HVM_ENTRY_SIZE;
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

int verify_hvm_context(struct verify *v, struct xr_error *err)
{
    const uint8_t *head;
    uint32_t at = 0;
    int r;

    do {
        if (verify_length(v) - at < HVM_ENTRY_SIZE) {
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

int verify_hvm_params(struct verify *v, struct xr_error *err)
{
    const uint8_t *body;
    uint32_t count, i;
    uint64_t value;
    int r = verify_head(v, 8, &body, err);

    if (r || !body)
        return r;
    count = load_le32(body);
    if (load_le32(body + 4))
        verify_blame(v, 4, "reserved bytes of HVM_PARAMS are set");
    if (verify_length(v) != 8 + (uint64_t)count * PARAM_SIZE) {
        verify_blame(v, 0, "%u HVM parameters in a record of %u bytes", count,
                     verify_length(v));
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
