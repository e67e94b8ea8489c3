/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/disk_identity.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "domain/disk_facts.h"
#include "util/cleanup.h"

#define MARK "trusted.xen-resumable.disk"

enum { MARK_ROOM = 128 };

/* "UUID/xvda"; false: there is no such mark. */
static bool compose_mark(const struct image_disk *said, const char *uuid,
                         char out[MARK_ROOM])
{
    int n = uuid ? snprintf(out, MARK_ROOM, "%s/%s", uuid, said->dev) : -1;

    return n > 0 && n < MARK_ROOM;
}

static bool has_mark(const struct image_disk *said, const char *path,
                     const char *uuid)
{
    char wanted[MARK_ROOM], found[MARK_ROOM];
    ssize_t n = getxattr(path, MARK, found, sizeof(found) - 1);

    if (n < 0 || !compose_mark(said, uuid, wanted))
        return false;
    found[n] = '\0';
    return !strcasecmp(found, wanted);
}

bool disk_is_other(const struct image_disk *said, const char *path,
                   const char *uuid, const char **why_out)
{
    struct disk_facts now;

    if (!said->id || !*said->id || disk_facts_read(path, &now, NULL)
        || !*now.id || !strcmp(said->id, now.id))
        return false;
    *why_out = now.is_device ? "it is another device" : "it is another file";
    return now.is_device || !has_mark(said, path, uuid);
}

void disk_identity_mark(const struct image_disk *said, const char *path,
                        const char *uuid)
{
    CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK
                                      | O_NOCTTY);
    char mark[MARK_ROOM];
    const char *why;
    struct stat st;

    if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode)
        || !disk_is_other(said, path, uuid, &why)
        || !compose_mark(said, uuid, mark))
        return;
    (void)fsetxattr(fd, MARK, mark, strlen(mark), 0);
    (void)fsync(fd);
}
