#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The hooks that are shipped keep copies of disks under the names that their
# images have by then, also where one of the images has been taken away.  If this
# fails, an image's memory is restored over the disks of another one.
set -u
. "$top_srcdir/tests/cli/functions.sh"
hooks=$top_srcdir/plugin/xen/hooks

# Volumes are files of a folder.
mkdir bin vg
cat >bin/lvs <<'SH'
#!/bin/sh
case $* in
*vg_name*) echo vg ;;
*lv_name*) echo web ;;
*)         [ -e "$VG/${1#vg/}" ] ;;
esac
SH
cat >bin/lvrename <<'SH'
#!/bin/sh
mv -n "$VG/$3" "$VG/$4" && [ ! -e "$VG/$3" ]
SH
cat >bin/lvremove <<'SH'
#!/bin/sh
rm "$VG/${3#vg/}"
SH
chmod +x bin/*
VG=$PWD/vg
export VG

hook() { # HOOK TARGET STAGE IMAGE
    env PATH="$PWD/bin:$PATH" XR_STAGE="$3" XR_CHECKPOINT=id \
        XR_IMAGE="$4" XR_KEEP="$keep" XR_DISKS="xvda w phy $2" sh "$hooks/$1"
}
tell() { # HOOK TARGET [STAGE]: the last stage of a checkpoint, or that one
    hook "$1" "$2" "${3:-resumed}" "$PWD/image" || fail "$1 failed"
}

# Is there a block device here, for the hook's [ -b ]?
volume=$(find /dev -maxdepth 1 -type b 2>/dev/null | head -n 1)
[ -n "$volume" ] || skip "lvm-snapshot: there is no block device here"

# The images that there are by their numbers; then the copy that each is to have.
check_rotation() { # KEEP BEFORE AFTER
    local n pair
    keep=$1
    rm -f image* vg/*
    : >disk
    for n in $2; do
        echo "$n" >"image$([ "$n" = 0 ] || echo ".$n").xvda"
        echo "$n" >"vg/web-image$([ "$n" = 0 ] || echo ".$n")"
    done
    echo new >image.xvda.id.new
    echo new >vg/web-image.id.new
    tell copy-disks "$PWD/disk"
    [ -z "$volume" ] || tell lvm-snapshot "$volume"
    for pair in $3; do
        n=${pair%=*}
        [ "$(cat "image$([ "$n" = 0 ] || echo ".$n").xvda")" = \
            "${pair#*=}" ] || fail "copy-disks, keep $1, of $2: not $pair"
        [ -z "$volume" ] ||
            [ "$(cat "vg/web-image$([ "$n" = 0 ] || echo ".$n")")" = \
                "${pair#*=}" ] || fail "lvm-snapshot, keep $1, of $2: not $pair"
    done
    n=$(wc -w <<<"$3")
    [ "$(find . -maxdepth 1 -name 'image*' | wc -l)" = "$n" ] ||
        fail "copy-disks, keep $1, of $2: $(echo image*)"
    [ -z "$volume" ] || [ "$(find vg -type f | wc -l)" = "$n" ] ||
        fail "lvm-snapshot, keep $1, of $2: $(echo vg/*)"
}

check_rotation 0 '' '0=new'
check_rotation 0 '0' '0=new'
check_rotation 0 '0 1 2' '0=new 1=1 2=2'
check_rotation 3 '0' '0=new 1=0'
check_rotation 3 '0 1 2' '0=new 1=0 2=1 3=2'
check_rotation 3 '0 1 2 3' '0=new 1=0 2=1 3=2'
check_rotation 1 '0 1 2' '0=new 1=0 2=2'
# As rotation.c does with images: only those before the gap move.
check_rotation 3 '0 2' '0=new 1=0 2=2'
check_rotation 3 '0 1 3' '0=new 1=0 2=1 3=3'
check_rotation 3 '1 2' '0=new 1=1 2=2'

# A checkpoint that comes to nothing leaves no copy, and the former as it was.
keep=0
rm -f image* vg/*
echo disk >disk
echo former >image.xvda
tell copy-disks "$PWD/disk" suspended
cmp -s disk image.xvda.id.new || fail "copy-disks: suspended: no copy"
tell copy-disks "$PWD/disk" failed
[ "$(echo image*) $(cat image.xvda)" = "image.xvda former" ] ||
    fail "copy-disks: failed: $(echo image*)"
for hook in copy-disks lvm-snapshot; do
    hook $hook "$PWD/disk" pre-suspend - 2>/dev/null &&
        fail "$hook: something is named after standard output"
done
finish
