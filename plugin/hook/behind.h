/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What stands behind the doors, and what else the core calls in libxl: the
 * types are those of the headers of the Xen release that the core is built
 * for, and differ with it.
 */
#ifndef HOOK_BEHIND_H
#define HOOK_BEHIND_H

#include <libxl.h>
#include <libxl_event.h>
#include <xenctrl.h>
#include <xenguest.h>

/* Xen 4.14 installs no header for this one; its prototype is that of 4.15. */
#ifndef HAVE_XC_DOM_IMAGE
struct xc_dom_image;
int xc_dom_boot_image(struct xc_dom_image *dom);
#endif

/* In the toolstack: a domain's kernel is loaded and the vCPUs are set up. */
typedef __typeof__(xc_dom_boot_image) door_build;

/* In libxl-save-helper: the libxc stream, from its image header to END. */
typedef __typeof__(xc_domain_save) door_save;
typedef __typeof__(xc_domain_restore) door_restore;

/* In the toolstack: every resume of every kind. */
typedef __typeof__(xc_domain_resume) door_resume;

/* In the toolstack: a save or a migration as a whole, without its resume. */
typedef __typeof__(libxl_domain_suspend) door_suspend;

/* In the toolstack: what else begins or ends an operation on a domain. */
typedef __typeof__(libxl_domain_suspend_only) door_suspend_only;
typedef __typeof__(libxl_domain_remus_start) door_remus_start;
typedef __typeof__(libxl_domain_destroy) door_destroy;

/*
 * In a toolstack that watches its domains: a domain's SHUTDOWN and DEATH
 * events; the wait for any event, or the look for one; or whom libxl calls.
 */
typedef __typeof__(libxl_evenable_domain_death) door_death_enable;
typedef __typeof__(libxl_evdisable_domain_death) door_death_disable;
typedef __typeof__(libxl_event_wait) door_event;
typedef __typeof__(libxl_event_register_callbacks) door_register_callbacks;

typedef __typeof__(libxl_domain_resume) libxl_resume_function;
typedef __typeof__(libxl_event_free) libxl_event_free_function;

/*
 * What the core calls in libxl: found by the stub, see hook/doors.h.  NULL for
 * what is not found.
 */
struct libxl_functions {
    libxl_resume_function *domain_resume;
    door_death_enable *death_enable;
    door_death_disable *death_disable;
    libxl_event_free_function *event_free;
};

#endif
