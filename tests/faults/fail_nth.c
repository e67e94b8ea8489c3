/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The functions below stand before those of libc: in a program that links
 * this file, or preloaded (fail_main.c).  The real ones are looked up before
 * anything can be armed, for dlsym allocates, too.
 */
#include "config.h"

#include "fail_nth.h"

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

enum kind { NONE, MEMORY, READ, WRITE, CALL, SHORT };

static enum kind armed;
static long left; /* until the failure; threads share it */
void (*fail_tell)(const void *caller);

static const char *const kinds[] = {
    [MEMORY] = "memory", [READ] = "read", [WRITE] = "write",
    [CALL] = "call", [SHORT] = "short",
};

static enum kind kind_named(const char *name)
{
    size_t i;

    for (i = MEMORY; i <= SHORT; i++)
        if (!strcmp(kinds[i], name))
            return (enum kind)i;
    return NONE;
}

static bool due(enum kind kind, const void *caller)
{
    if (__atomic_load_n(&armed, __ATOMIC_ACQUIRE) != kind
        || __atomic_sub_fetch(&left, 1, __ATOMIC_ACQ_REL))
        return false;
    if (fail_tell)
        fail_tell(caller);
    return true;
}

#define DUE(kind) due(kind, __builtin_return_address(0))

bool fail_is_due(const char *kind)
{
    return DUE(kind_named(kind));
}

bool fail_arm(const char *kind, long nth)
{
    enum kind wanted = kind_named(kind);

    __atomic_store_n(&left, nth, __ATOMIC_RELEASE);
    __atomic_store_n(&armed, wanted, __ATOMIC_RELEASE);
    return wanted != NONE;
}

bool fail_disarm(void)
{
    __atomic_store_n(&armed, NONE, __ATOMIC_RELEASE);
    return __atomic_load_n(&left, __ATOMIC_ACQUIRE) <= 0;
}

static void *find(void **real, const char *name)
{
    if (!__atomic_load_n(real, __ATOMIC_ACQUIRE))
        __atomic_store_n(real, dlsym(RTLD_NEXT, name), __ATOMIC_RELEASE);
    return *real;
}

/*
 * Memory.  To find the real malloc, which may be a sanitizer's, dlsym or the
 * sanitizer may want some: that comes from here, and is never given back.
 */
static max_align_t scraps[4096];
static size_t scraps_used;
static volatile int searching; /* dlsym is declared never to call back */

static void *scrap(size_t n)
{
    void *p = scraps + scraps_used;

    scraps_used += (n + sizeof(*scraps) - 1) / sizeof(*scraps);
    if (scraps_used > sizeof(scraps) / sizeof(*scraps))
        abort();
    return p;
}

static bool is_scrap(const void *p)
{
    return (const char *)p >= (const char *)scraps
           && (const char *)p < (const char *)(scraps + 4096);
}

static void *find_memory(void **real, const char *name)
{
    if (*real || searching)
        return *real;
    searching = 1;
    find(real, name);
    searching = 0;
    return *real;
}

#define REAL_MEMORY(name, instead, parameters, arguments)    \
    static void *real_##name parameters                     \
    {                                                        \
        static void *found;                                  \
        void *(*real) parameters;                            \
                                                             \
        *(void **)&real = find_memory(&found, #name);        \
        return real ? real arguments : instead;              \
    }

REAL_MEMORY(malloc, scrap(n), (size_t n), (n))
REAL_MEMORY(calloc, scrap(count * n), (size_t count, size_t n), (count, n))
REAL_MEMORY(realloc, scrap(n), (void *p, size_t n), (p, n))

EXPORT void free(void *p)
{
    static void *found;
    void (*real)(void *);

    *(void **)&real = find_memory(&found, "free");
    if (p && real && !is_scrap(p))
        real(p);
}

static void *no_memory(void)
{
    errno = ENOMEM;
    return NULL;
}

EXPORT void *malloc(size_t n)
{
    return DUE(MEMORY) ? no_memory() : real_malloc(n);
}

EXPORT void *calloc(size_t count, size_t n)
{
    return DUE(MEMORY) ? no_memory() : real_calloc(count, n);
}

EXPORT void *realloc(void *p, size_t n)
{
    return DUE(MEMORY) ? no_memory() : real_realloc(p, n);
}

EXPORT void *reallocarray(void *p, size_t count, size_t n)
{
    size_t bytes;

    if (DUE(MEMORY) || __builtin_mul_overflow(count, n, &bytes))
        return no_memory();
    return real_realloc(p, bytes);
}

/* The rest: real(name) is the function behind, of the type of this one. */
#define BEHIND(name)                            \
    static void *found_;                        \
    __typeof__(&name) real;                     \
                                                \
    *(void **)&real = find(&found_, #name)

/* A transfer: fails, or moves one byte. */
#define TRANSFER(kind, error, name, n, parameters, arguments) \
    EXPORT ssize_t name parameters;                     \
    EXPORT ssize_t name parameters                      \
    {                                                   \
        BEHIND(name);                                   \
        if (DUE(kind)) {                                \
            errno = error;                              \
            return -1;                                  \
        }                                               \
        if (n > 1 && DUE(SHORT))                        \
            n = 1;                                      \
        return real arguments;                          \
    }

TRANSFER(READ, EIO, read, n, (int fd, void *p, size_t n), (fd, p, n))
TRANSFER(READ, EIO, __read_chk, n,
         (int fd, void *p, size_t n, size_t room), (fd, p, n, room))
TRANSFER(READ, EIO, pread, n,
         (int fd, void *p, size_t n, off_t at), (fd, p, n, at))
TRANSFER(READ, EIO, pread64, n,
         (int fd, void *p, size_t n, off64_t at), (fd, p, n, at))
TRANSFER(READ, EIO, __pread_chk, n,
         (int fd, void *p, size_t n, off_t at, size_t room),
         (fd, p, n, at, room))
TRANSFER(READ, EIO, __pread64_chk, n,
         (int fd, void *p, size_t n, off64_t at, size_t room),
         (fd, p, n, at, room))
TRANSFER(READ, EIO, recv, n,
         (int fd, void *p, size_t n, int flags), (fd, p, n, flags))
TRANSFER(READ, EIO, splice, n,
         (int in, off64_t *from, int out, off64_t *to, size_t n,
          unsigned int flags), (in, from, out, to, n, flags))
TRANSFER(READ, EIO, tee, n,
         (int in, int out, size_t n, unsigned int flags),
         (in, out, n, flags))
TRANSFER(WRITE, ENOSPC, write, n,
         (int fd, const void *p, size_t n), (fd, p, n))
TRANSFER(WRITE, ENOSPC, pwrite, n,
         (int fd, const void *p, size_t n, off_t at), (fd, p, n, at))
TRANSFER(WRITE, ENOSPC, pwrite64, n,
         (int fd, const void *p, size_t n, off64_t at), (fd, p, n, at))

/* A call that fails with EIO and result. */
#define FALLIBLE(type, result, name, parameters, arguments) \
    EXPORT type name parameters;                        \
    EXPORT type name parameters                         \
    {                                                   \
        BEHIND(name);                                   \
        if (DUE(CALL)) {                                \
            errno = EIO;                                \
            return result;                              \
        }                                               \
        return real arguments;                          \
    }

FALLIBLE(int, -1, access, (const char *path, int mode), (path, mode))
FALLIBLE(int, -1, dup2, (int old, int new), (old, new))
FALLIBLE(int, -1, eventfd, (unsigned int value, int flags), (value, flags))
FALLIBLE(int, -1, execvp, (const char *file, char *const *argv),
         (file, argv))
FALLIBLE(FILE *, NULL, fopen, (const char *path, const char *mode),
         (path, mode))
FALLIBLE(FILE *, NULL, fopen64, (const char *path, const char *mode),
         (path, mode))
FALLIBLE(FILE *, NULL, fdopen, (int fd, const char *mode), (fd, mode))
FALLIBLE(int, -1, fchmod, (int fd, mode_t mode), (fd, mode))
FALLIBLE(ssize_t, -1, flistxattr, (int fd, char *out, size_t n), (fd, out, n))
FALLIBLE(pid_t, -1, fork, (void), ())
FALLIBLE(int, -1, fstat, (int fd, struct stat *out), (fd, out))
FALLIBLE(int, -1, fstat64, (int fd, struct stat64 *out), (fd, out))
FALLIBLE(int, -1, fsync, (int fd), (fd))
FALLIBLE(int, -1, ftruncate, (int fd, off_t n), (fd, n))
FALLIBLE(off_t, -1, lseek, (int fd, off_t at, int from), (fd, at, from))
FALLIBLE(off64_t, -1, lseek64, (int fd, off64_t at, int from),
         (fd, at, from))
FALLIBLE(void *, MAP_FAILED, mmap,
         (void *p, size_t n, int prot, int flags, int fd, off_t at),
         (p, n, prot, flags, fd, at))
FALLIBLE(void *, MAP_FAILED, mmap64,
         (void *p, size_t n, int prot, int flags, int fd, off64_t at),
         (p, n, prot, flags, fd, at))
FALLIBLE(int, -1, pipe2, (int fds[2], int flags), (fds, flags))
FALLIBLE(int, -1, poll, (struct pollfd *fds, nfds_t n, int timeout),
         (fds, n, timeout))
FALLIBLE(int, -1, rename, (const char *from, const char *to), (from, to))
FALLIBLE(int, -1, renameat2,
         (int a, const char *from, int b, const char *to, unsigned int flags),
         (a, from, b, to, flags))
FALLIBLE(int, -1, socket, (int domain, int type, int protocol),
         (domain, type, protocol))
FALLIBLE(int, -1, stat, (const char *path, struct stat *out), (path, out))
FALLIBLE(int, EAGAIN, pthread_create,
         (pthread_t *thread, const pthread_attr_t *attr,
          void *(*body)(void *), void *data), (thread, attr, body, data))

/* A mode is read where there is none, too: it is passed on and not used. */
#define OPENING(name)                                   \
    EXPORT int name(const char *path, int flags, ...);  \
    EXPORT int name(const char *path, int flags, ...)   \
    {                                                   \
        BEHIND(name);                                   \
        mode_t mode;                                    \
        va_list ap;                                     \
                                                        \
        va_start(ap, flags);                            \
        mode = va_arg(ap, mode_t);                      \
        va_end(ap);                                     \
        if (DUE(CALL)) {                                \
            errno = EIO;                                \
            return -1;                                  \
        }                                               \
        return real(path, flags, mode);                 \
    }

OPENING(open)
OPENING(open64)

EXPORT int fcntl(int fd, int command, ...);
EXPORT int fcntl(int fd, int command, ...)
{
    BEHIND(fcntl);
    void *argument;
    va_list ap;

    va_start(ap, command);
    argument = va_arg(ap, void *);
    va_end(ap);
    if (DUE(CALL)) {
        errno = EIO;
        return -1;
    }
    return real(fd, command, argument);
}
