#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The installed header compiles alone, as C11 and as C++17.
set -eu
header=$top_srcdir/include/xenresumable.h
strict='-Wall -Wextra -Wpedantic -Wconversion -Wundef -Wcast-align
-Wmissing-declarations -Werror -fsyntax-only'

# A compiler's own name may carry flags: $CC stays unquoted.
# C++ counts xr_verdict(), beside its struct, as shadowing: in C it must not.
echo "#include \"$header\"" | $CC $strict -Wshadow -std=c11 -x c -
echo "C11: compiles"

# Used from both: enumerations, and struct xr_events.
use='
static int show(void *, uint64_t done, uint64_t total)
{ return done > total; }
int use(int fd);
int use(int fd)
{
    struct xr_events events = {};
    struct xr_seal seal;
    events.size = sizeof(events);
    events.data = &fd;
    events.progress = show;
    return xr_seal_fd(fd, 0, &events, &seal, NULL) == 0;
}'
if ! command -v "${CXX:-c++}" >/dev/null; then
    echo "no C++ compiler"
    exit 77
fi
{ echo "#include \"$header\""; echo "$use"; } |
    ${CXX:-c++} $strict -std=c++17 -x c++ -
echo "C++17: compiles"
