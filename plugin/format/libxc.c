/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "format/libxc.h"

#include <errno.h>

#include "util/bytes.h"

enum {
    IMAGE_ID = 0x58454E46,
    OPTION_BIG_ENDIAN = 1,
    VERSION_MIN = 2,
    VERSION_MAX = 3,
};

int libxc_image_header_decode(const uint8_t *bytes, uint64_t offset,
                              struct libxc_image_header *out,
                              struct xr_error *err)
{
    uint32_t version;

    if (load_be64(bytes) != UINT64_MAX || load_be32(bytes + 8) != IMAGE_ID)
        return error_at(err, EINVAL, offset, "not a libxc stream");
    version = load_be32(bytes + 12);
    if (version < VERSION_MIN || version > VERSION_MAX)
        return error_at(err, ENOTSUP, offset + 12,
                        "a libxc stream of version %u, not 2 or 3", version);
    if (load_be16(bytes + 16) & OPTION_BIG_ENDIAN)
        return error_at(err, ENOTSUP, offset + 16,
                        "a big-endian libxc stream");
    out->version = version;
    return 0;
}

int libxc_domain_header_decode(const uint8_t *bytes, uint64_t offset,
                               struct libxc_domain_header *out,
                               struct xr_error *err)
{
    struct libxc_domain_header header = {
        .type = load_le32(bytes),
        .page_shift = load_le16(bytes + 4),
        .xen_major = load_le32(bytes + 8),
        .xen_minor = load_le32(bytes + 12),
    };

    if (!libxc_domain_type_name(header.type))
        return error_at(err, ENOTSUP, offset, "a domain of type %u, which is "
                        "neither x86 PV nor x86 HVM", header.type);
    if (header.page_shift != 12)
        return error_at(err, EINVAL, offset + 4, "page shift %u, not 12",
                        header.page_shift);
    *out = header;
    return 0;
}

int libxc_record_header_decode(const uint8_t *bytes, uint64_t offset,
                               struct libxc_record_header *out,
                               struct xr_error *err)
{
    uint32_t length = load_le32(bytes + 4);

    if (length > LIBXC_RECORD_LENGTH_MAX)
        return error_at(err, EINVAL, offset + 4,
                        "a record of %u bytes; libxc takes no more than %u",
                        length, (unsigned int)LIBXC_RECORD_LENGTH_MAX);
    out->type = load_le32(bytes);
    out->length = length;
    return 0;
}

const char *libxc_record_name(uint32_t type)
{
    static const char *const names[] = {
        [LIBXC_REC_END] = "END",
        [LIBXC_REC_PAGE_DATA] = "PAGE_DATA",
        [LIBXC_REC_X86_PV_INFO] = "X86_PV_INFO",
        [LIBXC_REC_X86_PV_P2M_FRAMES] = "X86_PV_P2M_FRAMES",
        [LIBXC_REC_X86_PV_VCPU_BASIC] = "X86_PV_VCPU_BASIC",
        [LIBXC_REC_X86_PV_VCPU_EXTENDED] = "X86_PV_VCPU_EXTENDED",
        [LIBXC_REC_X86_PV_VCPU_XSAVE] = "X86_PV_VCPU_XSAVE",
        [LIBXC_REC_SHARED_INFO] = "SHARED_INFO",
        [LIBXC_REC_X86_TSC_INFO] = "X86_TSC_INFO",
        [LIBXC_REC_HVM_CONTEXT] = "HVM_CONTEXT",
        [LIBXC_REC_HVM_PARAMS] = "HVM_PARAMS",
        [LIBXC_REC_TOOLSTACK] = "TOOLSTACK",
        [LIBXC_REC_X86_PV_VCPU_MSRS] = "X86_PV_VCPU_MSRS",
        [LIBXC_REC_VERIFY] = "VERIFY",
        [LIBXC_REC_CHECKPOINT] = "CHECKPOINT",
        [LIBXC_REC_CHECKPOINT_DIRTY_PFN_LIST] = "CHECKPOINT_DIRTY_PFN_LIST",
        [LIBXC_REC_STATIC_DATA_END] = "STATIC_DATA_END",
        [LIBXC_REC_X86_CPUID_POLICY] = "X86_CPUID_POLICY",
        [LIBXC_REC_X86_MSR_POLICY] = "X86_MSR_POLICY",
    };

    return type < sizeof(names) / sizeof(names[0]) ? names[type] : NULL;
}

const char *libxc_domain_type_name(uint32_t type)
{
    switch (type) {
    case LIBXC_DOMAIN_X86_PV:
        return "x86 PV";
    case LIBXC_DOMAIN_X86_HVM:
        return "x86 HVM";
    default:
        return NULL;
    }
}
