/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs a fuzz target over files and over the files of folders, each of them
 * whole, then cut in half, then with its first half doubled.
 */
#include "config.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"
#include "util/buffer.h"
#include "util/cleanup.h"

static size_t runs;

/* In a block of its own: a sanitizer sees the first read beyond it. */
static void run(const char *bytes, size_t n)
{
    CLEANUP_FREE uint8_t *copy = malloc(n ? n : 1);

    must(copy != NULL);
    if (n)
        memcpy(copy, bytes, n);
    LLVMFuzzerTestOneInput(copy, n);
    runs++;
}

static int replay_file(const char *path)
{
    CLEANUP_BUFFER struct buffer bytes = { 0 };
    FILE *file = fopen(path, "rbe");
    char chunk[65536];
    size_t n;

    if (!file) {
        perror(path);
        return 2;
    }
    while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0)
        buffer_append(&bytes, chunk, n);
    fclose(file);
    must(!buffer_failed(&bytes));
    n = bytes.length;
    run(bytes.data, n);
    run(bytes.data, n / 2);
    buffer_append(&bytes, chunk, n / 2 < sizeof(chunk) ? n / 2 : 0);
    run(bytes.data, bytes.length);
    return 0;
}

static int replay(const char *path)
{
    DIR *folder = opendir(path);
    struct dirent *entry;
    int status = 0;

    if (!folder)
        return replay_file(path);
    while (!status && (entry = readdir(folder))) {
        CLEANUP_FREE char *name = NULL;

        if (entry->d_name[0] == '.')
            continue;
        if (asprintf(&name, "%s/%s", path, entry->d_name) < 0) {
            name = NULL;
            status = 2;
        } else {
            status = replay(name);
        }
    }
    closedir(folder);
    return status;
}

int main(int argc, char **argv)
{
    int i, status = 0;

    for (i = 1; i < argc && !status; i++)
        status = replay(argv[i]);
    printf("%zu inputs\n", runs);
    return status ? status : runs ? 0 : 1;
}
