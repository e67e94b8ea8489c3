/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rollbacks, and restores with disks, that have not ended: a guest may be in its image
 * alone.
 */
#include "config.h"

#include "domain/lock.h"
#include "engine/doctor.h"
#include "engine/rollback_note.h"
#include "util/cleanup.h"
#include "xen/connection.h"
#include "xen/domain_use.h"

/* Does it run, although a note says that it was destroyed? */
static bool is_back(const struct rollback_note *note)
{
    CLEANUP_CONNECTION struct connection connection = { 0 };
    struct domain_use use;

    return !connection_open(&connection, NULL)
           && !domain_find_use(connection.xch, connection.store, NULL,
                               note->uuid, 0, &use, NULL) && use.uuid;
}

static void examine_rollback(const struct rollback_note *note, void *data)
{
    CLEANUP_FREE char *command = rollback_command(note);
    CLEANUP_FREE char *path = rollback_note_path(note->uuid);
    const char *what = note->by_restore ? "restore" : "rollback";
    bool is_at_work = lock_look(note->uuid, NULL) != LOCK_FREE;

    if (!command || !path)
        return;
    if (is_at_work)
        diagnose(data, "rollback", FINDING_NOTE, "a %s of %.60s to "
                 "%.200s is running", what, note->name, note->image);
    else if (is_back(note))
        diagnose(data, "rollback", FINDING_NOTE, "a %s of %.60s was "
                 "killed, and the domain exists: if it is as it should be, "
                 "remove %s", what, note->name, path);
    else
        diagnose(data, "rollback", FINDING_BAD, "a %s of %.60s has not "
                 "ended; its disks may be put back only in part. To continue: "
                 "%s", what, note->name, command);
}

void examine_rollbacks(struct diagnosis *e)
{
    rollback_notes_each(examine_rollback, e);
}
