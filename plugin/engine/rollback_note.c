/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The file has one line: a list as records have it (FORMAT.md, "The list").  A new
 * one takes the place of the former one as a whole.
 */
#include "config.h"

#include "engine/rollback_note.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/boot.h"
#include "engine/series.h"
#include "format/keylist.h"
#include "lib/config_edit.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "util/shell_word.h"

enum {
    NOTE_MAX = 16384,
    COMMAND_MAX = 130, /* of an error's message, behind what is said of it */
};

static const char *notes_folder(void)
{
    const char *dir = secure_getenv("XR_ROLLBACK_DIR");

    return dir && *dir ? dir : ROLLBACK_DIR;
}

char *rollback_note_path(const char *uuid)
{
    return series_path(notes_folder(), uuid);
}

static void put_names(struct buffer *b, const char *names)
{
    const char *end;

    for (; *names; names = *end ? end + 1 : end) {
        CLEANUP_FREE char *name = NULL;

        end = strchrnul(names, ' ');
        name = strndup(names, (size_t)(end - names));
        buffer_puts(b, "--as-it-is=");
        buffer_put_shell_word(b, name ? name : "");
        buffer_puts(b, " ");
    }
}

char *rollback_command(const struct rollback_note *note)
{
    CLEANUP_BUFFER struct buffer b = { 0 };

    buffer_puts(&b, note->by_restore ? "xen-resumable restore --disks=back "
                                     : "xen-resumable rollback ");
    put_names(&b, note->as_it_is ? note->as_it_is : "");
    if (!note->by_restore) {
        buffer_puts(&b, *note->name == '-' ? "-- " : "");
        buffer_put_shell_word(&b, note->name);
        buffer_puts(&b, " ");
    }
    buffer_put_shell_word(&b, note->image);
    return buffer_failed(&b) ? NULL : buffer_steal(&b);
}

const char *rollback_command_or_where(const char *command)
{
    return command && strlen(command) <= COMMAND_MAX
           ? command : "see 'xen-resumable doctor'";
}

void rollback_note_free(struct rollback_note *note)
{
    int saved = errno;

    free(note->name);
    free(note->uuid);
    free(note->image);
    free(note->safety);
    free(note->as_it_is);
    *note = (struct rollback_note){ .name = NULL };
    errno = saved;
}

bool rollback_note_is_of_this_boot(const struct rollback_note *note)
{
    return boot_is_this(note->boot);
}

/* --- writing */

static int note_number(struct keylist *list, const char *key, uint64_t value)
{
    char text[24];

    snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
    return keylist_set_text(list, key, text);
}

static int note_to_text(const struct rollback_note *note, struct buffer *out,
                        struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    int r = keylist_set_text(&list, "name", note->name);

    if (!r)
        r = keylist_set_text(&list, "uuid", note->uuid);
    if (!r)
        r = keylist_set_text(&list, "image", note->image);
    if (!r && note->safety)
        r = keylist_set_text(&list, "safety", note->safety);
    if (!r && note->as_it_is)
        r = keylist_set_text(&list, "as_it_is", note->as_it_is);
    if (!r && note->by_restore)
        r = keylist_set_text(&list, "by", "restore");
    if (!r)
        r = note_number(&list, "inode", note->inode);
    if (!r)
        r = note_number(&list, "domid", note->domid);
    if (!r)
        r = note_number(&list, "since", (uint64_t)note->since);
    if (!r)
        r = keylist_set_text(&list, "boot", note->boot);
    keylist_print(&list, out);
    buffer_puts(out, "\n");
    return r || buffer_failed(out) ? error_set(err, ENOMEM, "out of memory")
                                   : 0;
}

static int sync_notes_folder(const char *path, struct xr_error *err)
{
    CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    return fd < 0 || fsync(fd) ? error_system(err, errno, "%s", path) : 0;
}

/* The default's parent is a series', which need not have begun. */
static int make_notes_folder(struct xr_error *err)
{
    const char *path = notes_folder();

    if (!strcmp(path, ROLLBACK_DIR))
        (void)mkdir(SERIES_DIR, 0700);
    if (mkdir(path, 0700) && errno != EEXIST)
        return error_system(err, errno, "%s", path);
    return series_check_folder(path, err);
}

static int write_file(const char *path, const struct buffer *text,
                      struct xr_error *err)
{
    CLEANUP_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC
                                      | O_NOFOLLOW, 0600);

    if (fd < 0 || write_full(fd, text->data, text->length, NULL)
        || fsync(fd))
        return error_system(err, errno, "%s", path);
    return 0;
}

int rollback_note_write(struct rollback_note *note, struct xr_error *err)
{
    CLEANUP_BUFFER struct buffer text = { 0 };
    CLEANUP_FREE char *path = rollback_note_path(note->uuid);
    CLEANUP_FREE char *fresh = NULL;
    int r;

    if (!path || asprintf(&fresh, "%s.new", path) < 0) {
        fresh = NULL;
        return error_set(err, ENOMEM, "out of memory");
    }
    note->since = time(NULL);
    boot_read(note->boot);
    r = note_to_text(note, &text, err);
    if (!r)
        r = make_notes_folder(err);
    if (!r)
        r = write_file(fresh, &text, err);
    if (!r && rename(fresh, path))
        r = error_system(err, errno, "%s", path);
    return r ? r : sync_notes_folder(notes_folder(), err);
}

int rollback_note_remove(const char *uuid, struct xr_error *err)
{
    CLEANUP_FREE char *path = rollback_note_path(uuid);

    if (!path)
        return error_set(err, ENOMEM, "out of memory");
    if (!unlink(path))
        return sync_notes_folder(notes_folder(), err);
    return errno == ENOENT ? 0 : error_system(err, errno, "%s", path);
}

/* --- reading */

/* NULL where there is none. */
static char *note_text_copy(const struct keylist *list, const char *key)
{
    const char *text = keylist_get(list, key);

    return text && *text ? strdup(text) : NULL;
}

static int note_from_list(const struct keylist *list, const char *uuid,
                          struct rollback_note *out, struct xr_error *err)
{
    const char *boot = keylist_get(list, "boot");
    CLEANUP_ROLLBACK_NOTE struct rollback_note note = {
        .name = note_text_copy(list, "name"),
        .uuid = note_text_copy(list, "uuid"),
        .image = note_text_copy(list, "image"),
        .safety = note_text_copy(list, "safety"),
        .as_it_is = note_text_copy(list, "as_it_is"),
        .by_restore = keylist_get(list, "by"),
    };
    uint64_t domid, since;

    if (!note.name || !note.uuid || !note.image || strcmp(note.uuid, uuid)
        || *note.image != '/' || !boot
        || !keylist_get_number(list, "inode", &note.inode)
        || !keylist_get_number(list, "domid", &domid)
        || !keylist_get_number(list, "since", &since)
        || domid > UINT32_MAX || since > INT64_MAX)
        return error_set(err, EBADMSG, "a rollback's note that makes no "
                         "sense: %s/%.60s", notes_folder(), uuid);
    note.domid = (uint32_t)domid;
    note.since = (time_t)since;
    snprintf(note.boot, sizeof(note.boot), "%s", boot);
    *out = note;
    note = (struct rollback_note){ .name = NULL };
    return 0;
}

int rollback_note_read(const char *uuid, struct rollback_note *out,
                       struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    CLEANUP_FREE char *path = rollback_note_path(uuid);
    CLEANUP_CLOSE int fd = -1;
    char text[NOTE_MAX];
    ssize_t n;
    int r;

    if (!path)
        return error_set(err, ENOMEM, "out of memory");
    r = series_check_folder(notes_folder(), err);
    if (r)
        return r;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    n = fd < 0 ? -errno : read_full(fd, text, sizeof(text));
    if (n < 0)
        return error_system(err, (int)-n, "%s", path);
    while (n && text[n - 1] == '\n')
        n--;
    r = keylist_parse(text, (size_t)n, &list, err);
    if (r)
        return r == -ENOMEM ? r : error_set(err, EBADMSG, "%s cannot be read",
                                            path);
    return note_from_list(&list, uuid, out, err);
}

void rollback_notes_each(rollback_note_visit *visit, void *data)
{
    CLEANUP_DIR DIR *entries = opendir(notes_folder());
    struct dirent *entry;

    while (entries && (entry = readdir(entries))) {
        CLEANUP_ROLLBACK_NOTE struct rollback_note note = { .name = NULL };

        if (config_is_uuid(entry->d_name)
            && !rollback_note_read(entry->d_name, &note, NULL))
            visit(&note, data);
    }
}

struct note_search {
    const char *domain;
    char *uuid;          /* of the latest */
    time_t since;
};

static void note_is_of(const struct rollback_note *note, void *data)
{
    struct note_search *s = data;

    if ((strcmp(note->name, s->domain) && strcmp(note->uuid, s->domain))
        || (s->uuid && note->since < s->since))
        return;
    free(s->uuid);
    s->uuid = strdup(note->uuid);
    s->since = note->since;
}

int rollback_note_find(const char *domain, struct rollback_note *out,
                       struct xr_error *err)
{
    struct note_search s = { .domain = domain };
    int r;

    rollback_notes_each(note_is_of, &s);
    r = s.uuid ? rollback_note_read(s.uuid, out, err)
               : error_set(err, ENOENT, "no rollback of it was begun");
    free(s.uuid);
    return r;
}

int rollback_note_refuse(const char *uuid, struct xr_error *err)
{
    CLEANUP_ROLLBACK_NOTE struct rollback_note note = { .name = NULL };
    CLEANUP_FREE char *command = NULL;
    char small[CONFIG_UUID_ROOM];

    if (!uuid || !config_is_uuid(uuid))
        return 0;
    config_lower_uuid(uuid, small);
    if (rollback_note_read(small, &note, NULL) || !note.by_restore)
        return 0;
    command = rollback_command(&note);
    return error_because(err, XR_REASON_DISK_CHANGED, EBUSY, "the disks of "
                         "%.40s may be put back in part; to continue: %s",
                         note.name, rollback_command_or_where(command));
}

/* --- the image */

static int lock_image(int fd, int command, short *type)
{
    struct flock lock = { .l_type = *type, .l_whence = SEEK_SET };
    int r = fcntl(fd, command, &lock);

    *type = lock.l_type;
    return r;
}

void rollback_hold_image(int fd)
{
    short type = F_RDLCK;

    (void)lock_image(fd, F_OFD_SETLK, &type);
}

struct held_search {
    uint64_t inode;
    char path[PATH_MAX]; /* "": not known */
    bool found;
};

static void read_path_of(int fd, char out[PATH_MAX])
{
    char link[32];
    ssize_t n;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    n = readlink(link, out, PATH_MAX - 1);
    out[n < 0 ? 0 : n] = '\0';
}

/*
 * The inode alone may be another file's: then that one stays a while, too.  It goes on
 * by the path, where the image may be another file by now: seal --flat makes one.
 */
static void note_holds(const struct rollback_note *note, void *data)
{
    struct held_search *s = data;

    s->found |= note->inode == s->inode || !strcmp(note->image, s->path);
}

bool rollback_holds_image(int fd)
{
    struct held_search s = { .found = false };
    short type = F_WRLCK;
    struct stat st;

    if (!lock_image(fd, F_OFD_GETLK, &type) && type == F_RDLCK)
        return true;
    if (fstat(fd, &st))
        return false;
    s.inode = st.st_ino;
    read_path_of(fd, s.path);
    rollback_notes_each(note_holds, &s);
    return s.found;
}
