/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Prints its own memory map: a program that needs libc only, to see what a
 * preloaded stub brings in.
 */
#include <stdio.h>

int main(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    int c;

    if (!maps)
        return 1;
    while ((c = getc(maps)) != EOF)
        putchar(c);
    return fclose(maps);
}
