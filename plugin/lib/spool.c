/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/spool.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/thread.h"

enum { PART_SIZE = 65536 };

struct part {
    struct part *next;
    size_t begin, end;  /* what of it has not been read */
    uint8_t bytes[PART_SIZE];
};

struct spool {
    int fd;             /* borrowed */
    int stop;           /* an eventfd: the thread is to end */
    size_t ahead, held_max; /* in parts */
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows, and of held_max */
    pthread_cond_t changed;
    struct part *first, *last;
    size_t parts;       /* that lie here, none of them empty */
    struct part *spare; /* memory that was used is used again: no page fault */
    size_t spares;
    uint64_t taken;     /* bytes, from the beginning */
    bool held, discards, stopping;
    bool ended;         /* nothing more comes */
    int failure;        /* why, if that is not the end */
};

static bool has_room(const struct spool *s)
{
    return s->discards || s->parts < (s->held ? s->held_max : s->ahead);
}

/* With those that lie here they are never fewer than are needed ahead. */
static void give_back(struct spool *s, struct part *part)
{
    if (s->spares >= s->ahead) {
        free(part);
        return;
    }
    part->next = s->spare;
    s->spare = part;
    s->spares++;
}

static void drop_first(struct spool *s)
{
    struct part *part = s->first;

    s->first = part->next;
    if (!s->first)
        s->last = NULL;
    s->parts--;
    give_back(s, part);
}

static void drop_all(struct spool *s)
{
    while (s->first)
        drop_first(s);
}

static void free_spares(struct spool *s)
{
    struct part *part;

    while ((part = s->spare)) {
        s->spare = part->next;
        free(part);
    }
}

static int make_spares(struct spool *s, struct xr_error *err)
{
    struct part *part;

    while (s->spares < s->ahead) {
        part = malloc(sizeof(*part));
        if (!part)
            return error_set(err, ENOMEM, "out of memory");
        give_back(s, part);
    }
    return 0;
}

/*
 * Ahead there is always one.  If the host has no memory for more, there is no
 * room for more: the reader goes on, and what it has read is used again.
 */
static struct part *part_to_fill(struct spool *s)
{
    struct part *part = s->spare;

    if (part) {
        s->spare = part->next;
        s->spares--;
        return part;
    }
    part = malloc(sizeof(*part));
    if (!part) {
        s->held_max = s->ahead;
        pthread_cond_broadcast(&s->changed);
    }
    return part;
}

/* NULL: nobody wants any more. */
static struct part *wait_for_part(struct spool *s)
{
    struct part *part = NULL;

    pthread_mutex_lock(&s->lock);
    while (!part && !s->stopping) {
        if (has_room(s))
            part = part_to_fill(s);
        else
            pthread_cond_wait(&s->changed, &s->lock);
    }
    pthread_mutex_unlock(&s->lock);
    return part;
}

/* Until there is something to be read, or the thread is to end. */
static int wait_for_bytes(const struct spool *s)
{
    struct pollfd fds[] = {
        { .fd = s->fd, .events = POLLIN },
        { .fd = s->stop, .events = POLLIN },
    };
    int r;

    do
        r = poll(fds, 2, -1);
    while (r < 0 && errno == EINTR);
    if (r < 0)
        return -errno;
    return fds[1].revents ? -ECANCELED : 0;
}

static ssize_t take_bytes(const struct spool *s, uint8_t *out)
{
    ssize_t n = wait_for_bytes(s);

    if (n)
        return n;
    do
        n = read(s->fd, out, PART_SIZE);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

static void append(struct spool *s, struct part *part, size_t n)
{
    part->next = NULL;
    part->begin = 0;
    part->end = n;
    if (s->last)
        s->last->next = part;
    else
        s->first = part;
    s->last = part;
    s->parts++;
}

/* n: of the part's bytes, 0 at the end, or -errno.  The part is taken. */
static void add(struct spool *s, struct part *part, ssize_t n)
{
    pthread_mutex_lock(&s->lock);
    if (n > 0 && !s->discards && !s->stopping)
        append(s, part, (size_t)n);
    else
        give_back(s, part);
    if (n > 0)
        s->taken += (uint64_t)n;
    if (n <= 0 && !s->stopping) {
        s->failure = (int)-n;
        s->ended = true;
    }
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

static void *empty_pipe(void *data)
{
    struct spool *s = data;
    struct part *part;
    ssize_t n = 1;

    while (n > 0 && (part = wait_for_part(s))) {
        n = take_bytes(s, part->bytes);
        add(s, part, n);
    }
    return NULL;
}

static int spool_begin(struct spool *s, struct xr_error *err)
{
    int code, r = make_spares(s, err);

    if (r)
        return r;
    s->stop = eventfd(0, EFD_CLOEXEC);
    code = s->stop < 0 ? errno : thread_begin(&s->thread, empty_pipe, s);
    return code ? error_system(err, code, "a thread that empties a pipe") : 0;
}

int spool_new(int fd, size_t ahead, size_t held_max, struct spool **out,
              struct xr_error *err)
{
    struct spool *s = calloc(1, sizeof(*s));
    int r;

    if (!s)
        return error_set(err, ENOMEM, "out of memory");
    *s = (struct spool){
        .fd = fd,
        .stop = -1,
        .ahead = ahead > sizeof(struct part) ? ahead / sizeof(struct part) : 1,
        .held_max = held_max / sizeof(struct part),
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .changed = PTHREAD_COND_INITIALIZER,
    };
    if (s->held_max < s->ahead)
        s->held_max = s->ahead;
    r = spool_begin(s, err);
    if (!r) {
        *out = s;
        return 0;
    }
    free_spares(s);
    cleanup_close(&s->stop);
    free(s);
    return r;
}

void spool_hold(struct spool *s, bool held)
{
    pthread_mutex_lock(&s->lock);
    s->held = held;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

uint64_t spool_taken(struct spool *s)
{
    uint64_t taken;

    pthread_mutex_lock(&s->lock);
    taken = s->taken;
    pthread_mutex_unlock(&s->lock);
    return taken;
}

void spool_drain(struct spool *s)
{
    pthread_mutex_lock(&s->lock);
    drop_all(s);
    s->discards = true;
    pthread_cond_broadcast(&s->changed);
    while (!s->ended)
        pthread_cond_wait(&s->changed, &s->lock);
    pthread_mutex_unlock(&s->lock);
}

static bool is_to_wait(const struct spool *s)
{
    if (s->held && has_room(s) && !s->stopping)
        return true;
    return !s->first && !s->ended;
}

static size_t take_from_first(struct spool *s, void *out, size_t n)
{
    struct part *part = s->first;
    size_t there = part->end - part->begin;

    if (n > there)
        n = there;
    memcpy(out, part->bytes + part->begin, n);
    part->begin += n;
    if (part->begin == part->end)
        drop_first(s);
    return n;
}

ssize_t spool_read(struct spool *s, void *out, size_t n)
{
    ssize_t got;

    pthread_mutex_lock(&s->lock);
    while (is_to_wait(s))
        pthread_cond_wait(&s->changed, &s->lock);
    got = s->first ? (ssize_t)take_from_first(s, out, n) : -s->failure;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    return got;
}

void spool_stop(struct spool *s)
{
    static const uint64_t one = 1;

    pthread_mutex_lock(&s->lock);
    drop_all(s);
    s->stopping = true;
    s->ended = true;
    s->failure = ECANCELED;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    /* It fails where the counter is full: then it has been told. */
    (void)!write(s->stop, &one, sizeof(one));
}

void spool_free(struct spool **spool)
{
    struct spool *s = *spool;
    int saved = errno;

    *spool = NULL;
    if (!s)
        return;
    spool_stop(s);
    pthread_join(s->thread, NULL);
    free_spares(s);
    cleanup_close(&s->stop);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    free(s);
    errno = saved;
}
