/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The file that a toolstack is told to save to: what it is afterwards.  xl
 * truncates it first of all and leaves half an image behind when it fails.
 */
#ifndef ENGINE_TARGET_FILE_H
#define ENGINE_TARGET_FILE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "domain/fate.h"
#include "engine/events.h"

enum target_state {
    TARGET_NONE,      /* no regular file: nothing can be said of it */
    TARGET_UNTOUCHED, /* as it was before */
    TARGET_COMPLETE,  /* a sound image, as far as its structure goes */
    TARGET_BROKEN,
};

struct target_file {
    const char *path; /* borrowed */
    bool existed;
    struct stat before;
    enum target_state state;
    bool judged; /* or what stands there could not be read as an image */
};

/* Before the save; path is borrowed. */
void target_begin(struct target_file *target, const char *path);

/* After it: sets state. */
void target_end(struct target_file *target);

/*
 * saved: the toolstack has said so, which counts where nobody can look, and
 * where what it wrote cannot be judged.
 */
enum image_fate target_fate(const struct target_file *target, bool saved);

/* Says what a save that failed has left. */
void target_say(const struct target_file *target, const struct events *events);

#endif
