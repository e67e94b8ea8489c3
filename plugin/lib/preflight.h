/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Would this image restore on a host like that?  The host comes as plain
 * facts (the layer xen has them), so that no Xen is needed to ask.
 */
#ifndef LIB_PREFLIGHT_H
#define LIB_PREFLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/domain_config.h"
#include "lib/save_image.h"
#include "util/reason.h"
#include "verdict/verdict.h"

enum preflight_use {
    PREFLIGHT_NOT_ASKED, /* or it could not be told */
    PREFLIGHT_FREE,
    PREFLIGHT_TAKEN,
};

enum { PREFLIGHT_HOLDER_ROOM = 160 };

/* What this host knows of one of the image's disks. */
struct preflight_disk {
    enum preflight_use use;
    bool incomplete;           /* there is more of it than could be found */
    char holder[PREFLIGHT_HOLDER_ROOM]; /* "xvda of web (domain 7)" */
};

struct preflight_host {
    int xen_major, xen_minor;
    bool pv, hvm;             /* which guests it runs */
    uint64_t total_mib, free_mib;
    enum preflight_use name, uuid; /* of the image's domain */
    enum verdict_answer cpu;  /* does it offer the CPU that the guest had? */
    const char *cpu_reason;   /* NULL: none */
    const struct preflight_disk *disks; /* one for each of the configuration's;
                                         * NULL: not asked */
};

/* One for each disk, interface and device, and what is asked of every image. */
enum {
    PREFLIGHT_FINDINGS_MAX = DOMAIN_CONFIG_DISKS_MAX + DOMAIN_CONFIG_VIFS_MAX
                             + DOMAIN_CONFIG_PCI_MAX + 16,
};

struct preflight_finding {
    const char *what;         /* "image", "xen", "bridge", "pci", ... */
    enum verdict_answer says;
    enum xr_reason reason;    /* of a no; NONE where there is no code for it */
    char detail[240];
};

struct preflight {
    /* Any no, else any unknown, else yes; also of findings not kept. */
    enum verdict_answer answer;
    struct preflight_finding findings[PREFLIGHT_FINDINGS_MAX];
    size_t count;
};

void preflight_init(struct preflight *p);

/* Is the image itself whole?  Of a pipe only its head is here. */
void preflight_image(struct preflight *p, const struct save_image *image,
                     int fd);

/* For lib/preflight.c and preflight_devices.c; NULL if there is no room. */
__attribute__((format(printf, 4, 5)))
struct preflight_finding *preflight_add(struct preflight *p, const char *what,
                                        enum verdict_answer says,
                                        const char *detail, ...);

/* Bridges and PCI devices. */
void preflight_devices(struct preflight *p,
                       const struct domain_config *config);

/* Image against host; config may be NULL: none could be read. */
void preflight_host(struct preflight *p, const struct save_image *image,
                    const struct domain_config *config,
                    const struct preflight_host *host);

#endif
