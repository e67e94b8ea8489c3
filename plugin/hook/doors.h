/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The doors: the functions of libxenguest and libxenlight that the plugin
 * stands in, and the contract between the stub (libc only, the same for every
 * Xen) and the core (built for one Xen release).
 *
 * No prototype is in here: what a function takes and returns is known to the
 * core alone, from the headers of its release (hook/behind.h).  Read by the
 * assembler, too.
 */
#ifndef HOOK_DOORS_H
#define HOOK_DOORS_H

/*
 * One line makes a door: the function, and the library that has it.  The core
 * then needs a core_NAME() (hook/core.c), or it does not compile.  A door
 * leads to a function that returns an int or nothing.
 */
#define HOOK_DOORS(DOOR)                            \
    DOOR(xc_dom_boot_image, libxenguest)            \
    DOOR(xc_domain_save, libxenguest)               \
    DOOR(xc_domain_restore, libxenguest)            \
    DOOR(xc_domain_resume, libxenguest)             \
    DOOR(libxl_domain_suspend, libxenlight)         \
    DOOR(libxl_domain_suspend_only, libxenlight)    \
    DOOR(libxl_domain_remus_start, libxenlight)     \
    DOOR(libxl_domain_resume, libxenlight)          \
    DOOR(libxl_domain_destroy, libxenlight)         \
    DOOR(libxl_evenable_domain_death, libxenlight)  \
    DOOR(libxl_evdisable_domain_death, libxenlight) \
    DOOR(libxl_event_wait, libxenlight)             \
    DOOR(libxl_event_check, libxenlight)            \
    DOOR(libxl_event_register_callbacks, libxenlight)

#ifndef __ASSEMBLER__

#include <stdint.h>

/* HOOK_xc_dom_boot_image and so on. */
#define HOOK_DOOR_NUMBER(name, library) HOOK_##name,
enum hook_door { HOOK_DOORS(HOOK_DOOR_NUMBER) HOOK_DOOR_COUNT };

/* A function of any prototype: to be cast before it is called. */
typedef void hook_function(void);

/* What the stub does for the core.  It lives as long as the process. */
struct hook_stub {
    /* The function that stands behind the door; NULL: there is none. */
    hook_function *(*behind)(enum hook_door door);

    /*
     * Any other function of libxenlight.  The core is not linked against it:
     * it is also loaded into libxl-save-helper, which has none.  Or NULL.
     */
    hook_function *(*libxl)(const char *name);
};

/* What the core gives to the stub.  It lives as long as the process. */
struct hook_core {
    uint32_t abi;   /* HOOK_ABI */
    uint32_t count; /* HOOK_DOOR_COUNT */

    /*
     * Where the door leads: to a function of just the prototype of the one
     * behind it, or NULL: straight to that.  Asked before the first call.
     */
    hook_function *(*door)(enum hook_door door);
};

/* Raised with every change of the above; both sides must agree. */
enum { HOOK_ABI = 4 };

/* The one symbol that a core exports, and its name for dlsym. */
typedef const struct hook_core *hook_core_entry(const struct hook_stub *stub);
hook_core_entry xen_resumable_core;
#define HOOK_CORE_SYMBOL "xen_resumable_core"
#define HOOK_CORE_FILE "xen-resumable-core.so"

#endif
#endif
