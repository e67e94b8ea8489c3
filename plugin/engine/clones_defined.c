/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Definitions of domains that are not there: xl's configurations, libvirt's domains and
 * the images that it keeps of them.  A clone's name has its domain's uuid in it, and
 * so has libvirt's definition of the domain: a text with that uuid speaks of them,
 * whatever its syntax is.
 */
#include "config.h"

#include "engine/disk_clones.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "util/cleanup.h"
#include "util/io.h"

/* With a colon between them, and what is below; $XR_DEFINITIONS for tests. */
#define DEFINITIONS_DIRS "/etc/xen:/etc/libvirt/libxl" \
                         ":/var/lib/libvirt/libxl/save"

enum {
    /* Of an image, more than the definition before its memory. */
    DEFINITION_READ_MAX = 1 << 20,
    UUID_SIZE = 36,
    DEPTH_MAX = 4, /* of folders; one may lead back by a link */
};

struct mention {
    const char *uuid;
    char doubled[2 * UUID_SIZE + 1]; /* as device-mapper has it */
    char *text;                      /* room for a file's */
};

static void double_dashes(const char *uuid, char out[2 * UUID_SIZE + 1])
{
    size_t i, n = 0;

    for (i = 0; uuid[i] && i < UUID_SIZE; i++) {
        if (uuid[i] == '-')
            out[n++] = '-';
        out[n++] = uuid[i];
    }
    out[n] = '\0';
}

static bool has_word(const char *text, size_t n, const char *word)
{
    return memmem(text, n, word, strlen(word));
}

static bool is_mentioned_below(struct mention *m, const char *dir,
                               unsigned int depth, char why[CLONES_WHY_ROOM]);

/* What cannot be read may speak of them. */
static bool is_mentioned_in(struct mention *m, const char *path,
                            unsigned int depth, char why[CLONES_WHY_ROOM])
{
    CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK
                                      | O_NOCTTY);
    struct stat st;
    ssize_t n;

    snprintf(why, CLONES_WHY_ROOM, "%.160s speaks of them", path);
    if (fd < 0)
        return errno != ENOENT && errno != ENXIO && errno != ELOOP;
    if (fstat(fd, &st))
        return false;
    if (S_ISDIR(st.st_mode))
        return depth < DEPTH_MAX && is_mentioned_below(m, path, depth + 1,
                                                       why);
    if (!S_ISREG(st.st_mode))
        return false;
    n = read_full(fd, m->text, DEFINITION_READ_MAX);
    return n < 0 || has_word(m->text, (size_t)n, m->uuid)
           || has_word(m->text, (size_t)n, m->doubled);
}

static bool is_mentioned_below(struct mention *m, const char *dir,
                               unsigned int depth, char why[CLONES_WHY_ROOM])
{
    CLEANUP_DIR DIR *folder = opendir(dir);
    struct dirent *entry;
    bool found = false;

    if (!folder) {
        snprintf(why, CLONES_WHY_ROOM, "%.120s cannot be read", dir);
        return errno != ENOENT && errno != ENOTDIR;
    }
    while (!found && (entry = readdir(folder))) {
        CLEANUP_FREE char *path = NULL;

        if (*entry->d_name == '.')
            continue;
        if (asprintf(&path, "%s/%s", dir, entry->d_name) < 0) {
            path = NULL;
            return true;
        }
        found = is_mentioned_in(m, path, depth, why);
    }
    return found;
}

bool clones_are_defined(const struct disk_copies *clones,
                        char why[CLONES_WHY_ROOM])
{
    const char *named = secure_getenv("XR_DEFINITIONS");
    CLEANUP_FREE char *dirs = strdup(named && *named ? named
                                                     : DEFINITIONS_DIRS);
    CLEANUP_FREE char *text = malloc(DEFINITION_READ_MAX);
    struct mention m = { .uuid = clones->uuid, .text = text };
    char *rest = dirs, *dir;
    bool found = !dirs || !text;

    double_dashes(clones->uuid, m.doubled);
    snprintf(why, CLONES_WHY_ROOM, "out of memory");
    while (!found && (dir = strsep(&rest, ":")))
        found = is_mentioned_below(&m, dir, 1, why);
    if (!found)
        *why = '\0';
    return found;
}
