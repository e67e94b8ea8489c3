/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Is a save image sound?  Everything that Xen's own reader looks at before it
 * acts on it, the order and completeness that every writer keeps, the metadata
 * record, and the seal.
 */
#ifndef LIB_VERIFY_H
#define LIB_VERIFY_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "format/container.h"
#include "format/seal.h"
#include "lib/listener.h"
#include "lib/problems.h"
#include "util/error.h"

enum seal_state {
    SEAL_ABSENT,
    SEAL_MATCH,
    SEAL_MISMATCH,
    SEAL_NOT_CHECKED, /* there is one, but nobody asked, or it cannot be */
};

struct verify_options {
    bool structure;   /* neither the lists of pages nor the digest */
    bool offset_stays; /* others may use the open file: holes are read, too */
    const struct listener *listener; /* may be NULL; stops with -ECANCELED */
};

struct verify_result {
    enum container container;
    uint32_t domain_type;    /* 0: not reached */
    uint32_t xen_major;
    uint32_t xen_minor;
    bool ok;                 /* complete, and no problem */
    bool complete;           /* up to the last END */
    uint64_t bytes;          /* of the image, without the seal */
    uint64_t records;
    uint64_t pages;          /* with data; those of each run count */
    uint64_t pages_covered;  /* numbers, as far as the first run came */
    uint64_t pages_expected; /* of a PV guest; 0: not known */
    unsigned int vcpus;
    bool metadata;           /* a sound record */
    enum seal_state seal;
    struct seal sealed;      /* as it stands there, of SEAL_MATCH */
    struct problems problems;
};

/*
 * Reads from where fd stands, a file by hops or a pipe once.  There are three
 * answers.  0: whatever is wrong with the image is in *out, which is always to
 * be freed.  -ENOTSUP or -E2BIG: it cannot be judged, for its format or
 * version is not known, or it goes beyond our own limits, and nothing else is
 * wrong with it (verify_cannot_judge()).  Any other failure: it is no save
 * image (-ENOEXEC), or could not be read.
 */
int verify_image(int fd, const struct verify_options *options,
                 struct verify_result *out, struct xr_error *err);

void verify_result_free(struct verify_result *result);

#define CLEANUP_VERIFY __attribute__((cleanup(verify_result_free)))

/* "x86 PV" or "x86 HVM"; NULL if the stream was not reached. */
const char *verify_result_type(const struct verify_result *result);

/* Is it that verify_image() or seal_image() cannot judge an image? */
static inline bool verify_cannot_judge(int r)
{
    return r == -ENOTSUP || r == -E2BIG;
}

/* "match", "mismatch", "absent" or "not checked". */
const char *seal_state_name(enum seal_state state);

#endif
