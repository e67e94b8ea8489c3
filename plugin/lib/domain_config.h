/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What we want to know of the configuration in a save image: libxl's JSON or
 * libvirt's XML.  Neither is checked against a schema.
 */
#ifndef LIB_DOMAIN_CONFIG_H
#define LIB_DOMAIN_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/error.h"

enum {
    DOMAIN_CONFIG_DISKS_MAX = 256,
    DOMAIN_CONFIG_VIFS_MAX = 64,
    DOMAIN_CONFIG_PCI_MAX = 64,
};

struct domain_disk {
    char *path;           /* a file or device; never NULL */
    char *dev;            /* "xvda"; NULL: not said */
    char *format;         /* "raw", "qcow2", ...; NULL: not said */
    char *backend;        /* the domain that serves it; NULL: Domain-0 */
    bool written;
    bool shared;          /* others are to write it, too */
};

/* A virtual interface that a bridge is to take. */
struct domain_vif {
    char *bridge;         /* never NULL */
    char *backend;        /* the domain that serves it; NULL: Domain-0 */
};

/* A device of the host's that the domain gets: 0000:03:02.1. */
struct domain_pci {
    uint64_t domain, bus, dev, func;
};

struct domain_config {
    char *name;           /* NULL: not said, as are zeros below */
    char *uuid;
    char *type;           /* "pv", "pvh" or "hvm" */
    uint64_t max_vcpus;
    uint64_t memory_kib;  /* what it begins with */
    struct domain_disk *disks; /* those that name what they are kept in */
    size_t disk_count;
    bool more_disks;      /* than DOMAIN_CONFIG_DISKS_MAX */
    struct domain_vif *vifs;
    size_t vif_count;
    struct domain_pci *pci;
    size_t pci_count;
    bool more_devices;    /* than DOMAIN_CONFIG_VIFS_MAX and _PCI_MAX */
};

/*
 * Reads into *out, to be freed.  Failures are those of lib/flatten.h; a name
 * that stands twice in an object is no JSON, for libxl goes by the first.
 */
int domain_config_from_json(const char *text, size_t n,
                            struct domain_config *out, struct xr_error *err);
int domain_config_from_xml(const char *text, struct domain_config *out,
                           struct xr_error *err);

void domain_config_free(struct domain_config *config);

/* Only for domain_config.c: vifs and PCI devices; -ENOMEM. */
struct values;
int domain_devices_read(const struct values *values, bool xml,
                        struct domain_config *out);

#define CLEANUP_DOMAIN_CONFIG __attribute__((cleanup(domain_config_free)))

#endif
