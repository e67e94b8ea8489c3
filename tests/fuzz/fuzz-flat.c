/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any stream laid out flat: what comes out is read back, each page is what its
 * digest says, and the same stream over that image changes no page in the end.
 * Any image as the parent: it is one, or it is said why not.
 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "format/pages.h"
#include "fuzz.h"
#include "lib/flat_writer.h"
#include "util/cleanup.h"
#include "util/io.h"

static int file_of(const uint8_t *bytes, size_t n)
{
    int fd = memfd_create("image", MFD_CLOEXEC);

    must(fd >= 0 && !write_full(fd, bytes, n, NULL));
    must(lseek(fd, 0, SEEK_SET) == 0);
    return fd;
}

static int lay_out(const uint8_t *bytes, size_t n, int out,
                   struct flat_layout *parent)
{
    CLEANUP_CLOSE int in = file_of(bytes, n);
    CLEANUP_FLAT_WRITER struct flat_writer *w = NULL;
    const struct flat_order order = {
        .in = in, .out = out, .parent = parent, .seal = true,
    };
    struct flat_outcome outcome;
    struct xr_error err = { .code = 0 };
    int r = flat_writer_new(&order, &w, &err);

    if (!r)
        r = flat_writer_take(w, &err);
    if (!r)
        r = flat_writer_close(w, &outcome, &err);
    must(r <= 0 && r != -ENOMEM && (!r || *err.message));
    return r;
}

static int read_layout(int fd, struct flat_layout *out)
{
    CLEANUP_FREE char *uuid = NULL;
    struct xr_error err = { .code = 0 };
    int r;

    must(lseek(fd, 0, SEEK_SET) == 0);
    r = flat_layout_read(fd, out, &uuid, &err);
    must(r <= 0 && r != -ENOMEM && (!r || *err.message));
    return r;
}

static void check_digests(int fd, const struct flat_layout *layout)
{
    uint8_t page[PAGE_SIZE_BYTES], digest[SEAL_DIGEST_SIZE];
    uint32_t i;

    for (i = 0; i < layout->table.pages; i++) {
        must(pread_full(fd, page, sizeof(page),
                        (off_t)flat_layout_place(layout, i, NULL))
             == sizeof(page));
        seal_digest_page(layout->table.secret, page, digest);
        must(!memcmp(digest, layout->digests[i], sizeof(digest)));
    }
}

/* An image without pages is laid out, and can be nobody's parent. */
static void lay_out_again(const uint8_t *bytes, size_t n, int fd)
{
    CLEANUP_FLAT_LAYOUT struct flat_layout layout = { .pages_begin = 0 };
    CLEANUP_FLAT_LAYOUT struct flat_layout again = { .pages_begin = 0 };

    if (read_layout(fd, &layout))
        return;
    check_digests(fd, &layout);
    must(!lay_out(bytes, n, fd, &layout));
    must(!read_layout(fd, &again));
    check_digests(fd, &again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    CLEANUP_FLAT_LAYOUT struct flat_layout layout = { .pages_begin = 0 };
    CLEANUP_CLOSE int given = file_of(bytes, n), made = file_of(bytes, 0);

    if (!read_layout(given, &layout) && !lay_out(bytes, n, given, &layout))
        lay_out_again(bytes, n, given);
    if (!lay_out(bytes, n, made, NULL))
        lay_out_again(bytes, n, made);
    return 0;
}
