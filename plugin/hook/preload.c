/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The stub: what LD_PRELOAD puts into a toolstack and all its children.
 *
 * It needs libc only and does nothing until one of the doors (doors.S) is used;
 * hotplug scripts and QEMU, which inherit it, never get that far.  The first
 * call finds the real function and loads the core that was built for the
 * libxenguest of this very process.  From then on the door leads to the core's
 * function, or straight to the real one: without a core everything stays
 * stock, whatever the function takes and returns.
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
#include "hook/warn.h"

/* Of doors.S. */
extern hook_function *door_targets[HOOK_DOOR_COUNT];
hook_function *door_first_call(enum hook_door door);

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

/*
 * A function of a library; one that was loaded RTLD_LOCAL is found, too.  That
 * library then stays: a door may lead into it for good.
 */
static hook_function *find_function(const char *library, const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    struct loaded loaded = { .library = library };
    hook_function *function;
    void *handle;

    if (!found && find_library(&loaded)) {
        handle = dlopen(loaded.path,
                        RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
        found = handle ? dlsym(handle, name) : NULL;
    }
    *(void **)&function = found;
    return function;
}

static hook_function *function_behind(enum hook_door door)
{
    static hook_function *found[HOOK_DOOR_COUNT];
#define DOOR(name, library) [HOOK_##name] = { library, #name },
    static const struct {
        const char *library, *name;
    } doors[HOOK_DOOR_COUNT] = { HOOK_DOORS(DOOR) };
#undef DOOR
    hook_function *real = __atomic_load_n(&found[door], __ATOMIC_ACQUIRE);

    if (!real) {
        real = find_function(doors[door].library, doors[door].name);
        __atomic_store_n(&found[door], real, __ATOMIC_RELEASE);
    }
    return real;
}

static hook_function *find_in_libxl(const char *name)
{
    return find_function(libxenlight, name);
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
static void warn_once(const char *what, const char *detail)
{
    static bool warned;

    if (!__atomic_load_n(&warned, __ATOMIC_RELAXED)
        && stub_warn("%s: %s; going on without the plugin", what, detail))
        __atomic_store_n(&warned, true, __ATOMIC_RELAXED);
}

static const struct hook_core *load_core(void)
{
    static const struct hook_stub stub
        = { .behind = function_behind, .libxl = find_in_libxl };
    const struct hook_core *core;
    hook_core_entry *entry;
    char path[PATH_ROOM];
    void *handle;

    if (!core_path(path, sizeof(path))) {
        warn_once("no core", "cannot determine the release of libxenguest");
        return NULL;
    }
    handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        warn_once("no core for this Xen", dlerror());
        return NULL;
    }
    *(void **)&entry = dlsym(handle, HOOK_CORE_SYMBOL);
    core = entry ? entry(&stub) : NULL;
    if (!core || core->abi != HOOK_ABI || core->count != HOOK_DOOR_COUNT) {
        warn_once("core of another version", path);
        dlclose(handle);
        return NULL;
    }
    return core;
}

static hook_function *leads_on(enum hook_door door)
{
    (void)door;
    return NULL;
}

/*
 * The core; without one, a core that lets all doors lead on.  Two threads may
 * race to load it.  The first one's answer holds for all doors, for some belong
 * together; no lock of libpthread's is needed for that.
 */
static const struct hook_core *chosen_core(void)
{
    static const struct hook_core none = { .door = leads_on };
    static const struct hook_core *chosen;
    const struct hook_core *was = __atomic_load_n(&chosen, __ATOMIC_ACQUIRE);
    const struct hook_core *loaded;

    if (was)
        return was;
    loaded = load_core();
    if (!loaded)
        loaded = &none;
    return __atomic_compare_exchange_n(&chosen, &was, loaded, false,
                                       __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)
        ? loaded : was;
}

/*
 * Where a door leads that has nothing behind it.  To a caller of an int, for
 * libxl's functions this is ERROR_NONSPECIFIC; to one of nothing, only errno.
 */
static int fail_as_missing(void)
{
    errno = ENOSYS;
    return -1;
}

/*
 * Where the call that is waiting in doors.S is to go on; later calls go there
 * by themselves.  What is not there may be loaded later: it is looked for anew.
 */
hook_function *door_first_call(enum hook_door door)
{
    int saved = errno;
    hook_function *real = function_behind(door), *target;

    if (!real)
        return (hook_function *)fail_as_missing;
    target = chosen_core()->door(door);
    if (!target)
        target = real;
    __atomic_store_n(&door_targets[door], target, __ATOMIC_RELEASE);
    errno = saved;
    return target;
}
