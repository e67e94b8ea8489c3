#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The library exports what the header declares and libxenresumable(3) names, and
# nothing else; and none of what programs were linked against is gone: symbols.list
# has every function with its version.  A line of it never changes.
set -eu
header=$(sed -n 's|^ */\?\*.*||; s/.*\b\(xr_[a-z0-9_]*\)(.*/\1/p' \
         "$top_srcdir/include/xenresumable.h" | sort -u)
exported=$(nm -D --defined-only \
           "$top_builddir/plugin/lib/.libs/libxenresumable.so" |
           awk '$2 == "T" { sub("@.*", "", $3); print $3 }' | sort -u)
if [ "$header" != "$exported" ]; then
    echo "declared:"; echo "$header"
    echo "exported:"; echo "$exported"
    exit 1
fi
page=$(sed -n '/^=head1 SYNOPSIS/,/^=head1 DESC/s/.*\b\(xr_[a-z0-9_]*\)(.*/\1/p' \
       "$top_srcdir/plugin/lib/libxenresumable.pod" | sort -u)
[ "$page" = "$exported" ] || { echo "libxenresumable(3):"; echo "$page"; exit 1; }

nm -D --defined-only "$top_builddir/plugin/lib/.libs/libxenresumable.so" |
    awk '$2 == "T" { sub("@@", "@", $3); print $3 }' | LC_ALL=C sort |
    diff "$top_srcdir/tests/lib/symbols.list" - ||
    { echo "not what symbols.list promises"; exit 1; }
echo "$(echo "$exported" | wc -l) functions, declared and exported"
