#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What is installed would tell its readers of @sysconfdir@: man pages, drop-in,
# AppArmor rules, configuration, pkg-config file.  Debian's packages look for
# such words while they are built, by the same script.  Or Python would not find its
# module.
set -eu
build=${abs_top_builddir:-$PWD}
source=$(cd "${top_srcdir:-.}" && pwd)
look=$source/tests/packaging/left-words
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The script finds one, also in a page that is compressed.
mkdir "$work/bad" "$work/good"
echo 'see @sysconfdir@/xen' >"$work/bad/page.1"
gzip -n <"$work/bad/page.1" >"$work/bad/page.2.gz"
echo 'mail to me@example.org, or @{PROC}' >"$work/good/page.1"
printf '%s\n' '@\s-1SOME_WORD\s0@' >"$work/bad/page.3"
said=$("$look" "$work/bad") && { echo "a word is not found"; exit 1; }
[ "$(wc -l <<<"$said")" = 3 ] || { echo "only found: $said"; exit 1; }
"$look" "$work/good" || { echo "a word is found where there is none"; exit 1; }

env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -s -C "$build" install \
    DESTDIR="$work/root" >"$work/log" 2>&1 ||
    { tail -n 20 "$work/log"; exit 1; }
"$look" "$work/root" || exit 1
for kind in 'man*/xen-resumable.conf.5' 'xen-resumable.conf' 'libvirtd' \
    'xenresumable.pc' 'xen-resumable.conf.example'; do
    [ -n "$(find "$work/root" -path "*/$kind")" ] ||
        { echo "$kind is not installed"; exit 1; }
done
find "$work/root" -name xen-resumable.conf.5 -exec cat {} + | tr -d '\\' |
    grep -q "/xen/xen-resumable.conf" ||
    { echo "xen-resumable.conf(5) does not name its file"; exit 1; }

# Where Python has a folder below the prefix, the module is in one that it looks into.
python=$(sed -n 's/^PYTHON = //p' "$build/Makefile")
prefix=$(sed -n 's/^prefix = //p' "$build/Makefile")
module=$(find "$work/root" -path '*/xenresumable/__init__.py')
[ -z "$module" ] || "$python" -I - "$prefix" "${module#"$work/root"}" <<'PY' || exit 1
import os, site, sys
prefix, module = sys.argv[1:]
folder = os.path.dirname(os.path.dirname(module))
there = [f for f in site.getsitepackages() if f.startswith(prefix + "/lib")]
if there and folder not in there:
    sys.exit("Python looks for its module in %s, not in %s" % (there, folder))
PY
