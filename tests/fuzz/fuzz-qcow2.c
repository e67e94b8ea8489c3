/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The header of a qcow2 image, which a guest's disk may be. */
#include "config.h"

#include <string.h>

#include "format/qcow2.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct qcow2_files files;
    struct xr_error err;

    if (n >= QCOW2_HEADER_MIN)
        must(qcow2_header_size(bytes) <= QCOW2_HEADER_MAX);
    if (qcow2_read_files(bytes, n, &files, &err)) {
        must(err.offset <= n || err.offset == XR_NO_OFFSET);
        return 0;
    }
    must(strlen(files.backing) <= QCOW2_NAME_MAX);
    must(strlen(files.data) <= QCOW2_NAME_MAX);
    must(strlen(files.backing_format) < sizeof(files.backing_format));
    return 0;
}
