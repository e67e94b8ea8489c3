#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# debian/ would say something else than the sources: another version, symbols
# that the library has not got, or not all of them.
set -u
top=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
build=${abs_top_builddir:-$top}
status=0
complain() { echo "$*"; status=1; }

version=$(sed -n 's/^#define PACKAGE_VERSION "\(.*\)"/\1/p' "$build/config.h")
changelog=$(sed -n '1s/^xen-resumable (\([^)]*\)) .*/\1/p' \
    "$top/debian/changelog")
[ -n "$version" ] && [ "$version" = "$changelog" ] ||
    complain "debian/changelog is about '$changelog', this is '$version'"

exported=$(sed -n 's/^ *\(xr_[a-z_]*\);/\1/p' \
    "$top/plugin/lib/libxenresumable.map" | sort)
listed=$(sed -n 's/^ \(xr_[a-z_]*\)@XENRESUMABLE_0.1 .*/\1/p' \
    "$top/debian/libxenresumable0.symbols" | sort)
[ -n "$exported" ] && diff <(echo "$exported") <(echo "$listed") ||
    complain "debian/libxenresumable0.symbols does not list what is exported"
exit $status
