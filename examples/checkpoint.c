/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * checkpoint DOMAIN IMAGE HOOKS: takes a checkpoint, with the executables of the
 * folder HOOKS at its stages, and says how long the guest stood still.
 *
 * The library takes no checkpoints, so xen-resumable(1) is run.  Its exit status
 * says whether there is an image and the guest goes on, its JSON the rest.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <yajl/yajl_tree.h>

enum { JSON_MAX = 1 << 16 };

/* Without a shell.  What it prints comes by the pipe whose end is *from. */
static pid_t start(char **arguments, int *from)
{
    int ends[2];
    pid_t child;

    if (pipe(ends))
        return -1;
    child = fork();
    if (!child) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execvp(arguments[0], arguments);
        fprintf(stderr, "%s: %s\n", arguments[0], strerror(errno));
        _exit(2);
    }
    close(ends[1]);
    *from = ends[0];
    return child;
}

static void read_all(int fd, char *text)
{
    size_t have = 0;
    ssize_t got;

    do {
        got = read(fd, text + have, JSON_MAX - 1 - have);
        have += got > 0 ? (size_t)got : 0;
    } while (got > 0);
    text[have] = '\0';
    close(fd);
}

static long long number(yajl_val object, const char *key)
{
    const char *path[] = { key, NULL };
    yajl_val value = yajl_tree_get(object, path, yajl_t_number);

    return value && YAJL_IS_INTEGER(value) ? YAJL_GET_INTEGER(value) : -1;
}

static int tell(const char *json)
{
    char why[200];
    yajl_val object = yajl_tree_parse(json, why, sizeof(why));

    if (!object) {
        fprintf(stderr, "no JSON: %s\n", why);
        return 2;
    }
    printf("an image of %lld bytes; the guest stood still for %.1f ms\n",
           number(object, "bytes"), number(object, "freeze_us") / 1000.0);
    yajl_tree_free(object);
    return 0;
}

int main(int argc, char **argv)
{
    static char json[JSON_MAX];
    char *arguments[] = {
        (char *)"xen-resumable", (char *)"checkpoint",
        (char *)"--format=json", (char *)"--label=taken.by=example",
        (char *)"--hook", argc == 4 ? argv[3] : NULL, (char *)"--",
        argc == 4 ? argv[1] : NULL, argc == 4 ? argv[2] : NULL, NULL,
    };
    int from, status = 0;
    pid_t child = argc == 4 ? start(arguments, &from) : -1;

    if (child < 0)
        return 2;
    read_all(from, json);
    if (waitpid(child, &status, 0) < 0 || !WIFEXITED(status))
        return 2;
    if (WEXITSTATUS(status)) {
        fprintf(stderr, "there is no checkpoint\n");
        return WEXITSTATUS(status);
    }
    return tell(json);
}
