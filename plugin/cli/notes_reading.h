/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What one kernel has said to the verb notes, and how people see it.
 */
#ifndef CLI_NOTES_READING_H
#define CLI_NOTES_READING_H

#include <stdbool.h>

#include "format/keylist.h"
#include "lib/image_notes.h"
#include "util/error.h"

/* What one image said.  status is its share of the exit status. */
struct reading {
    const char *path;
    struct keylist notes;
    struct image_info info;
    struct xr_error failure;
    int status;
};

/* One line; with its name in front where there are several. */
void reading_print_list(const struct reading *reading, bool several);

void reading_print_table(const struct reading *reading);

#endif
