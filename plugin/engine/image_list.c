/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/image_list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/series.h"
#include "util/cleanup.h"
#include "util/path.h"

const char *moment_source_name(enum moment_source source)
{
    static const char *const names[] = {
        [MOMENT_RECORD] = "record",
        [MOMENT_NAME] = "name",
        [MOMENT_FILE] = "file",
    };

    return names[source];
}

const char *listed_name(const struct listed_image *image)
{
    const char *name = image->summary.identity.name;

    return name ? name : "";
}

static void listed_free(struct listed_image *image)
{
    image_summary_free(&image->summary);
    free(image->path);
}

void image_list_free(struct image_list *list)
{
    int saved = errno;

    while (list->count)
        listed_free(&list->items[--list->count]);
    free(list->items);
    *list = (struct image_list){ 0 };
    errno = saved;
}

const struct listed_image *image_list_failed(const struct image_list *list)
{
    size_t i;

    for (i = 0; i < list->count; i++)
        if (!list->items[i].readable)
            return &list->items[i];
    return NULL;
}

static void find_moment(struct listed_image *image)
{
    if (image->readable && image->summary.knows_time) {
        image->when = image->summary.saved_at;
        image->source = MOMENT_RECORD;
    } else if (series_file_time(image->file, &image->when)) {
        image->source = MOMENT_NAME;
    } else {
        image->when = image->seen.st_mtime;
        image->source = MOMENT_FILE;
    }
}

/* A FIFO of that name must not be waited for. */
static int open_listed(struct listed_image *image, int flags,
                       struct xr_error *err)
{
    int fd = open(image->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY
                               | flags);
    int r = 0;

    if (fd < 0 || fstat(fd, &image->seen))
        r = error_errno(err, errno);
    else if (S_ISDIR(image->seen.st_mode))
        r = error_set(err, EISDIR, "it is a folder; --dir lists it");
    else if (!S_ISREG(image->seen.st_mode))
        r = error_set(err, EISDIR, "it is not a regular file");
    if (r && fd >= 0)
        close(fd);
    return r ? r : fd;
}

static int read_listed(struct listed_image *image, int flags)
{
    CLEANUP_CLOSE int fd = open_listed(image, flags, &image->error);
    int r = fd < 0 ? fd : image_summary_read(fd, &image->summary,
                                             &image->error);

    image->readable = !r;
    find_moment(image);
    return r;
}

/* Takes over what it has. */
static int image_list_add(struct image_list *list, struct listed_image *image)
{
    struct listed_image *items = list->items;

    /* Grows at every power of two. */
    if (!(list->count & (list->count - 1)))
        items = reallocarray(items, list->count ? 2 * list->count : 1,
                             sizeof(*items));
    if (!items)
        return -ENOMEM;
    list->items = items;
    items[list->count++] = *image;
    return 0;
}

enum wish {
    WANTED_ANYWAY,   /* it was named */
    WANTED_IMAGES,
};

static bool is_listed(const struct listed_image *image, int r,
                      const char *guest)
{
    switch (r) {
    case 0:
        return !guest || !strcmp(listed_name(image), guest);
    case -ENOENT: /* removed meanwhile */
    case -ELOOP:  /* a symbolic link */
    case -EISDIR:
        return false;
    case -ENOEXEC:
        return series_file_time(image->file, NULL);
    default:
        return true;
    }
}

static int add_path(struct image_list *list, char *path, enum wish wish,
                    const char *guest, struct xr_error *err)
{
    struct listed_image image = { .path = path };
    int r = path ? 0 : -ENOMEM;

    if (!r) {
        image.file = path_base(path);
        r = read_listed(&image, wish == WANTED_ANYWAY ? 0 : O_NOFOLLOW);
        if (r != -ENOMEM && wish == WANTED_IMAGES
            && !is_listed(&image, r, guest)) {
            listed_free(&image);
            return 0;
        }
        if (r != -ENOMEM)
            r = image_list_add(list, &image);
    }
    if (!r)
        return 0;
    listed_free(&image);
    return error_set(err, ENOMEM, "out of memory");
}

int image_list_add_file(struct image_list *list, const char *path,
                        struct xr_error *err)
{
    return add_path(list, strdup(path), WANTED_ANYWAY, NULL, err);
}

/* Where the file system does not say what an entry is, opening it does. */
static bool may_be_file(const struct dirent *entry)
{
    return entry->d_name[0] != '.'
           && (entry->d_type == DT_REG || entry->d_type == DT_UNKNOWN);
}

/* The next entry; NULL and *r_out 0 at the end. */
static struct dirent *next_entry(DIR *folder, const char *path, int *r_out,
                                 struct xr_error *err)
{
    struct dirent *entry;

    errno = 0;
    entry = readdir(folder);
    *r_out = !entry && errno ? error_system(err, errno, "%s", path) : 0;
    return entry;
}

int image_list_add_folder(struct image_list *list, const char *path,
                          const char *guest, struct xr_error *err)
{
    CLEANUP_DIR DIR *folder = opendir(path);
    struct dirent *entry;
    int r = 0;

    if (!folder)
        return error_system(err, errno, "%s", path);
    while (!r && (entry = next_entry(folder, path, &r, err)))
        if (may_be_file(entry))
            r = add_path(list, series_path(path, entry->d_name),
                         WANTED_IMAGES, guest, err);
    return r;
}

/* 1 or 0; a link may lead anywhere.  What is gone meanwhile is none. */
static int is_folder(const char *path, struct xr_error *err)
{
    struct stat st;

    if (!path)
        return error_set(err, ENOMEM, "out of memory");
    if (lstat(path, &st))
        return errno == ENOENT ? 0 : error_system(err, errno, "%s", path);
    return S_ISDIR(st.st_mode);
}

int image_list_each_guest(const char *dir, image_list_visit *visit,
                          void *data, struct xr_error *err)
{
    CLEANUP_DIR DIR *folder = opendir(dir);
    struct dirent *entry;
    int r = 0;

    if (!folder)
        return error_system(err, errno, "%s", dir);
    while (!r && (entry = next_entry(folder, dir, &r, err))) {
        CLEANUP_FREE char *path = series_path(dir, entry->d_name);

        if (!series_takes_guest(entry->d_name))
            continue;
        r = is_folder(path, err);
        if (r > 0)
            r = visit(dir, entry->d_name, data, err);
    }
    return r;
}

static int add_guest(const char *dir, const char *guest, void *data,
                     struct xr_error *err)
{
    CLEANUP_FREE char *path = series_path(dir, guest);

    if (!path)
        return error_set(err, ENOMEM, "out of memory");
    return image_list_add_folder(data, path, NULL, err);
}

/* -ENOENT only if there is nothing of it at all. */
static int add_one_guest(struct image_list *list, const char *dir,
                         const char *guest, struct xr_error *err)
{
    CLEANUP_FREE char *path = series_path(dir, guest);
    size_t before = list->count;
    int r;

    if (!path)
        return error_set(err, ENOMEM, "out of memory");
    r = image_list_add_folder(list, dir, guest, err);
    if (!r && series_takes_guest(guest))
        r = is_folder(path, err);
    if (r > 0)
        return add_guest(dir, guest, list, err);
    return r || list->count > before
           ? r : error_set(err, ENOENT, "%s has no images of it", dir);
}

int image_list_add_dir(struct image_list *list, const char *dir,
                       const char *guest, struct xr_error *err)
{
    int r;

    if (guest)
        return add_one_guest(list, dir, guest, err);
    r = image_list_add_folder(list, dir, NULL, err);
    return r ? r : image_list_each_guest(dir, add_guest, list, err);
}

static int compare_listed(const void *a, const void *b)
{
    const struct listed_image *x = a, *y = b;
    int order = strcmp(listed_name(x), listed_name(y));

    if (!order)
        order = x->when < y->when ? -1 : x->when > y->when;
    return order ? order : strcmp(x->path, y->path);
}

void image_list_sort(struct image_list *list)
{
    if (list->count)
        qsort(list->items, list->count, sizeof(*list->items), compare_listed);
}
