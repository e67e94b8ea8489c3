/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A save image, whatever wrote it: what it is wrapped in, the configuration in
 * its head, and the metadata record before its first page.
 */
#ifndef LIB_SAVE_IMAGE_H
#define LIB_SAVE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/container.h"
#include "format/keylist.h"
#include "format/record.h"
#include "format/seal.h"
#include "util/buffer.h"
#include "util/error.h"

/* FORMAT.md, "The flat layout". */
enum save_layout {
    LAYOUT_UNKNOWN,           /* no page was reached */
    LAYOUT_STREAM,
    LAYOUT_FLAT,
};

struct save_image {
    enum container container;
    char *config;             /* xl's, as it stands; NULL if there is none */
    size_t config_length;     /* without the NUL that xl counts */
    bool config_is_json;
    char *xml;                /* libvirt's; NULL if there is none */
    size_t xml_length;        /* the same */
    uint32_t stream_version;  /* of libxc's stream */
    uint32_t domain_type;     /* enum libxc_domain_type */
    uint32_t xen_major;
    uint32_t xen_minor;
    struct buffer cpuid;      /* X86_CPUID_POLICY's body; empty if none */
    struct buffer msrs;       /* X86_MSR_POLICY's */
    enum save_layout layout;
    bool has_metadata;
    uint64_t metadata_offset; /* of the record's header */
    uint32_t metadata_length; /* of its body */
    struct record_info metadata_info;
    struct keylist metadata;
    struct xr_error metadata_error; /* code 0: none, or one that was read */
    bool has_seal;
    struct seal seal;         /* as it stands there: nothing is digested */
    uint64_t size;            /* of the file; 0 for a pipe */
};

/* One record; layer is "libxl" or "libxc", name NULL if it is not known. */
struct save_image_record {
    uint64_t offset;
    const char *layer;
    uint32_t type;
    const char *name;
    uint32_t length;
};

/* Called for each record; anything but 0 ends the reading with that value. */
typedef int save_image_visit(const struct save_image_record *record,
                             void *data);

/*
 * Reads from where fd stands.  Without visit only what stands before the first
 * page, and the seal at the end of a file; with it all, also the seal at the
 * end of a pipe.  A record of a later major version, or a damaged one, is no
 * failure: has_metadata is false, metadata_error says why.  *out is always to
 * be freed with save_image_free: after a failure it holds what was read until
 * then.
 */
int save_image_read(int fd, save_image_visit *visit, void *data,
                    struct save_image *out, struct xr_error *err);

/* The record's list alone; -ENOENT if the image carries none. */
int save_image_metadata(int fd, struct keylist *out, struct xr_error *err);

/* "x86 PV" or "x86 HVM"; NULL if the stream was not reached. */
const char *save_image_type(const struct save_image *image);

/* "flat" or "stream"; NULL if no page was reached. */
const char *save_layout_name(enum save_layout layout);

bool save_image_is_hvm(const struct save_image *image);

void save_image_free(struct save_image *image);

#define CLEANUP_SAVE_IMAGE __attribute__((cleanup(save_image_free)))

#endif
