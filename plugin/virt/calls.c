/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "virt/calls.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

static int find_call(void *library, const char *name, void *place,
                     struct xr_error *err)
{
    void *symbol = dlsym(library, name);

    if (!symbol)
        return error_because(err, XR_REASON_NO_LIBVIRT, ENOPKG, "libvirt's "
                             "library has no %s", name);
    memcpy(place, &symbol, sizeof(symbol));
    return 0;
}

int virt_calls_load(const char *soname, struct virt_calls *out,
                    struct xr_error *err)
{
    void *library = dlopen(soname, RTLD_NOW | RTLD_LOCAL);
    struct virt_calls calls;
    int r = 0;

    if (!library)
        return error_because(err, XR_REASON_NO_LIBVIRT, ENOPKG, "libvirt's "
                             "library cannot be loaded: %.160s", dlerror());
#define FIND_CALL(name) \
    if (!r)             \
        r = find_call(library, #name, &calls.name, err);
    VIRT_CALLS(FIND_CALL)
#undef FIND_CALL
    if (r)
        dlclose(library);
    else
        *out = calls;
    return r;
}
