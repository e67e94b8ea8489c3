/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who saves a domain right now, with the plugin or without it.
 *
 * Xen does not tell: its log of dirty pages is one per domain, has no owner,
 * and cannot be asked whether it is on without turning it on.  But every
 * toolstack of libxl's saves by a process of its own, libxl-save-helper, whose
 * arguments name the domain.
 */
#ifndef DOMAIN_SAVERS_H
#define DOMAIN_SAVERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct saver {
    pid_t pid;
    char text[128]; /* "a save by xl (pid 123)" */
};

/* Another process than this one that saves the domain. */
bool savers_find(uint32_t domid, struct saver *out);

#endif
