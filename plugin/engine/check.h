/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Can these guests take a resume, and can they be saved at all?  Asked of
 * running domains, of a kernel, or of a save image.
 */
#ifndef ENGINE_CHECK_H
#define ENGINE_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "domain/disk_plan.h"
#include "domain/obstacle.h"
#include "engine/events.h"
#include "format/keylist.h"
#include "verdict/verdict.h"

/* Notes that were found in a guest's memory. */
struct check_candidate {
    uint64_t address;      /* guest-physical */
    uint64_t copies;
    struct keylist notes;
};

struct check_answer {
    char *target;          /* what was asked about */
    bool is_domain;        /* or a file */
    uint32_t domid;
    struct verdict verdict;
    struct obstacles obstacles;         /* none of a file */
    struct disk_plan disks;             /* of a checkpoint; none of a file */
    struct check_candidate *candidates; /* none unless memory was scanned */
    size_t candidate_count;
    const char *kernel;    /* that was learned, or would be; NULL: none */
    bool learned;          /* now, and not before */
};

struct check;

/* Reads the configuration, for its overrides.  NULL: no memory. */
struct check *check_new(const struct events *events);
void check_free(struct check *check);

/* Looks for notes in the memory of domains, too: a hint only. */
void check_scan_memory(struct check *check);

/*
 * Each adds its answers.  What cannot be asked about was said, and the check
 * goes on: check_failed.
 */
void check_kernel(struct check *check, const char *path);
void check_image(struct check *check, const char *path);
void check_one_domain(struct check *check, const char *name);
void check_all_domains(struct check *check);

/*
 * Has the domain's notes recorded from its kernel file, or only compared in a
 * dry run (engine/learn.h), and judges it then.  kernel is borrowed.
 */
void check_learn(struct check *check, const char *name, const char *kernel,
                 bool dry_run);

/* The first failure; NULL: none. */
const struct xr_error *check_failed(const struct check *check);

/* The name of the domain that it is about; NULL: of none, or not known. */
const char *check_failed_domain(const struct check *check);

size_t check_count(const struct check *check);
const struct check_answer *check_get(const struct check *check, size_t i);

#endif
