/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "util/fault.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* All that take part in a checkpoint share it. */
struct shared {
    _Atomic unsigned long steps;
    _Atomic int pids[FAULT_ROLES];
};

static struct shared *fault_page(void)
{
    static struct shared *memory;
    const char *fd = secure_getenv("XR_FAULT_FD");
    void *mapped;

    if (memory || !fd || !secure_getenv("XR_FAULT"))
        return memory;
    mapped = mmap(NULL, sizeof(*memory), PROT_READ | PROT_WRITE, MAP_SHARED,
                  atoi(fd), 0);
    memory = mapped == MAP_FAILED ? NULL : mapped;
    return memory;
}

void fault_begin(void)
{
    static bool begun;
    char text[16];
    int fd;

    if (begun || !secure_getenv("XR_FAULT"))
        return;
    begun = true;
    fd = memfd_create("xen-resumable faults", 0);
    if (fd < 0 || ftruncate(fd, sizeof(struct shared)))
        return;
    snprintf(text, sizeof(text), "%d", fd);
    setenv("XR_FAULT_FD", text, 1);
}

void fault_role(enum fault_role role)
{
    struct shared *s = fault_page();

    if (s)
        atomic_store(&s->pids[role], getpid());
}

/* False if it is not a kill that is wanted. */
static bool kill_instead(struct shared *s, unsigned long step,
                         const char *name)
{
    static const char *const roles[FAULT_ROLES] = {
        [FAULT_CHECKPOINT] = "checkpoint",
        [FAULT_GUARDIAN] = "guardian",
        [FAULT_HELPER] = "helper",
        [FAULT_ROLLBACK] = "rollback",
        [FAULT_RESTORE] = "restore",
    };
    const char *wanted = secure_getenv("XR_FAULT_KILL");
    int pid, i;

    if (!wanted)
        return false;
    for (i = 0; i < FAULT_ROLES; i++) {
        if (strcmp(roles[i], wanted))
            continue;
        pid = atomic_load(&s->pids[i]);
        dprintf(STDERR_FILENO, "xen-resumable: kill %lu on purpose, %s: %s\n",
                step, pid ? wanted : "nobody", name);
        if (pid)
            kill(pid, SIGKILL);
    }
    return true;
}

int fault_step(const char *name, struct xr_error *err)
{
    const char *wanted = secure_getenv("XR_FAULT");
    const char *code = secure_getenv("XR_FAULT_CODE");
    struct shared *s = wanted ? fault_page() : NULL;
    unsigned long step;

    if (!s)
        return 0;
    step = atomic_fetch_add(&s->steps, 1) + 1;
    if ((step != strtoul(wanted, NULL, 10) && strcmp(wanted, name))
        || kill_instead(s, step, name))
        return 0;
    dprintf(STDERR_FILENO, "xen-resumable: fault %lu on purpose: %s\n", step,
            name);
    return error_set(err, code ? atoi(code) : EIO, "a fault on purpose");
}
