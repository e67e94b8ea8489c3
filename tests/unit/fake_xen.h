/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A Xen and a xenstored of one domain, for fault paths that the lab cannot
 * reach.  The program defines the functions of libxenctrl and libxenstore that
 * plugin/xen uses; the program's own definitions stand before the libraries'.
 */
#ifndef TESTS_UNIT_FAKE_XEN_H
#define TESTS_UNIT_FAKE_XEN_H

#include <stdbool.h>
#include <stdint.h>

enum { FAKE_DOMID = 7 };
#define FAKE_UUID "ab000000-0000-0000-0000-000000000000"

struct fake_xen {
    bool domain_exists;
    bool hvm;              /* PVH, unless it is emulated, too */
    bool emulated;
    bool shutdown;
    unsigned int shutdown_reason;
    bool paused;
    uint64_t callback_irq;
    uint64_t sleep_state;  /* ACPI's: not 0 if it sleeps */
    uint32_t incarnation;  /* more than 1: restored */
    int version;           /* major << 16 | minor */
    int fail_call;         /* the Nth call (from 1) fails with EIO; 0: none */
    int calls;             /* so far */
    bool log_dirty;        /* is on; asking for it turns it on */
    int open_connections;  /* to xenstored, now */
    int open_interfaces;   /* to Xen, now */
};

extern struct fake_xen fake;

/* A running PV domain on Xen 4.17, an empty xenstore, no fault. */
void fake_reset(void);

/* In the domain's directory. */
void fake_store_set(const char *node, const char *value);
/* Anywhere. */
void fake_store_set_path(const char *path, const char *value);
const char *fake_store_get(const char *node); /* NULL: no such node */
unsigned int fake_store_owner(const char *node); /* UINT_MAX: the same */

#endif
