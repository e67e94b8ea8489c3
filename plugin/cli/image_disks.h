/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The disks in an image's record, and their copies, for people and for programs.
 */
#ifndef CLI_IMAGE_DISKS_H
#define CLI_IMAGE_DISKS_H

#include "cli/json.h"
#include "engine/disk_copies.h"
#include "lib/image_disks.h"

/* The member "disks". */
void json_image_disks(yajl_gen g, const struct image_disks *disks);

/* A table after an empty line; nothing where there are none. */
void print_image_disks(const struct image_disks *disks);

/* What a restore puts back: the member "put_back", and a line for each; done: or else
   it would be. */
void json_put_back(yajl_gen g, const struct disk_copies *copies);
void print_put_back(const struct disk_copies *copies, bool done);

/* What is made for a domain, and of which copies: the member "made"; the same. */
void json_made(yajl_gen g, const struct disk_copies *clones,
               const struct disk_copies *origin);
void print_made(const struct disk_copies *clones,
                const struct disk_copies *origin, bool done);

#endif
