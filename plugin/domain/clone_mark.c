/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "domain/clone_mark.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/debug.h"

#define COPIES_DIR LOCALSTATEDIR "/lib/xen-resumable/.copies"
#define MARK_ENDING ".saved"

enum { MARK_NAME_ROOM = 64 };

const char *copies_folder(void)
{
    const char *named = secure_getenv("XR_COPIES_DIR");

    return named && *named ? named : COPIES_DIR;
}

static int open_copies_folder(void)
{
    return open(copies_folder(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW
                                 | O_CLOEXEC);
}

static bool has_file(int folder, const char *uuid, const char *ending)
{
    char name[MARK_NAME_ROOM];
    int n = snprintf(name, sizeof(name), "%s%s", uuid, ending);

    return n > 0 && n < (int)sizeof(name)
           && !faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW);
}

/* An image without this mark is none the worse; its disks may go with the domain. */
void clone_mark_saved(const char *uuid)
{
    CLEANUP_CLOSE int folder = open_copies_folder();
    CLEANUP_CLOSE int fd = -1;
    char name[MARK_NAME_ROOM];

    if (folder < 0 || !has_file(folder, uuid, CLONE_NOTE_ENDING))
        return;
    snprintf(name, sizeof(name), "%s%s", uuid, MARK_ENDING);
    fd = openat(folder, name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
                0600);
    if (fd < 0 || fsync(folder))
        debug("%s: it is not noted that it was saved: errno %d", uuid, errno);
}

bool clone_was_saved(const char *uuid)
{
    CLEANUP_CLOSE int folder = open_copies_folder();

    return folder >= 0 && has_file(folder, uuid, MARK_ENDING);
}

void clone_mark_remove(const char *uuid)
{
    CLEANUP_CLOSE int folder = open_copies_folder();
    char name[MARK_NAME_ROOM];

    if (folder < 0 || !has_file(folder, uuid, MARK_ENDING))
        return;
    snprintf(name, sizeof(name), "%s%s", uuid, MARK_ENDING);
    unlinkat(folder, name, 0);
}
