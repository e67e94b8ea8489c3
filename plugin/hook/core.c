/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The core's side of the doors: what the stub finds in it.
 *
 * Each core_NAME() has the prototype that NAME has in the headers of this
 * core's Xen release, for the stub jumps there with the caller's arguments; a
 * static assertion below holds the two together.  It hands the real function
 * to the hook, which unit tests call with another one.
 */
#include "config.h"

#include <stdbool.h>

#include "hook/behind.h"
#include "hook/build.h"
#include "hook/callbacks.h"
#include "hook/deaths.h"
#include "hook/doors.h"
#include "hook/operations.h"
#include "hook/restore.h"
#include "hook/resume.h"
#include "hook/save.h"
#include "hook/suspend.h"
#include "hook/watcher.h"

/* The same in every call of the entry. */
static const struct hook_stub *stub;

/* The function that stands behind a door, and any other one of libxl's. */
#define BEHIND(name) ((__typeof__(&name))stub->behind(HOOK_##name))
#define LIBXL(name) ((__typeof__(&name))stub->libxl(#name))

static int core_xc_dom_boot_image(struct xc_dom_image *dom)
{
    return hook_build(BEHIND(xc_dom_boot_image), dom);
}

static int core_xc_domain_save(xc_interface *xch, int io_fd, uint32_t dom,
                               uint32_t flags,
                               struct save_callbacks *callbacks,
                               xc_stream_type_t stream_type, int recv_fd)
{
    return hook_save(BEHIND(xc_domain_save), xch, io_fd, dom, flags, callbacks,
                     stream_type, recv_fd);
}

struct restore_arguments {
    xc_interface *xch;
    uint32_t dom;
    unsigned int store_evtchn;
    unsigned long *store_mfn;
    uint32_t store_domid;
    unsigned int console_evtchn;
    unsigned long *console_mfn;
    uint32_t console_domid;
    xc_stream_type_t stream_type;
    struct restore_callbacks *callbacks;
    int send_back_fd;
    unsigned int memflags;
};

/* Xen 4.22 has an argument more. */
#ifdef HAVE_RESTORE_MEMFLAGS
#define WITH_MEMFLAGS(argument) , argument
#define MEMFLAGS memflags
#else
#define WITH_MEMFLAGS(argument)
#define MEMFLAGS 0
#endif

static int restore_from(int io_fd, void *data)
{
    const struct restore_arguments *a = data;

    return BEHIND(xc_domain_restore)(
        a->xch, io_fd, a->dom, a->store_evtchn, a->store_mfn, a->store_domid,
        a->console_evtchn, a->console_mfn, a->console_domid, a->stream_type,
        a->callbacks, a->send_back_fd WITH_MEMFLAGS(a->memflags));
}

static int core_xc_domain_restore(
    xc_interface *xch, int io_fd, uint32_t dom, unsigned int store_evtchn,
    unsigned long *store_mfn, uint32_t store_domid,
    unsigned int console_evtchn, unsigned long *console_mfn,
    uint32_t console_domid, xc_stream_type_t stream_type,
    struct restore_callbacks *callbacks,
    int send_back_fd WITH_MEMFLAGS(unsigned int memflags))
{
    struct restore_arguments arguments = {
        xch, dom, store_evtchn, store_mfn, store_domid, console_evtchn,
        console_mfn, console_domid, stream_type, callbacks, send_back_fd,
        MEMFLAGS,
    };

    return hook_restore(restore_from, &arguments, io_fd, dom, stream_type);
}

static int core_xc_domain_resume(xc_interface *xch, uint32_t domid, int fast)
{
    return hook_resume(BEHIND(xc_domain_resume), xch, domid, fast);
}

static struct libxl_functions libxl_functions(void)
{
    return (struct libxl_functions){
        .domain_resume = BEHIND(libxl_domain_resume),
        .death_enable = BEHIND(libxl_evenable_domain_death),
        .death_disable = BEHIND(libxl_evdisable_domain_death),
        .event_free = LIBXL(libxl_event_free),
    };
}

static int core_libxl_domain_suspend(libxl_ctx *ctx, uint32_t domid, int fd,
                                     int flags,
                                     const libxl_asyncop_how *how)
{
    const struct libxl_functions libxl = libxl_functions();

    return hook_suspend(BEHIND(libxl_domain_suspend), &libxl, ctx, domid, fd,
                        flags, how);
}

static int core_libxl_domain_suspend_only(libxl_ctx *ctx, uint32_t domid,
                                          const libxl_asyncop_how *how)
{
    return hook_suspend_only(BEHIND(libxl_domain_suspend_only), ctx, domid,
                             how);
}

static int core_libxl_domain_remus_start(libxl_ctx *ctx,
                                         libxl_domain_remus_info *info,
                                         uint32_t domid, int send_fd,
                                         int recv_fd,
                                         const libxl_asyncop_how *how)
{
    return hook_remus_start(BEHIND(libxl_domain_remus_start), ctx, info,
                            domid, send_fd, recv_fd, how);
}

static int core_libxl_domain_resume(libxl_ctx *ctx, uint32_t domid,
                                    int suspend_cancel,
                                    const libxl_asyncop_how *how)
{
    return hook_domain_resume(BEHIND(libxl_domain_resume), ctx, domid,
                              suspend_cancel, how);
}

static int core_libxl_domain_destroy(libxl_ctx *ctx, uint32_t domid,
                                     const libxl_asyncop_how *how)
{
    return hook_destroy(BEHIND(libxl_domain_destroy), ctx, domid, how);
}

/* Only of the two kinds of programs that are to hear of more than libxl says. */
static int core_libxl_evenable_domain_death(libxl_ctx *ctx, uint32_t domid,
                                            libxl_ev_user user,
                                            libxl_evgen_domain_death **out)
{
    door_death_enable *real = BEHIND(libxl_evenable_domain_death);

    return callbacks_hear(ctx) || watcher_leaves_too_early()
               ? hook_death_enable(real, ctx, domid, user, out)
               : real(ctx, domid, user, out);
}

static void core_libxl_evdisable_domain_death(libxl_ctx *ctx,
                                              libxl_evgen_domain_death *evgen)
{
    hook_death_disable(BEHIND(libxl_evdisable_domain_death), ctx, evgen);
}

/* Of both doors to an event. */
static int event(door_event *real, libxl_ctx *ctx, libxl_event **out,
                 uint64_t types, libxl_event_predicate *wanted, void *user)
{
    const struct libxl_functions libxl = libxl_functions();

    if (!libxl.death_enable || !libxl.death_disable || !libxl.event_free)
        return real(ctx, out, types, wanted, user);
    return hook_event(real, &libxl, ctx, out, types, wanted, user);
}

static int core_libxl_event_wait(libxl_ctx *ctx, libxl_event **out,
                                 uint64_t types, libxl_event_predicate *wanted,
                                 void *user)
{
    return event(BEHIND(libxl_event_wait), ctx, out, types, wanted, user);
}

static int core_libxl_event_check(libxl_ctx *ctx, libxl_event **out,
                                  uint64_t types,
                                  libxl_event_predicate *wanted, void *user)
{
    return event(BEHIND(libxl_event_check), ctx, out, types, wanted, user);
}

static void core_libxl_event_register_callbacks(libxl_ctx *ctx,
                                                const libxl_event_hooks *hooks,
                                                void *user)
{
    const struct libxl_functions libxl = libxl_functions();

    hook_register_callbacks(BEHIND(libxl_event_register_callbacks), &libxl,
                            ctx, hooks, user);
}

/* A door of which any of this does not hold does not compile. */
#define DOOR_FITS(name, library)                                              \
    _Static_assert(__builtin_types_compatible_p(__typeof__(core_##name),      \
                                                __typeof__(name)),            \
                   "core_" #name " has not the prototype of " #name);
HOOK_DOORS(DOOR_FITS)

static bool leads_to_core(enum hook_door door)
{
    switch (door) {
    case HOOK_libxl_event_wait:
    case HOOK_libxl_event_check:
        return watcher_leaves_too_early();
    default:
        return true;
    }
}

static hook_function *core_door(enum hook_door door)
{
#define DOOR_FUNCTION(name, library)                                          \
    [HOOK_##name] = (hook_function *)core_##name,
    static hook_function *const functions[HOOK_DOOR_COUNT] = {
        HOOK_DOORS(DOOR_FUNCTION)
    };

    return leads_to_core(door) ? functions[door] : NULL;
}

__attribute__((visibility("default")))
const struct hook_core *xen_resumable_core(const struct hook_stub *given)
{
    static const struct hook_core core = {
        .abi = HOOK_ABI,
        .count = HOOK_DOOR_COUNT,
        .door = core_door,
    };

    __atomic_store_n(&stub, given, __ATOMIC_RELEASE);
    return &core;
}
