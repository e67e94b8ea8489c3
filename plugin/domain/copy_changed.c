/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * copy-changed FROM TO: TO, a device or file of the same size, gets the contents
 * of FROM.  Only what differs is written: a thin volume does not grow, and
 * snapshots of TO have little to take over.  For the drivers of LVM; if it is
 * killed it can be done again.
 *
 * copy-changed --room PROGRAM OF FROM TO: before it writes, and whenever that is
 * used up, it runs "PROGRAM room OF", which prints how many bytes may be written
 * now, or fails, and says why: then nothing more is written.  A part of 1 MiB in
 * which anything differs counts as a whole one.
 *
 * A device that somebody else has for himself alone, as a backend or a mounted
 * file system has, is not written to.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/io.h"
#include "util/number.h"

enum {
    PART = 1 << 20,  /* is read at once */
    PIECE = 4096,    /* is written, or is not */
};

struct copying {
    const char *from_name, *to_name;
    int from, to;
    uint8_t *a, *b;
    char *program, *of; /* which says how much room there is; NULL: enough */
    uint64_t room;
};

static bool say_failure(const char *name, int code)
{
    fprintf(stderr, "copy-changed: %s: %s\n", name, strerror(code));
    return false;
}

static bool read_part(int fd, const char *name, uint8_t *out, size_t n,
                      off_t at)
{
    ssize_t got = pread_full(fd, out, n, at);

    if (got < 0)
        return say_failure(name, (int)-got);
    return (size_t)got == n || say_failure(name, ENODATA);
}

/* --- room */

static void run_room_program(const struct copying *c, int out)
{
    char word[] = "room";
    char *const argv[] = { c->program, word, c->of, NULL };

    if (dup2(out, STDOUT_FILENO) >= 0)
        execv(c->program, argv);
    (void)say_failure(c->program, errno);
    _exit(127);
}

/* What it says is in text; false: it has failed, and has said why. */
static bool hear_room_program(const struct copying *c, char *text, size_t room)
{
    int wire[2], status = -1;
    ssize_t n;
    pid_t child;

    if (pipe2(wire, O_CLOEXEC))
        return say_failure("a pipe", errno);
    child = fork();
    if (!child)
        run_room_program(c, wire[1]);
    close(wire[1]);
    n = child < 0 ? -1 : read_full(wire[0], text, room - 1);
    text[n < 0 ? 0 : n] = '\0';
    close(wire[0]);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return child > 0 && n >= 0 && !status;
}

static bool ask_for_room(struct copying *c)
{
    char text[32];

    if (!hear_room_program(c, text, sizeof(text)))
        return false;
    text[strcspn(text, "\n")] = '\0';
    if (number_parse(text, &c->room) && c->room >= PART)
        return true;
    fprintf(stderr, "copy-changed: there is no room for %s\n", c->to_name);
    return false;
}

/* For one part more. */
static bool take_room(struct copying *c)
{
    if (!c->program)
        return true;
    if (c->room < PART && !ask_for_room(c))
        return false;
    c->room -= PART;
    return true;
}

/* --- parts */

/* How many bytes from there on are the same, or, else, differ; by pieces. */
static size_t run_length(const struct copying *c, size_t from, size_t n,
                         bool same)
{
    size_t at = from, piece;

    while (at < n) {
        piece = n - at < PIECE ? n - at : PIECE;
        if (!memcmp(c->a + at, c->b + at, piece) != same)
            break;
        at += piece;
    }
    return at - from;
}

static bool write_what_differs(const struct copying *c, size_t n, off_t at)
{
    size_t from = 0, length;
    int r;

    while (from < n) {
        from += run_length(c, from, n, true);
        length = run_length(c, from, n, false);
        r = length ? pwrite_full(c->to, c->a + from, length,
                                 at + (off_t)from) : 0;
        if (r)
            return say_failure(c->to_name, -r);
        from += length;
    }
    return true;
}

/* What was read once is not needed again: memory is the guests'. */
static void forget(int fd, off_t at, size_t n)
{
    (void)posix_fadvise(fd, at, (off_t)n, POSIX_FADV_DONTNEED);
}

static bool change_part(struct copying *c, off_t at, size_t n)
{
    bool ok = read_part(c->from, c->from_name, c->a, n, at)
              && read_part(c->to, c->to_name, c->b, n, at)
              && (!memcmp(c->a, c->b, n)
                  || (take_room(c) && write_what_differs(c, n, at)));

    forget(c->from, at, n);
    forget(c->to, at, n);
    return ok;
}

static bool change_all(struct copying *c, off_t size)
{
    bool ok = true;
    off_t at;

    for (at = 0; ok && at < size; at += PART)
        ok = change_part(c, at, size - at < PART ? (size_t)(size - at) : PART);
    return ok && (!fsync(c->to) || say_failure(c->to_name, errno));
}

/*
 * A guest's writes pass by this host's cache of its disk: as long as somebody has the
 * device open, as a backend has that is about to end, what was read before stays there,
 * and would be compared in the place of what the disk has.
 */
static void forget_what_was_read(int fd, const struct stat *st)
{
    if (S_ISBLK(st->st_mode))
        (void)ioctl(fd, BLKFLSBUF, 0);
}

static bool open_both(struct copying *c, off_t *size_out)
{
    struct stat st;
    int exclusive;
    off_t size;

    c->from = open(c->from_name, O_RDONLY | O_CLOEXEC);
    if (c->from < 0)
        return say_failure(c->from_name, errno);
    if (stat(c->to_name, &st))
        return say_failure(c->to_name, errno);
    exclusive = S_ISBLK(st.st_mode) ? O_EXCL : 0;
    c->to = open(c->to_name, O_RDWR | O_CLOEXEC | exclusive);
    if (c->to < 0)
        return say_failure(c->to_name, errno);
    forget_what_was_read(c->to, &st);
    size = lseek(c->from, 0, SEEK_END);
    if (size < 0)
        return say_failure(c->from_name, errno);
    if (size != lseek(c->to, 0, SEEK_END)) {
        fprintf(stderr, "copy-changed: %s is of another size than %s\n",
                c->to_name, c->from_name);
        return false;
    }
    *size_out = size;
    return true;
}

int main(int argc, char **argv)
{
    CLEANUP_FREE uint8_t *a = malloc(PART);
    CLEANUP_FREE uint8_t *b = malloc(PART);
    struct copying c = { .from = -1, .to = -1, .a = a, .b = b };
    off_t size = 0;

    if (argc == 6 && !strcmp(argv[1], "--room")) {
        c.program = argv[2];
        c.of = argv[3];
    } else if (argc != 3) {
        fprintf(stderr, "usage: copy-changed [--room PROGRAM OF] FROM TO\n");
        return 2;
    }
    c.from_name = argv[argc - 2];
    c.to_name = argv[argc - 1];
    if (!a || !b)
        return say_failure("copy-changed", ENOMEM) ? 0 : 1;
    return open_both(&c, &size) && change_all(&c, size) ? 0 : 1;
}
