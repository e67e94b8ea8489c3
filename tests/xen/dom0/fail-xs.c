/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Preloaded behind the stub: lets xenstored's answers fail, for the plugin's
 * core only.  xl and libxl, in the same process, go on getting theirs: what
 * a scenario then sees is what the plugin does about it.
 *
 * XS_FAIL: "open", "read" or "write".
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct xs_handle;
typedef uint32_t xs_transaction_t;

static const char *object_of(const void *address)
{
    Dl_info info;

    return dladdr(address, &info) && info.dli_fname ? info.dli_fname : "";
}

static bool fails(const char *what, const char *caller)
{
    const char *failing = getenv("XS_FAIL");

    return failing && !strcmp(failing, what)
           && strstr(caller, "xen-resumable-core");
}

/* The core's libxenstore may be visible to the core only. */
static void *find_real(const char *name, const char *caller)
{
    void *real = dlsym(RTLD_NEXT, name);
    void *handle;

    if (real)
        return real;
    handle = dlopen(caller, RTLD_LAZY | RTLD_NOLOAD);
    return handle ? dlsym(handle, name) : NULL;
}

#define FAILING(what, type, name, parameters, arguments)                  \
    __attribute__((visibility("default"))) type name parameters;          \
    type name parameters                                                  \
    {                                                                     \
        const char *caller = object_of(__builtin_return_address(0));      \
        type (*real) parameters;                                          \
                                                                          \
        *(void **)&real = find_real(#name, caller);                       \
        if (!real || fails(what, caller)) {                               \
            errno = EIO;                                                  \
            return 0;                                                     \
        }                                                                 \
        return real arguments;                                            \
    }

FAILING("open", struct xs_handle *, xs_open, (unsigned long flags), (flags))
FAILING("read", char **, xs_directory,
        (struct xs_handle *h, xs_transaction_t t, const char *path,
         unsigned int *count), (h, t, path, count))
FAILING("read", void *, xs_read,
        (struct xs_handle *h, xs_transaction_t t, const char *path,
         unsigned int *length), (h, t, path, length))
FAILING("write", xs_transaction_t, xs_transaction_start,
        (struct xs_handle *h), (h))
FAILING("write", bool, xs_write,
        (struct xs_handle *h, xs_transaction_t t, const char *path,
         const void *data, unsigned int length), (h, t, path, data, length))
