/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a list of save images says of each: all of it stands in the head of the
 * file and in its last bytes, so that a thousand of them are read in no time.
 */
#ifndef LIB_IMAGE_SUMMARY_H
#define LIB_IMAGE_SUMMARY_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "format/container.h"
#include "format/keylist.h"
#include "lib/image_disks.h"
#include "lib/occupancy.h"
#include "lib/save_identity.h"
#include "lib/save_image.h"
#include "verdict/verdict.h"

struct image_summary {
    struct save_identity identity;
    enum container container;
    enum save_layout layout;
    bool has_record;
    bool knows_time;       /* the record says when it was saved */
    time_t saved_at;
    struct keylist labels; /* the user's, without "user." */
    struct keylist disk_keys; /* what the following borrows from */
    struct image_disks disks;
    uint64_t size;
    struct occupancy occupancy;
    bool sealed;           /* nothing is digested */
    enum verdict_answer resumable;
};

/*
 * Reads from where fd stands, which is a file's.  Failures are those of
 * save_image_read().  To be freed on success.
 */
int image_summary_read(int fd, struct image_summary *out,
                       struct xr_error *err);

void image_summary_free(struct image_summary *summary);

/* "2026-11-27T03:00:05Z" as a time.  False: it is none. */
bool image_time_parse(const char *text, time_t *out);

/* And back. */
enum { IMAGE_TIME_SIZE = 32 };
void image_time_text(time_t when, char out[IMAGE_TIME_SIZE]);

#endif
