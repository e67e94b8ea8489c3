/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/series.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "engine/configuration.h"
#include "engine/new_image.h"
#include "util/cleanup.h"

#define NAME_FORMAT "%Y-%m-%dT%H%M%SZ.img"

static char *configured_dir(const struct events *events)
{
    CLEANUP_CONFIG struct config config;

    configuration_read(&config, events);
    return strdup(config.checkpoint_dir ? config.checkpoint_dir : SERIES_DIR);
}

char *series_dir(const char *wish, const struct events *events)
{
    return wish && *wish ? strdup(wish) : configured_dir(events);
}

int series_check_folder(const char *path, struct xr_error *err)
{
    struct stat st;

    if (stat(path, &st))
        return error_system(err, errno, "%s", path);
    if (!S_ISDIR(st.st_mode))
        return error_system(err, ENOTDIR, "%s", path);
    if ((st.st_uid && st.st_uid != geteuid()) || st.st_mode & 022)
        return error_because(err, XR_REASON_NOT_ALLOWED, EACCES, "%.200s: "
                             "others can write to it, or it belongs to "
                             "another user", path);
    return 0;
}

void series_file_name(time_t when, char out[SERIES_FILE_SIZE])
{
    struct tm tm;

    if (!gmtime_r(&when, &tm)
        || !strftime(out, SERIES_FILE_SIZE, NAME_FORMAT, &tm))
        *out = '\0';
}

bool series_file_time(const char *file, time_t *when_out)
{
    struct tm tm = { .tm_isdst = 0 };
    const char *end = strptime(file, NAME_FORMAT, &tm);
    char again[SERIES_FILE_SIZE];
    time_t when;

    if (!end || *end)
        return false;
    when = timegm(&tm);
    series_file_name(when, again);
    if (strcmp(again, file))
        return false;
    if (when_out)
        *when_out = when;
    return true;
}

/* Is it ".NAME.RANDOM.partial" of a series' image?  Then out is NAME. */
static bool is_unfinished(const char *file, char out[SERIES_FILE_SIZE])
{
    const char *end = strstr(file, ".img.");

    if (*file != '.' || !end || end - file > SERIES_FILE_SIZE - 5)
        return false;
    snprintf(out, SERIES_FILE_SIZE, "%.*s", (int)(end + 4 - file - 1),
             file + 1);
    return series_file_time(out, NULL);
}

/* There may be several of one name: then the others are gone already. */
void series_clear(const char *folder, const struct events *events)
{
    CLEANUP_DIR DIR *entries = opendir(folder);
    char name[SERIES_FILE_SIZE];
    unsigned int count = 0;
    struct dirent *entry;

    while (entries && (entry = readdir(entries))) {
        CLEANUP_FREE char *path = NULL;

        if (!is_unfinished(entry->d_name, name))
            continue;
        path = series_path(folder, name);
        count += path ? new_image_clear(path) : 0;
    }
    if (count)
        events_say(events, MESSAGE_INFO, "%u unfinished file%s in %s, of "
                   "checkpoints that were killed: removed", count,
                   count == 1 ? "" : "s", folder);
}

/* What begins with a dot is hidden, and no guest's. */
bool series_takes_guest(const char *name)
{
    return *name && *name != '.' && !strchr(name, '/')
           && strlen(name) <= NAME_MAX;
}

char *series_path(const char *dir, const char *name)
{
    size_t n = strlen(dir);
    char *path;

    return asprintf(&path, "%s%s%s", dir, n && dir[n - 1] == '/' ? "" : "/",
                    name) < 0 ? NULL : path;
}
