/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "util/cleanup.h"
#include "util/io.h"

/* Stays in a core's cache between being read and being digested. */
enum { STEP = 256 << 10 };

int digest_file(int fd, uint64_t start, uint64_t length,
                const struct listener *listener, struct seal *out,
                struct xr_error *err)
{
    CLEANUP_SEALER struct sealer *sealer = sealer_new();
    CLEANUP_FREE uint8_t *bytes = malloc(STEP);
    uint64_t done = 0;
    int r = 0;

    if (!sealer || !bytes)
        return error_set(err, ENOMEM, "out of memory");
    (void)posix_fadvise(fd, (off_t)start, (off_t)length,
                        POSIX_FADV_SEQUENTIAL);
    while (!r && done < length) {
        size_t n = length - done < STEP ? (size_t)(length - done) : STEP;
        ssize_t got = pread_full(fd, bytes, n, (off_t)(start + done));

        if (got < 0)
            return error_system(err, (int)-got, "cannot read");
        if ((size_t)got < n)
            return error_at(err, ENODATA, done + (uint64_t)got,
                            "the input ends early");
        sealer_update(sealer, bytes, n);
        done += n;
        r = listener_progress(listener, done, length, err);
    }
    if (!r)
        sealer_finish(sealer, out);
    return r;
}
