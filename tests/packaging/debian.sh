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
listed=$(sed -n 's/^ \(xr_[a-z_]*\)@XENRESUMABLE_0.2 .*/\1/p' \
    "$top/debian/libxenresumable0.symbols" | sort)
[ -n "$exported" ] && diff <(echo "$exported") <(echo "$listed") ||
    complain "debian/libxenresumable0.symbols does not list what is exported"

# What an administrator has set goes with the package, images and all else stay.
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
sed -E "s, /(etc|run|var)/, $root/\\1/,g" "$top/debian/xen-resumable.postrm" \
    >"$root/postrm"
(cd "$root" && mkdir -p etc/default etc/systemd/system/timers.target.wants \
    etc/systemd/system/xen-resumable-checkpoint{,@,@web}.{service,timer}.d \
    etc/systemd/system/xen-resumable-checkpoints.service.d \
    run/xen-resumable var/lib/xen-resumable/web \
    var/lib/systemd/timers var/lib/prometheus/node-exporter
    touch etc/default/{xen-resumable,xen} run/xen-resumable/night \
        etc/systemd/system/xen-resumable-checkpoint{,@web}.timer.d/override.conf \
        etc/systemd/system/timers.target.wants/xen-resumable-checkpoint@web.timer \
        var/lib/xen-resumable/web/image \
        var/lib/systemd/timers/stamp-xen-resumable-checkpoint.timer \
        var/lib/prometheus/node-exporter/{,.}xen-resumable.prom{,.a1B2c3.partial})
! sed -n '/= purge/,$p' "$root/postrm" | grep -E ' /(etc|run|var)' || exit 1
sh "$root/postrm" purge || complain "postrm purge: exit status $?"
left=$(cd "$root" && find etc run var -type f -o -type d -empty | sort | tr '\n' ' ')
expected="etc/default/xen etc/systemd/system/timers.target.wants \
etc/systemd/system/xen-resumable-checkpoints.service.d run \
var/lib/prometheus/node-exporter/.xen-resumable.prom \
var/lib/prometheus/node-exporter/xen-resumable.prom.a1B2c3.partial \
var/lib/systemd/timers var/lib/xen-resumable/web/image "
[ "$left" = "$expected" ] || complain "a purge leaves $left"
exit $status
