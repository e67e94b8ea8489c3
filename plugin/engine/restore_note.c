/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * As long as disks are put back a note on the disk says so (engine/rollback_note.h):
 * whoever loses the host's power meanwhile is told by doctor what goes on with it, and
 * no guest is started by a restore that takes the disks as they are.
 *
 * Once all are put back they are those of the image, and there is nothing to say.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/restore_state.h"
#include "engine/rollback_note.h"
#include "lib/config_edit.h"
#include "util/buffer.h"
#include "util/cleanup.h"
#include "util/fault.h"

/* Of whose disks are put back.  False: nobody can be named. */
static bool name_owner(const char *uuid, char out[LOCK_NAME_ROOM])
{
    if (!uuid || !config_is_uuid(uuid))
        return false;
    config_lower_uuid(uuid, out);
    return true;
}

static void list_what_is_as_it_is(const struct restore *r, struct buffer *out)
{
    const struct disk_names *names = &r->options.as_it_is;
    size_t i;

    for (i = 0; i < names->count; i++)
        buffer_printf(out, "%s%s", i ? " " : "", names->items[i]);
}

/* image: where it is; what an older note says of what was before holds. */
static int write_restore_note(const struct restore *r, char *uuid, char *image,
                              const struct rollback_note *former,
                              struct xr_error *err)
{
    CLEANUP_BUFFER struct buffer as_it_is = { 0 };
    struct rollback_note note = {
        .name = r->copies.name,
        .uuid = uuid,
        .image = image,
        .safety = former->safety,
        .by_restore = true,
    };
    struct stat st;

    list_what_is_as_it_is(r, &as_it_is);
    if (buffer_failed(&as_it_is))
        return error_set(err, ENOMEM, "out of memory");
    if (stat(image, &st))
        return error_system(err, errno, "%s", image);
    note.as_it_is = as_it_is.length ? as_it_is.data : NULL;
    note.inode = st.st_ino;
    return rollback_note_write(&note, err);
}

int restore_note_begin(const struct restore *r, struct xr_error *err)
{
    CLEANUP_ROLLBACK_NOTE struct rollback_note former = { .name = NULL };
    CLEANUP_FREE char *image = NULL;
    char uuid[LOCK_NAME_ROOM];
    int status;

    if (r->options.goes_back || !name_owner(r->copies.uuid, uuid))
        return 0;
    status = fault_step("the note of the disks", err);
    if (status)
        return status;
    image = realpath(r->options.path, NULL);
    if (!image)
        return error_system(err, errno, "%s", r->options.path);
    status = rollback_note_read(uuid, &former, NULL);
    /* What a rollback to the same image has noted says as much. */
    if (!status && !former.by_restore && !strcmp(former.image, image))
        return 0;
    return write_restore_note(r, uuid, image, &former, err);
}

void restore_note_end(const struct restore *r)
{
    CLEANUP_ROLLBACK_NOTE struct rollback_note note = { .name = NULL };
    char uuid[LOCK_NAME_ROOM];
    struct xr_error err;

    if (r->options.goes_back || !name_owner(r->copies.uuid, uuid)
        || rollback_note_read(uuid, &note, NULL) || !note.by_restore)
        return;
    if (rollback_note_remove(uuid, &err))
        events_fail(r->events, r->domain.name, &err);
}

bool restore_note_say(const struct restore *r)
{
    CLEANUP_ROLLBACK_NOTE struct rollback_note note = { .name = NULL };
    CLEANUP_FREE char *command = NULL;
    char uuid[LOCK_NAME_ROOM];

    if (r->options.goes_back || !name_owner(r->copies.uuid, uuid)
        || rollback_note_read(uuid, &note, NULL) || !note.by_restore)
        return false;
    command = rollback_command(&note);
    events_say(r->events, MESSAGE_ERROR, "The disks of %s may be put back in "
               "part. It goes on by the same command%s%s", note.name,
               command ? ": " : "", command ? command : "");
    return true;
}

/* Whoever has them put back, from whatever image, or knows what he does, may. */
static bool takes_disks_as_they_are(const struct restore *r)
{
    size_t i;

    if (r->options.goes_back || r->options.disks != RESTORE_DISKS_UNSAID)
        return false;
    for (i = 0; i < r->domain.disk_count; i++) {
        const struct domain_disk *disk = &r->domain.disks[i];

        if (!disk_names_have(&r->options.as_it_is, disk->dev)
            && restore_is_original_disk(r, disk))
            return true;
    }
    return false;
}

int restore_note_refuse(const struct restore *r, struct xr_error *err)
{
    return takes_disks_as_they_are(r)
           ? rollback_note_refuse(r->original.uuid, err) : 0;
}
