/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a Linux guest of the lab notices of a checkpoint: it wakes up every 10 ms,
 * and a line for each time it was longer than 30 ms goes to the console, and at
 * the latest each second that it still looks:
 *
 *   gaps: 104.2 ms
 *   gaps: looking
 *
 * Time is the TSC's: Linux' clocks leave out a suspend or are set after it.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

enum { TICK_NS = 10 * 1000 * 1000, LONG_MS = 30 };

static double now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC_RAW, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Ticks of the TSC in a millisecond. */
static double calibrate(void)
{
    const struct timespec second = { .tv_sec = 1 };
    uint64_t from = __rdtsc();
    double began = now_ms();

    nanosleep(&second, NULL);
    return (double)(__rdtsc() - from) / (now_ms() - began);
}

int main(void)
{
    const struct timespec tick = { .tv_nsec = TICK_NS };
    double rate = calibrate();
    uint64_t last = __rdtsc(), told = last;

    setvbuf(stdout, NULL, _IOLBF, 0);
    for (;;) {
        uint64_t now;
        double gap;

        nanosleep(&tick, NULL);
        now = __rdtsc();
        gap = (double)(now - last) / rate;
        if (gap > LONG_MS)
            printf("gaps: %.1f ms\n", gap);
        if ((double)(now - told) / rate > 1000) {
            printf("gaps: looking\n");
            told = now;
        }
        last = __rdtsc();
    }
}
