/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Is what stands at a disk's path now the very disk that a copy was made of?  A
 * file is one by its inode, a device by its id: the image's record has both.  Of a
 * file that had gone, and was made anew from a copy, the record cannot know: such a
 * one gets a mark, an extended attribute that only root can set.
 */
#ifndef ENGINE_DISK_IDENTITY_H
#define ENGINE_DISK_IDENTITY_H

#include <stdbool.h>

#include "lib/image_disks.h"

/*
 * False: it is that one, or nothing is there, or nobody can tell.  uuid: of the guest;
 * NULL: not known.  *why_out: in what it differs.
 */
bool disk_is_other(const struct image_disk *said, const char *path,
                   const char *uuid, const char **why_out);

/*
 * The copy was put back at that path: from now on it is this guest's disk.  Where no
 * mark can be made it is another one the next time.
 */
void disk_identity_mark(const struct image_disk *said, const char *path,
                        const char *uuid);

#endif
