/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/disk_use.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "domain/held_disks.h"
#include "domain/loop.h"
#include "util/cleanup.h"

/* Is it one of that domain's disks, or in between? */
static bool domain_has(const struct held_disks *held, uint32_t domid,
                       const struct storage *storage)
{
    size_t i, k;

    for (i = 0; i < held->count; i++)
        for (k = 0; held->items[i].domid == domid
                    && k < held->items[i].parts.count; k++)
            if (layers_have(&held->items[i].parts.items[k].layers, storage))
                return true;
    return false;
}

static bool domain_has_path(const struct held_disks *held, uint32_t domid,
                            const char *path)
{
    struct storage storage;
    struct stat st;

    return domid && !stat(path, &st) && storage_of(&st, &storage)
           && domain_has(held, domid, &storage);
}

/* What is not here, or not ours, the pre-flight says by itself. */
static int ask_disk(const struct held_disks *held,
                    const struct domain_disk *disk, struct preflight_disk *out,
                    struct xr_error *err)
{
    CLEANUP_DISK_PARTS struct disk_parts parts = { .shared = disk->shared };
    const struct held_disk *holder;
    int r;

    if (disk->backend || *disk->path != '/')
        return 0;
    r = disk_parts_add_path(&parts, NULL, disk->path, disk->format,
                            disk->written, err);
    if (r == -ENOMEM || r == -E2BIG)
        return r;
    out->incomplete = r || parts.unknown;
    holder = held_disks_clash(held, &parts);
    out->use = holder ? PREFLIGHT_TAKEN : PREFLIGHT_FREE;
    if (holder)
        held_disk_describe(holder, out->holder);
    return 0;
}

int disk_use_ask(const struct connection *connection,
                 const struct domain_config *config, uint32_t except,
                 struct preflight_disk **out, struct xr_error *err)
{
    CLEANUP_HELD_DISKS struct held_disks held = { 0 };
    CLEANUP_FREE struct preflight_disk *answers =
        calloc(config->disk_count + 1, sizeof(*answers));
    size_t i;
    int r;

    if (!answers)
        return error_set(err, ENOMEM, "out of memory");
    r = held_disks_find(connection->xch, connection->store, NULL, &held, err);
    for (i = 0; !r && i < config->disk_count; i++)
        answers[i].is_guests = domain_has_path(&held, except,
                                               config->disks[i].path);
    if (!r && except)
        held_disks_leave_out(&held, except);
    for (i = 0; !r && i < config->disk_count; i++)
        r = ask_disk(&held, &config->disks[i], &answers[i], err);
    if (!r)
        *out = STEAL(answers);
    return r;
}

int disk_use_refuse(const struct connection *connection,
                    const struct domain_config *config, struct xr_error *err)
{
    CLEANUP_FREE struct preflight_disk *answers = NULL;
    size_t i;
    int r = disk_use_ask(connection, config, 0, &answers, err);

    for (i = 0; !r && answers && i < config->disk_count; i++)
        if (answers[i].use == PREFLIGHT_TAKEN)
            r = error_because(err, XR_REASON_DISK_IN_USE, EBUSY, "disk: %.70s "
                              "is in use: it is %.110s, or shares bytes with "
                              "it",
                              config->disks[i].path, answers[i].holder);
    return r;
}

static int busy_with(const char *path, const char *what, struct xr_error *err)
{
    return error_because(err, XR_REASON_DISK_IN_USE, EBUSY, "%.120s is in use "
                         "on this host: %.100s", path, what);
}

/* The kernel gives a device to one user of this kind at a time. */
static int refuse_busy_device(const char *path, struct xr_error *err)
{
    int fd = open(path, O_RDONLY | O_EXCL | O_NONBLOCK | O_CLOEXEC);

    if (fd >= 0)
        close(fd);
    return fd < 0 && errno == EBUSY
           ? busy_with(path, "it is mounted, or another device uses it", err)
           : 0;
}

static bool is_device_of(const char *device, const struct held_disks *held,
                         uint32_t domid)
{
    return held && domain_has_path(held, domid, device);
}

/* But for those that serve that domain; held: NULL: there is none. */
static int refuse_looped_file(const char *path, const struct storage *file,
                              const struct held_disks *held, uint32_t domid,
                              struct xr_error *err)
{
    CLEANUP_DIR DIR *blocks = opendir("/sys/block");
    struct storage behind;
    struct dirent *entry;
    char device[300];

    while (blocks && (entry = readdir(blocks))) {
        if (strncmp(entry->d_name, "loop", 4))
            continue;
        snprintf(device, sizeof(device), "/dev/%s", entry->d_name);
        if (loop_file(device, &behind) && storage_is_same(&behind, file)
            && !is_device_of(device, held, domid))
            return busy_with(path, device, err);
    }
    return 0;
}

static bool has_holder(dev_t device, char *out, size_t room)
{
    CLEANUP_DIR DIR *holders = NULL;
    struct dirent *entry;
    char path[64];

    snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/holders",
             major(device), minor(device));
    holders = opendir(path);
    while (holders && (entry = readdir(holders)))
        if (*entry->d_name != '.') {
            snprintf(out, room, "%s uses it", entry->d_name);
            return true;
        }
    return false;
}

static bool is_mounted(dev_t device)
{
    CLEANUP_FREE char *line = NULL;
    unsigned int high, low;
    bool found = false;
    size_t room = 0;
    FILE *mounts = fopen("/proc/self/mountinfo", "re");

    while (mounts && !found && getline(&line, &room, mounts) >= 0)
        found = sscanf(line, "%*u %*u %u:%u ", &high, &low) == 2
                && high == major(device) && low == minor(device);
    if (mounts)
        fclose(mounts);
    return found;
}

/* Neither is a domain the cause of. */
static int refuse_made_of(const char *path, dev_t device, struct xr_error *err)
{
    char holder[300];

    if (has_holder(device, holder, sizeof(holder)))
        return busy_with(path, holder, err);
    return is_mounted(device) ? busy_with(path, "it is mounted", err) : 0;
}

/* Those whose leases are about this host's programs, and about nothing else. */
static bool knows_its_writers(int fd)
{
    struct statfs fs;

    if (fstatfs(fd, &fs))
        return false;
    switch (fs.f_type) {
    case XFS_SUPER_MAGIC:
    case BTRFS_SUPER_MAGIC:
    case EXT4_SUPER_MAGIC:
    case F2FS_SUPER_MAGIC:
    case TMPFS_MAGIC:
        return true;
    default:
        return false;
    }
}

/*
 * A QEMU that was told to end with its domain writes what it has kept to itself, in
 * its own time.  No lease is given while somebody can write; that it would be broken
 * is told by a signal which nobody hears.
 */
static int refuse_written_file(const char *path, struct xr_error *err)
{
    CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK
                                      | O_NOCTTY);
    bool written;

    if (fd < 0 || !knows_its_writers(fd) || fcntl(fd, F_SETSIG, SIGURG))
        return 0;
    written = fcntl(fd, F_SETLEASE, F_RDLCK) && errno == EAGAIN;
    (void)fcntl(fd, F_SETLEASE, F_UNLCK);
    return written ? busy_with(path, "a program has it open for writing", err)
                   : 0;
}

int disk_use_refuse_busy(const char *path, struct xr_error *err)
{
    struct storage file;
    struct stat st;
    int r;

    if (stat(path, &st) || !storage_of(&st, &file))
        return 0;
    if (file.is_device)
        return refuse_busy_device(path, err);
    r = refuse_looped_file(path, &file, NULL, 0, err);
    return r ? r : refuse_written_file(path, err);
}

/* Also one that only reads it, or shares it. */
static int refuse_held(const struct held_disks *held, const char *path,
                       const char *format, struct xr_error *err)
{
    CLEANUP_DISK_PARTS struct disk_parts parts = { 0 };
    char text[HELD_TEXT_ROOM];
    size_t i;
    int r = disk_parts_add_path(&parts, NULL, path, format, true, err);

    /* What is not there nobody has. */
    if (r == -ENOENT)
        return 0;
    for (i = 0; !r && i < parts.count; i++) {
        const struct held_disk *holder =
            parts.items[i].written
            ? held_disks_hit_by(held, &parts.items[i].layers) : NULL;

        if (!holder)
            continue;
        held_disk_describe(holder, text);
        r = error_because(err, XR_REASON_DISK_IN_USE, EBUSY, "%.70s is in "
                          "use: it is %.110s, or shares bytes with it", path,
                          text);
    }
    return r;
}

int disk_use_refuse_writing(const struct connection *connection,
                            const char *path, const char *format,
                            struct xr_error *err)
{
    CLEANUP_HELD_DISKS struct held_disks held = { 0 };
    int r = held_disks_find(connection->xch, connection->store, NULL, &held,
                            err);

    if (!r)
        r = refuse_held(&held, path, format, err);
    return r ? r : disk_use_refuse_busy(path, err);
}

int disk_use_refuse_others(const struct connection *connection,
                           const char *path, const char *format,
                           uint32_t domid, struct xr_error *err)
{
    CLEANUP_HELD_DISKS struct held_disks held = { 0 };
    struct storage file;
    struct stat st;
    int r = held_disks_find(connection->xch, connection->store, NULL, &held,
                            err);

    if (!r && !stat(path, &st) && storage_of(&st, &file))
        r = file.is_device
            ? refuse_made_of(path, file.device, err)
            : refuse_looped_file(path, &file, &held, domid, err);
    if (r)
        return r;
    /* Domain-0 has disks, too: xl block-attach 0. */
    if (domid)
        held_disks_leave_out(&held, domid);
    return refuse_held(&held, path, format, err);
}
