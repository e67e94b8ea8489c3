/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any image's memory: of a file and of a pipe it is the same; each form is as long as
 * it says that it will be, and raw memory has every page in its place.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/pages.h"
#include "fuzz.h"
#include "lib/memory_cpu.h"
#include "lib/memory_form.h"
#include "util/cleanup.h"
#include "util/io.h"

/* Beyond it nobody looks: a few pages may lie terabytes apart. */
enum { RAW_MAX = 64 << 20, PIPE_MAX = 65536 };

static int memory_file(const uint8_t *bytes, size_t n)
{
    int fd = memfd_create("memory", MFD_CLOEXEC);

    must(fd >= 0 && !write_full(fd, bytes, n, NULL));
    must(lseek(fd, 0, SEEK_SET) == 0);
    return fd;
}

static void check_raw(const struct memory_image *image, int fd)
{
    uint8_t page[PAGE_SIZE_BYTES], there[PAGE_SIZE_BYTES];
    struct memory_run run;
    uint64_t from = 0;

    for (; memory_map_next(&image->map, from, 1, &run); from = run.first + 1) {
        must(!memory_image_pages(image, &run, page, NULL));
        must(pread_full(fd, there, sizeof(there),
                        (off_t)(run.first * PAGE_SIZE_BYTES))
             == sizeof(there));
        must(!memcmp(page, there, sizeof(page)));
    }
}

static void try_form(const struct memory_image *image, enum memory_form form)
{
    CLEANUP_FREE struct memory_sink *sink = malloc(sizeof(*sink));
    CLEANUP_CLOSE int fd = memory_file(NULL, 0);
    bool found = false;
    struct stat st;

    must(sink != NULL);
    memory_sink_open(sink, fd, NULL);
    must(!memory_write(image, form, sink, NULL, &found, NULL));
    must(!fstat(fd, &st) && (uint64_t)st.st_size == sink->at);
    must(sink->written <= sink->at);
    if (form != MEMORY_RAW)
        return;
    must(sink->at == memory_raw_size(image));
    check_raw(image, fd);
}

/* What a pipe takes without a reader: that much of an image. */
static void try_pipe(const uint8_t *bytes, size_t n,
                     const struct memory_image *of_file)
{
    CLEANUP_CLOSE int spool = memory_file(NULL, 0);
    CLEANUP_MEMORY_IMAGE struct memory_image image = { .fd = -1 };
    int ends[2], r;

    must(!pipe(ends) && !write_full(ends[1], bytes, n, NULL));
    close(ends[1]);
    r = memory_image_read(ends[0], &(struct memory_spool){ .fd = spool }, NULL,
                          &image, NULL);
    close(ends[0]);
    must(!of_file == !!r);
    if (r)
        return;
    must(image.pages == of_file->pages && image.end == of_file->end
         && image.ranges == of_file->ranges
         && image.vcpu_count == of_file->vcpu_count);
    if (image.end < RAW_MAX / PAGE_SIZE_BYTES) {
        must(!ftruncate(spool, (off_t)memory_raw_size(&image)));
        check_raw(of_file, spool);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const enum memory_form forms[] = {
        MEMORY_RAW, MEMORY_ELF, MEMORY_LIME, MEMORY_XEN,
    };
    CLEANUP_MEMORY_IMAGE struct memory_image image = { .fd = -1 };
    CLEANUP_CLOSE int fd = memory_file(bytes, n);
    struct xr_error err = { .code = 0 };
    int r = memory_image_read(fd, NULL, NULL, &image, &err);
    size_t i;

    must(r <= 0 && r != -ENOMEM && (!r || *err.message));
    if (n <= PIPE_MAX)
        try_pipe(bytes, n, r ? NULL : &image);
    if (r)
        return 0;
    must(memory_cpu_count(&image) <= image.vcpu_count);
    for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
        if (image.end < RAW_MAX / PAGE_SIZE_BYTES)
            try_form(&image, forms[i]);
    return 0;
}
