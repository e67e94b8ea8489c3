/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "util/fault.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static _Atomic unsigned long *count_shared(const char *fd)
{
    void *memory = mmap(NULL, sizeof(_Atomic unsigned long),
                        PROT_READ | PROT_WRITE, MAP_SHARED, atoi(fd), 0);

    return memory == MAP_FAILED ? NULL : memory;
}

void fault_begin(void)
{
    char text[16];
    int fd;

    if (!secure_getenv("XR_FAULT"))
        return;
    fd = memfd_create("xen-resumable faults", 0);
    if (fd < 0 || ftruncate(fd, sizeof(_Atomic unsigned long)))
        return;
    snprintf(text, sizeof(text), "%d", fd);
    setenv("XR_FAULT_FD", text, 1);
}

int fault_step(const char *name, struct xr_error *err)
{
    static _Atomic unsigned long *count;
    const char *wanted = secure_getenv("XR_FAULT");
    const char *fd = secure_getenv("XR_FAULT_FD");
    unsigned long step;

    if (!wanted || !fd)
        return 0;
    if (!count)
        count = count_shared(fd);
    if (!count)
        return 0;
    step = atomic_fetch_add(count, 1) + 1;
    if (step != strtoul(wanted, NULL, 10))
        return 0;
    dprintf(STDERR_FILENO, "xen-resumable: fault %lu on purpose: %s\n", step,
            name);
    return error_set(err, EIO, "a fault on purpose");
}
