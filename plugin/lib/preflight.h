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

/* Is it as the image's record says that it was? */
enum preflight_disk_state {
    PREFLIGHT_DISK_UNSAID,   /* the record does not say what it was like */
    PREFLIGHT_DISK_SAME,
    PREFLIGHT_DISK_NOT_TOLD, /* it is the same one; who has written to it? */
    PREFLIGHT_DISK_CHANGED,
    PREFLIGHT_DISK_PUT_BACK, /* whatever it is: its copy is put back before */
    PREFLIGHT_DISK_MADE,     /* it is not there yet: a copy's contents go into it */
};

enum { PREFLIGHT_WHY_ROOM = 80 };

/* What this host knows of one of the image's disks. */
struct preflight_disk {
    enum preflight_use use;
    bool incomplete;           /* there is more of it than could be found */
    char holder[PREFLIGHT_HOLDER_ROOM]; /* "xvda of web (domain 7)" */
    enum preflight_disk_state state;
    char why[PREFLIGHT_WHY_ROOM]; /* of CHANGED: what differs */
    bool has_copy;             /* which could be put back */
    bool as_it_is;             /* that it has changed is nothing against it */
    bool is_guests;            /* the domain that will have gone has it */
    bool is_other;             /* of CHANGED: its copy was made of another one, and
                                * is not put back over this one */
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
    bool is_warning;          /* of others: who restores is to be told */
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

/* For lib/preflight*.c; NULL if there is no room. */
__attribute__((format(printf, 4, 5)))
struct preflight_finding *preflight_add(struct preflight *p, const char *what,
                                        enum verdict_answer says,
                                        const char *detail, ...);

/* One of the configuration's disks; here may be NULL: nothing was asked. */
void preflight_disk(struct preflight *p, const struct domain_disk *disk,
                    const struct preflight_disk *here);

/* Bridges and PCI devices. */
void preflight_devices(struct preflight *p,
                       const struct domain_config *config);

/* Image against host; config may be NULL: none could be read. */
void preflight_host(struct preflight *p, const struct save_image *image,
                    const struct domain_config *config,
                    const struct preflight_host *host);

#endif
