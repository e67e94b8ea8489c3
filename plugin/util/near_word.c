/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdint.h>
#include <string.h>

#include "util/near_word.h"

enum { LETTERS = 32, SLIPS = 3, LETTERS_FOR_A_SLIP = 3 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* steps[i][j]: from the first i letters of a to the first j of b. */
static void fill_steps(size_t (*steps)[LETTERS + 1], const char *a, size_t m,
                       const char *b, size_t n)
{
    size_t i, j, best;

    for (i = 0; i <= m; i++)
        steps[i][0] = i;
    for (j = 0; j <= n; j++)
        steps[0][j] = j;
    for (i = 1; i <= m; i++) {
        for (j = 1; j <= n; j++) {
            best = steps[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            best = least(best, least(steps[i - 1][j], steps[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2]
                && a[i - 2] == b[j - 1])
                best = least(best, steps[i - 2][j - 2] + 1);
            steps[i][j] = best;
        }
    }
}

size_t near_word(const char *word, size_t length, const char *meant)
{
    size_t steps[LETTERS + 1][LETTERS + 1];
    size_t n = strlen(meant);

    if (length > LETTERS || n > LETTERS)
        return SIZE_MAX;
    fill_steps(steps, word, length, meant, n);
    return steps[length][n] <= least(n / LETTERS_FOR_A_SLIP, SLIPS)
           ? steps[length][n] : SIZE_MAX;
}
