/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is known of a rollback that has not ended: a file for each domain, named by
 * its uuid, in a folder that is root's alone.  It is on the disk before the domain is
 * destroyed and goes when it is there again, so that whoever finds one knows
 * that the domain's disks may be between two states, and which image mends that.
 *
 * restore --disks=back has one, too, as long as it writes to the disks
 * (engine/restore_note.c).
 */
#ifndef ENGINE_ROLLBACK_NOTE_H
#define ENGINE_ROLLBACK_NOTE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "engine/boot.h"
#include "util/error.h"

/* No guest's folder there begins with a dot.  $XR_ROLLBACK_DIR for trees that are not
   installed. */
#define ROLLBACK_DIR "/var/lib/xen-resumable/.rollback"

struct rollback_note {
    char *name, *uuid;   /* the domain's */
    char *image;         /* an absolute path */
    char *safety;        /* the image of what was before; NULL: none */
    char *as_it_is;      /* disks that are taken as they are, with blanks in
                          * between; NULL: none */
    bool by_restore;     /* it is a restore's */
    uint64_t inode;      /* of the image */
    uint32_t domid;      /* of the domain that is given up; 0: it was gone */
    time_t since;
    char boot[BOOT_ROOM]; /* the host's, in which it was written */
};

/* Sets since and boot, and replaces the domain's former note; on the disk. */
int rollback_note_write(struct rollback_note *note, struct xr_error *err);

/* By the domain's uuid.  -ENOENT: there is none.  -EBADMSG: it makes no sense. */
int rollback_note_read(const char *uuid, struct rollback_note *out,
                       struct xr_error *err);

/* By the domain's name or uuid; of several the latest.  -ENOENT. */
int rollback_note_find(const char *domain, struct rollback_note *out,
                       struct xr_error *err);

/* That there is none is a success. */
int rollback_note_remove(const char *uuid, struct xr_error *err);

/* Is told of each; those that make no sense are passed over. */
typedef void rollback_note_visit(const struct rollback_note *note, void *data);
void rollback_notes_each(rollback_note_visit *visit, void *data);

/*
 * A rollback needs the image in fd: as long as this process and those that it forks
 * have it open, and then for as long as a note names it.  Where files cannot be
 * locked it goes on without.  Both are called under side_files_lock.
 */
void rollback_hold_image(int fd);
bool rollback_holds_image(int fd);

/* Has the host been started anew since? */
bool rollback_note_is_of_this_boot(const struct rollback_note *note);

/* Where it is: to be freed; NULL: no memory. */
char *rollback_note_path(const char *uuid);

/*
 * "xen-resumable rollback NAME IMAGE", or "restore --disks=back IMAGE", which goes on
 * with it, for a shell: to be freed; NULL: no memory.
 */
char *rollback_command(const struct rollback_note *note);

/*
 * The same for an error's message, which has little room: a command that does not fit
 * gives way to the one that names it, for half a command is none.  It may be NULL.
 */
const char *rollback_command_or_where(const char *command);

/*
 * -EBUSY, with the command that goes on: a restore has put disks of that domain back
 * in part, so that nobody takes them as they are.  uuid may be NULL: nobody's.
 */
int rollback_note_refuse(const char *uuid, struct xr_error *err);

void rollback_note_free(struct rollback_note *note);

#define CLEANUP_ROLLBACK_NOTE __attribute__((cleanup(rollback_note_free)))

#endif
