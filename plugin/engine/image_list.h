/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which save images there are.  A file that cannot be read is in the list with
 * the reason, and the others come all the same.
 */
#ifndef ENGINE_IMAGE_LIST_H
#define ENGINE_IMAGE_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <time.h>

#include "lib/image_summary.h"
#include "util/error.h"

/* What says when the guest was saved. */
enum moment_source {
    MOMENT_RECORD,
    MOMENT_NAME,  /* the file's, as a series has it */
    MOMENT_FILE,  /* the last change of its contents */
};

struct listed_image {
    char *path;
    const char *file;              /* its last part */
    bool readable;
    struct image_summary summary;  /* if it is */
    time_t when;
    enum moment_source source;
    struct stat seen;              /* if the file could be opened */
    struct xr_error error;         /* if it is not readable */
};

struct image_list {
    struct listed_image *items;
    size_t count;
};

/*
 * One file, whatever it is.  0 also where it is no image: the list says so.
 * -ENOMEM.
 */
int image_list_add_file(struct image_list *list, const char *path,
                        struct xr_error *err);

/*
 * Every image in a folder: regular files; symbolic links, hidden files and
 * what is no save image are passed over, but what has the name of a series'
 * image is in the list, whatever it is.  guest: only images of that guest, and
 * files that cannot be read; NULL: all.
 */
int image_list_add_folder(struct image_list *list, const char *path,
                          const char *guest, struct xr_error *err);

/* Is told each folder in dir that may be a guest's; anything but 0 ends it. */
typedef int image_list_visit(const char *dir, const char *guest, void *data,
                             struct xr_error *err);
int image_list_each_guest(const char *dir, image_list_visit *visit,
                          void *data, struct xr_error *err);

/*
 * The images of a folder of series: those in itself, and those of its guests;
 * or of one guest, -ENOENT if there is none.
 */
int image_list_add_dir(struct image_list *list, const char *dir,
                       const char *guest, struct xr_error *err);

/* By guest, then the oldest first. */
void image_list_sort(struct image_list *list);

/* The first that cannot be read; NULL: none. */
const struct listed_image *image_list_failed(const struct image_list *list);

/* The guest's name; "" where nobody says it. */
const char *listed_name(const struct listed_image *image);

/* "record", "name" or "file". */
const char *moment_source_name(enum moment_source source);

void image_list_free(struct image_list *list);

#define CLEANUP_IMAGE_LIST __attribute__((cleanup(image_list_free)))

#endif
