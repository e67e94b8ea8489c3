/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "domain/lock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "domain/lock_file.h"
#include "domain/lock_record.h"
#include "domain/savers.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/io.h"

enum { POLL_MS = 100 };

/* On failure *out is all zero. */
static bool read_record(int fd, struct lock_record *out)
{
    char bytes[LOCK_RECORD_SIZE];
    ssize_t n = pread_full(fd, bytes, sizeof(bytes), 0);

    return lock_record_decode(bytes, n < 0 ? 0 : (size_t)n, out);
}

static int write_record(int fd, const struct lock_record *record,
                        struct xr_error *err)
{
    char bytes[LOCK_RECORD_SIZE];
    ssize_t n;

    lock_record_encode(record, bytes);
    n = pwrite(fd, bytes, sizeof(bytes), 0);
    if (n == LOCK_RECORD_SIZE)
        return 0;
    return error_system(err, n < 0 ? errno : ENOSPC,
                        "the lock cannot be written");
}

static void lock_pause(void)
{
    const struct timespec moment = { .tv_nsec = POLL_MS * 1000000L };

    nanosleep(&moment, NULL);
}

/* --- taking it */

/* Who is at work on the domain although nobody has the operation's byte. */
static bool is_still_saved(int fd, uint32_t domid, char text[LOCK_TEXT_ROOM])
{
    struct saver saver;

    if (savers_find(domid, &saver)) {
        snprintf(text, LOCK_TEXT_ROOM, "%s", saver.text);
        return true;
    }
    if (!lock_file_is_locked(fd, LOCK_BYTE_STREAM))
        return false;
    snprintf(text, LOCK_TEXT_ROOM, "a save whose toolstack has ended");
    return true;
}

/* What a former holder has left behind; there may have been none. */
static enum lock_state inherited_state(int fd, uint32_t domid)
{
    struct lock_record former;

    if (!read_record(fd, &former) || former.domid != domid)
        return LOCK_RUNNING;
    return former.state == LOCK_SUSPENDED || former.state == LOCK_HELD
           ? LOCK_HELD : LOCK_RUNNING;
}

static int lock_sign(int fd, const struct lock_wish *wish, struct lock *out,
                     struct xr_error *err)
{
    struct lock lock = { .fd = fd };
    int r;

    lock.record = (struct lock_record){
        .since = time(NULL),
        .intent = wish->intent,
        .state = inherited_state(fd, wish->domid),
        .domid = wish->domid,
    };
    if (!process_read(getpid(), &lock.record.holder))
        return error_set(err, EIO, "cannot read from /proc who this process "
                         "is");
    snprintf(lock.name, sizeof(lock.name), "%s", wish->uuid);
    r = write_record(fd, &lock.record, err);
    if (!r)
        *out = lock;
    return r;
}

/* With the operation's byte, and the file is the one of that name. */
static int take_current(int fd, const struct lock_wish *wish,
                        struct lock *out, char text[LOCK_TEXT_ROOM],
                        struct xr_error *err)
{
    return is_still_saved(fd, wish->domid, text)
           ? -EBUSY : lock_sign(fd, wish, out, err);
}

/* It was made for a lock that nobody has got, and says nothing. */
static void remove_empty_file(int fd, const char *name)
{
    struct stat st;

    if (!fstat(fd, &st) && !st.st_size
        && !lock_file_is_locked(fd, LOCK_BYTE_STREAM))
        lock_file_remove(name);
}

/* -EBUSY, and the text says who has it; -EAGAIN if the file has just gone. */
static int try_to_take(const struct lock_wish *wish, struct lock *out,
                       char text[LOCK_TEXT_ROOM], struct xr_error *err)
{
    CLEANUP_CLOSE int fd = lock_file_open(wish->uuid, true, err);
    struct lock_record record;
    int r;

    if (fd < 0)
        return fd;
    if (!lock_file_lock(fd, LOCK_BYTE_OPERATION)) {
        if (errno != EAGAIN && errno != EACCES)
            return error_system(err, errno, "the lock cannot be taken");
        read_record(fd, &record);
        lock_record_describe(&record, text);
        return -EBUSY;
    }
    if (!lock_file_is_current(fd, wish->uuid))
        return -EAGAIN;
    r = take_current(fd, wish, out, text, err);
    if (r)
        remove_empty_file(fd, wish->uuid);
    else
        fd = -1;
    return r;
}

int lock_take(const struct lock_wish *wish, struct lock *out,
              struct xr_error *err)
{
    uint64_t until = clock_ms() + (uint64_t)wish->timeout * 1000;
    char text[LOCK_TEXT_ROOM];
    bool said = false;
    int r;

    if (strlen(wish->uuid) >= LOCK_NAME_ROOM || strchr(wish->uuid, '/'))
        return error_set(err, EINVAL, "%.60s is not a uuid", wish->uuid);
    for (;;) {
        r = try_to_take(wish, out, text, err);
        if (r != -EBUSY && r != -EAGAIN)
            return r;
        if (clock_ms() >= until)
            return r == -EBUSY
                   ? error_set(err, EBUSY, "it is locked by %s", text)
                   : error_set(err, EIO, "the lock's file is removed again "
                               "and again");
        if (r == -EBUSY && !said && wish->on_wait) {
            wish->on_wait(text, wish->data);
            said = true;
        }
        if (wish->wants_stop && wish->wants_stop(wish->data))
            return error_set(err, ECANCELED, "stopped on request");
        lock_pause();
    }
}

static bool is_process(const struct process *holder, pid_t pid)
{
    struct process now;

    return holder->pid == pid && process_read(pid, &now)
           && now.started == holder->started;
}

/* --- giving it up */

/* An empty pid: so that nobody takes what is left for his own. */
static void leave_record(const struct lock *lock, struct lock_record *record)
{
    record->holder.pid = 0;
    write_record(lock->fd, record, NULL);
}

void lock_release(struct lock *lock)
{
    struct lock_record record;
    int saved = errno;

    if (lock->fd < 0)
        return;
    if (lock->record.holder.pid
        && !lock_file_lock(lock->fd, LOCK_BYTE_OPERATION)) {
        /* Given up before, by a process that shared it; another one has it. */
    } else if (lock->record.holder.pid) {
        if (read_record(lock->fd, &record) && record.state == LOCK_HELD)
            leave_record(lock, &record);
        else if (lock_file_is_current(lock->fd, lock->name))
            lock_file_remove(lock->name);
        lock_file_unlock(lock->fd, LOCK_BYTE_OPERATION);
    } else {
        lock_file_unlock(lock->fd, LOCK_BYTE_STREAM);
    }
    close(lock->fd);
    *lock = (struct lock)LOCK_NONE;
    errno = saved;
}

int lock_adopt(struct lock *lock, struct xr_error *err)
{
    struct lock_record record;

    if (!read_record(lock->fd, &record))
        return error_set(err, EBADMSG, "the lock cannot be read");
    if (!process_read(getpid(), &record.holder))
        return error_set(err, EIO, "cannot read from /proc who this process "
                         "is");
    lock->record = record;
    return write_record(lock->fd, &record, err);
}

int lock_inherit(const char *uuid, enum intent intent, struct xr_error *err)
{
    CLEANUP_CLOSE int fd = lock_file_open(uuid, false, err);
    struct lock_record record;

    if (fd < 0)
        return fd;
    if (!lock_file_is_locked(fd, LOCK_BYTE_OPERATION)
        || !read_record(fd, &record)
        || !is_process(&record.holder, getppid()))
        return error_set(err, ENOENT, "the parent process does not hold the lock");
    if (!process_read(getpid(), &record.holder))
        return error_set(err, EIO, "cannot read from /proc who this process "
                         "is");
    record.intent = intent;
    return write_record(fd, &record, err);
}

bool lock_wait_for_stream(const struct lock *lock, unsigned int seconds)
{
    uint64_t until = clock_ms() + (uint64_t)seconds * 1000;
    bool locked;

    while ((locked = lock_file_is_locked(lock->fd, LOCK_BYTE_STREAM))
           && clock_ms() < until)
        lock_pause();
    return !locked;
}

void lock_forget(const char *uuid)
{
    CLEANUP_CLOSE int fd = lock_file_open(uuid, false, NULL);

    if (fd < 0 || !lock_file_lock(fd, LOCK_BYTE_OPERATION))
        return;
    if (lock_file_is_current(fd, uuid))
        lock_file_remove(uuid);
    lock_file_unlock(fd, LOCK_BYTE_OPERATION);
}

/* --- looking at it */

static enum lock_owner lock_owner_of(int fd, struct lock_record *out)
{
    bool readable = read_record(fd, out);

    if (!lock_file_is_locked(fd, LOCK_BYTE_OPERATION))
        return LOCK_FREE;
    return readable && (is_process(&out->holder, getpid())
                        || is_process(&out->holder, getppid()))
           ? LOCK_OURS : LOCK_OTHERS;
}

enum lock_owner lock_look(const char *uuid, struct lock_record *out)
{
    CLEANUP_CLOSE int fd = lock_file_open(uuid, false, NULL);
    struct lock_record record = { .domid = 0 };
    enum lock_owner owner = fd < 0 ? LOCK_FREE : lock_owner_of(fd, &record);

    if (out)
        *out = record;
    return owner;
}

bool lock_is_busy(const char *uuid, uint32_t domid,
                  char text[LOCK_TEXT_ROOM])
{
    CLEANUP_CLOSE int fd = lock_file_open(uuid, false, NULL);
    struct lock_record record;
    struct saver saver;

    if (fd >= 0 && lock_owner_of(fd, &record) == LOCK_OTHERS) {
        lock_record_describe(&record, text);
        return true;
    }
    if (fd >= 0)
        return is_still_saved(fd, domid, text);
    if (!savers_find(domid, &saver))
        return false;
    snprintf(text, LOCK_TEXT_ROOM, "%s", saver.text);
    return true;
}

enum lock_state lock_state(const char *uuid)
{
    struct lock_record record;

    return lock_look(uuid, &record) == LOCK_OURS ? record.state
                                                 : LOCK_RUNNING;
}

int lock_set_state(const char *uuid, enum lock_state state,
                   struct xr_error *err)
{
    CLEANUP_CLOSE int fd = lock_file_open(uuid, false, err);
    struct lock_record record;

    if (fd < 0)
        return fd;
    if (lock_owner_of(fd, &record) != LOCK_OURS)
        return error_set(err, EPERM, "the lock is not ours");
    if (record.state == state)
        return 0;
    record.state = state;
    return write_record(fd, &record, err);
}

int lock_begin_stream(const char *uuid, struct lock *out,
                      struct xr_error *err)
{
    CLEANUP_CLOSE int fd = lock_file_open(uuid, false, err);

    if (fd < 0)
        return fd;
    if (!lock_file_lock(fd, LOCK_BYTE_STREAM)) {
        if (errno != EAGAIN && errno != EACCES)
            return error_system(err, errno, "the lock cannot be taken");
        return error_set(err, EBUSY, "another save of it is under way");
    }
    *out = (struct lock){ .fd = fd };
    fd = -1;
    return 0;
}
