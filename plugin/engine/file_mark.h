/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * By what a file is known again, also after a reboot and under another name:
 * its inode and the time at which that was made.  A device number may be
 * another one after a reboot; it counts where the file system knows no such
 * times.
 */
#ifndef ENGINE_FILE_MARK_H
#define ENGINE_FILE_MARK_H

#include <stdbool.h>
#include <stdint.h>

struct file_mark {
    bool is_set;
    bool is_file;        /* a regular one; no part of what is compared */
    bool has_birth;
    uint64_t inode, device;
    int64_t born;
    uint32_t born_ns;
};

/*
 * Of what is called so in that folder, no link followed; of the descriptor
 * itself where the name is "".  0 or a negative errno.
 */
int file_mark_read(int folder, const char *name, struct file_mark *out);

/* False where one of them is not set. */
bool file_mark_is_same(const struct file_mark *a, const struct file_mark *b);

enum { FILE_MARK_TEXT_SIZE = 80 };
void file_mark_print(const struct file_mark *mark,
                     char out[FILE_MARK_TEXT_SIZE]);
bool file_mark_parse(const char *text, struct file_mark *out);

#endif
