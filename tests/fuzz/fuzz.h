/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What every fuzz target is: one function, for libFuzzer (tests/fuzz/run.sh)
 * or for replay.c, which needs no clang.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* Also in builds without assert(). */
static inline void must(bool ok)
{
    if (!ok)
        abort();
}

#endif
