/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/image_summary.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/judge_list.h"
#include "util/cleanup.h"

#define DISK "disk."
#define TIME_FORMAT "%Y-%m-%dT%H:%M:%SZ"

bool image_time_parse(const char *text, time_t *out)
{
    struct tm tm = { .tm_isdst = 0 };
    const char *end = strptime(text, TIME_FORMAT, &tm);
    char again[IMAGE_TIME_SIZE];
    time_t when;

    if (!end || *end)
        return false;
    /* strptime takes a 31st of February, and blanks. */
    when = timegm(&tm);
    image_time_text(when, again);
    if (strcmp(again, text))
        return false;
    *out = when;
    return true;
}

void image_time_text(time_t when, char out[IMAGE_TIME_SIZE])
{
    struct tm tm;

    if (!gmtime_r(&when, &tm)
        || !strftime(out, IMAGE_TIME_SIZE, TIME_FORMAT, &tm))
        *out = '\0';
}

/* The record goes, and what is said of the disks is to stay. */
static int summarise_disks(const struct keylist *record,
                           struct image_summary *out)
{
    size_t i;
    int r = 0;

    for (i = 0; !r && i < record->count; i++) {
        const struct keypair *pair = &record->pairs[i];

        if (!strncmp(pair->key, DISK, strlen(DISK)))
            r = keylist_set(&out->disk_keys, pair->key, pair->value,
                            pair->value_length);
    }
    return r ? r : image_disks_read(&out->disk_keys, &out->disks, NULL);
}

static int summarise_record(const struct save_image *image,
                            struct image_summary *out)
{
    const char *when = keylist_get(&image->metadata, "saved.at");
    struct verdict verdict;
    int r;

    out->has_record = image->has_metadata;
    out->knows_time = when && image_time_parse(when, &out->saved_at);
    if (!image->has_metadata)
        return 0;
    r = judge_metadata(&image->metadata, NULL, &verdict);
    if (r)
        return r;
    out->resumable = verdict.resumable;
    r = keylist_copy_prefix(&out->labels, &image->metadata, "user.");
    return r ? r : summarise_disks(&image->metadata, out);
}

int image_summary_read(int fd, struct image_summary *out,
                       struct xr_error *err)
{
    CLEANUP_SAVE_IMAGE struct save_image image = { 0 };
    struct image_summary found = { .resumable = VERDICT_UNKNOWN };
    int r = save_image_read(fd, NULL, NULL, &image, err);

    if (!r)
        r = occupancy_read(fd, &found.occupancy, err);
    if (!r)
        r = save_identity_read(&image, &found.identity, err);
    if (!r && summarise_record(&image, &found))
        r = error_set(err, ENOMEM, "out of memory");
    if (r) {
        image_summary_free(&found);
        return r;
    }
    found.container = image.container;
    found.layout = image.layout;
    found.size = image.size;
    found.sealed = image.has_seal;
    *out = found;
    return 0;
}

void image_summary_free(struct image_summary *summary)
{
    save_identity_free(&summary->identity);
    keylist_free(&summary->labels);
    image_disks_free(&summary->disks);
    keylist_free(&summary->disk_keys);
    *summary = (struct image_summary){ .resumable = VERDICT_UNKNOWN };
}
