/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/xl_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "format/container.h"
#include "format/keylist.h"
#include "util/bytes.h"
#include "util/cleanup.h"
#include "util/io.h"

enum { SPLICE_MAX = 1 << 20 };

int xl_file_begin(int fd, const char *json, struct xr_error *err)
{
    uint8_t header[XL_HEADER_SIZE + 4];
    size_t length = strlen(json) + 1;
    int r;

    xl_header_encode((uint32_t)length + 4, header);
    store_le32(header + XL_HEADER_SIZE, (uint32_t)length);
    r = write_full(fd, header, sizeof(header), NULL);
    if (!r)
        r = write_full(fd, json, length, NULL);
    return r ? error_system(err, -r, "the image cannot be written") : 0;
}

/* libvirt counts the XML's NUL. */
int libvirt_file_begin(int fd, const char *xml, struct xr_error *err)
{
    uint8_t header[LIBVIRT_HEADER_SIZE];
    size_t length = strlen(xml) + 1;
    int r;

    libvirt_header_encode((uint32_t)length, header);
    r = write_full(fd, header, sizeof(header), NULL);
    if (!r)
        r = write_full(fd, xml, length, NULL);
    return r ? error_system(err, -r, "the image cannot be written") : 0;
}

static int splice_rest(int in, loff_t at, int out, struct xr_error *err)
{
    ssize_t n;

    do
        n = splice(in, &at, out, NULL, SPLICE_MAX, SPLICE_F_MOVE);
    while (n > 0 || (n < 0 && errno == EINTR));
    return n ? error_system(err, errno, "the image cannot be passed on") : 0;
}

static int read_head(int in, uint8_t *bytes, size_t size,
                     struct xr_error *err)
{
    ssize_t n = pread_full(in, bytes, size, 0);

    if (n < 0)
        return error_system(err, (int)-n, "the image cannot be read");
    return n == (ssize_t)size
               ? 0 : error_at(err, ENODATA, (uint64_t)n, "the image ends in "
                              "its header");
}

int xl_file_copy_as(int in, const char *json, int out, struct xr_error *err)
{
    uint8_t bytes[XL_HEADER_SIZE];
    struct xl_header header;
    int r = read_head(in, bytes, sizeof(bytes), err);

    if (!r)
        r = xl_header_decode(bytes, 0, &header, err);
    if (!r)
        r = xl_file_begin(out, json, err);
    if (r)
        return r;
    return splice_rest(in, XL_HEADER_SIZE + (loff_t)header.optional_length,
                       out, err);
}

/* libvirt counts the XML's NUL; the rest of the header stays as it is. */
int libvirt_file_copy_as(int in, const char *xml, int out,
                         struct xr_error *err)
{
    uint8_t bytes[LIBVIRT_HEADER_SIZE];
    struct libvirt_header header;
    size_t length = strlen(xml) + 1;
    int r = read_head(in, bytes, sizeof(bytes), err);

    if (!r)
        r = libvirt_header_decode(bytes, 0, &header, err);
    if (r)
        return r;
    store_le32(bytes + LIBVIRT_XML_LENGTH_AT, (uint32_t)length);
    r = write_full(out, bytes, sizeof(bytes), NULL);
    if (!r)
        r = write_full(out, xml, length, NULL);
    if (r)
        return error_system(err, -r, "the image cannot be passed on");
    return splice_rest(in, LIBVIRT_HEADER_SIZE + (loff_t)header.xml_length,
                       out, err);
}

int label_add(struct buffer *list, const char *label, struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist labels = { 0 };
    CLEANUP_FREE char *key = NULL;
    const char *equals = strchr(label, '=');
    int r = equals && equals > label ? 0 : -EINVAL;

    if (!r && asprintf(&key, "user.%.*s", (int)(equals - label), label) < 0) {
        key = NULL;
        r = -ENOMEM;
    }
    if (!r && list->length)
        r = keylist_parse(list->data, list->length, &labels, NULL);
    if (!r)
        r = keylist_set_text(&labels, key, equals + 1);
    if (r)
        return error_set(err, -r, "KEY=VALUE is expected, KEY without blanks "
                         "and commas");
    buffer_free(list);
    *list = (struct buffer){ 0 };
    keylist_print(&labels, list);
    return buffer_failed(list) ? error_set(err, ENOMEM, "out of memory") : 0;
}
