/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The files of engine/disk_copies.h, for those who carry it out.
 *
 * A file is lines of key=value lists (FORMAT.md, "The list"); what a later line says
 * overrules earlier ones.  Lines are only ever appended, so that the file, and with it
 * the lock, stays the same one.  A last line that was written in part does not count.
 */
#ifndef ENGINE_COPIES_LEDGER_H
#define ENGINE_COPIES_LEDGER_H

#include "engine/disk_copies.h"
#include "format/keylist.h"

/* A new one of what *copies says, COPIES_NEW or COPIES_CLONES; it gets the lock. */
int ledger_create(struct disk_copies *copies, struct xr_error *err);

/*
 * Locks and reads it.  -ENOENT; -EBUSY: somebody has it; -ESTALE: it has just got
 * another name; -EBADMSG: it cannot be understood; -EPERM: it is not ours alone.
 */
int ledger_take(const char *id, enum copies_state state,
                struct disk_copies *out, struct xr_error *err);

/* Reads it anew, of which another process has written more.  -ENOENT: it has gone. */
int ledger_refresh(struct disk_copies *copies, struct xr_error *err);

/* Appends a line; it is on the disk. */
int ledger_note(struct disk_copies *copies, const struct keylist *line,
                struct xr_error *err);

int ledger_move(struct disk_copies *copies, enum copies_state state,
                struct xr_error *err);
int ledger_remove(struct disk_copies *copies, struct xr_error *err);

/* Every name in the folder that is one of ours; 0 also where there is no folder. */
typedef void ledger_visit(const char *id, enum copies_state state, void *data);
int ledger_each(ledger_visit *visit, void *data, struct xr_error *err);

bool ledger_id_is_valid(const char *id);

/* Where an image is, by the facts. */
enum image_place {
    PLACE_THERE,
    PLACE_PARTIAL, /* in a file that never got its name */
    PLACE_FORMER,  /* in one that is to go */
    PLACE_NOWHERE, /* its folder is there, and it is not in it */
    PLACE_UNSEEN,  /* nobody can look: the folder is not the one that it was */
};
enum image_place copies_look(const struct disk_copies *copies,
                             struct file_mark *found);

/* True: they are gone, and so is what was noted of them. */
bool copies_drop(struct disk_copies *copies, const struct events *events);

/* Brings to its end what somebody has left, by the facts. */
void copies_settle(struct disk_copies *copies, const struct events *events);

#endif
