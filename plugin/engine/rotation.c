/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/rotation.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/side_file.h"
#include "util/cleanup.h"
#include "util/fault.h"

/* A file that has got another name, or a second one. */
struct move {
    char *from, *to;
    bool linked; /* it has both */
};

struct rotation {
    const char *path;
    struct move *moves; /* as they were made */
    size_t count;
    char *last;         /* the name of the one that is to go; NULL: none is */
    struct xr_error *err;
};

static char *numbered_name(const char *path, unsigned int number)
{
    char *name;

    if (!number)
        return strdup(path);
    return asprintf(&name, "%s.%u", path, number) < 0 ? NULL : name;
}

/* Nothing is ever replaced, as far as the file system can promise that. */
static int rename_only(const char *from, const char *to)
{
    struct stat st;

    if (!renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE))
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -errno;
    if (!lstat(to, &st))
        return -EEXIST;
    return rename(from, to) ? -errno : 0;
}

static bool knows_no_links(int error)
{
    return error == EPERM || error == EOPNOTSUPP || error == EMLINK
           || error == ENOSYS;
}

/* So that it is never without its name, if the file system can do that. */
static int link_or_rename(const char *from, const char *to, bool *linked)
{
    *linked = !link(from, to);
    if (*linked)
        return 0;
    return knows_no_links(errno) ? rename_only(from, to) : -errno;
}

/* Takes the names over. */
static int move_image(struct rotation *r, char *from, char *to, bool both)
{
    struct move *grown = reallocarray(r->moves, r->count + 1, sizeof(*grown));
    bool linked = false;
    int failed = -ENOMEM;

    if (grown)
        r->moves = grown;
    if (grown && from && to)
        failed = both ? link_or_rename(from, to, &linked)
                      : rename_only(from, to);
    if (!failed) {
        r->moves[r->count++] = (struct move){ from, to, linked };
        return 0;
    }
    error_system(r->err, -failed, "the former %s cannot be kept", r->path);
    free(from);
    free(to);
    return failed;
}

/* The last move first; what cannot be undone keeps its new name. */
static void undo_moves(struct rotation *r)
{
    while (r->count) {
        const struct move *m = &r->moves[r->count - 1];

        if (m->linked ? unlink(m->to) : rename_only(m->to, m->from))
            error_system(r->err, errno, "%s is now %s", m->from, m->to);
        free(m->from);
        free(m->to);
        r->count--;
    }
}

static bool is_same_file(const char *a, const char *b)
{
    struct stat x, y;

    return !lstat(a, &x) && !lstat(b, &y) && x.st_dev == y.st_dev
           && x.st_ino == y.st_ino;
}

/* Is there room at that number?  -errno, or 1 for yes. */
static int is_free(const char *path, unsigned int number)
{
    CLEANUP_FREE char *name = numbered_name(path, number);
    struct stat st;

    if (!name)
        return -ENOMEM;
    if (lstat(name, &st))
        return errno == ENOENT ? 1 : -errno;
    return S_ISDIR(st.st_mode) ? -EISDIR : 0;
}

/*
 * The first number that is free, which a rotation that was killed may have left
 * in the middle; 0: none is.
 */
static int find_gap(struct rotation *r, unsigned int keep, unsigned int *out)
{
    unsigned int i;
    int found;

    for (*out = 0, i = 1; !*out && i <= keep; i++) {
        found = is_free(r->path, i);
        if (found < 0)
            return error_system(r->err, -found, "the former %s cannot be "
                                "kept", r->path);
        if (found)
            *out = i;
    }
    return 0;
}

/* So that there is a gap at its number. */
static int put_last_aside(struct rotation *r, unsigned int keep)
{
    char *from = numbered_name(r->path, keep);
    char *aside = side_file_name(r->path, SIDE_FILE_FORMER);
    int failed = move_image(r, from, aside, false);

    if (!failed)
        r->last = r->moves[r->count - 1].to;
    return failed;
}

static int shift_images(struct rotation *r, unsigned int keep)
{
    unsigned int gap;
    int failed = find_gap(r, keep, &gap);

    if (!failed && !gap) {
        failed = put_last_aside(r, keep);
        gap = keep;
    }
    for (; !failed && gap; gap--)
        failed = move_image(r, numbered_name(r->path, gap - 1),
                            numbered_name(r->path, gap), gap == 1);
    return failed;
}

/* Is PATH.1 the former image already, because a rotation was killed? */
static int has_first(const struct rotation *r, bool *out)
{
    CLEANUP_FREE char *first = numbered_name(r->path, 1);

    if (!first)
        return error_set(r->err, ENOMEM, "out of memory");
    *out = is_same_file(r->path, first);
    return 0;
}

static int rotate_images(struct rotation *r, unsigned int keep)
{
    struct stat st;
    bool done = false;
    int failed;

    if (!keep || lstat(r->path, &st))
        return 0;
    failed = has_first(r, &done);
    return failed || done ? failed : shift_images(r, keep);
}

/* Is there one for which there is no number any more? */
static int find_whether_one_goes(struct rotation *r, unsigned int keep,
                                 bool *goes_out)
{
    unsigned int gap = 0;
    bool done = false;
    struct stat st;
    int failed = 0;

    *goes_out = false;
    if (lstat(r->path, &st))
        return 0;
    if (keep)
        failed = has_first(r, &done);
    if (!failed && keep && !done)
        failed = find_gap(r, keep, &gap);
    *goes_out = !failed && !done && !gap;
    return failed;
}

int rotation_victim(const char *path, unsigned int keep, char **out,
                    struct xr_error *err)
{
    struct rotation r = { .path = path, .err = err };
    bool goes;
    int failed = find_whether_one_goes(&r, keep, &goes);

    *out = NULL;
    if (failed || !goes)
        return failed;
    *out = numbered_name(path, keep);
    return *out ? 0 : error_set(err, ENOMEM, "out of memory");
}

int rotation_commit(const char *path, const char *new, unsigned int keep,
                    struct xr_error *err)
{
    struct rotation r = { .path = path, .err = err };
    int failed = rotate_images(&r, keep);

    if (!failed)
        failed = fault_step("the new image's name", err);
    if (!failed && rename(new, path))
        failed = error_system(err, errno, "%s", path);
    if (failed)
        undo_moves(&r);
    else if (r.last)
        unlink(r.last);
    if (!failed)
        side_files_remove(path, SIDE_FILE_FORMER);
    while (r.count) {
        r.count--;
        free(r.moves[r.count].from);
        free(r.moves[r.count].to);
    }
    free(r.moves);
    return failed;
}
