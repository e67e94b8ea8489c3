#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The library exports what the header declares, the map names the same, and
# nothing else is visible.
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
echo "$(echo "$exported" | wc -l) functions, declared and exported"
