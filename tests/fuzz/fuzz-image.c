/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A whole kernel image of any kind, as the hook and the command read it: out of
 * memory, out of a file and out of a pipe, which have to say the same.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "lib/image_notes.h"
#include "util/io.h"

/* What a pipe holds before anybody reads it. */
enum { PIPE_ROOM = 1 << 16 };

/* What one way of reading came to. */
struct outcome {
    int r;
    struct keylist list;
    struct xr_error err;
};

static void outcome_free(struct outcome *outcome)
{
    keylist_free(&outcome->list);
}
#define CLEANUP_OUTCOME __attribute__((cleanup(outcome_free)))

static void must_be_same(const struct outcome *a, const struct outcome *b)
{
    CLEANUP_BUFFER struct buffer text = { 0 }, other = { 0 };

    must(a->r == b->r);
    if (a->r) {
        must(a->err.offset == b->err.offset);
        must(!strcmp(a->err.message, b->err.message));
    }
    keylist_print(&a->list, &text);
    keylist_print(&b->list, &other);
    must(text.length == other.length);
    must(!text.length || !memcmp(text.data, other.data, text.length));
}

static void read_fd(int fd, const struct outcome *expected)
{
    CLEANUP_OUTCOME struct outcome outcome = { 0 };
    struct image_info info;

    outcome.r = image_notes_from_fd(fd, &outcome.list, &info, &outcome.err);
    must_be_same(&outcome, expected);
}

/* From its current offset on, and not from the file's beginning. */
static void read_file(const uint8_t *bytes, size_t n,
                      const struct outcome *expected)
{
    int fd = memfd_create("image", MFD_CLOEXEC);

    must(fd >= 0);
    must(!write_full(fd, "before", 6, NULL));
    must(!write_full(fd, bytes, n, NULL));
    must(lseek(fd, 6, SEEK_SET) == 6);
    read_fd(fd, expected);
    must(lseek(fd, 0, SEEK_CUR) == 6);
    close(fd);
}

static void read_pipe(const uint8_t *bytes, size_t n,
                      const struct outcome *expected)
{
    int ends[2];

    must(!pipe(ends));
    must(!write_full(ends[1], bytes, n, NULL));
    close(ends[1]);
    read_fd(ends[0], expected);
    close(ends[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    CLEANUP_OUTCOME struct outcome outcome = { 0 };
    CLEANUP_KEYLIST struct keylist again = { 0 };
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct image_info info;

    outcome.r = image_notes_from_memory(bytes, n, &outcome.list, &info,
                                        &outcome.err);
    read_file(bytes, n, &outcome);
    if (n <= PIPE_ROOM)
        read_pipe(bytes, n, &outcome);
    if (outcome.r) {
        must(!outcome.list.count);
        must(strlen(outcome.err.message) > 0);
        return 0;
    }
    must(outcome.list.count > 0);
    keylist_print(&outcome.list, &text);
    must(!buffer_failed(&text));
    must(!keylist_parse(text.data, text.length, &again, NULL));
    must(again.count == outcome.list.count);
    return 0;
}
