/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What stands behind the last END: nothing, or a seal and nothing else.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "lib/digest.h"
#include "lib/verify_state.h"

static void update_sealer(void *sealer, const uint8_t *bytes, size_t n)
{
    sealer_update(sealer, bytes, n);
}

void verify_tap(struct verify *v, struct sealer *sealer)
{
    v->sealer = sealer;
    v->walk.reader.tap = update_sealer;
    v->walk.reader.tap_data = sealer;
}

/* The digest of what the seal says that it covers. */
static int verify_digest(struct verify *v, struct seal *out,
                         struct xr_error *err)
{
    struct reader *reader = &v->walk.reader;

    if (v->sealer) {
        sealer_finish(v->sealer, out);
        return 0;
    }
    return digest_file(reader->fd, reader->start, v->result->bytes,
                       v->options->listener, out, err);
}

static int check_bytes(struct verify *v, const struct seal *seal,
                       struct xr_error *err)
{
    struct seal found;
    int r;

    v->result->seal = SEAL_NOT_CHECKED;
    if (v->options->structure)
        return 0;
    r = verify_digest(v, &found, err);
    if (r)
        return r;
    v->result->seal = memcmp(found.digest, seal->digest, SEAL_DIGEST_SIZE)
                      ? SEAL_MISMATCH : SEAL_MATCH;
    if (v->result->seal == SEAL_MISMATCH)
        problems_add(verify_problems(v), v->result->bytes,
                     "the digest does not match the seal: a byte before it "
                     "was changed");
    return 0;
}

static void blame_trailer(struct verify *v, uint64_t end, const char *where)
{
    const struct reader *reader = &v->walk.reader;

    if (reader->seekable)
        problems_add(verify_problems(v), end, "%llu bytes %s",
                     (unsigned long long)(reader->size - end), where);
    else
        problems_add(verify_problems(v), end, "bytes %s", where);
}

/* There is a seal, of which n bytes were seen; one more tells what follows. */
static int check_seal(struct verify *v, const struct seal *seal, size_t n,
                      struct xr_error *err)
{
    uint64_t offset = v->result->bytes;
    int r;

    if (seal->length != offset) {
        v->result->seal = SEAL_MISMATCH;
        problems_add(verify_problems(v), offset,
                     "a seal over %llu bytes, where %llu come before it",
                     (unsigned long long)seal->length,
                     (unsigned long long)offset);
        return 0;
    }
    if (seal->version == SEAL_OF_BYTES && n > SEAL_SIZE) {
        v->result->seal = SEAL_MISMATCH;
        blame_trailer(v, offset, "behind the image's end, more than its seal");
        return 0;
    }
    r = seal->version == SEAL_OF_PAGES ? verify_table(v, seal, err)
                                       : check_bytes(v, seal, err);
    if (!r && v->result->seal == SEAL_MATCH)
        v->result->sealed = *seal;
    return r;
}

/* Bytes that may be a seal. */
static int judge_seal(struct verify *v, const uint8_t *bytes, size_t n,
                      struct xr_error *err)
{
    uint64_t end = v->result->bytes;
    struct xr_error why = { .offset = 0 };
    struct seal seal;
    int r = seal_decode(bytes, end, &seal, &why);

    if (!r)
        return check_seal(v, &seal, n, err);
    if (r == -ENOTSUP) {
        v->result->seal = SEAL_NOT_CHECKED;
        verify_doubt(v, ENOTSUP, why.offset, "%s", why.message);
    } else if (r == -ENOENT) {
        blame_trailer(v, end, "behind the image's end, and no seal");
    } else {
        v->result->seal = SEAL_MISMATCH;
        problems_add(verify_problems(v), why.offset, "%s", why.message);
    }
    return 0;
}

int verify_trailer(struct verify *v, struct xr_error *err)
{
    uint64_t end = v->walk.stream.offset;
    struct reader *reader = &v->walk.reader;
    const uint8_t *bytes;
    size_t n = 0;
    int r;

    v->result->bytes = end;
    r = reader_pass(reader, end, err);
    if (!r)
        r = reader_available(reader, end, SEAL_SIZE + 1, &n, err);
    if (r || !n)
        return r;
    if (n < SEAL_SIZE) {
        blame_trailer(v, end, "behind the image's end, and no seal");
        return 0;
    }
    r = reader_view(reader, end, SEAL_SIZE, &bytes, err);
    return r ? r : judge_seal(v, bytes, n, err);
}
