/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What verify knows while it walks; verify.c walks, verify_body.c looks into
 * the bodies of libxc's records, with verify_pages.c and verify_cpu.c;
 * verify_libxl.c into those of libxl; verify_seal.c behind the END, with
 * verify_table.c.
 */
#ifndef LIB_VERIFY_STATE_H
#define LIB_VERIFY_STATE_H

#include "format/order.h"
#include "format/pages.h"
#include "lib/verify.h"
#include "lib/walk.h"

/* Where the pages of a PAGE_DATA record stand, right behind its entries. */
struct page_place {
    uint64_t offset;
    uint32_t pages;
    uint32_t entries;
};

struct verify {
    struct walk walk;
    struct order order;
    struct record_finder finder;
    struct pages pages;
    const struct verify_options *options;
    struct verify_result *result;
    struct sealer *sealer;       /* of a pipe */
    struct page_place *places;   /* of a file: all that have pages */
    size_t place_count;
    uint64_t max_vcpus;          /* by the configuration; 0: not said */
    unsigned int width;          /* of a PV guest's words; 0: not said */
    int64_t last_vcpu;           /* -1: none yet */
    uint32_t last_vcpu_record;
    bool later;                  /* written on a Xen that we do not know */
    struct xr_error doubt;       /* why it cannot be judged; code 0: it can */
};

/* Of the last record's body. */
static inline uint32_t verify_length(const struct verify *v)
{
    return v->walk.event.length;
}

static inline struct problems *verify_problems(struct verify *v)
{
    return &v->result->problems;
}

/* Something that we do not know: the image may be sound, and may not be. */
__attribute__((format(printf, 4, 5)))
void verify_doubt(struct verify *v, int code, uint64_t offset,
                  const char *format, ...);

/* A problem at a byte of the last event's body. */
__attribute__((format(printf, 3, 4)))
void verify_blame(struct verify *v, uint32_t at, const char *format, ...);

/* The body of the last record; failures are those of reading. */
int verify_libxc_body(struct verify *v, struct xr_error *err);
int verify_libxl_body(struct verify *v, struct xr_error *err);

/* PAGE_DATA (verify_pages.c). */
int verify_pages(struct verify *v, struct xr_error *err);

/* What comes by a pipe is digested while it passes. */
void verify_tap(struct verify *v, struct sealer *sealer);

/* Behind the last END (verify_seal.c). */
int verify_trailer(struct verify *v, struct xr_error *err);

/* The table of a seal over what was walked through (verify_table.c). */
int verify_table(struct verify *v, const struct seal *seal,
                 struct xr_error *err);

/* Those of the CPUs (verify_cpu.c). */
int verify_cpuid_policy(struct verify *v, struct xr_error *err);
int verify_msr_policy(struct verify *v, struct xr_error *err);
int verify_vcpu(struct verify *v, struct xr_error *err);
int verify_hvm_context(struct verify *v, struct xr_error *err);
int verify_hvm_params(struct verify *v, struct xr_error *err);

/* The first length bytes of a record that has so many; else *out is NULL. */
int verify_head(struct verify *v, uint32_t length, const uint8_t **out,
                struct xr_error *err);

#endif
