/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/seal_image.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/io.h"

/*
 * Who writes beyond the limit of this process is killed by SIGXFSZ, in a library
 * as in the command, and may have written a part of it.
 */
static bool may_be_as_long(uint64_t length)
{
    struct rlimit limit;

    return getrlimit(RLIMIT_FSIZE, &limit) || limit.rlim_cur == RLIM_INFINITY
           || length <= limit.rlim_cur;
}

/*
 * Reading it all takes its time: who has begun to write another image into the file
 * by then, as xl does, must not find a seal in the middle of it.
 */
static int check_its_end(int fd, const struct seal *seal, struct xr_error *err)
{
    struct stat st;

    if (fstat(fd, &st))
        return error_errno(err, errno);
    if ((uint64_t)st.st_size == seal->length)
        return 0;
    return error_because(err, XR_REASON_LOCKED, EBUSY, "it was changed "
                         "meanwhile: nothing was written to it");
}

/* Behind the image; a part of a seal is taken away again. */
static int append_seal(int fd, const struct seal *seal, struct xr_error *err)
{
    uint8_t bytes[SEAL_SIZE];
    int r = check_its_end(fd, seal, err);

    if (r)
        return r;
    if (!may_be_as_long(seal->length + SEAL_SIZE))
        return error_because(err, XR_REASON_NO_ROOM, EFBIG, "with a seal it "
                             "would be longer than a file may be here "
                             "(ulimit -f)");
    seal_encode(seal, bytes);
    if (lseek(fd, (off_t)seal->length, SEEK_SET) < 0)
        return error_system(err, errno, "cannot seek");
    r = write_full(fd, bytes, sizeof(bytes), NULL);
    if (!r && fsync(fd))
        r = -errno;
    if (!r)
        return 0;
    if (ftruncate(fd, (off_t)seal->length))
        return error_system(err, -r, "cannot write the seal, and cannot "
                            "remove what was written of it");
    return error_system(err, -r, "cannot write the seal");
}

static int refuse_no_file(struct xr_error *err)
{
    return error_set(err, EINVAL, "only a regular file can be sealed");
}

int seal_open(const char *path, struct xr_error *err)
{
    struct stat st;
    int fd;

    if (stat(path, &st))
        return error_errno(err, errno);
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        return refuse_no_file(err);
    fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    return fd < 0 ? error_errno(err, errno) : fd;
}

/* -EBUSY: it was changed meanwhile. */
static int judge_and_seal(int fd, const struct verify_options *options,
                          struct verify_result *result, struct seal *out,
                          bool *was_sealed, struct xr_error *err)
{
    int r = lseek(fd, 0, SEEK_SET) < 0 ? error_errno(err, errno)
                                       : verify_image(fd, options, result, err);

    if (r)
        return r;
    if (!result->ok)
        return error_set(err, EBADMSG, "the image is not %s: it is not "
                         "changed", result->complete ? "sound" : "complete");
    *was_sealed = result->seal == SEAL_MATCH;
    if (*was_sealed) {
        *out = result->sealed;
        return 0;
    }
    r = digest_file(fd, 0, result->bytes, options->listener, out, err);
    return r ? r : append_seal(fd, out, err);
}

int seal_image(int fd, const struct verify_options *options,
               struct verify_result *result, struct seal *out,
               bool *was_sealed, struct xr_error *err)
{
    struct stat st;
    int r;

    *result = (struct verify_result){ 0 };
    if (fstat(fd, &st))
        return error_errno(err, errno);
    if (!S_ISREG(st.st_mode))
        return refuse_no_file(err);
    r = judge_and_seal(fd, options, result, out, was_sealed, err);
    if (r != -EBUSY)
        return r;
    /* It may have been somebody who seals it, too, and was faster. */
    verify_result_free(result);
    return judge_and_seal(fd, options, result, out, was_sealed, err);
}
