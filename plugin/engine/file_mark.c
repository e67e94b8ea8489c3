/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/file_mark.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

int file_mark_read(int folder, const char *name, struct file_mark *out)
{
    struct statx st;

    if (statx(folder, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT
                            | (*name ? 0 : AT_EMPTY_PATH),
              STATX_TYPE | STATX_INO | STATX_BTIME, &st))
        return -errno;
    *out = (struct file_mark){
        .is_set = true,
        .is_file = S_ISREG(st.stx_mode),
        .has_birth = st.stx_mask & STATX_BTIME,
        .inode = st.stx_ino,
        .device = makedev(st.stx_dev_major, st.stx_dev_minor),
    };
    if (out->has_birth) {
        out->born = st.stx_btime.tv_sec;
        out->born_ns = st.stx_btime.tv_nsec;
    }
    return 0;
}

bool file_mark_is_same(const struct file_mark *a, const struct file_mark *b)
{
    if (!a->is_set || !b->is_set || a->inode != b->inode)
        return false;
    return a->has_birth && b->has_birth
           ? a->born == b->born && a->born_ns == b->born_ns
           : a->device == b->device;
}

void file_mark_print(const struct file_mark *mark,
                     char out[FILE_MARK_TEXT_SIZE])
{
    int n = snprintf(out, FILE_MARK_TEXT_SIZE, "%" PRIu64 ":%" PRIu64,
                     mark->inode, mark->device);

    if (mark->has_birth)
        snprintf(out + n, FILE_MARK_TEXT_SIZE - (size_t)n,
                 ":%" PRId64 ".%09" PRIu32, mark->born, mark->born_ns);
}

bool file_mark_parse(const char *text, struct file_mark *out)
{
    struct file_mark m = { .is_set = true, .is_file = true };
    int n = 0, all = 0, found;

    found = sscanf(text, "%" SCNu64 ":%" SCNu64 "%n:%" SCNd64 ".%" SCNu32 "%n",
                   &m.inode, &m.device, &n, &m.born, &m.born_ns, &all);
    m.has_birth = found == 4;
    if (found != 2 && found != 4)
        return false;
    if (text[m.has_birth ? all : n])
        return false;
    *out = m;
    return true;
}
