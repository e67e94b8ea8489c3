/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verify over any bytes: what it says is consistent, costs bounded memory, and
 * is the same whether it reads all or the structure only, up to what the
 * latter does not look at.
 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "lib/verify.h"

static void is_consistent(const struct verify_result *result, size_t n, int r)
{
    must(r <= 0 && r != -ENOMEM);
    must(result->bytes <= n);
    must(!result->ok || (result->complete && !result->problems.found));
    must(!result->ok || result->seal != SEAL_MISMATCH);
    must(result->problems.count <= result->problems.found);
    must(result->problems.count <= PROBLEMS_MAX);
    must(r || result->complete || result->problems.found);
    must(result->pages * 4096 <= n || result->problems.found);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static int fd = -1;
    bool ok[2];
    int structure;

    if (fd < 0)
        fd = memfd_create("image", MFD_CLOEXEC);
    must(!ftruncate(fd, 0) && pwrite(fd, bytes, n, 0) == (ssize_t)n);
    for (structure = 0; structure < 2; structure++) {
        CLEANUP_VERIFY struct verify_result result = { .ok = false };
        struct verify_options options = { .structure = structure };
        struct xr_error err = { .code = 0 };
        int r;

        must(lseek(fd, 0, SEEK_SET) == 0);
        r = verify_image(fd, &options, &result, &err);
        must(!r || strlen(err.message) > 0);
        is_consistent(&result, n, r);
        ok[structure] = result.ok;
    }
    must(ok[1] || !ok[0]);
    return 0;
}
