/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A core that calls future_core in its entry, where a door waits for it; then
 * it is none.
 */
#include "config.h"

#include <dlfcn.h>
#include <stddef.h>

#include "hook/doors.h"

__attribute__((visibility("default")))
const struct hook_core *xen_resumable_core(const struct hook_stub *stub)
{
    hook_function **call = (hook_function **)dlsym(RTLD_DEFAULT,
                                                   "future_core");

    (void)stub;
    if (call && *call)
        (*call)();
    return NULL;
}
