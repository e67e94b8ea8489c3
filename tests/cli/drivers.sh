#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The drivers that are shipped, in each shell that is here: file on the file system
# of the scratch folder and, as root, on an XFS that shares blocks; those of LVM
# with fakes of LVM's programs, for what they ask of these.  If this fails, a disk's
# copy is another disk's, is half of one, or something that is no copy is removed.
set -u
. "$top_srcdir/tests/cli/functions.sh"
copy_changed=$top_builddir/plugin/domain/copy-changed
export XR_CHECKPOINT=1afefa87-b46a-4215-9cc6-e2ed1d40cc38
other=22222222-b46a-4215-9cc6-e2ed1d40cc38
own=55555555-b46a-4215-9cc6-e2ed1d40cc38
shell="sh"

# As they are installed.
mkdir -p lib/disks bin
cp "$top_srcdir"/plugin/domain/drivers/* lib/disks/
chmod 755 lib/disks/*
ln -s "$copy_changed" lib/copy-changed

# driver STATUS DRIVER OPERAND...: its output in $out, its last complaint in $why.
driver() {
    local wanted=$1 name=$2 got=0
    shift 2
    out=$(env PATH="$PWD/bin:$PATH" "$shell" "$PWD/lib/disks/$name" "$@" \
        2>"$scratch/.stderr" </dev/null) || got=$?
    why=$(tail -n 1 "$scratch/.stderr")
    [ "$got" = "$wanted" ] ||
        fail "$shell $name $*: exit status $got, $wanted expected: $why"
}
is() { [ "$1" = "$2" ] || fail "$shell: '$1', '$2' expected"; }
because() { case $why in *"$1"*) ;; *) fail "$shell: why: $why" ;; esac; }
files() { ls -A "$1" | tr '\n' ' '; }
# busybox' cp and touch know of no nanoseconds.
facts() {
    case $shell in
    *busybox*) stat -c '%s %a %u %Y' -- "$1" ;;
    *)         stat -c '%s %a %u %y' -- "$1" ;;
    esac
}

# A disk with data and a hole, of an odd size.
make_disk() { # FILE
    head -c 100000 /dev/urandom >"$1"
    truncate -s 3000001 "$1"
    echo end >>"$1"
    chmod 640 "$1"
    touch -d '2024-02-29 12:00:00.123456789' "$1"
}

check_file() { # FOLDER MODE
    local d=$1 disk="$1/a b" copy part
    copy=$disk.xr-$XR_CHECKPOINT
    part=$copy.part
    export XR_WANTED=$2
    make_disk "$disk"
    cp "$disk" "$scratch/disk"

    driver 0 file probe "$disk" raw
    is "$(sed -n 1,2p <<<"$out")" "copy $copy"$'\n'"folder $d"
    is "$(files "$d")" "a b "
    driver 0 file take "$disk" raw "$copy"
    cmp -s "$disk" "$copy" || fail "$shell: take: not the same"
    is "$(facts "$copy")" "$(facts "$disk")"
    is "$(files "$d")" "a b a b.xr-$XR_CHECKPOINT "
    driver 1 file take "$disk" raw "$copy"
    because "is there already"
    driver 1 file take "$disk" raw "$d/c.xr-$XR_CHECKPOINT"
    because "another file"

    # Back, into the same file, and again; its other name sees it, too.
    ln "$disk" "$d/second"
    printf changed | dd of="$disk" conv=notrunc bs=1 seek=500 status=none
    truncate -s 4000000 "$disk"
    driver 0 file put-back --check "$disk" raw "$copy"
    is "${out%%$'\n'*}" "folder $d"
    is "$(stat -c %s "$disk")" 4000000
    for _ in 1 2; do
        driver 0 file put-back "$disk" raw "$copy"
        cmp -s "$scratch/disk" "$d/second" || fail "$shell: put-back"
        is "$(facts "$disk")" "$(facts "$copy")"
    done
    # Where blocks can be shared, they are: nothing else is there room for.
    if cp --reflink=always "$copy" "$d/shares" 2>/dev/null; then
        filefrag -v "$disk" | grep -q shared || fail "$shell: put-back: not shared"
    fi
    rm -f "$d/shares"
    # One that has gone is there again, also where that was begun and killed.
    rm "$disk" "$d/second"
    driver 0 file put-back --check "$disk" raw "$copy"
    is "${out%%$'\n'*}" "folder $d"
    case $out in *"bytes 0") part=0 ;; *) part=1 ;; esac
    cp --reflink=always "$copy" "$d/shares" 2>/dev/null
    is "$?" "$part"
    rm -f "$d/shares"
    part=$copy.part
    mkdir -m 700 "$copy.back"
    : >"$copy.back/disk.xr"
    driver 0 file put-back "$disk" raw "$copy"
    cmp -s "$scratch/disk" "$disk" || fail "$shell: put-back of one that had gone"
    is "$(facts "$disk")" "$(facts "$copy")"

    # A disk of its own, for each domain one; as many again of what began so.
    export XR_UUID=$own
    driver 0 file copy --check "$disk" raw "$copy"
    is "$(sed -n 1,2p <<<"$out")" "copy $disk.xc-$own"$'\n'"folder $d"
    is "$(files "$d")" "a b a b.xr-$XR_CHECKPOINT "
    driver 0 file copy "$disk" raw "$copy" "$disk.xc-$own"
    cmp -s "$scratch/disk" "$disk.xc-$own" || fail "$shell: copy"
    echo mine >>"$disk.xc-$own"
    driver 1 file copy --check "$disk" raw "$copy"
    because "is there already"
    driver 1 file copy "$disk" raw "$copy" "$disk.xc-$own"
    driver 1 file copy "$disk" raw "$copy" "$disk.xc-$other"
    cp "$copy" "$disk.xc-$own.xr-$XR_CHECKPOINT"
    XR_UUID=$other
    driver 0 file copy --check "$disk.xc-$own" raw \
        "$disk.xc-$own.xr-$XR_CHECKPOINT"
    is "${out%%$'\n'*}" "copy $disk.xc-$other"
    driver 1 file copy "$disk" raw "$copy" "$disk.xc-$own"
    because "is no name"
    mkdir -m 700 "$disk.xc-$own.part"
    : >"$disk.xc-$own.part/disk.xr"
    driver 0 file drop "$disk.xc-$own"
    driver 0 file drop "$disk.xc-$own"
    rm "$disk.xc-$own.xr-$XR_CHECKPOINT"
    cmp -s "$scratch/disk" "$copy" || fail "$shell: copy: the copy was written to"
    unset XR_UUID

    # What was killed in the middle is taken away with the copy.
    mkdir -m 700 "$part"
    : >"$part/disk.xr"
    driver 1 file take "$disk" raw "$disk.xr-$other"
    driver 0 file drop "$copy"
    is "$(files "$d")" "a b "
    driver 0 file drop "$copy"
    cmp -s "$scratch/disk" "$disk" || fail "$shell: drop"
    # What a probe has left goes when it is old; what may be at work stays.
    local old=44444444-b46a-4215-9cc6-e2ed1d40cc38
    mkdir -m 700 "$disk.xr-$old.part" "$part"
    touch -d '3 days ago' "$disk.xr-$old.part"
    export XR_CHECKPOINT=33333333-b46a-4215-9cc6-e2ed1d40cc38
    driver 0 file probe "$disk" raw
    XR_CHECKPOINT=${copy##*.xr-}
    is "$(files "$d")" "a b a b.xr-$XR_CHECKPOINT.part "
    rmdir "$part"
    rm "$disk"
    # Where nothing is mounted a copy is not gone.
    driver 1 file drop "$copy"
    because "mount its file system"
    : >"$copy"
    driver 0 file drop "$copy"
}

check_file_refusals() { # FOLDER
    local d=$1 copy name
    name=$d/$'line\nbreak'
    export XR_WANTED=require
    make_disk "$name"
    driver 3 file probe "$name" raw
    because "line break"
    # Its name without the break, which a shell would make of it, is another disk.
    make_disk "$d/end"
    mv "$name" "$d/end"$'\n'
    driver 3 file probe "$d/end"$'\n' raw
    ln -s "$d/end"$'\n' "$d/link"
    driver 3 file probe "$d/link" raw
    rm "$d"/*

    make_disk "$d/-rf"
    driver 0 file probe "$d/-rf" raw
    driver 3 file probe "$d/none" raw
    driver 3 file probe "$d" raw
    driver 3 file probe /dev/null raw
    driver 3 file probe "$d/-rf" vhd
    because "format vhd"
    driver 3 file probe "$d/-rf" qcow2
    because "no qcow2"
    printf 'QFI\373\0\0\0\3' >"$d/q"
    truncate -s 72 "$d/q"
    printf '\0\0\0\0\0\0\0\4' >>"$d/q"
    driver 3 file probe "$d/q" qcow2
    because "in another file"
    printf '\1' | dd of="$d/q" conv=notrunc bs=1 seek=79 status=none
    driver 0 file probe "$d/q" qcow2

    # Nothing is written or removed behind a link, nor what is no copy's.
    copy=$d/q.xr-$XR_CHECKPOINT
    echo precious >"$d/precious"
    mkdir "$d/folder"
    echo precious >"$d/folder/disk.xr"
    ln -s "$d/precious" "$copy"
    driver 1 file take "$d/q" qcow2 "$copy"
    driver 1 file drop "$copy"
    driver 1 file put-back "$d/q" qcow2 "$copy"
    rm "$copy"
    ln -s "$d/folder" "$copy.part"
    driver 1 file take "$d/q" qcow2 "$copy"
    driver 0 file drop "$copy"
    mkdir -m 777 "$copy.back"
    driver 1 file drop "$copy"
    driver 1 file drop "$d/precious"
    driver 1 file drop "q.xr-$XR_CHECKPOINT"
    is "$(cat "$d/precious" "$d/folder/disk.xr")" $'precious\nprecious'
    driver 1 file
    driver 1 file probe
    driver 1 file put-back --force "$d/q" raw "$copy"
    rm -rf "${d:?}"/*
}

# A disk behind a link is copied beside the file that it is.
check_file_link() { # FOLDER
    export XR_WANTED=require
    mkdir "$1/real"
    make_disk "$1/real/disk"
    ln -s real/disk "$1/name"
    driver 0 file probe "$1/name" raw
    is "$(head -n 1 <<<"$out")" "copy $1/real/disk.xr-$XR_CHECKPOINT"
    driver 0 file take "$1/name" raw "$1/real/disk.xr-$XR_CHECKPOINT"
    driver 0 file put-back "$1/name" raw "$1/real/disk.xr-$XR_CHECKPOINT"
    [ -L "$1/name" ] || fail "$shell: a link was replaced"
    # Pointed elsewhere, it is another disk; so is a file of its own.
    make_disk "$1/real/second"
    cp "$1/real/second" "$scratch/disk"
    ln -sf real/second "$1/name"
    for check in "" --check; do
        # shellcheck disable=SC2086  # an option, or none
        driver 1 file put-back $check "$1/name" raw \
            "$1/real/disk.xr-$XR_CHECKPOINT"
        because "is no copy of $1/real/second"
    done
    rm "$1/name"
    driver 1 file put-back "$1/name" raw "$1/real/disk.xr-$XR_CHECKPOINT"
    because "is no copy of $1/name"
    cmp -s "$1/real/second" "$scratch/disk" ||
        fail "$shell: another disk was overwritten"
    # Its folder by another name is the same one.
    ln -s real "$1/folder"
    rm "$1/real/disk"
    driver 0 file put-back "$1/folder/disk" raw \
        "$1/real/disk.xr-$XR_CHECKPOINT"
    driver 0 file put-back "$1/folder/disk" raw \
        "$1/real/disk.xr-$XR_CHECKPOINT"
    rm -r "${1:?}"/*
}

stat_fails() { # FORMAT
    cat >bin/stat <<SH
#!/bin/sh
[ "\$2" != "$1" ] && [ "\$3" != "$1" ] || exit 1
exec /bin/stat "\$@"
SH
    chmod 755 bin/stat
}

# Somebody is quicker than put-back, or what it asks for is not told.
check_file_surprises() { # FOLDER
    local disk=$1/disk copy=$1/disk.xr-$XR_CHECKPOINT
    export XR_WANTED=require XR_UUID=$own
    # busybox runs its own stat.
    case $shell in *busybox*) return ;; esac
    make_disk "$disk"
    driver 0 file take "$disk" raw "$copy"
    rm "$disk"

    # There is a folder where the disk was not, or its file has become a link.
    printf '#!/bin/sh\n/bin/stat "$@"\nmkdir "%s" 2>/dev/null\n:\n' "$disk" >bin/stat
    chmod 755 bin/stat
    driver 1 file put-back "$disk" raw "$copy"
    is "$(files "$disk")" ""
    rmdir "$disk"
    make_disk "$disk"
    echo precious >"$1/precious"
    printf '#!/bin/sh\n/bin/stat "$@"\nln -sf precious "%s"\n' "$disk" >bin/stat
    driver 1 file put-back "$disk" raw "$copy"
    is "$(cat "$1/precious")" precious
    rm "$disk" "$1/precious"

    # It may be that there is no room, or another file system.
    stat_fails '%d %b %B'
    driver 1 file put-back --check "$disk" raw "$copy"
    because "cannot read"
    stat_fails '%b %B'
    driver 1 file copy --check "$disk" raw "$copy"
    because "cannot read"
    stat_fails '%a %S'
    # Where blocks are shared, no room is needed.
    if ! cp --reflink=always "$copy" "$1/shares" 2>/dev/null; then
        driver 1 file put-back "$disk" raw "$copy"
        because "no room"
        driver 1 file copy --check "$disk" raw "$copy"
        because "no room"
        is "$out" ""
    fi
    rm -f bin/stat "$1/shares"
    driver 0 file drop "$copy"
    rm -rf "${1:?}"/*
    unset XR_UUID
}

# Of two at once one has made it, and it is whole.
check_file_race() { # FOLDER
    local copy=$1/disk.xr-$XR_CHECKPOINT n=0
    export XR_WANTED=require
    make_disk "$1/disk"
    for _ in 1 2 3 4; do
        env PATH="$PATH" "$shell" lib/disks/file take "$1/disk" raw "$copy" \
            2>/dev/null &
    done
    for job in $(jobs -p); do
        wait "$job" && n=$((n + 1))
    done
    is "$n" 1
    cmp -s "$1/disk" "$copy" || fail "$shell: race: not the same"
    driver 0 file find "$copy"
    driver 0 file drop "$copy"
    is "$(files "$1")" "disk "
    driver 3 file find "$copy"
    because "the file is gone"
    rm "$1/disk"
    driver 1 file find "$copy" # nor is its disk: who knows what is mounted?
}

check_plain_file_system() {
    local share
    mkdir -p plain
    make_disk plain/disk
    share=0
    cp --reflink=always plain/disk plain/other 2>/dev/null || share=3
    rm -f plain/other
    XR_WANTED=auto
    export XR_WANTED
    driver $share file probe "$PWD/plain/disk" raw
    [ $share = 0 ] || because "--disks=require"
    rm plain/disk
    check_file "$PWD/plain" require
    check_file_refusals "$PWD/plain"
    check_file_link "$PWD/plain"
    check_file_surprises "$PWD/plain"
    check_file_race "$PWD/plain"
}

mounted=
unmount() {
    [ -z "$mounted" ] || umount "$mounted"
    rm -rf "$scratch"
}
mount_xfs() {
    mkdir -p xfs
    truncate -s 320M xfs.img
    if [ "$(id -u)" = 0 ] && mkfs.xfs -q -m reflink=1 xfs.img 2>/dev/null &&
        mount -o loop xfs.img xfs 2>/dev/null; then
        mounted=$PWD/xfs
        trap unmount EXIT
        chmod 755 xfs
        return
    fi
    skip "file on XFS: it takes root, mkfs.xfs and a loop device"
    return 1
}

# --- LVM: one group "vg" with the volume "web"; volumes are files of a folder,
# with their tags beside them, and the programs say what they were called with.
volume=$(find /dev -maxdepth 1 -type b 2>/dev/null | head -n 1)
make_lvm() {
    rm -rf vg log
    mkdir vg
    : >vg/web
    : >log
}
cat >bin/fake-lvm <<'SH'
#!/bin/sh
# The last word is the volume or the group.
for last; do :; done
cd "$VG" || exit 9
field() { # of $1, $2
    case $1 in
    vg_name) echo vg ;;
    lv_name) echo web ;;
    pool_lv) cat pool 2>/dev/null ;;
    origin)
        case $2 in
        *_xr_*) cat of 2>/dev/null || echo web ;;
        *)      cat origin 2>/dev/null ;;
        esac ;;
    lv_tags) cat "tags/$2" 2>/dev/null ;;
    lv_size) [ ! -e pool_size ] || [ "$2" != pool ] || { cat pool_size; return; }
        [ -e "vg/$2" ] || return
        # That of a snapshot that is not thin is the room that it has.
        case $2 in
        *_xr_*) [ -e pool ] && echo 1048576 || echo 5368709120 ;;
        *) cat size 2>/dev/null || echo 1048576 ;;
        esac ;;
    origin_size) [ -e "vg/$2" ] || return
        if [ -e pool ]; then echo 0; else cat size 2>/dev/null || echo 1048576; fi ;;
    chunk_size) cat chunk_size ;;
    data_percent | metadata_percent) cat "$1" ;;
    lv_attr)
        if [ "$2" = web ] && [ -s open ]; then
            sed -i 1d open
            echo owi-aos---
        else
            cat attr 2>/dev/null || echo swi-a-s---
        fi ;;
    snap_percent) cat percent 2>/dev/null || echo 12.50 ;;
    vg_free) cat vg_free 2>/dev/null || echo 4194304 ;;
    vg_extent_size) echo 1048576 ;;
    *) exit 8 ;;
    esac
}
case ${0##*/} in
lvs | vgs)
    wanted=; selected=; before=
    for word; do
        case $before in -o) wanted=$word ;; -S) selected=$word ;; esac
        before=$word
    done
    name=${selected#lv_name=\"}
    name=${name%\"}
    case $wanted:$selected in
    :) [ -e "vg/${last#*/}" ] ;;
    *:?*) [ "$last" = vg ] && { [ ! -e "vg/$name" ] || echo "  $name"; } ;;
    vg_name,lv_name:) echo "  vg web" ;;
    *,*) cat snapshots ;;
    *) value=$(field "$wanted" "${last#*/}") || true; echo "  $value" ;;
    esac
    exit ;;
esac
echo "${0##*/} $*" >>log
case ${0##*/} in
lvcreate)
    before=
    for word; do [ "$before" != -n ] || name=$word; before=$word; done
    case $* in *--test*) exit "$(cat full 2>/dev/null || echo 0)" ;; esac
    : >"vg/$name"
    case $* in *--addtag*) echo xen-resumable >"tags/$name" ;; esac ;;
lvremove) rm "vg/${last#*/}" ;;
lvchange) [ ! -e activate ] || { . ./activate; rm activate; } ;;
esac
SH
chmod 755 bin/fake-lvm
for program in lvs vgs lvcreate lvremove lvchange lvextend; do
    ln -s fake-lvm bin/$program
done
printf '#!/bin/sh\n' >bin/sleep
chmod 755 bin/sleep
VG=$PWD/lvm
export VG
begin_lvm() {
    rm -rf lvm
    mkdir -p lvm/vg lvm/tags
    : >lvm/vg/web
    echo 20.00 >lvm/data_percent
    echo 9.99 >lvm/metadata_percent
    : >lvm/log
    rm -f lib/copy-changed
    printf '#!/bin/sh\necho "copy-changed $*" >>"$VG/log"\n' >lib/copy-changed
    chmod 755 lib/copy-changed
}
logged() { is "$(cat lvm/log)" "$1"; : >lvm/log; }

copy=vg/web_xr_$XR_CHECKPOINT
check_thin() {
    begin_lvm
    driver 3 lvm-thin probe "$volume" raw # no pool
    echo pool >lvm/pool
    driver 3 lvm-thin probe "$PWD/lvm/vg/web" raw # a file
    driver 0 lvm-thin probe "$volume" raw
    is "$out" "copy $copy"
    echo 95.01 >lvm/metadata_percent
    driver 3 lvm-thin probe "$volume" raw
    because "95 % full"
    echo 5 >lvm/metadata_percent
    XR_LVM_SNAPSHOT_SIZE=5G
    export XR_LVM_SNAPSHOT_SIZE
    driver 3 lvm probe "$volume" raw # it is not that driver's
    unset XR_LVM_SNAPSHOT_SIZE
    logged ''
    driver 0 lvm-thin take "$volume" raw "$copy"
    logged "lvcreate -qq -s --setactivationskip y --permission r --addtag xen-resumable -n ${copy#*/} -- vg/web"
    driver 1 lvm-thin take "$volume" raw "vg/db_xr_$XR_CHECKPOINT"
    # All that the volume has may differ; it is not known of one that is not active.
    echo 1000000000 >lvm/pool_size
    driver 0 lvm-thin put-back --check "$volume" raw "$copy"
    is "$out" "pool thin pool vg/pool
bytes 0
free 750000000
at-most 220185"
    rm lvm/pool_size
    # Another volume has got the name.
    for other in '' former; do
        echo "$other" >lvm/of
        driver 1 lvm-thin put-back --check "$volume" raw "$copy"
        because "is no snapshot of vg/web as it is now"
        driver 1 lvm-thin put-back "$volume" raw "$copy"
    done
    rm lvm/of
    logged ''
    driver 0 lvm-thin put-back "$volume" raw "$copy"
    logged "lvchange -qq -ay -- vg/web
lvchange -qq -ay -K -- $copy
copy-changed --room $PWD/lib/disks/lvm-thin vg/pool /dev/$copy /dev/vg/web
lvchange -qq -an -- $copy"
    check_closed lvm-thin
    check_room
    check_own lvm-thin
    logged "lvcreate -qq -s --setactivationskip n --permission rw --addtag xen-resumable -n web_xc_$own -- $copy
lvchange -qq -ay -- vg/web_xc_$own"
    check_own_drop lvm-thin
    check_drop lvm-thin
}

# What serves the guest may have it open a moment longer; another program has it longer.
check_closed() { # DRIVER
    echo once >lvm/open
    driver 0 "$1" put-back "$volume" raw "$copy"
    [ ! -s lvm/open ] || fail "$shell: nobody asked whether it is open"
    : >lvm/log
    case $shell in *busybox*) return ;; esac # its sleep is its own
    yes | head -n 100 >lvm/open
    : >lvm/log
    driver 1 "$1" put-back "$volume" raw "$copy"
    because "vg/web is open"
    if grep -q copy-changed lvm/log; then fail "$shell: it was written to"; fi
    rm lvm/open
    : >lvm/log
}

# What may be written before it is asked again: up to 95 % of the pool, 64 MiB at most;
# a MiB that is written to may be a whole chunk that is new.
check_room() {
    echo 65536 >lvm/chunk_size
    echo 1000000000 >lvm/pool_size
    driver 0 lvm-thin room vg/pool # of 1 GB, 20 % full
    is "$out" 67108864
    echo 92.70 >lvm/data_percent
    driver 0 lvm-thin room vg/pool
    is "$out" 30000000
    echo 4194304 >lvm/chunk_size
    driver 0 lvm-thin room vg/pool
    is "$out" 7500000
    echo 1000000 >lvm/pool_size
    driver 0 lvm-thin room vg/pool
    is "$out" 1048576
    echo 95.00 >lvm/data_percent
    driver 1 lvm-thin room vg/pool
    because "the data of its pool vg/pool are 95 % full: extend it"
    echo 20 >lvm/data_percent
    echo 96.1 >lvm/metadata_percent
    driver 1 lvm-thin room vg/pool
    because "the metadata of its pool"
    echo 5 >lvm/metadata_percent
}

# A disk of its own, under the name that it has said beforehand.
check_own() { # DRIVER
    export XR_UUID=$own
    driver 0 "$1" copy --check "$volume" raw "$copy"
    local says="copy vg/web_xc_$own"$'\n'"disk /dev/vg/web_xc_$own"
    [ "$1" != lvm ] || says=$(room_of 1048576 "$says")
    is "$out" "$says"
    driver 1 "$1" copy "$volume" raw "$copy" vg/web
    because "is no name"
    logged ''
    driver 0 "$1" copy "$volume" raw "$copy" "vg/web_xc_$own"
}
check_own_drop() { # DRIVER
    driver 1 "$1" copy --check "$volume" raw "$copy"
    because "is there already"
    driver 1 "$1" put-back "$volume" raw "vg/web_xc_$own"
    because "is no copy"
    # Of what began so, another one has a name that is no longer.
    : >"lvm/vg/web_xc_${own}_xr_$XR_CHECKPOINT"
    echo xen-resumable >"lvm/tags/web_xc_${own}_xr_$XR_CHECKPOINT"
    XR_UUID=$other
    driver 0 "$1" copy --check "$volume" raw "vg/web_xc_${own}_xr_$XR_CHECKPOINT"
    is "${out%%$'\n'*}" "copy vg/web_xc_$other"
    unset XR_UUID
    driver 0 "$1" drop "vg/web_xc_$own"
    logged "lvremove -qq -y -- vg/web_xc_$own"
}

# Not what has no tag of ours, or no name of ours.
check_drop() { # DRIVER
    : >lvm/tags/"${copy#*/}"
    driver 1 "$1" drop "$copy"
    because "no tag"
    echo "a,xen-resumable" >lvm/tags/"${copy#*/}"
    for name in vg/web web "vg/web_xr_" "-f/web_xr_$XR_CHECKPOINT" \
        "vg/a/web_xr_$XR_CHECKPOINT" "vg/a b_xr_$XR_CHECKPOINT" \
        "vg/_xr_$XR_CHECKPOINT" "/dev/vg/web_xr_$XR_CHECKPOINT"; do
        driver 1 "$1" drop "$name"
        because "no copy"
    done
    driver 0 "$1" find "$copy"
    logged ''
    driver 0 "$1" drop "$copy"
    logged "lvremove -qq -y -- $copy"
    driver 0 "$1" drop "$copy"
    driver 3 "$1" find "$copy"
    because "the volume is gone"
    driver 1 "$1" find "other/web_xr_$XR_CHECKPOINT"
    driver 1 "$1" drop "other/web_xr_$XR_CHECKPOINT"
    logged ''
}

# Of a group that is not active nothing is told of its snapshots: not that they are lost,
# nor that there is room for what is put back.
check_inactive() {
    mv lvm/snapshots lvm/active
    sed 's/:[0-9.]*:web$/::web/' lvm/active >lvm/snapshots
    echo swi---s--- >lvm/attr
    : >lvm/percent
    driver 0 lvm put-back --check "$volume" raw "$copy"
    logged ''
    echo 'mv active snapshots; rm attr percent' >lvm/activate
    driver 0 lvm put-back "$volume" raw "$copy"
    logged "lvchange -qq -ay -- vg/web
lvextend -qq -L +2988576b -- vg/b
copy-changed /dev/$copy /dev/vg/web"
}

check_lost() {
    echo 'echo swi-I-s--- >attr' >lvm/activate
    echo swi---s--- >lvm/attr
    driver 1 lvm put-back "$volume" raw "$copy"
    because "it is lost"
    driver 3 lvm find "$copy"
    because "has overflowed"
    logged "lvchange -qq -ay -- vg/web"
    driver 1 lvm put-back --check "$volume" raw "$copy"
    because "it is lost"
    XR_UUID=$own
    export XR_UUID
    driver 1 lvm copy --check "$volume" raw "$copy"
    because "it is lost"
    unset XR_UUID
    rm lvm/attr
    logged ''
}

# What LVM takes for a snapshot: extents of 1 MiB, of a volume that has 1 MiB (what of it
# was changed is noted, too), or of one that has 1 GiB.
room_of() { # BYTES [LINE]: of the group
    [ -z "${2-}" ] || printf '%s\n' "$2"
    printf 'pool volume group vg\nbytes %s\nfree 4194304\n' "$1"
}
check_sizes() {
    local of size bytes
    while read -r of size bytes; do
        echo "$of" >lvm/size
        XR_LVM_SNAPSHOT_SIZE=$size driver 0 lvm probe "$volume" raw
        is "$size: $out" "$size: $(room_of "$bytes" "copy $copy")"
    done <<'EOF'
1048576 100% 2097152
1048576 5G 2097152
1073741824 1k 1048576
1073741824 1M 1048576
1073741824 1025K 2097152
1073741824 1G 1073741824
1073741824 2g 1078984704
1073741824 20% 219152384
1073741824 300% 1078984704
EOF
    rm lvm/size
}

check_thick() {
    begin_lvm
    driver 3 lvm probe "$volume" raw
    because "lvm_snapshot_size"
    export XR_LVM_SNAPSHOT_SIZE=20%
    driver 0 lvm probe "$volume" raw
    is "$out" "$(room_of 1048576 "copy $copy")"
    logged "lvcreate -qq -y -s -l20%ORIGIN --permission r --addtag xen-resumable -n ${copy#*/} --test -- vg/web"
    echo 5 >lvm/full
    driver 3 lvm probe "$volume" raw
    rm lvm/full
    echo base >lvm/origin
    driver 3 lvm probe "$volume" raw
    because "is a snapshot"
    rm lvm/origin
    check_sizes
    XR_LVM_SNAPSHOT_SIZE=5G
    : >lvm/log
    driver 0 lvm take "$volume" raw "$copy"
    logged "lvcreate -qq -y -s -L5G --permission r --addtag xen-resumable -n ${copy#*/} -- vg/web"
    # Of 10 MB the copy has taken over 2; another snapshot has room for it, one not.
    printf '  %s\n' "${copy#*/}:10000000:20.00:web" "a:10000000:10.00:web" \
        "b:10000000:99.00:web" "c:1000:99.00:db" "web:90000000::" \
        >lvm/snapshots
    # In whole extents.
    driver 0 lvm put-back --check "$volume" raw "$copy"
    is "$out" "$(room_of 3145728)"
    echo former >lvm/of
    driver 1 lvm put-back "$volume" raw "$copy"
    because "is no snapshot of vg/web as it is now"
    rm lvm/of
    logged ''
    driver 0 lvm put-back "$volume" raw "$copy"
    logged "lvchange -qq -ay -- vg/web
lvextend -qq -L +2988576b -- vg/b
copy-changed /dev/$copy /dev/vg/web"
    check_closed lvm
    check_inactive
    echo "d:10000000:99.00:web" >>lvm/snapshots
    driver 1 lvm put-back --check "$volume" raw "$copy"
    because "would overflow"
    driver 1 lvm put-back "$volume" raw "$copy"
    sed -i '$d' lvm/snapshots
    check_lost
    check_own lvm
    logged "lvchange -qq -ay -- vg/web
lvcreate -qq -y -L 1048576b --addtag xen-resumable -n web_xc_$own -- vg
copy-changed /dev/$copy /dev/vg/web_xc_$own"
    check_own_drop lvm
    printf '#!/bin/sh\nexit 1\n' >lib/copy-changed
    XR_UUID=$own
    export XR_UUID
    driver 1 lvm copy "$volume" raw "$copy" "vg/web_xc_$own"
    unset XR_UUID
    [ ! -e "lvm/vg/web_xc_$own" ] || fail "$shell: half a disk stays"
    : >lvm/log
    check_drop lvm
    unset XR_LVM_SNAPSHOT_SIZE
}

# --- copy-changed: the same afterwards, whatever differs, and no more is written.
check_copy_changed() {
    local size
    for size in 0 1 4095 4096 1048576 1048577 3000000; do
        head -c $size /dev/urandom >from
        cp from to
        "$copy_changed" from to || fail "copy-changed: $size"
        cmp -s from to || fail "copy-changed: $size: not the same"
        head -c $size /dev/zero >to
        "$copy_changed" from to || fail "copy-changed: $size, zeros"
        cmp -s from to || fail "copy-changed: $size, zeros: not the same"
        [ $size = 0 ] && continue
        printf x | dd of=to conv=notrunc bs=1 seek=$((size / 2)) status=none
        "$copy_changed" from to || fail "copy-changed: $size, a byte"
        cmp -s from to || fail "copy-changed: $size, a byte: not the same"
    done
    # A hole that is to stay zeros stays a hole.
    truncate -s 0 from to
    truncate -s 10000000 from to
    printf x | dd of=from conv=notrunc bs=1 seek=5000000 status=none
    "$copy_changed" from to || fail "copy-changed: a hole"
    cmp -s from to || fail "copy-changed: a hole: not the same"
    [ "$(stat -c %b to)" -le 128 ] || fail "copy-changed: too much is written"
    truncate -s 5 to
    ! "$copy_changed" from to 2>/dev/null || fail "copy-changed: another size"
    ! "$copy_changed" from none 2>/dev/null || fail "copy-changed: none"
    ! "$copy_changed" from 2>/dev/null || fail "copy-changed: one operand"
}

# Of 5 MiB that differ in 8, in parts of 2 MiB; what there is no room for is not
# written, and is written by the next one.
check_copy_changed_room() {
    printf '#!/bin/sh\necho "$*" >>asked\nsed -n 1p room\nsed -i 1d room\n[ -s room ]\n' >asks
    chmod 755 asks
    head -c 8388608 /dev/zero >to
    cp to from
    for n in 0 2 3 4 6; do
        printf x | dd of=from conv=notrunc bs=1 seek=$((n * 1048576)) status=none
    done
    printf '2097152\n2097152\n2097152\nend\n' >room
    cp to before
    "$copy_changed" --room "$PWD/asks" vg/pool from to ||
        fail "copy-changed: room"
    cmp -s from to || fail "copy-changed: room: not the same"
    is "$(cat asked)" "$(printf 'room vg/pool\n%.0s' 1 2 3)"
    cp before to
    printf '2097152\n2097152\n' >room
    ! "$copy_changed" --room "$PWD/asks" vg/pool from to 2>/dev/null ||
        fail "copy-changed: no room"
    is "$(cmp -l from to | wc -l)" 3
    printf '%s\nend\n' 1048575 >room
    ! "$copy_changed" --room "$PWD/asks" vg/pool from to 2>/dev/null ||
        fail "copy-changed: too little room"
    is "$(cmp -l from to | wc -l)" 3
    printf '99999999\nend\n' >room
    "$copy_changed" --room "$PWD/asks" vg/pool from to ||
        fail "copy-changed: room again"
    cmp -s from to || fail "copy-changed: room again: not the same"
    # One that cannot be asked has no room.
    cp before to
    ! "$copy_changed" --room "$PWD/none" vg/pool from to 2>/dev/null ||
        fail "copy-changed: nobody says"
    cmp -s before to || fail "copy-changed: nobody says: written"
}

# A device that somebody has open has in this host's cache what was read of it, and a
# guest's writes pass by that.
check_copy_changed_cache() {
    local device
    truncate -s 0 from disk
    truncate -s 4194304 from disk
    device=$(losetup -f --show disk 2>/dev/null) ||
        { skip "copy-changed: a device: it takes root and a loop device"; return; }
    exec 8<"$device"
    cat "$device" >/dev/null
    printf guest | dd of=disk conv=notrunc bs=1 seek=1000000 status=none
    "$copy_changed" from "$device" || fail "copy-changed: a device"
    exec 8<&-
    losetup -d "$device"
    cmp -s from disk || fail "copy-changed: a device: what a guest wrote stays"
}

check_copy_changed
check_copy_changed_room
check_copy_changed_cache
xfs=
mount_xfs && xfs=1
[ -n "$volume" ] || skip "LVM's drivers: there is no block device here"
for shell in dash bash "busybox sh"; do
    command -v "${shell%% *}" >/dev/null || { skip "no $shell here"; continue; }
    case $shell in "busybox sh")
        printf '#!/bin/sh\nexec busybox sh "$@"\n' >bin/busybox-sh
        chmod 755 bin/busybox-sh
        shell=$PWD/bin/busybox-sh ;;
    esac
    check_plain_file_system
    if [ -n "$xfs" ]; then
        check_file "$PWD/xfs" auto
        check_file_link "$PWD/xfs"
    fi
    if [ -n "$volume" ]; then
        check_thin
        check_thick
    fi
done
finish
