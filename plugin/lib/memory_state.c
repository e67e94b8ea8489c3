/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The vCPUs of a guest and what else of it is no page.  Kept is what Xen has
 * written, up to a bound; lib/memory_cpu.h takes it apart.
 */
#include "config.h"

#include "lib/memory_state.h"

#include <errno.h>
#include <stdlib.h>

#include "format/pages.h"
#include "lib/hvm_context.h"
#include "util/bytes.h"
#include "util/cleanup.h"

enum {
    VCPU_HEADER_SIZE = 8,
    VCPU_STATE_MAX = 8192, /* 5,168 bytes of a PV guest's, 1,032 of others */
};

static int no_room(struct xr_error *err)
{
    return error_set(err, ENOMEM, "out of memory");
}

/* Grows at every power of two. */
static int reserve_vcpu(struct memory_image *image, uint64_t offset,
                        struct xr_error *err)
{
    size_t n = image->vcpu_count;
    struct memory_vcpu *more;

    if (n == MEMORY_VCPUS_MAX)
        return error_at(err, E2BIG, offset, "more than %u vCPUs",
                        (unsigned int)MEMORY_VCPUS_MAX);
    if (n & (n - 1))
        return 0;
    more = reallocarray(image->vcpus, n ? 2 * n : 1, sizeof(*more));
    if (!more)
        return no_room(err);
    image->vcpus = more;
    return 0;
}

/* The state at a byte of the last record's body. */
static int add_vcpu(struct memory_reading *m, uint32_t number, uint32_t at,
                    uint32_t length, struct xr_error *err)
{
    CLEANUP_FREE uint8_t *state = NULL;
    int r = reserve_vcpu(m->image, m->walk.body + at, err);

    if (r)
        return r;
    if (length > VCPU_STATE_MAX)
        return error_at(err, E2BIG, m->walk.body + at, "%u bytes of state of "
                        "a vCPU", length);
    state = malloc(length ? length : 1);
    if (!state)
        return no_room(err);
    r = reader_copy(&m->walk.reader, m->walk.body + at, state, length, err);
    if (r)
        return r;
    m->image->vcpus[m->image->vcpu_count++] = (struct memory_vcpu){
        .number = number,
        .length = length,
        .state = STEAL(state),
    };
    return 0;
}

static int take_pv_vcpu(struct memory_reading *m, struct xr_error *err)
{
    const uint8_t *body;
    int r;

    if (m->walk.event.length < VCPU_HEADER_SIZE)
        return error_at(err, EINVAL, m->walk.event.offset, "a vCPU's record "
                        "of %u bytes", m->walk.event.length);
    r = walk_view(&m->walk, 0, VCPU_HEADER_SIZE, &body, err);
    return r ? r : add_vcpu(m, load_le32(body), VCPU_HEADER_SIZE,
                            m->walk.event.length - VCPU_HEADER_SIZE, err);
}

/* Of the entries those of vCPUs; the others are hopped over. */
static int take_hvm_vcpus(struct memory_reading *m, struct xr_error *err)
{
    uint32_t length = m->walk.event.length, at = 0, size;
    unsigned int type = HVM_ENTRY_HEADER, instance;
    const uint8_t *head;
    int r = 0;

    while (!r && type != HVM_ENTRY_END && length - at >= HVM_ENTRY_SIZE) {
        r = walk_view(&m->walk, at, HVM_ENTRY_SIZE, &head, err);
        if (r)
            return r;
        type = load_le16(head);
        instance = load_le16(head + 2);
        size = load_le32(head + 4);
        at += HVM_ENTRY_SIZE;
        if (size > length - at)
            return error_at(err, EINVAL, m->walk.body + at, "an entry of %u "
                            "bytes, where %u are left", size, length - at);
        if (type == HVM_ENTRY_CPU)
            r = add_vcpu(m, instance, at, size, err);
        at += size;
    }
    return r;
}

static int take_width(struct memory_reading *m, struct xr_error *err)
{
    const uint8_t *body;
    int r = m->walk.event.length ? walk_view(&m->walk, 0, 1, &body, err)
                                 : -ENODATA;

    if (r == -ENODATA)
        return 0;
    if (!r)
        m->image->width = body[0];
    return r;
}

static int take_shared_info(struct memory_reading *m, struct xr_error *err)
{
    CLEANUP_FREE uint8_t *page = NULL;
    int r;

    if (m->image->shared_info || m->walk.event.length != PAGE_SIZE_BYTES)
        return 0;
    page = malloc(PAGE_SIZE_BYTES);
    if (!page)
        return no_room(err);
    r = reader_copy(&m->walk.reader, m->walk.body, page, PAGE_SIZE_BYTES, err);
    if (!r)
        m->image->shared_info = STEAL(page);
    return r;
}

int memory_take_state(struct memory_reading *m, struct xr_error *err)
{
    switch (m->walk.event.type) {
    case LIBXC_REC_X86_PV_INFO:
        return take_width(m, err);
    case LIBXC_REC_X86_PV_VCPU_BASIC:
        return take_pv_vcpu(m, err);
    case LIBXC_REC_HVM_CONTEXT:
        return take_hvm_vcpus(m, err);
    case LIBXC_REC_SHARED_INFO:
        return take_shared_info(m, err);
    default:
        return 0;
    }
}
