/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A bar, with rate and remaining time, on stderr for work that takes longer
 * than a moment.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct progress {
    bool wanted;
    bool shown;
    int percent;            /* that is shown */
    struct timespec started;
};

/* always: also where stderr is no terminal. */
void progress_begin(struct progress *p, bool always);

/*
 * data is a struct progress; done and all are bytes, all is 0 where nobody
 * knows how much there is.  Returns 0: nothing stops.
 */
int progress_show(void *data, uint64_t done, uint64_t all);

/* Clears the line. */
void progress_end(struct progress *p);

#endif
