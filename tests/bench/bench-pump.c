/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bench-pump ROUNDS MIB: a stream of that size through a pipe into a reader
 * that does with it what libxc does: it reads records whole and copies their
 * pages.  As the plugin does it, which looks ahead and takes nothing, over the
 * same without that; and through the pump, which is for streams that do not let
 * it, over the same without it and over the same with a cat in between.  All in
 * turn; the medians' ratios.
 *
 * Prints key, ratio, "ratio", what it is a ratio to, the figure to reach and
 * the rounds, separated by tabs.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "format/libxc.h"
#include "hook/pump.h"
#include "hook/scan.h"
#include "util/bytes.h"
#include "util/io.h"

enum {
    ROUNDS_MAX = 101,
    MIB = 1 << 20,
    /* As libxc writes them: 1024 pages, and what they are. */
    BODY = 8 + 1024 * 8 + 1024 * 4096,
    P2M_FRAMES = 8 + 16384 * 8, /* of a guest of 32 GiB */
};

enum way { PLAIN, LOOK, PUMP, CAT, WAYS };

static uint8_t *body;
static uint8_t *guest;

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void send_record(int fd, uint32_t type, uint32_t length)
{
    uint8_t header[LIBXC_RECORD_HEADER_SIZE];

    store_le32(header, type);
    store_le32(header + 4, length);
    if (write_full(fd, header, sizeof(header), NULL)
        || write_full(fd, body, length, NULL))
        _exit(1);
}

static void send_stream(int fd, long mib)
{
    uint8_t headers[LIBXC_IMAGE_HEADER_SIZE + LIBXC_DOMAIN_HEADER_SIZE];
    long i;

    memset(headers, 0, sizeof(headers));
    memset(headers, 0xff, 8);
    memcpy(headers + 8, "XENF\0\0\0\3", 8);
    store_le32(headers + 24, LIBXC_DOMAIN_X86_PV);
    if (write_full(fd, headers, sizeof(headers), NULL))
        _exit(1);
    send_record(fd, LIBXC_REC_X86_PV_P2M_FRAMES, P2M_FRAMES);
    for (i = 0; i < mib / 4; i++)
        send_record(fd, LIBXC_REC_PAGE_DATA, BODY);
    send_record(fd, LIBXC_REC_END, 0);
}

static bool receive_stream(int fd)
{
    uint8_t bytes[LIBXC_IMAGE_HEADER_SIZE + LIBXC_DOMAIN_HEADER_SIZE];
    struct libxc_record_header header;
    bool ok = read_full(fd, bytes, sizeof(bytes)) == sizeof(bytes);

    do {
        uint8_t *data;

        ok = ok && read_full(fd, bytes, LIBXC_RECORD_HEADER_SIZE)
                   == LIBXC_RECORD_HEADER_SIZE
             && !libxc_record_header_decode(bytes, 0, &header, NULL)
             && header.length <= BODY;
        if (!ok)
            return false;
        data = malloc(BODY);
        ok = data && read_full(fd, data, header.length) == header.length;
        if (ok && header.length)
            memcpy(guest, data, header.length);
        free(data);
    } while (ok && header.type != LIBXC_REC_END);
    return ok;
}

/* The stream has no record: it is looked for up to the first page. */
static bool receive_looked_into(int fd)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };

    return scan_for_record(fd, &list, NULL) == -ENOENT && receive_stream(fd);
}

static bool receive_pumped(int fd)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    struct pump *pump;
    bool ok;

    if (pump_start(fd, &pump, NULL))
        return false;
    ok = receive_stream(pump_fd(pump));
    pump_finish(pump, &list, NULL);
    return ok;
}

/* A child that writes the stream, or what cat makes of in; its output. */
static int start(int in, long mib)
{
    int ends[2];
    pid_t child;

    if (pipe2(ends, O_CLOEXEC))
        exit(1);
    child = fork();
    if (child < 0)
        exit(1);
    if (!child) {
        dup2(ends[1], STDOUT_FILENO);
        if (in < 0) {
            send_stream(STDOUT_FILENO, mib);
            _exit(0);
        }
        dup2(in, STDIN_FILENO);
        execlp("cat", "cat", (char *)NULL);
        _exit(1);
    }
    close(ends[1]);
    if (in >= 0)
        close(in);
    return ends[0];
}

static bool receive(enum way way, int fd)
{
    switch (way) {
    case LOOK:
        return receive_looked_into(fd);
    case PUMP:
        return receive_pumped(fd);
    default:
        return receive_stream(fd);
    }
}

static double one_round(enum way way, long mib)
{
    double began = now();
    int fd = start(-1, mib);
    bool ok;

    if (way == CAT)
        fd = start(fd, mib);
    ok = receive(way, fd);
    began = now() - began;
    close(fd);
    while (wait(NULL) > 0)
        ;
    if (!ok)
        exit(1);
    return began;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return (left > right) - (left < right);
}

static double median(double *times, long n)
{
    qsort(times, (size_t)n, sizeof(*times), compare);
    return times[n / 2];
}

int main(int argc, char **argv)
{
    static double times[WAYS][ROUNDS_MAX];
    long rounds = argc == 3 ? strtol(argv[1], NULL, 10) : 0;
    long mib = argc == 3 ? strtol(argv[2], NULL, 10) : 0;
    double medians[WAYS];
    long i;
    int way;

    if (rounds < 1 || rounds > ROUNDS_MAX || mib < 4 || mib > 1 << 20)
        return 2;
    body = calloc(1, BODY);
    guest = malloc(BODY);
    if (!body || !guest)
        return 1;
    memset(body, 0x5a, BODY);
    for (i = 0; i < rounds; i++)
        for (way = 0; way < WAYS; way++)
            times[way][i] = one_round((enum way)way, mib);
    for (way = 0; way < WAYS; way++)
        medians[way] = median(times[way], rounds);
    printf("pump\t%.3f\tratio\t%ld MiB by pipe, without it\t<= 1.05\t%ld\n",
           medians[LOOK] / medians[PLAIN], mib, rounds);
    printf("pump-cat\t%.3f\tratio\tpumped; cat between two pipes\t<= 1.05\t"
           "%ld\n", medians[PUMP] / medians[CAT], rounds);
    printf("pump-far\t%.3f\tratio\tpumped; without it\t<= 1.05\t%ld\n",
           medians[PUMP] / medians[PLAIN], rounds);
    free(body);
    free(guest);
    return 0;
}
