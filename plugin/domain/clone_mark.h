/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A domain that has disks of its own, made of an image's copies for it alone, is noted
 * in a folder that is root's alone (engine/disk_clones.h).  The doors know of it only
 * this: when such a domain is saved, its disks belong to that image, too, and stay
 * when the domain has gone.
 */
#ifndef DOMAIN_CLONE_MARK_H
#define DOMAIN_CLONE_MARK_H

#include <stdbool.h>

/* Where copies of disks are noted; $XR_COPIES_DIR for trees that are not installed. */
const char *copies_folder(void);

/* What the note of such a domain is called behind its uuid. */
#define CLONE_NOTE_ENDING ".clones"

/* It has been saved: nothing is done for a domain that is not noted. */
void clone_mark_saved(const char *uuid);

bool clone_was_saved(const char *uuid);

/* When its disks have gone. */
void clone_mark_remove(const char *uuid);

#endif
