/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/occupancy.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <linux/fiemap.h>
#include <linux/fs.h>

enum {
    AT_ONCE = 256,
    EXTENTS_MAX = 1 << 20, /* more are not asked for: it would take its time */
};

struct extent_map {
    union {
        struct fiemap head;
        uint8_t room[sizeof(struct fiemap)
                     + AT_ONCE * sizeof(struct fiemap_extent)];
    };
};

/* The last one ends what is to be asked. */
static bool add_extents(const struct fiemap *map, struct occupancy *out,
                        uint64_t *next)
{
    const struct fiemap_extent *e = map->fm_extents;
    uint32_t i;

    for (i = 0; i < map->fm_mapped_extents; i++, e++) {
        out->bytes += e->fe_length;
        if (e->fe_flags & FIEMAP_EXTENT_SHARED)
            out->shared += e->fe_length;
        *next = e->fe_logical + e->fe_length;
        if (e->fe_flags & FIEMAP_EXTENT_LAST)
            return false;
    }
    return i > 0;
}

/* false: the file system does not say, or has too much to say. */
static bool ask_extents(int fd, struct occupancy *out)
{
    struct extent_map map;
    uint64_t next = 0, asked;

    *out = (struct occupancy){ .bytes = 0 };
    for (asked = 0; asked < EXTENTS_MAX; asked += AT_ONCE) {
        /* All of it: valgrind does not know what this ioctl fills in. */
        memset(&map, 0, sizeof(map));
        map.head.fm_start = next;
        map.head.fm_length = FIEMAP_MAX_OFFSET - next;
        map.head.fm_extent_count = AT_ONCE;
        if (ioctl(fd, FS_IOC_FIEMAP, &map.head))
            return false;
        if (!add_extents(&map.head, out, &next))
            return true;
    }
    return false;
}

int occupancy_read(int fd, struct occupancy *out, struct xr_error *err)
{
    struct occupancy found = { OCCUPANCY_UNKNOWN, OCCUPANCY_UNKNOWN };
    struct stat st;

    if (fstat(fd, &st))
        return error_errno(err, errno);
    if (S_ISREG(st.st_mode) && !ask_extents(fd, &found))
        found = (struct occupancy){ (uint64_t)st.st_blocks * 512,
                                    OCCUPANCY_UNKNOWN };
    *out = found;
    return 0;
}
