/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The doors of libxenguest and libxenlight that the plugin stands in, and the
 * contract between the stub (preload.c, libc only) and the core (core.c, built
 * for one Xen release).  No Xen header here: the stub is the same for every
 * release.
 *
 * The prototypes are those of xenguest.h, xenctrl.h, libxl.h and libxl_event.h,
 * unchanged from Xen 4.14 to 4.20; xc_stream_type_t, an enum, is unsigned int
 * to the ABI.
 */
#ifndef HOOK_DOORS_H
#define HOOK_DOORS_H

#include <stdint.h>

struct xc_dom_image;
struct xc_interface_core;
struct save_callbacks;
struct restore_callbacks;
struct libxl__ctx;
struct libxl_asyncop_how;
struct libxl_event;
struct libxl__evgen_domain_death;

/* In the toolstack: a domain's kernel is loaded and the vCPUs are set up. */
typedef int door_build(struct xc_dom_image *dom);

/* In libxl-save-helper: the libxc stream, from its image header to END. */
typedef int door_save(struct xc_interface_core *xch, int io_fd, uint32_t dom,
                      uint32_t flags, struct save_callbacks *callbacks,
                      unsigned int stream_type, int recv_fd);
typedef int door_restore(struct xc_interface_core *xch, int io_fd,
                         uint32_t dom, unsigned int store_evtchn,
                         unsigned long *store_mfn, uint32_t store_domid,
                         unsigned int console_evtchn,
                         unsigned long *console_mfn, uint32_t console_domid,
                         unsigned int stream_type,
                         struct restore_callbacks *callbacks,
                         int send_back_fd);

/* In the toolstack: every resume of every kind. */
typedef int door_resume(struct xc_interface_core *xch, uint32_t domid,
                        int fast);

/* In the toolstack: a save or a migration as a whole, without its resume. */
typedef int door_suspend(struct libxl__ctx *ctx, uint32_t domid, int fd,
                         int flags, const struct libxl_asyncop_how *how);

/*
 * In xl's watcher: a domain's SHUTDOWN and DEATH events, and the wait for any
 * event, or the look for one.
 */
typedef int door_death_enable(struct libxl__ctx *ctx, uint32_t domid,
                              uint64_t user,
                              struct libxl__evgen_domain_death **out);
typedef void door_death_disable(struct libxl__ctx *ctx,
                                struct libxl__evgen_domain_death *evgen);
typedef int event_predicate(const struct libxl_event *event, void *user);
typedef int door_event(struct libxl__ctx *ctx, struct libxl_event **out,
                       uint64_t types, event_predicate *wanted, void *user);

typedef void libxl_event_free_function(struct libxl__ctx *ctx,
                                       struct libxl_event *event);

typedef int libxl_resume_function(struct libxl__ctx *ctx, uint32_t domid,
                                  int suspend_cancel,
                                  const struct libxl_asyncop_how *how);

/*
 * What the core calls in libxl, against which it is not linked: it is also
 * loaded into libxl-save-helper, which has none.  NULL for what is not found.
 */
struct libxl_functions {
    libxl_resume_function *domain_resume;
    door_death_enable *death_enable;
    door_death_disable *death_disable;
    libxl_event_free_function *event_free;
};

/*
 * The core's side of each door: the same arguments, and first the function
 * that stands behind the door.
 */
struct hook_table {
    uint32_t abi; /* HOOK_ABI */
    int (*build)(door_build *real, struct xc_dom_image *dom);
    int (*save)(door_save *real, struct xc_interface_core *xch, int io_fd,
                uint32_t dom, uint32_t flags,
                struct save_callbacks *callbacks, unsigned int stream_type,
                int recv_fd);
    int (*restore)(door_restore *real, struct xc_interface_core *xch,
                   int io_fd, uint32_t dom, unsigned int store_evtchn,
                   unsigned long *store_mfn, uint32_t store_domid,
                   unsigned int console_evtchn, unsigned long *console_mfn,
                   uint32_t console_domid, unsigned int stream_type,
                   struct restore_callbacks *callbacks, int send_back_fd);
    int (*resume)(door_resume *real, struct xc_interface_core *xch,
                  uint32_t domid, int fast);
    int (*suspend)(door_suspend *real, const struct libxl_functions *libxl,
                   struct libxl__ctx *ctx, uint32_t domid, int fd, int flags,
                   const struct libxl_asyncop_how *how);

    /* All three, or NULL: this process has nothing to watch for. */
    int (*death_enable)(door_death_enable *real, struct libxl__ctx *ctx,
                        uint32_t domid, uint64_t user,
                        struct libxl__evgen_domain_death **out);
    void (*death_disable)(door_death_disable *real, struct libxl__ctx *ctx,
                          struct libxl__evgen_domain_death *evgen);
    int (*event)(door_event *real, const struct libxl_functions *libxl,
                 struct libxl__ctx *ctx, struct libxl_event **out,
                 uint64_t types, event_predicate *wanted, void *user);
};

/* Raised with every change of struct hook_table; both sides must agree. */
enum { HOOK_ABI = 3 };

/* The one symbol that a core exports, and its name for dlsym. */
const struct hook_table *xen_resumable_core(void);
#define HOOK_CORE_SYMBOL "xen_resumable_core"
#define HOOK_CORE_FILE "xen-resumable-core.so"

#endif
