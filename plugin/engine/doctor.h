/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Is everything in place on this host for the plugin to work?
 */
#ifndef ENGINE_DOCTOR_H
#define ENGINE_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>

enum finding {
    FINDING_OK,
    FINDING_NOTE, /* worth knowing, nothing is wrong */
    FINDING_BAD,
};

enum { EXAMINATIONS_MAX = 48 };

struct examination {
    const char *name;  /* of what was looked at: a constant */
    enum finding finding;
    char detail[400];
};

struct diagnosis {
    struct examination items[EXAMINATIONS_MAX];
    size_t count;
};

/* Changes nothing; whatever cannot be looked at is a finding. */
void doctor_examine(struct diagnosis *out);

/* Only for doctor.c and its parts; what is beyond EXAMINATIONS_MAX is dropped. */
__attribute__((format(printf, 4, 5)))
void diagnose(struct diagnosis *diagnosis, const char *name,
              enum finding finding, const char *format, ...);
void examine_disks(struct diagnosis *diagnosis);
void examine_copies(struct diagnosis *diagnosis);
void examine_daemons(struct diagnosis *diagnosis);
void examine_rollbacks(struct diagnosis *diagnosis);

/* Nothing is bad. */
bool diagnosis_is_sound(const struct diagnosis *diagnosis);

#endif
