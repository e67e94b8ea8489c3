/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Looks for the notes of its kernel in a guest's memory.  A kernel's notes
 * stay there, but so may those of another one (a loader's, a file's in a
 * cache), and the guest can write what it likes: what is found is a hint.
 */
#ifndef XEN_MEMORY_SCAN_H
#define XEN_MEMORY_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xenctrl.h>

#include "format/keylist.h"
#include "util/buffer.h"
#include "util/error.h"
#include "xen/domain.h"

enum {
    MEMORY_CANDIDATES_MAX = 8,
    MEMORY_SCAN_SECONDS = 60,
};

/* Notes that differ from every other candidate's. */
struct memory_candidate {
    uint64_t address;      /* guest-physical, of the first copy */
    uint64_t copies;
    struct keylist notes;
    struct buffer text;    /* the same as a list */
};

struct memory_scan {
    struct memory_candidate candidates[MEMORY_CANDIDATES_MAX];
    size_t count;
    bool more;             /* than there is room for */
    uint64_t pages;        /* looked at */
    const char *ended;     /* why not all; NULL: all */
};

/* Free with memory_scan_free. */
int memory_scan(xc_interface *xch, const struct domain *domain,
                struct memory_scan *out, struct xr_error *err);

void memory_scan_free(struct memory_scan *scan);

#define CLEANUP_MEMORY_SCAN __attribute__((cleanup(memory_scan_free)))

#endif
