/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "domain/layers.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "domain/loop.h"
#include "util/cleanup.h"
#include "util/io.h"

enum {
    LAYERS_MAX = 1024,
    TEXT_ROOM = 4096,
};

struct search {
    const char *sys;
    struct layers *found;
    struct xr_error *err;
};

/* A device's own folder of sysfs, open; -1. */
static int open_device(const struct search *s, dev_t device)
{
    char path[TEXT_ROOM];
    int n = snprintf(path, sizeof(path), "%s/dev/block/%u:%u", s->sys,
                     major(device), minor(device));

    return n > 0 && (size_t)n < sizeof(path)
           ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
}

/* A file of sysfs without its newline; false if there is none. */
static bool read_sysfs_text(int folder, const char *path, char text[TEXT_ROOM])
{
    CLEANUP_CLOSE int fd = openat(folder, path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read_full(fd, text, TEXT_ROOM - 1);

    if (n < 0)
        return false;
    text[n] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return true;
}

static int add_layer(struct search *s, const struct storage *storage,
                     bool by_file_system)
{
    struct layers *found = s->found;
    struct layer *grown;

    if (layers_have(found, storage))
        return 0;
    if (found->count == LAYERS_MAX)
        return error_set(s->err, E2BIG, "more than %d devices lie under one "
                         "another", LAYERS_MAX);
    grown = reallocarray(found->items, found->count + 1, sizeof(*grown));
    if (!grown)
        return error_set(s->err, ENOMEM, "out of memory");
    found->items = grown;
    grown[found->count++] = (struct layer){ *storage, by_file_system };
    return 0;
}

/* PATH has "MAJOR:MINOR"; nothing if it is not there. */
static int add_device(struct search *s, int folder, const char *path,
                      bool by_file_system)
{
    struct storage device;
    unsigned int high, low;
    char text[TEXT_ROOM];

    if (!read_sysfs_text(folder, path, text)
        || sscanf(text, "%u:%u", &high, &low) != 2)
        return 0;
    device = storage_of_device(makedev(high, low));
    return add_layer(s, &device, by_file_system);
}

static int add_slaves(struct search *s, int folder, bool by_file_system)
{
    int fd = openat(folder, "slaves", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CLEANUP_DIR DIR *slaves = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;
    int r = 0;

    if (fd >= 0 && !slaves)
        close(fd);
    while (!r && slaves && (entry = readdir(slaves))) {
        char path[TEXT_ROOM];

        if (*entry->d_name == '.')
            continue;
        snprintf(path, sizeof(path), "slaves/%s/dev", entry->d_name);
        r = add_device(s, folder, path, by_file_system);
    }
    return r;
}

/* The last word of DEVNAME= in a device's uevent: "loop0". */
static bool read_name(int folder, char name[TEXT_ROOM])
{
    static const char key[] = "DEVNAME=";
    CLEANUP_CLOSE int fd = openat(folder, "uevent", O_RDONLY | O_CLOEXEC);
    char text[TEXT_ROOM], *at;
    ssize_t n = fd < 0 ? -1 : read_full(fd, text, sizeof(text) - 1);

    if (n < 0)
        return false;
    text[n] = '\0';
    at = strstr(text, key);
    if (!at)
        return false;
    at += sizeof(key) - 1;
    at[strcspn(at, "\n")] = '\0';
    snprintf(name, TEXT_ROOM, "%s", at);
    return true;
}

/* Is that still a node of this device, and which file is behind it? */
static bool ask_driver(int folder, dev_t device, struct storage *out)
{
    char name[TEXT_ROOM], path[TEXT_ROOM + 8];
    struct stat st;

    if (!read_name(folder, name))
        return false;
    snprintf(path, sizeof(path), "/dev/%s", name);
    return !stat(path, &st) && S_ISBLK(st.st_mode) && st.st_rdev == device
           && loop_file(path, out);
}

static int add_loop_file(struct search *s, int folder, dev_t device,
                         bool by_file_system)
{
    struct storage file;
    char path[TEXT_ROOM];
    struct stat st;

    if (!read_sysfs_text(folder, "loop/backing_file", path))
        return 0;
    if (ask_driver(folder, device, &file)
        || (!stat(path, &st) && storage_of(&st, &file)))
        return add_layer(s, &file, by_file_system);
    return 0;
}

static int add_under_device(struct search *s, dev_t device,
                            bool by_file_system)
{
    CLEANUP_CLOSE int folder = open_device(s, device);
    int r = 0;

    if (folder < 0)
        return 0;
    if (!faccessat(folder, "partition", F_OK, 0))
        r = add_device(s, folder, "../dev", by_file_system);
    if (!r)
        r = add_slaves(s, folder, by_file_system);
    return r ? r : add_loop_file(s, folder, device, by_file_system);
}

/* File systems without a device of their own have a number of major 0. */
static int add_under(struct search *s, const struct layer *layer)
{
    struct storage device = storage_of_device(layer->storage.device);

    if (layer->storage.is_device)
        return add_under_device(s, layer->storage.device,
                                layer->by_file_system);
    return major(device.device) ? add_layer(s, &device, true) : 0;
}

int layers_find(const char *sys, const struct storage *top, struct layers *out,
                struct xr_error *err)
{
    CLEANUP_LAYERS struct layers found = { 0 };
    struct search s = { sys ? sys : "/sys", &found, err };
    size_t i;
    int r = add_layer(&s, top, false);

    for (i = 0; !r && i < found.count; i++) {
        const struct layer layer = found.items[i];

        r = add_under(&s, &layer);
    }
    if (r)
        return r;
    *out = found;
    found = (struct layers){ 0 };
    return 0;
}

const struct layer *layers_have(const struct layers *layers,
                                const struct storage *storage)
{
    size_t i;

    for (i = 0; i < layers->count; i++)
        if (storage_is_same(&layers->items[i].storage, storage))
            return &layers->items[i];
    return NULL;
}

void layers_free(struct layers *layers)
{
    int saved = errno;

    free(layers->items);
    *layers = (struct layers){ 0 };
    errno = saved;
}
