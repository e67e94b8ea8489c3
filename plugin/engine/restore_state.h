/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A restore from within: restore.c asks, restore_change.c changes the
 * configuration, restore_disks.c knows the copies of disks, restore_run.c does
 * it.
 */
#ifndef ENGINE_RESTORE_STATE_H
#define ENGINE_RESTORE_STATE_H

#include <sys/stat.h>

#include "domain/lock.h"
#include "domain/way_stages.h"
#include "engine/restore.h"
#include "lib/domain_config.h"
#include "lib/image_disks.h"
#include "lib/save_image.h"
#include "util/buffer.h"
#include "xen/configuration.h"
#include "xen/connection.h"
#include "xen/judge.h"

enum { UUID_TEXT = 36 };

struct restore_locks;

struct restore {
    const struct events *events;
    struct restore_options options;
    struct config config;
    char uuid[UUID_TEXT + 1];   /* a new one */

    int image_fd;               /* the image, whatever its path names by the time
                                 * that it is restored; 0: by the path */
    struct stat seen;           /* of it, before it was verified */
    struct save_image image;
    struct domain_config original; /* what the image says */
    struct domain_config domain;   /* what it is to be: that, or changed */
    struct config_edited edited;   /* text NULL: nothing is to be changed */
    struct preflight checks;
    bool checked;
    struct image_disks disks;   /* as the record has them */
    struct disk_copies copies;  /* with RESTORE_DISKS_BACK and _COPIES; under their
                                 * lock */
    bool room_was_said;         /* that there may be too little of it */
    struct disk_copies clones;  /* what is made of them, with the latter */
    struct way_stages way;      /* also what is at work, seen by an heir, too */
    char *hooks_image;          /* what hooks are told: where the image is */
    struct buffer disk_lines;   /* and which disks there are */
    enum seal_state seal;
    struct connection connection;
    struct judgement judgement; /* of the new domain */
    struct restore_locks *locks; /* that an heir has then; NULL: others' */
};

/* After the image was read: what is to be changed, is, in edited; domain is
   what it is to be. */
int restore_change(struct restore *restore, struct xr_error *err);

/* The same once more, of what has come of it. */
int restore_change_more(struct restore *restore,
                        const struct config_edit *edits, size_t count,
                        struct xr_error *err);

/* Is the configuration one that this image can have, now that every page of it
   was seen? */
int restore_check_fit(const struct restore *restore,
                      const struct verify_result *result,
                      struct xr_error *err);

struct heir;

/* Which copies are to be put back, and may they be, where they are to be? */
int restore_disks_find(struct restore *restore, struct xr_error *err);

/* The domain's disk of that name; NULL: there is none, or it is taken as it is. */
const struct domain_disk *restore_disk_of(const struct restore *restore,
                                          const char *dev);

/* Behind restore_change: with RESTORE_DISKS_COPIES, which clones will there be, and
   the configuration has them. */
int restore_clones_plan(struct restore *restore, struct xr_error *err);

/* Makes them.  After a failure, which is told, there are none. */
int restore_clones_make(struct restore *restore, struct xr_error *err);

/* The toolstack has made the domain, or has failed: if they are nobody's, they go. */
void restore_clones_end(struct restore *restore, bool made);

/* In an heir, of a restore that was killed before there was a domain: the same. */
void restore_clones_inherit(const struct restore *restore);

/* Could that be done now?  Asks the drivers, and warns once of what may get full. */
int restore_disks_check(struct restore *restore, struct xr_error *err);

/* -EBUSY, and who, if a domain has what is to be written or given to the new one. */
int restore_disks_refuse_used(const struct restore *restore,
                              struct xr_error *err);

/*
 * Does it.  Nobody has the disks (-EBUSY says who does).  After any other failure
 * they may be put back in part, and it can be done again.  There is an heir, which
 * calls restore_disks_wait if this process is killed.
 */
int restore_disks_put_back(const struct restore *restore,
                           struct xr_error *err);

/*
 * restore_note.c, for restore_disks_put_back: a note on the disk that the disks may be
 * between two states, and its end.  A rollback has one of its own.
 */
int restore_note_begin(const struct restore *restore, struct xr_error *err);
void restore_note_end(const struct restore *restore);

/* Is there such a note?  Then it is said what goes on with it. */
bool restore_note_say(const struct restore *restore);

/* -EBUSY: the disks would be taken as they are, and are between two states. */
int restore_note_refuse(const struct restore *restore, struct xr_error *err);

/* In an heir: for the end of the driver that was at work. */
void restore_disks_wait(const struct restore *restore);

void restore_disks_free(struct restore *restore);

/* The same file or device, under whatever names? */
bool restore_is_same_disk(const char *a, const char *b);

/* Of the new domain; and of the one whose disks are put back, if it is another one. */
struct restore_locks {
    struct lock domain, disks;
};

#define RESTORE_LOCKS_NONE { LOCK_NONE, LOCK_NONE }

/* -EBUSY: somebody is at work on them; or, with copies to put back, their domain is
   there. */
int restore_take_locks(const struct restore *restore,
                       struct restore_locks *out, struct xr_error *err);
void restore_release_locks(struct restore_locks *locks);

/* In an heir: they say that this process has them. */
void restore_adopt_locks(struct restore_locks *locks);

/* --- restore_hooks.c */

/* What they are to be told, once the image was read. */
int restore_hooks_open(struct restore *restore, struct xr_error *err);

/* Could they be run? */
int restore_hooks_check(const struct restore *restore, struct xr_error *err);

/*
 * The last stage, by what became of the guest.  A failure is said: nothing is undone
 * for it.
 */
int restore_hooks_end(struct restore *restore, enum guest_fate guest,
                      uint32_t domid, struct xr_error *err);

/* In an heir, once what was at work has ended: is it the toolstack's domain? */
bool restore_was_made(const struct restore *restore);

/* Can that be told?  Not of one that was killed with who waited for it. */
bool restore_is_told(const struct restore *restore);

/* The parts of restore_run, for who has asked for a stop himself, and has an heir. */
int restore_make(struct restore *restore, const struct heir *heir,
                 struct restore_outcome *out, struct xr_error *err);
int restore_look_after(struct restore *restore, struct xr_error *err);

/* Does the new domain stand for another one than the image's? */
bool restore_is_copy(const struct restore *restore);

/* Is a disk of the domain to be one of the image's? */
bool restore_is_original_disk(const struct restore *restore,
                              const struct domain_disk *disk);

/* Says that nothing was created, and why.  Returns -err->code. */
int restore_refuse(const struct restore *restore, struct xr_error *err);

#endif
