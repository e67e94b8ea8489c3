/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "util/io.h"

#include <errno.h>
#include <unistd.h>

ssize_t read_full(int fd, void *out, size_t n)
{
    size_t done = 0;
    ssize_t r;

    while (done < n) {
        r = read(fd, (char *)out + done, n - done);
        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0)
            return -errno;
        if (r == 0)
            break;
        done += (size_t)r;
    }
    return (ssize_t)done;
}

ssize_t pread_full(int fd, void *out, size_t n, off_t offset)
{
    size_t done = 0;
    ssize_t r;

    while (done < n) {
        r = pread(fd, (char *)out + done, n - done, offset + (off_t)done);
        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0)
            return -errno;
        if (r == 0)
            break;
        done += (size_t)r;
    }
    return (ssize_t)done;
}

int write_full(int fd, const void *bytes, size_t n, size_t *written_out)
{
    size_t done = 0;
    int rc = 0;
    ssize_t r;

    while (done < n) {
        r = write(fd, (const char *)bytes + done, n - done);
        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0) {
            rc = -errno;
            break;
        }
        done += (size_t)r;
    }
    if (written_out)
        *written_out = done;
    return rc;
}

int pwrite_full(int fd, const void *bytes, size_t n, off_t offset)
{
    size_t done = 0;
    ssize_t r;

    while (done < n) {
        r = pwrite(fd, (const char *)bytes + done, n - done,
                   offset + (off_t)done);
        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0)
            return -errno;
        done += (size_t)r;
    }
    return 0;
}
