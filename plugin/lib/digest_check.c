/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The work is cut into units: some pages of one extent, with the gap before it.
 * Whoever is free takes the next one.  A gap longer than a unit is the calling
 * thread's alone, so that it never waits long for the others, and hears the listener.
 */
#include "config.h"

#include "lib/digest_check.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "format/pages.h"
#include "util/cleanup.h"
#include "util/io.h"

enum {
    STEP = 256 << 10, /* stays in a core's cache until it is digested */
    UNIT_PAGES = 1024,
    UNIT_BYTES = UNIT_PAGES * PAGE_SIZE_BYTES,
};

struct unit {
    bool gap;         /* the one before the extent */
    size_t extent;    /* extent_count: behind the last one */
    uint64_t page;    /* of the extent */
    uint64_t pages;
};

struct check {
    int fd;
    uint64_t start;
    bool seek;
    const struct digest_table *table;
    uint8_t of_zeros[SEAL_DIGEST_SIZE]; /* of a page of zeros */
    pthread_mutex_t lock;  /* of all that follows */
    size_t extent;         /* where the next unit begins */
    uint64_t page;
    uint64_t done;         /* bytes */
    int failure;           /* the first one; all stop */
    struct xr_error *err;
    struct damages *damages;
};

struct worker {
    struct check *check;
    pthread_t thread;
    const struct listener *listener; /* of the calling thread */
    struct sealer *sealer;
    struct xr_error err;
    uint8_t expected[UNIT_PAGES][SEAL_DIGEST_SIZE];
    uint8_t bytes[STEP];
};

unsigned int digest_check_threads(void)
{
    cpu_set_t set;
    int n;

    if (sched_getaffinity(0, sizeof(set), &set))
        n = (int)sysconf(_SC_NPROCESSORS_ONLN); /* they are more than a set has */
    else
        n = CPU_COUNT(&set);
    return n < 1 ? 1 : n < DIGEST_CHECK_THREADS_MAX
           ? (unsigned int)n : DIGEST_CHECK_THREADS_MAX;
}

static bool is_long(const struct digest_table *t, size_t gap)
{
    uint64_t end, at = digest_table_gap(t, gap, &end);

    return end - at > UNIT_BYTES;
}

/* The next unit; false if there is none, or none is wanted any more. */
static bool take_unit(struct check *c, struct unit *out)
{
    const struct digest_table *t = c->table;
    uint64_t left;
    bool taken;

    pthread_mutex_lock(&c->lock);
    taken = !c->failure && c->extent <= t->extent_count;
    if (taken) {
        left = c->extent < t->extent_count
               ? t->extents[c->extent].pages - c->page : 0;
        *out = (struct unit){
            .gap = !c->page && !is_long(t, c->extent),
            .extent = c->extent,
            .page = c->page,
            .pages = left < UNIT_PAGES ? left : UNIT_PAGES,
        };
        c->page += out->pages;
        if (out->pages == left) {
            c->extent++;
            c->page = 0;
        }
    }
    pthread_mutex_unlock(&c->lock);
    return taken;
}

/* In its place among those that are kept; the last one may have to go. */
static void add_damage(struct check *c, const struct damage *damage)
{
    struct damages *d = c->damages;
    size_t i;

    pthread_mutex_lock(&c->lock);
    d->found++;
    i = d->count < DAMAGES_MAX ? d->count++ : DAMAGES_MAX;
    for (; i && d->items[i - 1].offset > damage->offset; i--)
        if (i < DAMAGES_MAX)
            d->items[i] = d->items[i - 1];
    if (i < DAMAGES_MAX)
        d->items[i] = *damage;
    pthread_mutex_unlock(&c->lock);
}

/* So many bytes more are done: shall it go on? */
static int advance(struct worker *w, size_t n)
{
    struct check *c = w->check;
    uint64_t done;
    int failure;

    pthread_mutex_lock(&c->lock);
    c->done += n;
    done = c->done;
    failure = c->failure;
    pthread_mutex_unlock(&c->lock);
    return failure ? failure : listener_progress(w->listener, done,
                                                 c->table->length, &w->err);
}

static int read_exactly(struct worker *w, uint64_t offset, void *out, size_t n)
{
    const struct check *c = w->check;
    ssize_t got = pread_full(c->fd, out, n, (off_t)(c->start + offset));

    if (got < 0)
        return error_system(&w->err, (int)-got, "cannot read");
    return (size_t)got == n ? 0
           : error_at(&w->err, ENODATA, offset + (uint64_t)got,
                      "the input ends early");
}

static int check_gap(struct worker *w, size_t gap)
{
    struct check *c = w->check;
    uint8_t expected[SEAL_DIGEST_SIZE];
    uint64_t end, at = digest_table_gap(c->table, gap, &end), begin = at;
    struct seal found;
    size_t n;
    int r = read_exactly(w, digest_table_gap_at(c->table, gap), expected,
                         sizeof(expected));

    for (; !r && at < end; at += n) {
        n = end - at < STEP ? (size_t)(end - at) : STEP;
        r = read_exactly(w, at, w->bytes, n);
        if (r)
            break;
        sealer_update(w->sealer, w->bytes, n);
        r = advance(w, n);
    }
    if (r)
        return r;
    sealer_finish(w->sealer, &found);
    if (memcmp(found.digest, expected, sizeof(expected)))
        add_damage(c, &(struct damage){
            .offset = begin,
            .length = end - begin,
        });
    return 0;
}

static void compare_page(struct worker *w, const struct unit *u, uint64_t page,
                         const uint8_t found[SEAL_DIGEST_SIZE])
{
    if (memcmp(found, w->expected[page], SEAL_DIGEST_SIZE))
        add_damage(w->check, &(struct damage){
            .offset = w->check->table->extents[u->extent].offset
                      + (u->page + page) * PAGE_SIZE_BYTES,
            .length = PAGE_SIZE_BYTES,
            .is_page = true,
            .extent = u->extent,
            .page = u->page + page,
        });
}

/* How many pages from offset on, of so many, are a hole, which reads as zeros. */
static uint64_t hole_pages(const struct check *c, uint64_t offset,
                           uint64_t pages)
{
    off_t at = (off_t)(c->start + offset);
    off_t data = c->seek ? lseek(c->fd, at, SEEK_DATA) : at;

    /* Behind the end there is no data either: what is cut off is for read. */
    if (data < at)
        return 0;
    data = (data - at) / PAGE_SIZE_BYTES;
    return (uint64_t)data < pages ? (uint64_t)data : pages;
}

static int check_data(struct worker *w, const struct unit *u, uint64_t first,
                      uint64_t pages)
{
    const struct check *c = w->check;
    uint8_t found[SEAL_DIGEST_SIZE];
    uint64_t i;
    int r = read_exactly(w, c->table->extents[u->extent].offset
                         + (u->page + first) * PAGE_SIZE_BYTES, w->bytes,
                         (size_t)pages * PAGE_SIZE_BYTES);

    for (i = 0; !r && i < pages; i++) {
        seal_digest_page(c->table->secret, w->bytes + i * PAGE_SIZE_BYTES,
                         found);
        compare_page(w, u, first + i, found);
    }
    return r;
}

static int check_pages(struct worker *w, const struct unit *u)
{
    struct check *c = w->check;
    const struct extent *extent = &c->table->extents[u->extent];
    uint64_t at = extent->offset + u->page * PAGE_SIZE_BYTES, done, i, n;
    int r = read_exactly(w, digest_table_page_at(c->table, extent->first
                                                 + u->page), w->expected,
                         (size_t)u->pages * SEAL_DIGEST_SIZE);

    (void)posix_fadvise(c->fd, (off_t)(c->start + at),
                        (off_t)u->pages * PAGE_SIZE_BYTES,
                        POSIX_FADV_WILLNEED);
    for (done = 0; !r && done < u->pages; done += n) {
        n = hole_pages(c, at + done * PAGE_SIZE_BYTES, u->pages - done);
        for (i = 0; i < n; i++)
            compare_page(w, u, done + i, c->of_zeros);
        if (!n) {
            n = u->pages - done < STEP / PAGE_SIZE_BYTES
                ? u->pages - done : STEP / PAGE_SIZE_BYTES;
            r = check_data(w, u, done, n);
        }
        if (!r)
            r = advance(w, (size_t)n * PAGE_SIZE_BYTES);
    }
    return r;
}

static void check_units(struct worker *w, int r)
{
    struct check *c = w->check;
    struct unit u;

    while (!r && take_unit(c, &u)) {
        if (u.gap)
            r = check_gap(w, u.extent);
        if (!r && u.pages)
            r = check_pages(w, &u);
    }
    pthread_mutex_lock(&c->lock);
    if (r && !c->failure) {
        c->failure = r;
        *c->err = w->err;
    }
    pthread_mutex_unlock(&c->lock);
}

static void *help(void *data)
{
    check_units(data, 0);
    return NULL;
}

static void worker_free(struct worker **w)
{
    if (*w)
        sealer_free(&(*w)->sealer);
    cleanup_free(w);
    *w = NULL;
}

static struct worker *worker_new(struct check *c)
{
    struct worker *w = malloc(sizeof(*w));

    if (!w)
        return NULL;
    w->check = c;
    w->listener = NULL;
    w->sealer = sealer_new();
    if (!w->sealer)
        worker_free(&w);
    return w;
}

/* The process's signals are not for these threads. */
static unsigned int start_helpers(struct check *c, unsigned int n,
                                  struct worker **out)
{
    sigset_t all, before;
    unsigned int i;

    sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before))
        return 0;
    for (i = 0; i < n; i++) {
        out[i] = worker_new(c);
        if (!out[i])
            break;
        if (pthread_create(&out[i]->thread, NULL, help, out[i])) {
            worker_free(&out[i]);
            break;
        }
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return i;
}

/* What the calling thread does: the long gaps, then its share. */
static void take_part(struct worker *w)
{
    const struct digest_table *t = w->check->table;
    size_t i;
    int r = 0;

    for (i = 0; !r && i <= t->extent_count; i++)
        if (is_long(t, i))
            r = check_gap(w, i);
    check_units(w, r);
}

/* The first digest also chooses for all threads how they are computed. */
static void check_together(struct worker *w, unsigned int threads)
{
    struct worker *helpers[DIGEST_CHECK_THREADS_MAX] = { NULL };
    struct check *c = w->check;
    unsigned int count, i;

    memset(w->bytes, 0, PAGE_SIZE_BYTES);
    seal_digest_page(c->table->secret, w->bytes, c->of_zeros);
    count = start_helpers(c, threads - 1, helpers);
    take_part(w);
    for (i = 0; i < count; i++) {
        pthread_join(helpers[i]->thread, NULL);
        worker_free(&helpers[i]);
    }
}

int digest_check(int fd, uint64_t start, bool seek,
                 const struct digest_table *table, unsigned int threads,
                 const struct listener *listener, struct damages *out,
                 struct xr_error *err)
{
    struct check c = {
        .fd = fd,
        .start = start,
        .seek = seek,
        .table = table,
    };
    struct worker *w = worker_new(&c);
    struct xr_error local = { .code = 0 };
    off_t before = seek ? lseek(fd, 0, SEEK_CUR) : -1;
    int r, former;

    if (!w)
        return error_set(err, ENOMEM, "out of memory");
    out->count = 0;
    out->found = 0;
    c.damages = out;
    c.err = err ? err : &local;
    w->listener = listener;
    if (threads > table->length / UNIT_BYTES + 1)
        threads = (unsigned int)(table->length / UNIT_BYTES) + 1;
    if (threads > DIGEST_CHECK_THREADS_MAX)
        threads = DIGEST_CHECK_THREADS_MAX;
    pthread_mutex_init(&c.lock, NULL);
    /* Others read what stands on this stack. */
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &former);
    check_together(w, threads ? threads : 1);
    pthread_setcancelstate(former, NULL);
    pthread_mutex_destroy(&c.lock);
    if (before >= 0)
        (void)lseek(fd, before, SEEK_SET);
    worker_free(&w);
    r = c.failure;
    return r ? r : listener_progress(listener, c.done, table->length, err);
}
