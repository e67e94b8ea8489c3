/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "kernel/loader.h"

#include <stdlib.h>
#include <string.h>

#include "util/cleanup.h"

enum {
    SCAN_MAX = 16 << 20,
    CHUNK = 256 << 10,
    MARK_MAX = 32,
};

struct loader {
    const char *mark;  /* shorter than MARK_MAX */
    const char *name;
};

static const char *find_mark(const char *bytes, size_t n,
                             const struct loader *loaders, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        if (memmem(bytes, n, loaders[i].mark, strlen(loaders[i].mark)))
            return loaders[i].name;
    return NULL;
}

/* Chunks overlap by MARK_MAX, since a mark may stand across a border. */
static const char *look_for(struct source *elf, const struct loader *loaders,
                            size_t count)
{
    CLEANUP_FREE char *bytes = malloc(CHUNK + MARK_MAX);
    const char *name = NULL;
    uint64_t offset = 0;
    ssize_t got = CHUNK;

    if (!bytes)
        return NULL;
    memset(bytes, 0, MARK_MAX);
    while (!name && got == CHUNK && offset < SCAN_MAX) {
        got = source_read_at(elf, offset, bytes + MARK_MAX, CHUNK, NULL);
        if (got < 0)
            return NULL;
        name = find_mark(bytes, MARK_MAX + (size_t)got, loaders, count);
        memmove(bytes, bytes + got, MARK_MAX);
        offset += (size_t)got;
    }
    return name;
}

/* Xen 4.14 to 4.20: messages.  GRUB 2.06 to 2.14: a name in every module. */
const char *loader_recognise(struct source *elf)
{
    static const struct loader loaders[] = {
        { "*** HVMLoader assertion", "hvmloader" },
        { "grub_mod_init", "GRUB" },
        { "used by shim > shim_nrpages", "Xen (PV shim)" },
    };

    return look_for(elf, loaders, sizeof(loaders) / sizeof(loaders[0]));
}

/* GRUB 0.97's title, the last line of which Xen's stubdom/grub prints. */
const char *loader_recognise_pv_grub(struct source *elf)
{
    static const struct loader loaders[] = {
        { "GNU GRUB  version", "pv-grub" },
    };

    return look_for(elf, loaders, 1);
}
