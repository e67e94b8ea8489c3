/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a libxc stream is wrapped in, decoded from bytes:
 *
 *   xl file (tools/xl/xl.h): 32 bytes of magic, then in the domain's byte
 *     order 0x01020304, mandatory flags, optional flags, length of optional
 *     data; the optional data is a length and the configuration.  A libxl
 *     stream follows.
 *   libvirt file (src/libxl/libxl_conf.h): 16 bytes of magic, version, length
 *     of the XML, 40 reserved bytes; the XML; a libxl stream.
 *   libxl stream (Xen, docs/specs/libxl-migration-stream.pandoc): big-endian
 *     "LibxlFmt", version 2, options; then records of type, length and body,
 *     padded to 8.  Behind the head of LIBXC_CONTEXT stands a whole libxc
 *     stream, after whose END libxl's records go on.
 */
#ifndef FORMAT_CONTAINER_H
#define FORMAT_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/error.h"

enum container {
    CONTAINER_UNKNOWN,
    CONTAINER_XL,
    CONTAINER_LIBVIRT,
    CONTAINER_LIBXL,
    CONTAINER_LIBXC,
};

enum {
    CONTAINER_MAGIC_SIZE = 12, /* enough to tell them apart */
    XL_HEADER_SIZE = 48,
    LIBVIRT_HEADER_SIZE = 64,
    LIBVIRT_XML_LENGTH_AT = 20,
    LIBXL_HEADER_SIZE = 16,
    LIBXL_RECORD_HEADER_SIZE = 8,
    /* Of a configuration or XML: far above any real one. */
    CONTAINER_TEXT_MAX = 4 << 20,
};

enum libxl_record_type {
    LIBXL_REC_END = 0,
    LIBXL_REC_LIBXC_CONTEXT = 1,
    LIBXL_REC_EMULATOR_XENSTORE_DATA = 2,
    LIBXL_REC_EMULATOR_CONTEXT = 3,
    LIBXL_REC_CHECKPOINT_END = 4,
    LIBXL_REC_CHECKPOINT_STATE = 5,
};

struct xl_header {
    bool json;             /* the configuration is libxl's JSON */
    bool libxl_stream;     /* else the legacy format of Xen 4.5 and before */
    uint32_t optional_length;
};

struct libvirt_header {
    uint32_t xml_length;
};

struct libxl_record_header {
    uint32_t type;
    uint32_t length; /* of the body, without padding */
};

/* By the first CONTAINER_MAGIC_SIZE bytes. */
enum container container_recognise(const uint8_t *bytes);

/* Could an image begin so, of which no more than these n bytes are left? */
bool container_is_begun(const uint8_t *bytes, size_t n);

/* "xl", "libvirt", "libxl", "libxc" or "unknown". */
const char *container_name(enum container container);

/* As libxc's decoders: exactly the piece's bytes, and where they stand. */
int xl_header_decode(const uint8_t *bytes, uint64_t offset,
                     struct xl_header *out, struct xr_error *err);
/* The header of xl's file for a configuration in JSON of so many bytes. */
void xl_header_encode(uint32_t optional_length, uint8_t out[XL_HEADER_SIZE]);
/* The header of libvirt's file for an XML of so many bytes. */
void libvirt_header_encode(uint32_t xml_length,
                           uint8_t out[LIBVIRT_HEADER_SIZE]);
int libvirt_header_decode(const uint8_t *bytes, uint64_t offset,
                          struct libvirt_header *out, struct xr_error *err);
int libxl_header_decode(const uint8_t *bytes, uint64_t offset,
                        struct xr_error *err);
int libxl_record_header_decode(const uint8_t *bytes, uint64_t offset,
                               struct libxl_record_header *out,
                               struct xr_error *err);

/* "LIBXC_CONTEXT", ...; NULL for a type that we do not know. */
const char *libxl_record_name(uint32_t type);

#endif
