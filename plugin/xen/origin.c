/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "xen/origin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/io.h"

/* Where libxl of every distribution keeps its user data. */
#ifndef XEN_LIB_DIR
#define XEN_LIB_DIR "/var/lib/xen"
#endif

enum { CONFIG_MAX = 1 << 20, USERDATA_PATH = 160 };

static void userdata_path(const struct domain *domain, const char *what,
                          char out[USERDATA_PATH])
{
    snprintf(out, USERDATA_PATH, XEN_LIB_DIR "/userdata-d.%u.%s.%s",
             domain->domid, domain->uuid, what);
}

bool origin_is_libvirts(const struct domain *domain)
{
    char path[USERDATA_PATH];

    userdata_path(domain, "libvirt-xml", path);
    return !access(path, F_OK);
}

static int check_owner(int fd, size_t *size_out, struct xr_error *err)
{
    struct stat st;

    if (fstat(fd, &st))
        return error_system(err, errno, "libxl's configuration");
    if (!S_ISREG(st.st_mode) || (st.st_uid && st.st_uid != geteuid())
        || st.st_mode & (S_IWGRP | S_IWOTH))
        return error_set(err, EPERM,
                         "libxl's configuration can be written by others");
    if (st.st_size > CONFIG_MAX)
        return error_set(err, E2BIG, "libxl's configuration is too long");
    *size_out = (size_t)st.st_size;
    return 0;
}

/* libxl replaces the file by a rename: what is open is whole. */
static int read_config(const struct domain *domain, struct buffer *out,
                       struct xr_error *err)
{
    CLEANUP_FREE char *bytes = NULL;
    CLEANUP_CLOSE int fd = -1;
    char path[USERDATA_PATH];
    size_t size = 0;
    ssize_t got;
    int r;

    userdata_path(domain, "libxl-json", path);
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return error_system(err, errno, "libxl's configuration");
    r = check_owner(fd, &size, err);
    if (r)
        return r;
    bytes = malloc(size + 1);
    if (!bytes)
        return error_set(err, ENOMEM, "out of memory");
    got = read_full(fd, bytes, size);
    if (got < 0)
        return error_system(err, (int)-got, "libxl's configuration");
    buffer_append(out, bytes, (size_t)got);
    return buffer_failed(out) ? error_set(err, ENOMEM, "out of memory") : 0;
}

/* /vm/UUID/start_time, "SECONDS.HUNDREDTHS", which no guest can write. */
static int read_start(struct store *store, const struct domain *domain,
                      int64_t *out, struct xr_error *err)
{
    CLEANUP_FREE char *start = NULL;
    char path[64], *end = NULL;
    long long seconds = 0;

    snprintf(path, sizeof(path), "/vm/%s/start_time", domain->uuid);
    start = store_read(store, path);
    if (start && *start >= '0' && *start <= '9') {
        errno = 0;
        seconds = strtoll(start, &end, 10);
    }
    if (!end || errno || (*end && *end != '.'))
        return error_set(err, ENODATA,
                         "the time when the domain was built is not recorded");
    *out = seconds;
    return 0;
}

/*
 * Xen counts how often a domain's clock has been taken over from another one:
 * 1 is a domain that was built, each restore and each migration adds one.
 */
static int read_incarnation(xc_interface *xch, const struct domain *domain,
                            bool *restored_out, struct xr_error *err)
{
    uint32_t mode, khz, incarnation;
    uint64_t elapsed;

    if (xc_domain_get_tsc_info(xch, domain->domid, &mode, &elapsed, &khz,
                               &incarnation))
        return error_system(err, errno,
                            "cannot ask Xen whether the domain was restored");
    *restored_out = incarnation > 1;
    return 0;
}

int origin_read(xc_interface *xch, struct store *store,
                const struct domain *domain, struct origin *out,
                struct xr_error *err)
{
    CLEANUP_ORIGIN struct origin origin = { .started = 0 };
    int r;

    r = read_config(domain, &origin.config, err);
    if (!r)
        r = read_incarnation(xch, domain, &origin.restored, err);
    /* What it was built from then is nobody's business any more. */
    if (!r && !origin.restored)
        r = read_start(store, domain, &origin.started, err);
    if (r)
        return r;
    *out = origin;
    origin = (struct origin){ .started = 0 };
    return 0;
}

void origin_free(struct origin *origin)
{
    buffer_free(&origin->config);
    *origin = (struct origin){ .started = 0 };
}
