/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Would an image restore on this host?  Nothing is created or changed to find
 * out.
 */
#ifndef ENGINE_PREFLIGHT_H
#define ENGINE_PREFLIGHT_H

#include "engine/disk_state.h"
#include "engine/events.h"
#include "lib/domain_config.h"
#include "lib/preflight.h"
#include "lib/save_image.h"

/*
 * Failures are those of lib/flatten.h, or -ENOENT: there is none that is read.
 * *out is to be freed all the same.
 */
int preflight_read_config(const struct save_image *image,
                          struct domain_config *out, struct xr_error *err);

/* What is to be by the time of the restore. */
struct preflight_wish {
    struct disk_state_wish disks;
    uint32_t except;   /* a domain that will have gone, with all that it has; 0:
                        * none */
};

/*
 * Asks this host, and its toolstack.  config: of the domain that it would be;
 * NULL: not known.  wish may be NULL: none.
 */
int preflight_ask(int fd, const struct save_image *image,
                  const struct domain_config *config,
                  const struct preflight_wish *wish, struct preflight *out,
                  struct xr_error *err);

/*
 * Of an image of libvirt's: is there a virsh, which restores it, does libvirtd
 * answer, and has it a managed save of the domain?  config may be NULL.
 */
void preflight_ask_toolstack(const struct save_image *image,
                             const struct domain_config *config,
                             struct preflight *out);

/* -ENOENT: there is no virsh here, which restores libvirt's images. */
int preflight_find_virsh(struct xr_error *err);

/* Both, of the image that begins where fd stands; says what fails. */
int preflight_image_here(int fd, const char *path, const struct events *events,
                         struct preflight *out, struct xr_error *err);

#endif
