/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The stub: what LD_PRELOAD puts into a toolstack and all its children.
 *
 * It needs libc only and does nothing until one of the doors is used; hotplug
 * scripts and QEMU, which inherit it, never get that far.  The first call
 * finds the real function and loads the core that was built for the
 * libxenguest of this very process.  Without a core everything stays stock.
 *
 * Linked with an anonymous version script: under a named version node the
 * symbols would be bypassed by the real, versioned ones.
 */
#include "config.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hook/doors.h"

#define EXPORT __attribute__((visibility("default")))

static const char libxenguest[] = "libxenguest.so.";
static const char libxenlight[] = "libxenlight.so.";

enum { PATH_ROOM = 4096 };

struct loaded {
    const char *library; /* how its file's name begins */
    char path[PATH_ROOM];
};

/* dl_iterate_phdr callback: stops at the library and copies its path. */
static int is_library(struct dl_phdr_info *info, size_t size, void *data)
{
    struct loaded *loaded = data;
    const char *slash = strrchr(info->dlpi_name, '/');
    const char *base = slash ? slash + 1 : info->dlpi_name;

    (void)size;
    if (strncmp(base, loaded->library, strlen(loaded->library))
        || strlen(info->dlpi_name) >= PATH_ROOM)
        return 0;
    strcpy(loaded->path, info->dlpi_name);
    return 1;
}

/* Has this process loaded loaded->library?  Then its path is set. */
static bool find_library(struct loaded *loaded)
{
    return dl_iterate_phdr(is_library, loaded);
}

/* The function behind the door; a library loaded RTLD_LOCAL is found, too. */
static void *find_real(const char *library, const char *name)
{
    void *real = dlsym(RTLD_NEXT, name);
    struct loaded loaded = { .library = library };
    void *handle;

    if (real || !find_library(&loaded))
        return real;
    handle = dlopen(loaded.path, RTLD_LAZY | RTLD_NOLOAD);
    return handle ? dlsym(handle, name) : NULL;
}

/* "4.17" out of ".../libxenguest.so.4.17" (or 4.17.0); false if unclear. */
static bool xen_release(char *out, size_t room)
{
    struct loaded loaded = { .library = libxenguest };
    unsigned int major, minor;

    if (!find_library(&loaded)
        || sscanf(strstr(loaded.path, libxenguest) + strlen(libxenguest),
                  "%u.%u", &major, &minor) != 2)
        return false;
    return snprintf(out, room, "%u.%u", major, minor) < (int)room;
}

/*
 * Where the core for this release lies: beside the stub, in a folder named
 * for the release; XR_CORE overrides it, for an uninstalled tree.
 */
static bool core_path(char *out, size_t room)
{
    const char *named = secure_getenv("XR_CORE");
    const char *slash;
    char release[16];
    Dl_info self;
    int n;

    if (named && *named) {
        n = snprintf(out, room, "%s", named);
        return n < (int)room;
    }
    if (!xen_release(release, sizeof(release))
        || !dladdr(libxenguest, &self) || !self.dli_fname)
        return false;
    slash = strrchr(self.dli_fname, '/');
    n = snprintf(out, room, "%.*s%s/" HOOK_CORE_FILE,
                 slash ? (int)(slash - self.dli_fname + 1) : 0,
                 self.dli_fname, release);
    return n < (int)room;
}

/* Once in the life of the process. */
static void warn(const char *what, const char *detail)
{
    static bool warned;

    if (!__atomic_exchange_n(&warned, true, __ATOMIC_RELAXED))
        dprintf(STDERR_FILENO, "xen-resumable: warning: %s: %s; "
                "going on without the plugin\n", what, detail);
}

static const struct hook_table *load_core(void)
{
    const struct hook_table *(*entry)(void);
    const struct hook_table *table;
    char path[PATH_ROOM];
    void *handle;

    if (!core_path(path, sizeof(path))) {
        warn("no core", "the release of libxenguest is not to be told");
        return NULL;
    }
    handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        warn("no core for this Xen", dlerror());
        return NULL;
    }
    *(void **)&entry = dlsym(handle, HOOK_CORE_SYMBOL);
    table = entry ? entry() : NULL;
    if (!table || table->abi != HOOK_ABI) {
        warn("core of another version", path);
        dlclose(handle);
        return NULL;
    }
    return table;
}

/*
 * The core's table, or NULL.  Two threads may race to load it: both find the
 * same object, so the race is harmless and needs no lock of libpthread's.
 */
static const struct hook_table *core(void)
{
    static const struct hook_table *table;
    static bool tried;
    int saved = errno;

    if (!__atomic_load_n(&tried, __ATOMIC_ACQUIRE)) {
        __atomic_store_n(&table, load_core(), __ATOMIC_RELAXED);
        __atomic_store_n(&tried, true, __ATOMIC_RELEASE);
    }
    errno = saved;
    return __atomic_load_n(&table, __ATOMIC_RELAXED);
}

/*
 * Declares real, the function behind the door: found once, for each finding
 * of a library that was loaded RTLD_LOCAL holds a reference to it.
 */
#define FIND(door, library, name)                           \
    static void *found;                                     \
    door *real;                                             \
    if (!__atomic_load_n(&found, __ATOMIC_ACQUIRE))         \
        __atomic_store_n(&found, find_real(library, #name), \
                         __ATOMIC_RELEASE);                 \
    *(void **)&real = __atomic_load_n(&found, __ATOMIC_ACQUIRE);

/* The same, and the door fails where there is nothing behind it. */
#define REAL(door, library, name)                           \
    FIND(door, library, name)                               \
    if (!real) {                                            \
        errno = ENOSYS;                                     \
        return -1;                                          \
    }

EXPORT int xc_dom_boot_image(struct xc_dom_image *dom);
EXPORT int xc_domain_save(struct xc_interface_core *xch, int io_fd,
                          uint32_t dom, uint32_t flags,
                          struct save_callbacks *callbacks,
                          unsigned int stream_type, int recv_fd);
EXPORT int xc_domain_restore(struct xc_interface_core *xch, int io_fd,
                             uint32_t dom, unsigned int store_evtchn,
                             unsigned long *store_mfn, uint32_t store_domid,
                             unsigned int console_evtchn,
                             unsigned long *console_mfn,
                             uint32_t console_domid, unsigned int stream_type,
                             struct restore_callbacks *callbacks,
                             int send_back_fd);
EXPORT int xc_domain_resume(struct xc_interface_core *xch, uint32_t domid,
                            int fast);
EXPORT int libxl_domain_suspend(struct libxl__ctx *ctx, uint32_t domid, int fd,
                                int flags,
                                const struct libxl_asyncop_how *how);
EXPORT int libxl_evenable_domain_death(struct libxl__ctx *ctx, uint32_t domid,
                                       uint64_t user,
                                       struct libxl__evgen_domain_death **out);
EXPORT void libxl_evdisable_domain_death(
    struct libxl__ctx *ctx, struct libxl__evgen_domain_death *evgen);
EXPORT int libxl_event_wait(struct libxl__ctx *ctx, struct libxl_event **out,
                            uint64_t types, event_predicate *wanted,
                            void *user);
EXPORT int libxl_event_check(struct libxl__ctx *ctx, struct libxl_event **out,
                             uint64_t types, event_predicate *wanted,
                             void *user);

int xc_dom_boot_image(struct xc_dom_image *dom)
{
    REAL(door_build, libxenguest, xc_dom_boot_image)
    return core() ? core()->build(real, dom) : real(dom);
}

int xc_domain_save(struct xc_interface_core *xch, int io_fd, uint32_t dom,
                   uint32_t flags, struct save_callbacks *callbacks,
                   unsigned int stream_type, int recv_fd)
{
    REAL(door_save, libxenguest, xc_domain_save)
    return core() ? core()->save(real, xch, io_fd, dom, flags, callbacks,
                                 stream_type, recv_fd)
                  : real(xch, io_fd, dom, flags, callbacks, stream_type,
                         recv_fd);
}

int xc_domain_restore(struct xc_interface_core *xch, int io_fd, uint32_t dom,
                      unsigned int store_evtchn, unsigned long *store_mfn,
                      uint32_t store_domid, unsigned int console_evtchn,
                      unsigned long *console_mfn, uint32_t console_domid,
                      unsigned int stream_type,
                      struct restore_callbacks *callbacks, int send_back_fd)
{
    REAL(door_restore, libxenguest, xc_domain_restore)
    return core() ? core()->restore(real, xch, io_fd, dom, store_evtchn,
                                    store_mfn, store_domid, console_evtchn,
                                    console_mfn, console_domid, stream_type,
                                    callbacks, send_back_fd)
                  : real(xch, io_fd, dom, store_evtchn, store_mfn,
                         store_domid, console_evtchn, console_mfn,
                         console_domid, stream_type, callbacks,
                         send_back_fd);
}

int xc_domain_resume(struct xc_interface_core *xch, uint32_t domid, int fast)
{
    REAL(door_resume, libxenguest, xc_domain_resume)
    return core() ? core()->resume(real, xch, domid, fast)
                  : real(xch, domid, fast);
}

static libxl_resume_function *real_domain_resume(void)
{
    FIND(libxl_resume_function, libxenlight, libxl_domain_resume)
    return real;
}

static door_death_enable *real_death_enable(void)
{
    FIND(door_death_enable, libxenlight, libxl_evenable_domain_death)
    return real;
}

static door_death_disable *real_death_disable(void)
{
    FIND(door_death_disable, libxenlight, libxl_evdisable_domain_death)
    return real;
}

static libxl_event_free_function *real_event_free(void)
{
    FIND(libxl_event_free_function, libxenlight, libxl_event_free)
    return real;
}

static struct libxl_functions libxl_functions(void)
{
    return (struct libxl_functions){
        .domain_resume = real_domain_resume(),
        .death_enable = real_death_enable(),
        .death_disable = real_death_disable(),
        .event_free = real_event_free(),
    };
}

int libxl_domain_suspend(struct libxl__ctx *ctx, uint32_t domid, int fd,
                         int flags, const struct libxl_asyncop_how *how)
{
    const struct libxl_functions libxl = libxl_functions();
    REAL(door_suspend, libxenlight, libxl_domain_suspend)

    return core() ? core()->suspend(real, &libxl, ctx, domid, fd, flags, how)
                  : real(ctx, domid, fd, flags, how);
}

int libxl_evenable_domain_death(struct libxl__ctx *ctx, uint32_t domid,
                                uint64_t user,
                                struct libxl__evgen_domain_death **out)
{
    door_death_enable *real = real_death_enable();

    if (!real) {
        errno = ENOSYS;
        return -1;
    }
    return core() && core()->death_enable
               ? core()->death_enable(real, ctx, domid, user, out)
               : real(ctx, domid, user, out);
}

void libxl_evdisable_domain_death(struct libxl__ctx *ctx,
                                  struct libxl__evgen_domain_death *evgen)
{
    door_death_disable *real = real_death_disable();

    if (real && core() && core()->death_disable)
        core()->death_disable(real, ctx, evgen);
    else if (real)
        real(ctx, evgen);
}

/* Of both doors to an event. */
static int event(door_event *real, struct libxl__ctx *ctx,
                 struct libxl_event **out, uint64_t types,
                 event_predicate *wanted, void *user)
{
    const struct libxl_functions libxl = libxl_functions();

    if (!libxl.death_enable || !libxl.death_disable || !libxl.event_free
        || !core() || !core()->event)
        return real(ctx, out, types, wanted, user);
    return core()->event(real, &libxl, ctx, out, types, wanted, user);
}

int libxl_event_wait(struct libxl__ctx *ctx, struct libxl_event **out,
                     uint64_t types, event_predicate *wanted, void *user)
{
    REAL(door_event, libxenlight, libxl_event_wait)
    return event(real, ctx, out, types, wanted, user);
}

int libxl_event_check(struct libxl__ctx *ctx, struct libxl_event **out,
                      uint64_t types, event_predicate *wanted, void *user)
{
    REAL(door_event, libxenlight, libxl_event_check)
    return event(real, ctx, out, types, wanted, user);
}
