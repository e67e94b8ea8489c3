/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The pieces of a libxc migration stream (Xen, docs/specs/
 * libxc-migration-stream.pandoc), decoded from bytes:
 *
 *   image header, 24 bytes, big-endian: eight bytes of ones, id 0x58454E46
 *     "XENF", version (3 since Xen 4.14, 2 before), options (bit 0: the rest
 *     is big-endian), six reserved bytes
 *   domain header, 16 bytes: type (1 x86 PV, 2 x86 HVM), page shift, two
 *     reserved bytes, Xen's major and minor version
 *   records: type, length, then that many bytes and zeros up to a multiple
 *     of 8.  A type with bit 31 may be skipped by a reader who does not know
 *     it.  The last record is END.
 *
 * Everything after the image header is little-endian on x86; a big-endian
 * stream is recognised and refused.
 */
#ifndef FORMAT_LIBXC_H
#define FORMAT_LIBXC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/error.h"

enum {
    LIBXC_IMAGE_HEADER_SIZE = 24,
    LIBXC_DOMAIN_HEADER_SIZE = 16,
    LIBXC_RECORD_HEADER_SIZE = 8,
    LIBXC_RECORD_ALIGNMENT = 8,
    /* What libxc itself accepts (xg_sr_stream_format.h). */
    LIBXC_RECORD_LENGTH_MAX = 128 << 20,
};

#define LIBXC_OPTIONAL UINT32_C(0x80000000)

enum libxc_record_type {
    LIBXC_REC_END = 0x00,
    LIBXC_REC_PAGE_DATA = 0x01,
    LIBXC_REC_X86_PV_INFO = 0x02,
    LIBXC_REC_X86_PV_P2M_FRAMES = 0x03,
    LIBXC_REC_X86_PV_VCPU_BASIC = 0x04,
    LIBXC_REC_X86_PV_VCPU_EXTENDED = 0x05,
    LIBXC_REC_X86_PV_VCPU_XSAVE = 0x06,
    LIBXC_REC_SHARED_INFO = 0x07,
    LIBXC_REC_X86_TSC_INFO = 0x08,
    LIBXC_REC_HVM_CONTEXT = 0x09,
    LIBXC_REC_HVM_PARAMS = 0x0a,
    LIBXC_REC_TOOLSTACK = 0x0b,
    LIBXC_REC_X86_PV_VCPU_MSRS = 0x0c,
    LIBXC_REC_VERIFY = 0x0d,
    LIBXC_REC_CHECKPOINT = 0x0e,
    LIBXC_REC_CHECKPOINT_DIRTY_PFN_LIST = 0x0f,
    LIBXC_REC_STATIC_DATA_END = 0x10,
    LIBXC_REC_X86_CPUID_POLICY = 0x11,
    LIBXC_REC_X86_MSR_POLICY = 0x12,
};

enum libxc_domain_type {
    LIBXC_DOMAIN_X86_PV = 1,
    LIBXC_DOMAIN_X86_HVM = 2,
};

struct libxc_image_header {
    uint32_t version;
};

struct libxc_domain_header {
    uint32_t type;
    uint16_t page_shift;
    uint32_t xen_major;
    uint32_t xen_minor;
};

struct libxc_record_header {
    uint32_t type;
    uint32_t length; /* of the body, without padding */
};

/*
 * Each takes exactly the bytes of its piece, and where they stand in the
 * input, for the message.  -EINVAL: malformed; -ENOTSUP: a version or byte
 * order that we do not read.
 */
int libxc_image_header_decode(const uint8_t *bytes, uint64_t offset,
                              struct libxc_image_header *out,
                              struct xr_error *err);
int libxc_domain_header_decode(const uint8_t *bytes, uint64_t offset,
                               struct libxc_domain_header *out,
                               struct xr_error *err);
int libxc_record_header_decode(const uint8_t *bytes, uint64_t offset,
                               struct libxc_record_header *out,
                               struct xr_error *err);

/* The bytes that a body of this length takes in the stream. */
static inline uint64_t libxc_padded_length(uint32_t length)
{
    return ((uint64_t)length + LIBXC_RECORD_ALIGNMENT - 1)
           & ~(uint64_t)(LIBXC_RECORD_ALIGNMENT - 1);
}

static inline bool libxc_record_is_optional(uint32_t type)
{
    return type & LIBXC_OPTIONAL;
}

/* "PAGE_DATA", ...; NULL for a type that we do not know. */
const char *libxc_record_name(uint32_t type);

/* "x86 PV" or "x86 HVM"; NULL for another type. */
const char *libxc_domain_type_name(uint32_t type);

#endif
