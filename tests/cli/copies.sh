#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Copies of disks, as prune, seal --flat, checkpoint's successors and doctor see to them.
# If this fails, they go while their image is there, or stay when it is gone.
#
# How they come about takes a Xen; here they are noted by hand.  What a kill does is in
# tests/unit/test-disk-copies.
set -eu
. "$top_srcdir/tests/cli/functions.sh"
export TZ=UTC XR_RUN_DIR=$scratch/locks XR_COPIES_DIR=$scratch/copies
export XR_DISK_DRIVERS=$scratch/drivers

mkdir drivers copies
chmod 700 copies
cat >drivers/file <<'SH'
#!/bin/sh
case $1 in
find) [ -e "$2" ] || { echo "somebody has removed it" >&2; exit 3; }; exit ;;
drop) ;;
*) exit 3 ;;
esac
[ ! -e "$2.stuck" ] || { echo "it is stuck" >&2; exit 1; }
rm -f "$2"
SH
chmod 755 drivers drivers/file

id_of() { printf '%08d-0000-4000-8000-000000000000' "$1"; }
note() { # NUMBER IMAGE: an image, its copy, and a note of that
    local id
    id=$(id_of "$1")
    mkdir -p "${2%/*}"
    "$top_builddir/tests/streams/mkstream" xl metadata pages=4 \
        record=checkpoint.id="$id" >"$2"
    : >"copy $1"
    printf 'id=%s,image=%s,folder=%s,name=web,uuid=u,%s,%s\nfile=%s\n' "$id" \
        "$PWD/$2" "$(stat -c %i:%d "${2%/*}")" \
        "disk.xvda.target=/t,disk.xvda.format=raw,disk.xvda.driver=file" \
        "disk.xvda.copy=$PWD/copy $1" "$(stat -c %i:%d "$2")" >"copies/$id"
    chmod 600 "copies/$id"
}
kept() { # NUMBER
    [ -e "copy $1" ] && [ -e "copies/$(id_of "$1")" ] ||
        fail "copy $1 is gone, or not noted"
}
dropped() { # NUMBER
    [ ! -e "copy $1" ] && [ ! -e "copies/$(id_of "$1")" ] ||
        fail "copy $1 is there, or noted"
}
says() { grep -qF -- "$1" .stderr || fail "no '$1' in: $(cat .stderr)"; }

# --- prune

for day in 1 2 3; do note $day series/web/2020-11-0${day}T030005Z.img; done
cp series/web/2020-11-01T030005Z.img series/web/2020-10-01T030005Z.img
run 0 prune --dir=series --keep-last=2 --dry-run
for day in 1 2 3; do kept $day; done
run 0 prune --dir=series --keep-last=3
kept 1 # a copy of its image went, and not its own
run 0 prune --dir=series --keep-last=2
dropped 1
kept 2
kept 3

# A copy that cannot be dropped is dropped by the next one.
: >"copy 2.stuck"
run 0 prune --dir=series --keep-last=1
says "cannot remove $PWD/copy 2, the copy of its disk xvda"
[ -e "copies/$(id_of 2).gone" ] || fail "what could not be dropped is not noted"
rm "copy 2.stuck"
run 0 prune --dir=series --keep-last=1
dropped 2
kept 3

# --- rm

mv series/web/2020-11-03T030005Z.img series/web/other.img
run 0 prune --dir=series --keep-last=1
if grep -q drop-copies .stderr; then fail "it was only renamed"; fi
run 2 prune --drop-copies="$(id_of 3)"
says "its image still exists"
kept 3
rm series/web/other.img
run 0 prune --dir=series --keep-last=1
says "xen-resumable prune --drop-copies=$(id_of 3) removes them"
kept 3
run 1 doctor
has "prune --drop-copies=$(id_of 3) removes them"
run 0 prune --drop-copies="$(id_of 3)" --dry-run
has "^copies of disks of 1 checkpoints would be removed"
kept 3
run 0 prune --drop-copies="$(id_of 3)"
dropped 3
run 2 prune --drop-copies="$(id_of 3)"
run 2 prune --drop-copies=../../etc/passwd
run 2 prune --drop-copies=

# --- a copy that is gone while its image is there

note 6 lost/web.img
run 1 doctor
if grep -q "lost: " <<<"$out"; then fail "it is there: $out"; fi
rm "copy 6"
run 1 doctor
has "lost: web's xvda, $PWD/copy 6: somebody has removed it; it cannot be put back"
rm lost/web.img
run 1 doctor
if grep -q "lost: " <<<"$out"; then fail "its image is gone, too: $out"; fi
run 0 prune --drop-copies="$(id_of 6)"
dropped 6

# --- disks that are put back in part

export XR_ROLLBACK_DIR=$scratch/notes
mkdir -m 700 notes
begun() { # MORE: of a note that somebody who was killed has left
    echo "name=web,uuid=$(id_of 7),image=/srv/a b.img,inode=1,domid=0,since=1,boot=b$1" \
        >"notes/$(id_of 7)"
    run 1 doctor
}
begun ,by=restore
has "a restore of web has not ended; .*: xen-resumable restore --disks=back '/srv/a b.img'"
begun ''
has "a rollback of web has not ended; .*: xen-resumable rollback web '/srv/a b.img'"
rm -r notes

# --- seal --flat gives them to the new file

note 4 folder/web.img
before=$(stat -c %i folder/web.img)
run 0 seal --flat folder/web.img
[ "$(stat -c %i folder/web.img)" != "$before" ] || fail "it is the same file"
kept 4
mkdir later
mv folder/web.img later/2020-11-04T030005Z.img
mkdir -p series/web
mv later/2020-11-04T030005Z.img series/web/
note 5 series/web/2020-11-05T030005Z.img
run 0 prune --dir=series --keep-last=1
dropped 4
kept 5

# --- memory, written over an image

run 0 memory --force --as=raw series/web/2020-11-05T030005Z.img out.raw
kept 5
note 6 folder/image.img
run 1 memory series/web/2020-11-05T030005Z.img folder/image.img
kept 6
run 0 memory --force series/web/2020-11-05T030005Z.img folder/image.img
dropped 6
finish
