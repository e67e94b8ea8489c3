/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which record may follow which, how often, and what must not be missing.
 *
 *   libxc  static data (PV info, CPU policies, their end), P2M frames, pages,
 *          then the state: TSC, shared info, vCPUs of a PV guest; TSC, context
 *          and parameters of an HVM guest; END
 *   libxl  the libxc stream, an HVM guest's emulator records, END
 *
 * Xen's reader bears other orders; every writer from Xen 4.6 on keeps this.
 */
#ifndef FORMAT_ORDER_H
#define FORMAT_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "format/stream.h"

struct order {
    bool hvm;
    uint32_t version;     /* of the libxc stream; 0: not reached */
    int rank[2];          /* of the last record, by layer */
    uint32_t seen[2];     /* bit n: a record of type n, by layer */
};

void order_init(struct order *o);

/* A LIBXC event. */
void order_libxc(struct order *o, bool hvm, uint32_t version);

/* Says what is wrong with a record where it stands, or NULL. */
const char *order_next(struct order *o, enum stream_layer layer,
                       uint32_t type, uint32_t length);

/* The last record was our metadata: static data does not follow it. */
void order_metadata(struct order *o);

/*
 * What a layer's stream lacks at its END; NULL if nothing.  Called again, it
 * names the next.
 */
const char *order_lacks(struct order *o, enum stream_layer layer);

#endif
