/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * await-tick SECONDS WORD N FILE...: waits until a guest's counter, the last "WORD
 * NUMBER" of its console's logs, has come to N, or with +N to N more than it is.
 * One process: a shell that asks again and again takes a fifth of an emulated
 * processor from the guest that it waits for.  The limit is counted in looks, so
 * that on a busy machine it is longer.
 */
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LOOK_MS = 200, LOOKS_PER_SECOND = 1000 / LOOK_MS, ROOM = 1 << 20 };

static char log_text[ROOM + 1];

/* The end of a log; "" if there is none. */
static void read_log(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
    ssize_t n = 0;

    if (size > 0)
        n = pread(fd, log_text, ROOM, size > ROOM ? size - ROOM : 0);
    if (fd >= 0)
        close(fd);
    if (n < 0)
        n = 0;
    log_text[n] = '\0';
    for (char *p = log_text; p < log_text + n; p++)
        if (!*p)
            *p = ' ';
}

static long last_number(const char *word, char **paths)
{
    long number = 0;

    for (; *paths; paths++) {
        read_log(*paths);
        for (const char *p = log_text; (p = strstr(p, word)); ) {
            p += strlen(word);
            if (p[0] == ' ' && isdigit((unsigned char)p[1]))
                number = strtol(p, NULL, 10);
        }
    }
    return number;
}

int main(int argc, char **argv)
{
    const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000L };
    long looks, wanted;

    if (argc < 5)
        return 2;
    looks = atol(argv[1]) * LOOKS_PER_SECOND;
    wanted = atol(argv[3]);
    if (argv[3][0] == '+')
        wanted += last_number(argv[2], argv + 4);
    while (last_number(argv[2], argv + 4) < wanted) {
        if (looks-- <= 0)
            return 1;
        nanosleep(&pause, NULL);
    }
    return 0;
}
