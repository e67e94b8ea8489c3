/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The second half of "xen-resumable exec" (engine/handover.c), in the stub: a
 * process that turns out to be "xl save" becomes a new exec with that xl as its
 * COMMAND, before xl has done anything.  So it does not matter what started it:
 * timeout, env, a shell, a script.  sudo becomes one, too, where it runs under
 * the stub at all: exec knows what to put behind it.
 *
 * XR_EXEC has the words to begin with, a line each.  exec alone sets it, and
 * takes it away from an xl that it starts itself.  Where it is not set, this
 * costs one look into the environment.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hook/warn.h"
#include "util/path.h"

enum {
    PATH_ROOM = 4096,
    TEXT_MAX = 4 << 20, /* Linux takes no more arguments than that at once */
};

/* All that the process was called with, each argument with its NUL. */
static char *read_arguments(size_t *length_out)
{
    int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    size_t length = 0, room = 0;
    char *text = NULL;
    ssize_t n = 1;

    while (fd >= 0 && n > 0 && room < TEXT_MAX) {
        char *grown = realloc(text, room += PATH_ROOM);

        if (!grown)
            break;
        text = grown;
        n = read(fd, text + length, room - length);
        if (n > 0)
            length += (size_t)n;
    }
    if (fd >= 0)
        close(fd);
    if (!n && length && !text[length - 1]) {
        *length_out = length;
        return text;
    }
    free(text);
    return NULL;
}

/* xl takes every unambiguous beginning of a command for the command. */
static bool has_save(const char *text, size_t length)
{
    const char *word = text + strlen(text) + 1;

    for (; word < text + length; word += strlen(word) + 1) {
        size_t n = strlen(word);

        if (n >= 2 && n <= 4 && !strncmp(word, "save", n))
            return true;
    }
    return false;
}

static size_t count_char(const char *text, size_t length, char c)
{
    size_t count = 0;

    while (length--)
        count += text[length] == c;
    return count;
}

/* The words, "--", this very program, its arguments; words is cut up. */
static char **compose_arguments(char *words, char *program, char *text,
                                size_t length)
{
    size_t n = count_char(words, strlen(words), '\n') + 1;
    size_t arguments = count_char(text, length, '\0');
    char **argv = calloc(n + arguments + 2, sizeof(*argv));
    char **next = argv, *word;

    if (!argv)
        return NULL;
    while ((word = strsep(&words, "\n")))
        *next++ = word;
    *next++ = (char *)"--";
    *next++ = program;
    for (word = text + strlen(text) + 1; word < text + length;
         word += strlen(word) + 1)
        *next++ = word;
    return argv;
}

static void hand_over(const char *offer, char *program, char *text,
                      size_t length)
{
    char *words = strdup(offer);
    char **argv = words ? compose_arguments(words, program, text, length)
                        : NULL;

    if (argv)
        execv(argv[0], argv);
    stub_warn("cannot run %.*s: %s; going on without asking about the guest",
              (int)strcspn(offer, "\n"), offer, strerror(errno));
    free(argv);
    free(words);
}

__attribute__((constructor))
static void reexec(void)
{
    const char *offer = secure_getenv("XR_EXEC");
    char program[PATH_ROOM];
    bool xl, sudo;
    size_t length;
    char *text;
    ssize_t n;

    if (!offer || *offer != '/')
        return;
    n = readlink("/proc/self/exe", program, sizeof(program) - 1);
    if (n < 0)
        return;
    program[n] = '\0';
    xl = path_names(program, "xl");
    sudo = path_names(program, "sudo");
    if (!xl && !sudo)
        return;
    text = read_arguments(&length);
    if (text && (sudo || has_save(text, length)))
        hand_over(offer, program, text, length);
    free(text);
}
