/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "xen/xlutil.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#define SONAME "libxlutil.so." XEN_RELEASE

/* False if the library has no such function. */
static bool find_symbol(void *library, const char *name, void *pointer_out)
{
    void *function = dlsym(library, name);

    /* ISO C has no conversion between the two kinds of pointer. */
    memcpy(pointer_out, &function, sizeof(function));
    return function;
}

int xlutil_open(struct xlutil *out, struct xr_error *err)
{
    /* No code is unmapped in other people's processes. */
    struct xlutil x = {
        .library = dlopen(SONAME, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE),
    };

    if (!x.library)
        return error_set(err, ENOENT, "%s", dlerror());
    if (find_symbol(x.library, "xlu_cfg_init", &x.cfg_init)
        && find_symbol(x.library, "xlu_cfg_readdata", &x.cfg_readdata)
        && find_symbol(x.library, "xlu_cfg_destroy", &x.cfg_destroy)
        && find_symbol(x.library, "xlu_cfg_get_string", &x.cfg_get_string)
        && find_symbol(x.library, "xlu_cfg_get_long", &x.cfg_get_long)
        && find_symbol(x.library, "xlu_cfg_get_list", &x.cfg_get_list)
        && find_symbol(x.library, "xlu_cfg_get_listitem", &x.cfg_get_listitem)
        && find_symbol(x.library, "xlu_cfg_get_listitem2",
                       &x.cfg_get_listitem2)
        && find_symbol(x.library, "xlu_cfg_value_get_list",
                       &x.cfg_value_get_list)) {
        *out = x;
        return 0;
    }
    dlclose(x.library);
    return error_set(err, ENOSYS, SONAME " lacks a function");
}

void xlutil_close(struct xlutil *xlutil)
{
    if (xlutil->library)
        dlclose(xlutil->library);
    xlutil->library = NULL;
}
