/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Of a device all is read from sysfs: who opens one may have to wait for it, or
 * change what it is (a tray closes, a path is tried).
 */
#include "config.h"

#include "domain/disk_facts.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "domain/stat_within.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "util/number.h"

enum {
    SECTOR = 512,
    NS_PER_SECOND = 1000000000,
    LITTLE_PATIENCE_MS = 100,
};

/* A file of a device's folder of sysfs without its newline. */
static bool read_attribute(dev_t device, const char *name, char *out,
                           size_t room)
{
    CLEANUP_CLOSE int fd = -1;
    char path[128];
    ssize_t n;

    snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/%s", major(device),
             minor(device), name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    n = fd < 0 ? -1 : read_full(fd, out, room - 1);
    if (n < 0)
        return false;
    out[n] = '\0';
    out[strcspn(out, "\n")] = '\0';
    return true;
}

static bool is_plain(const char *text)
{
    for (; *text; text++)
        if (*text <= 0x20 || *text >= 0x7f)
            return false;
    return true;
}

/*
 * Device-mapper's uuid, which for LVM is the group's and the volume's; or the
 * name that a disk has given itself.
 */
static void read_device_id(dev_t device, char out[DISK_ID_ROOM])
{
    char text[DISK_ID_ROOM];
    int n = 0;

    *out = '\0';
    if (read_attribute(device, "dm/uuid", text, sizeof(text)) && *text)
        n = !strncmp(text, "LVM-", 4)
            ? snprintf(out, DISK_ID_ROOM, "lvm:%s", text + 4)
            : snprintf(out, DISK_ID_ROOM, "dm:%s", text);
    else if (read_attribute(device, "wwid", text, sizeof(text))
             || read_attribute(device, "device/wwid", text, sizeof(text)))
        n = snprintf(out, DISK_ID_ROOM, "wwid:%s", text);
    if (n >= DISK_ID_ROOM || !is_plain(out))
        *out = '\0';
}

static int read_device(const char *path, dev_t device, struct disk_facts *out,
                       struct xr_error *err)
{
    uint64_t sectors;
    char text[32];

    if (!read_attribute(device, "size", text, sizeof(text))
        || !number_parse(text, &sectors) || sectors > UINT64_MAX / SECTOR)
        return error_set(err, EIO, "cannot determine the size of %s", path);
    *out = (struct disk_facts){ .is_device = true, .size = sectors * SECTOR };
    read_device_id(device, out->id);
    return 0;
}

/* failure: an errno, if there is nothing to be told. */
static int tell_facts(const char *path, int failure, const struct stat *st,
                      struct disk_facts *out, struct xr_error *err)
{
    if (failure)
        return error_system(err, failure == ENOTDIR ? ENOENT : failure, "%s",
                            path);
    if (S_ISBLK(st->st_mode))
        return read_device(path, st->st_rdev, out, err);
    if (!S_ISREG(st->st_mode))
        return error_set(err, EINVAL, "%s is neither a file nor a block "
                         "device", path);
    *out = (struct disk_facts){
        .size = (uint64_t)st->st_size,
        .mtime = st->st_mtim,
    };
    snprintf(out->id, sizeof(out->id), "inode:%ju", (uintmax_t)st->st_ino);
    return 0;
}

int disk_facts_read(const char *path, struct disk_facts *out,
                    struct xr_error *err)
{
    struct stat st;
    int failure = stat(path, &st) ? errno : 0;

    return tell_facts(path, failure, &st, out, err);
}

int disk_facts_read_within(const char *path, unsigned int *ms,
                           struct disk_facts *out, struct xr_error *err)
{
    struct stat st;
    int r = stat_within(path, *ms, &st);

    if (r != -ETIMEDOUT)
        return tell_facts(path, -r, &st, out, err);
    if (*ms > LITTLE_PATIENCE_MS)
        *ms = LITTLE_PATIENCE_MS;
    return error_set(err, ETIMEDOUT, "%s: its server does not answer", path);
}

static bool has_time(const struct disk_facts *f)
{
    return f->mtime.tv_sec || f->mtime.tv_nsec;
}

enum disk_likeness disk_facts_compare(const struct disk_facts *then,
                                      const struct disk_facts *now,
                                      const char **why)
{
    *why = NULL;
    if (then->is_device != now->is_device)
        *why = then->is_device ? "it was a device" : "it was a file";
    else if (then->size != now->size)
        *why = "it has another size";
    else if (then->is_device && *then->id && *now->id
             && strcmp(then->id, now->id))
        *why = "it is another device";
    else if (!then->is_device && has_time(then)
             && (then->mtime.tv_sec != now->mtime.tv_sec
                 || then->mtime.tv_nsec != now->mtime.tv_nsec))
        *why = "it has been written to since";
    if (*why)
        return DISK_CHANGED;
    return then->is_device || !has_time(then) ? DISK_NOT_TOLD : DISK_SAME;
}

/* Of times that nobody's clock has, the last that has four digits. */
void disk_time_print(const struct timespec *time, char out[DISK_TIME_SIZE])
{
    static const char last[] = "9999-12-31T23:59:59.999999999Z";
    char text[64];
    struct tm tm;

    if (!gmtime_r(&time->tv_sec, &tm) || tm.tm_year < -1900
        || tm.tm_year > 9999 - 1900 || time->tv_nsec < 0
        || time->tv_nsec >= NS_PER_SECOND) {
        memcpy(out, last, sizeof(last));
        return;
    }
    snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d.%09ldZ",
             tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
             tm.tm_min, tm.tm_sec, time->tv_nsec);
    memcpy(out, text, DISK_TIME_SIZE);
}

/* What is printed the same is it. */
bool disk_time_parse(const char *text, struct timespec *out)
{
    struct timespec time = { 0 };
    char again[DISK_TIME_SIZE];
    struct tm tm = { 0 };

    if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d.%9ldZ", &tm.tm_year, &tm.tm_mon,
               &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec,
               &time.tv_nsec) != 7)
        return false;
    tm.tm_year -= 1900;
    tm.tm_mon--;
    time.tv_sec = timegm(&tm);
    disk_time_print(&time, again);
    if (strcmp(text, again))
        return false;
    *out = time;
    return true;
}
