/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What stands in a ledger's file (engine/copies_ledger.h).
 */
#ifndef ENGINE_COPIES_TEXT_H
#define ENGINE_COPIES_TEXT_H

#include "engine/disk_copies.h"
#include "format/keylist.h"

/*
 * Into what is empty but for its id, its state and its lock.  -ENODATA: there
 * is not even one whole line; -EBADMSG: it makes no sense.
 */
int copies_text_read(struct disk_copies *copies, const char *text, size_t n);

/* The first line's list; and a mark for a later one. */
int copies_text_list(const struct disk_copies *copies, struct keylist *out);
int copies_set_mark(struct keylist *list, const char *key,
                    const struct file_mark *mark);

/* All of that; id, state and lock stay. */
void copies_forget(struct disk_copies *copies);

#endif
