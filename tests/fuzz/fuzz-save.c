/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A save image: its containers, streams and the metadata record; what was
 * decoded once must encode and decode to the same.
 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "lib/image_summary.h"
#include "lib/save_image.h"
#include "util/bytes.h"
#include "util/io.h"

static int count(const struct save_image_record *record, void *data)
{
    size_t *n = data;

    must(record->layer != NULL);
    return ++*n > 100000 ? -E2BIG : 0;
}

static void same_again(const struct keylist *list)
{
    CLEANUP_KEYLIST struct keylist again = { 0 };
    CLEANUP_BUFFER struct buffer record = { 0 };
    const uint8_t *bytes;
    size_t i;

    if (record_encode(list, &record, NULL))
        return;
    bytes = (const uint8_t *)record.data;
    must(!record_decode(bytes + 8, load_le32(bytes + 4), NULL, &again, NULL));
    must(again.count == list->count);
    for (i = 0; i < again.count; i++)
        must(!strcmp(again.pairs[i].key, list->pairs[i].key)
             && again.pairs[i].value_length == list->pairs[i].value_length);
}

/* Each disk has a name of its own, and a copy only with who has it. */
static void read_disks(const struct keylist *record)
{
    CLEANUP_IMAGE_DISKS struct image_disks disks = { 0 };
    size_t i;

    if (image_disks_read(record, &disks, NULL))
        return;
    must(disks.count <= IMAGE_DISKS_MAX);
    must(image_disks_kept(&disks) <= image_disks_written(&disks));
    for (i = 0; i < disks.count; i++) {
        const struct image_disk *d = &disks.items[i];

        must(image_disks_find(&disks, d->dev) == d);
        must(!d->copy == !d->driver);
        must(!d->has_mtime
             || (d->mtime.tv_nsec >= 0 && d->mtime.tv_nsec < 1000000000));
    }
}

/* What a list says of it, it says of every image that can be read. */
static void summarise(int fd, bool readable)
{
    struct image_summary summary;
    struct xr_error err;

    must(lseek(fd, 0, SEEK_SET) == 0);
    if (image_summary_read(fd, &summary, &err)) {
        must(!readable || err.code == ENOMEM);
        return;
    }
    must(readable);
    image_summary_free(&summary);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static int fd = -1;
    struct xr_error err;
    size_t records = 0;
    int with;

    if (fd < 0)
        fd = memfd_create("image", MFD_CLOEXEC);
    must(!ftruncate(fd, 0) && pwrite(fd, bytes, n, 0) == (ssize_t)n);
    for (with = 0; with < 2; with++) {
        CLEANUP_SAVE_IMAGE struct save_image image = { 0 };
        int r;

        must(lseek(fd, 0, SEEK_SET) == 0);
        r = save_image_read(fd, with ? count : NULL, &records, &image, &err);
        must(r <= 0);
        must(!r || err.offset <= n || err.offset == XR_NO_OFFSET);
        must(lseek(fd, 0, SEEK_CUR) == 0);
        if (image.has_metadata)
            same_again(&image.metadata);
        read_disks(&image.metadata);
        if (!with)
            summarise(fd, !r);
    }
    return 0;
}
