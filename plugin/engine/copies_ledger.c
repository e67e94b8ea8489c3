/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the copies are noted.  Whoever could write here could have root remove or
 * overwrite what he likes: what is not our own user's alone is not even read.
 */
#include "config.h"

#include "engine/copies_ledger.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "domain/clone_mark.h"
#include "domain/stage_page.h"
#include "engine/copies_text.h"
#include "util/buffer.h"
#include "util/cleanup.h"
#include "util/fault.h"
#include "util/io.h"

enum {
    NAME_ROOM = STAGE_ID_SIZE + 8,
    LEDGER_SIZE_MAX = 4 << 20,
    CREATE_TRIES = 10,
};

static const char *const endings[] = {
    [COPIES_NEW] = ".new",
    [COPIES_KEPT] = "",
    [COPIES_GONE] = ".gone",
    [COPIES_CLONES] = CLONE_NOTE_ENDING,
};

/* It goes on where somebody else has made it; open() says what is wrong. */
static void make_folder_in(const char *path)
{
    CLEANUP_FREE char *copy = strdup(path);
    CLEANUP_CLOSE int above = -1;

    if (!copy || mkdir(path, 0700))
        return;
    above = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (above >= 0)
        fsync(above);
}

static void make_ledger_folder(const char *path)
{
    CLEANUP_FREE char *copy = strdup(path);

    if (copy)
        make_folder_in(dirname(copy));
    make_folder_in(path);
}

/* Of root's copies nobody else knows, or has to do with. */
static bool is_roots(int fd)
{
    struct stat st;

    return geteuid() && (fd < 0 ? errno == EACCES
                                : !fstat(fd, &st) && !st.st_uid);
}

/* The folder.  -ENOENT: there is none, and none is to be made. */
static int open_ledger(bool create, struct xr_error *err)
{
    const char *path = copies_folder();
    CLEANUP_CLOSE int fd = -1;
    struct stat st;
    int r;

    if (create)
        make_ledger_folder(path);
    fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (!create && is_roots(fd))
        return error_system(err, ENOENT, "%s", path);
    if (fd < 0 || fstat(fd, &st))
        return error_system(err, errno, "%s", path);
    if (st.st_uid != geteuid() || st.st_mode & 022)
        return error_set(err, EPERM, "others than root can write to %s", path);
    r = fd;
    fd = -1;
    return r;
}

bool ledger_id_is_valid(const char *id)
{
    size_t i;

    for (i = 0; i < STAGE_ID_SIZE - 1; i++)
        if (i == 8 || i == 13 || i == 18 || i == 23
                ? id[i] != '-' : !id[i] || !strchr("0123456789abcdef", id[i]))
            return false;
    return !id[i];
}

static void file_name(const char *id, enum copies_state state,
                      char out[NAME_ROOM])
{
    snprintf(out, NAME_ROOM, "%.*s%s", STAGE_ID_SIZE - 1, id, endings[state]);
}

static int check_ledger_file(int fd, const char *name, struct xr_error *err)
{
    struct stat st;

    if (fstat(fd, &st))
        return error_system(err, errno, "%s/%s", copies_folder(), name);
    if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || st.st_mode & 022
        || st.st_size > LEDGER_SIZE_MAX)
        return error_set(err, EPERM, "%s/%s was not written by xen-resumable",
                         copies_folder(), name);
    return 0;
}

static bool is_name_of(int folder, const char *name, int fd)
{
    struct stat mine, there;

    return !fstat(fd, &mine)
           && !fstatat(folder, name, &there, AT_SYMLINK_NOFOLLOW)
           && mine.st_dev == there.st_dev && mine.st_ino == there.st_ino;
}

static int lock_ledger_file(int folder, const char *name, int fd,
                            struct xr_error *err)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

    if (fcntl(fd, F_OFD_SETLK, &lock))
        return errno == EAGAIN || errno == EACCES
               ? error_because(err, XR_REASON_LOCKED, EBUSY, "another program "
                               "is working on the copies of the disks")
               : error_system(err, errno, "%s/%s", copies_folder(), name);
    return is_name_of(folder, name, fd)
           ? 0 : error_set(err, ESTALE, "%s/%s was renamed",
                           copies_folder(), name);
}

static int read_content(struct disk_copies *c, struct xr_error *err)
{
    CLEANUP_FREE char *text = malloc(LEDGER_SIZE_MAX);
    ssize_t n = text ? pread_full(c->lock, text, LEDGER_SIZE_MAX, 0) : -ENOMEM;
    int r;

    copies_forget(c);
    r = n < 0 ? (int)n : copies_text_read(c, text, (size_t)n);
    if (r == -EBADMSG || r == -ENODATA)
        return error_set(err, -r, "cannot understand %s/%s%s",
                         copies_folder(), c->id, endings[c->state]);
    return r ? error_system(err, -r, "%s/%s%s", copies_folder(), c->id,
                            endings[c->state]) : 0;
}

int ledger_take(const char *id, enum copies_state state,
                struct disk_copies *out, struct xr_error *err)
{
    CLEANUP_COPIES struct disk_copies c = { .state = state, .lock = -1 };
    CLEANUP_CLOSE int folder = open_ledger(false, err);
    char name[NAME_ROOM];
    int r;

    if (folder < 0)
        return folder;
    file_name(id, state, name);
    c.id = strdup(id);
    if (!c.id)
        return error_set(err, ENOMEM, "out of memory");
    c.lock = openat(folder, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
                                  | O_NOCTTY);
    if (c.lock < 0)
        return error_system(err, errno, "%s/%s", copies_folder(), name);
    r = check_ledger_file(c.lock, name, err);
    if (!r)
        r = lock_ledger_file(folder, name, c.lock, err);
    if (!r)
        r = read_content(&c, err);
    if (r == -ENODATA && (state == COPIES_NEW || state == COPIES_CLONES))
        unlinkat(folder, name, 0); /* killed before there could be copies */
    if (r)
        return r;
    *out = c;
    c = (struct disk_copies)DISK_COPIES_NONE;
    return 0;
}

int ledger_refresh(struct disk_copies *c, struct xr_error *err)
{
    CLEANUP_CLOSE int folder = open_ledger(false, err);
    enum copies_state state;
    char name[NAME_ROOM];

    if (folder < 0)
        return folder;
    for (state = COPIES_NEW; state <= COPIES_CLONES; state++) {
        file_name(c->id, state, name);
        if (!is_name_of(folder, name, c->lock))
            continue;
        c->state = state;
        return read_content(c, err);
    }
    return error_set(err, ENOENT, "%s/%s is gone", copies_folder(), c->id);
}

int ledger_each(ledger_visit *visit, void *data, struct xr_error *err)
{
    CLEANUP_DIR DIR *dir = NULL;
    int fd = open_ledger(false, err);
    char id[STAGE_ID_SIZE];
    struct dirent *entry;
    enum copies_state state;

    if (fd < 0)
        return fd == -ENOENT ? 0 : fd;
    dir = fdopendir(fd);
    if (!dir) {
        close(fd);
        return error_system(err, errno, "%s", copies_folder());
    }
    while ((entry = readdir(dir))) {
        snprintf(id, sizeof(id), "%.*s", STAGE_ID_SIZE - 1, entry->d_name);
        if (!ledger_id_is_valid(id))
            continue;
        for (state = COPIES_NEW; state <= COPIES_CLONES; state++)
            if (!strcmp(entry->d_name + STAGE_ID_SIZE - 1, endings[state]))
                visit(id, state, data);
    }
    return 0;
}

static int sync_ledger(int folder, struct xr_error *err)
{
    return fsync(folder) ? error_system(err, errno, "%s", copies_folder()) : 0;
}

/* Appended, after what counts; and if that fails, nothing more counts than before. */
static int append_line(struct disk_copies *c, const struct keylist *list,
                       struct xr_error *err)
{
    CLEANUP_BUFFER struct buffer line = { 0 };
    int r;

    keylist_print(list, &line);
    buffer_puts(&line, "\n");
    if (buffer_failed(&line))
        return error_set(err, ENOMEM, "out of memory");
    if (ftruncate(c->lock, (off_t)c->length))
        return error_system(err, errno, "%s/%s", copies_folder(), c->id);
    r = pwrite_full(c->lock, line.data, line.length, (off_t)c->length);
    if (!r && fsync(c->lock))
        r = -errno;
    if (r) {
        (void)!ftruncate(c->lock, (off_t)c->length);
        return error_system(err, -r, "%s/%s", copies_folder(), c->id);
    }
    c->length += line.length;
    return 0;
}

int ledger_note(struct disk_copies *c, const struct keylist *line,
                struct xr_error *err)
{
    int r = fault_step("a line of the ledger", err);

    return r ? r : append_line(c, line, err);
}

/* A sweep that comes between making and locking it takes it for left over. */
static int create_locked(int folder, const char *name, struct xr_error *err)
{
    int i, fd, r = -ESTALE;

    for (i = 0; r == -ESTALE && i < CREATE_TRIES; i++) {
        fd = openat(folder, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC
                                  | O_NOFOLLOW, 0600);
        if (fd < 0)
            return error_system(err, errno, "%s/%s", copies_folder(), name);
        r = lock_ledger_file(folder, name, fd, err);
        if (!r)
            return fd;
        close(fd);
        if (r == -EBUSY) /* it is removed by who has it */
            r = -ESTALE;
    }
    return r;
}

int ledger_create(struct disk_copies *c, struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    CLEANUP_CLOSE int folder = open_ledger(true, err);
    char name[NAME_ROOM];
    int r = folder < 0 ? folder : fault_step("the ledger", err);

    if (r)
        return r;
    file_name(c->id, c->state, name);
    if (copies_text_list(c, &list))
        return error_set(err, E2BIG, "there are too many disks to note their "
                         "copies");
    c->lock = create_locked(folder, name, err);
    if (c->lock < 0)
        return c->lock;
    r = ledger_note(c, &list, err);
    if (!r)
        r = sync_ledger(folder, err);
    if (r)
        unlinkat(folder, name, 0);
    return r;
}

int ledger_move(struct disk_copies *c, enum copies_state state,
                struct xr_error *err)
{
    CLEANUP_CLOSE int folder = open_ledger(false, err);
    char from[NAME_ROOM], to[NAME_ROOM];
    int r = folder < 0 ? folder : fault_step("the ledger's name", err);

    if (r)
        return r;
    file_name(c->id, c->state, from);
    file_name(c->id, state, to);
    if (renameat2(folder, from, folder, to, RENAME_NOREPLACE)
        && (errno != EINVAL || renameat(folder, from, folder, to)))
        return error_system(err, errno, "%s/%s", copies_folder(), from);
    c->state = state;
    return sync_ledger(folder, err);
}

int ledger_remove(struct disk_copies *c, struct xr_error *err)
{
    CLEANUP_CLOSE int folder = open_ledger(false, err);
    char name[NAME_ROOM];
    int r = folder < 0 ? folder : fault_step("the ledger's end", err);

    if (r)
        return r;
    file_name(c->id, c->state, name);
    if (unlinkat(folder, name, 0) && errno != ENOENT)
        return error_system(err, errno, "%s/%s", copies_folder(), name);
    return sync_ledger(folder, err);
}
