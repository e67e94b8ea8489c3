/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/screen.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "util/number.h"

enum { WIDTH_MAX = 10000 };

static enum screen_colours colours_wanted = COLOURS_AUTO;

void screen_set_colours(enum screen_colours wanted)
{
    colours_wanted = wanted;
}

/* NO_COLOR counts if it is not empty (no-color.org). */
bool screen_has_colours(void)
{
    const char *no = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");

    if (colours_wanted != COLOURS_AUTO)
        return colours_wanted == COLOURS_ALWAYS;
    return isatty(STDOUT_FILENO) && (!no || !*no)
           && (!terminal || strcmp(terminal, "dumb"));
}

const char *mark_begin(enum mark mark)
{
    static const char *const colours[] = {
        [MARK_NONE] = "",
        [MARK_GOOD] = "\033[32m",
        [MARK_DOUBT] = "\033[33m",
        [MARK_BAD] = "\033[1;31m",
    };

    return screen_has_colours() ? colours[mark] : "";
}

const char *mark_end(enum mark mark)
{
    return mark != MARK_NONE && screen_has_colours() ? "\033[m" : "";
}

size_t screen_width(void)
{
    const char *word = getenv("COLUMNS");
    struct winsize size;
    uint64_t columns;

    if (word && number_parse(word, &columns) && columns)
        return columns < WIDTH_MAX ? (size_t)columns : 0;
    return isatty(STDOUT_FILENO) && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size)
           ? size.ws_col : 0;
}

/* It is UTF-8, without anything that steers the terminal. */
size_t text_width(const char *text, size_t n)
{
    size_t width = 0, i;

    for (i = 0; i < n; i++)
        width += ((unsigned char)text[i] & 0xc0) != 0x80;
    return width;
}

size_t text_fitting(const char *text, size_t width)
{
    size_t fitting = strcspn(text, " "), n = fitting;

    while (text[n]) {
        n += strspn(text + n, " ");
        n += strcspn(text + n, " ");
        if (text_width(text, n) > width)
            break;
        fitting = n;
    }
    return fitting;
}
