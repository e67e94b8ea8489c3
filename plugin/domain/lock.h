/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One lock per domain: who saves it has it, from before the save until the
 * resume or the destruction.
 *
 * It is a file, named by the domain's uuid, in a folder that is root's alone.
 * Two bytes of it are locked (open file description locks: who died holds
 * nothing, and a child that was forked holds what its parent holds):
 *
 *   0  by the operation: the toolstack, or the command
 *   1  by the stream: libxl-save-helper, which may outlive its toolstack
 *
 * Its content says who has it and what became of the domain.  A domain is
 * resumed by the operation that suspended it and by nobody else, so the
 * content is also the record of that.  It outlives its holder.
 */
#ifndef DOMAIN_LOCK_H
#define DOMAIN_LOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "domain/intent.h"
#include "domain/process.h"
#include "util/error.h"

enum { LOCK_NAME_ROOM = 37, LOCK_TEXT_ROOM = 160 };

/* What the operation has done to the domain. */
enum lock_state {
    LOCK_RUNNING,   /* nothing: if it is suspended, somebody else did it */
    LOCK_ASKED,     /* asked it to suspend; it may do so late */
    LOCK_SUSPENDED, /* suspended it */
    LOCK_HELD,      /* the plugin holds it, or who suspended it is dead */
    LOCK_STATES,
};

struct lock_record {
    struct process holder;
    time_t since;
    enum intent intent;
    enum lock_state state;
    uint32_t domid;
};

struct lock {
    int fd;                    /* -1: there is none */
    char name[LOCK_NAME_ROOM]; /* the domain's uuid */
    struct lock_record record; /* as it was when it was taken */
};

#define LOCK_NONE { .fd = -1 }

/* DOMID_INVALID: of a domain that is not there, or that nobody saves. */
enum { LOCK_NO_DOMID = 0x7ff4 };

struct lock_wish {
    const char *uuid;
    uint32_t domid;
    enum intent intent;
    unsigned int timeout; /* seconds to wait for another one */

    /* NULL, or called once, with "xl save (pid 123, since ...)". */
    void (*on_wait)(const char *for_whom, const void *data);

    /* NULL, or asked about ten times a second: wait no longer? */
    bool (*wants_stop)(const void *data);
    const void *data;
};

/*
 * -EBUSY: another one has it, whom err names; so does another saver of that
 * domain who knows nothing of locks.  -ECANCELED: it was to wait no longer.
 * Any other failure means that locking does not work here: nobody has it.
 *
 * The state is LOCK_HELD if the former holder left the domain so, or died
 * while it had it suspended; whoever takes it has to see whether it still is
 * suspended.  Else it is LOCK_RUNNING.
 */
int lock_take(const struct lock_wish *wish, struct lock *out,
              struct xr_error *err);

/*
 * Gives the lock up, in all processes that have inherited it.  The file goes,
 * too, unless the state is LOCK_HELD.
 */
void lock_release(struct lock *lock);

/*
 * The record says from now on that this process has the lock: its parent, who
 * had it, is dead.
 */
int lock_adopt(struct lock *lock, struct xr_error *err);

/*
 * As that, if its parent lives, has the lock, and started this process to
 * save: the parent still gives it up.  -ENOENT: the parent does not have it.
 */
int lock_inherit(const char *uuid, enum intent intent, struct xr_error *err);

/*
 * Waits for the end of the stream that the operation began.  False: in vain.
 */
bool lock_wait_for_stream(const struct lock *lock, unsigned int seconds);

enum lock_owner {
    LOCK_FREE,
    LOCK_OURS,   /* this process has it, or its parent */
    LOCK_OTHERS,
};

/*
 * Who has it?  *out (may be NULL) is all zero if the content cannot be read.
 */
enum lock_owner lock_look(const char *uuid, struct lock_record *out);

/*
 * Is somebody else at work on the domain, with the plugin or without it?  Then
 * the text says who.
 */
bool lock_is_busy(const char *uuid, uint32_t domid,
                  char text[LOCK_TEXT_ROOM]);

/* The state, if the lock is ours; LOCK_RUNNING if it is not. */
enum lock_state lock_state(const char *uuid);

/* -EPERM if it is not ours. */
int lock_set_state(const char *uuid, enum lock_state state,
                   struct xr_error *err);

/*
 * The domain is not what the last holder's record says it is: it was resumed
 * or destroyed by somebody without the lock.  Nothing is done if somebody has
 * it.
 */
void lock_forget(const char *uuid);

/*
 * The stream begins: until the end of this process, or lock_release, which
 * leaves the operation its lock.  -EBUSY if another one is at it; -ENOENT if
 * there is no lock to the stream.
 */
int lock_begin_stream(const char *uuid, struct lock *out,
                      struct xr_error *err);

#endif
