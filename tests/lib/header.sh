#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The installed header compiles alone, as C11 and as C++17.
set -eu
header=$top_srcdir/include/xenresumable.h
strict='-Wall -Wextra -Wpedantic -Werror -fsyntax-only'

# A compiler's own name may carry flags: $CC stays unquoted.
echo "#include \"$header\"" | $CC $strict -std=c11 -x c -
echo "C11: compiles"
if ! command -v "${CXX:-c++}" >/dev/null; then
    echo "no C++ compiler"
    exit 77
fi
echo "#include \"$header\"" | ${CXX:-c++} $strict -std=c++17 -x c++ -
echo "C++17: compiles"
