/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/series.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "engine/configuration.h"

#define NAME_FORMAT "%Y-%m-%dT%H%M%SZ.img"

static char *configured_dir(const struct events *events)
{
    CLEANUP_CONFIG struct config config;

    configuration_read(&config, events);
    return strdup(config.checkpoint_dir ? config.checkpoint_dir : SERIES_DIR);
}

char *series_dir(const char *wish, const struct events *events)
{
    return wish ? strdup(wish) : configured_dir(events);
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
