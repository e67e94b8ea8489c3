#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# xen-resumable list as a user meets it.  If this fails, an administrator does not
# find an image, takes it for another guest's, or waits for a long list.
set -eu
. "$top_srcdir/tests/cli/functions.sh"
python=${PYTHON:-python3}
export TZ=UTC
unset COLUMNS
# Columns that another file system has nothing for are left out.
columns() { sed 's/  */ /g; s/ *$//'; }

image() { # FILE RECORD WORD...
    mkdir -p "$(dirname "$1")"
    "$top_builddir/tests/streams/mkstream" xl pages=40 "record=$2" "${@:3}" >"$1"
}

image series/web/2026-11-26T030005Z.img saved.at=2026-11-26T03:00:07Z seal
image series/web/2026-11-27T030005Z.img \
    saved.at=2026-11-27T03:00:07Z,user.why=update,user.who=me
image series/mail/2026-11-27T030011Z.img \
    domain.name=mail,saved.at=2026-11-27T03:00:12Z
cp series/web/2026-11-27T030005Z.img series/web/kept.img
head -c 60 series/web/kept.img >series/web/short.img
echo text >series/web/README

run 2 list --dir=series
has '^GUEST +WHEN +SIZE .*SEALED +RESUMABLE +LABEL +FILE$'
has '^mail +2026-11-27 03:00:12 .* mail/2026-11-27T030011Z.img$'
has '^web +2026-11-26 03:00:07 .* yes +yes +web/2026-11-26T030005Z.img$'
has '^web +2026-11-27 03:00:07 .* no +yes +why=update who=me +web/kept.img$'
[ "$(wc -l <<<"$out")" = 5 ] || fail "four images and a head: $out"
said 'series/web/short.img: the input ends early, at offset 60'
rm series/web/short.img
run 0 list --dir=series/
[ "$(sed -n 2p <<<"$out" | columns | cut -d ' ' -f 1)" = mail ] ||
    fail "guests in their order: $out"

run 0 list --dir=series mail
[ "$(wc -l <<<"$out")" = 2 ] || fail "one guest's: $out"
run 2 list --dir=series nobody
said 'nobody: series has no images of it'
run 0 list series/web/*.img
has ' series/web/kept.img$'
[ "$(wc -l <<<"$out")" = 4 ] || fail "three files: $out"
# A folder is asked only if it is wanted.
printf 'checkpoint_dir = "%s/series"\n' "$scratch" >conf
XR_CONFIG=$scratch/conf run 0 list
[ "$(wc -l <<<"$out")" = 5 ] || fail "the configuration's folder: $out"
XR_CONFIG=$scratch/conf run 0 list --dir=series/mail
[ "$(wc -l <<<"$out")" = 2 ] || fail "another folder: $out"
mkdir empty
expect "nothing is nothing" 0 "" -- list --dir=empty
expect "no folder" 2 "" -- list --dir=missing
said "list: missing does not exist; 'checkpoint --all' begins a series, and --dir names \
another folder"
# What was meant is another word or option: the message says which.
expect "a file as the folder" 2 "" -- list --dir=conf
said 'list: conf is a file; give it without --dir'
expect "a folder as a word" 2 "" -- list --dir=empty series
said 'series: it is a folder; --dir=series lists it'
expect "a folder as a path" 2 "" -- list ./series
said './series: it is a folder; --dir lists it'
expect "neither a file nor a series" 2 "" -- list --dir=missing web.img
said 'web.img: there is no such file, and no series: missing is not a folder'
expect "no image" 2 "" -- list ./conf
said './conf: not a save image of xl, libvirt, libxl or libxc'

# Local time.
TZ=XYZ-5 run 0 list --dir=series mail
has '^mail +2026-11-27 08:00:12 '

# What does not fit goes; what is needed stays.
for width in 200 80 60; do
    COLUMNS=$width run 0 list --dir=series
    # Fewer columns than these there cannot be.
    [ "$width" = 60 ] || ! grep -nE "^.{$((width + 1))}" <<<"$out" ||
        fail "wider than $width columns"
    has '^GUEST +WHEN +SIZE .*FILE$'
done
COLUMNS=200 run 0 list --dir=series
has ' LABEL '
has ' web/2026-11-26T030005Z.img$'
COLUMNS=60 run 0 list --dir=series
! grep -q ' RESUMABLE ' <<<"$out" || fail "too much for 60 columns: $out"
# What the first column says need not be said twice; another folder must be.
has '^web +2026-11-26 03:00:07 +[^ ]+ [A-Za-z]+ 2026-11-26T030005Z.img$'
mkdir series/other
mv series/web/kept.img series/other
COLUMNS=60 run 0 list --dir=series
has '^web .* other/kept.img$'
mv series/other/kept.img series/web
rmdir series/other
# Sizes stand below each other, and a label is cut before it goes.
image large/web.img saved.at=2026-11-28T03:00:07Z pages=9000
run 0 list large/web.img series/web/2026-11-26T030005Z.img
[ "$(sed 's/iB .*/iB/' <<<"$out" | tail -n +2 | awk '{ print length }' | uniq | wc -l)" = 1 ] ||
    fail "sizes: $out"
rm -r large
COLUMNS=90 run 0 list --dir=series
has ' why=update who=me '
COLUMNS=75 run 0 list --dir=series
has ' why=[a-z= ]*[.]{3} '

# Disks, where the record has them.
image ./disks disk.xvda.kind=file,disk.xvda.driver=file,disk.xvda.copy=/a,disk.xvdb.kind=device
run 0 list ./disks
has '^web .* yes +1 of 2 +./disks$'

# A name steers no terminal.
image evil $'domain.name=\e[2J'
run 0 list ./evil
! grep -q $'\e' <<<"$out" || fail "an escape sequence came through"

image both '' flat seal
run 0 list --format=json ./both series/mail/*
"$python" - <<PY || fail "the JSON: $out"
import json, os
result = json.loads('''$out''')
assert result["ok"] is True and result["dir"] is None
mail, both = result["images"]
assert both["layout"] == "flat" and both["sealed"] is True
assert both["saved_at_by"] == "file" and both["uuid"] is None
assert both["bytes"] == os.stat("both").st_size and both["name"] == "web"
assert mail["name"] == "mail" and mail["saved_at"] == "2026-11-27T03:00:12Z"
assert mail["resumable"] == "yes" and mail["labels"] == {}
PY

# Of each image next to nothing is read, however long it is.
"$top_builddir/tests/streams/mkstream" xl metadata holes pages=262144 1<>large
ASAN_OPTIONS=detect_leaks=0 strace -y -o trace -e trace=read,pread64 \
    "$program" list ./large series/web/*.img >/dev/null 2>err ||
    fail "strace runs: $(tail -n 1 err)"
for file in large 2026-11-27T030005Z.img; do
    bytes=$(sed -n "s|.*/$file>.* = \([0-9]*\)\$|\1|p" trace |
        awk '{ n += $1 } END { print n + 0 }')
    [ "$bytes" -gt 1000 ] && [ "$bytes" -lt 65536 ] ||
        fail "$bytes bytes of $file were read"
done

full_device list --dir=series
finish
