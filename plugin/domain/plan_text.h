/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A plan of disks, and who is to carry it out, as the stages' page has it: the
 * record's keys, and with them what the record does not say:
 *
 *   plan.dir, .lvm-size, .limit, .required     struct disk_drivers
 *   plan.xvda.qemu, plan.xvda.bytes            struct planned_disk
 */
#ifndef DOMAIN_PLAN_TEXT_H
#define DOMAIN_PLAN_TEXT_H

#include "domain/disk_plan.h"
#include "format/keylist.h"
#include "util/buffer.h"
#include "util/error.h"

/* drivers: NULL: nobody is to be asked.  -E2BIG as disk_plan_to_keys(). */
int plan_text_print(const struct disk_plan *plan,
                    const struct disk_drivers *drivers, struct buffer *out,
                    struct xr_error *err);

struct plan_text {
    struct keylist record;       /* what the record says of the disks */
    struct disk_plan plan;       /* without folders and reasons */
    struct disk_drivers drivers; /* of what the text has; texts are the list's */
    struct keylist rest;
};

/* *out is to be freed. */
int plan_text_parse(const char *text, size_t n, struct plan_text *out,
                    struct xr_error *err);

void plan_text_free(struct plan_text *text);

#define CLEANUP_PLAN_TEXT __attribute__((cleanup(plan_text_free)))

#endif
