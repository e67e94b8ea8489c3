#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# memory and show --memory as a user meets them.  If this fails, what comes out is not
# the guest's memory, or something is lost where it was to go.
set -eu
. "$top_srcdir/tests/cli/functions.sh"

mkdir folder
export XR_RUN_DIR=$scratch/run XR_COPIES_DIR=$scratch/copies
python=${PYTHON:-python3}
make_image() { "$top_builddir/tests/streams/mkstream" "$@"; }
right() { # IMAGE FORM FILE
    "$python" "$top_srcdir/tests/cli/memory_forms.py" "$@" ||
        fail "$1 as $2: the memory is another one"
}
says() { grep -qF -- "$1" .stderr || fail "no '$1' in: $(cat .stderr)"; }
alone() { # WHAT NAME...: these and nothing else is in the folder
    local what=$1
    shift
    [ "$(ls -A folder)" = "$*" ] || fail "$what: there are $(ls -A folder)"
}

# --- each kind of image, each form, from a file and a pipe, to a file and a pipe

for words in "xl hvm live rounds=4" "libvirt rounds=3" "libxl hvm flat seal live" \
    "libxc live" "xl flat seal" "libvirt hvm seal" "xl version2 live"; do
    # shellcheck disable=SC2086
    make_image $words metadata pages=700 batch=90 vcpus=2 >image
    for form in raw elf lime xen; do
        run 0 memory --as=$form image folder/out
        has "^Written +$form, "
        right image $form folder/out
        alone "$words" out
        [ "$(stat -c %a folder/out)" = 600 ] || fail "its mode"
        "$program" memory --as=$form - folder/two <image >/dev/null ||
            fail "$words as $form: from a file as standard input"
        # shellcheck disable=SC2002 # a pipe is wanted
        cat image | "$program" memory --as=$form - folder/three >/dev/null ||
            fail "$words as $form: from a pipe"
        TMPDIR=$scratch/folder "$program" memory --as=$form - - \
            < <(cat image) | cmp - folder/out ||
            fail "$words as $form: from pipe to pipe"
        cmp folder/out folder/two && cmp folder/out folder/three ||
            fail "$words as $form: of a pipe it is another one"
        "$program" memory --as=$form image - >folder/four &&
            cmp folder/out folder/four || fail "$words as $form: to a file"
        rm folder/*
    done
done

# The default is raw. A FIFO is waited for.
run 0 memory image folder/out
right image raw folder/out
mkfifo fifo
cat fifo >folder/two &
run 0 memory image fifo
wait $!
cmp folder/out folder/two || fail "a FIFO"
[ -p fifo ] || fail "the FIFO is gone"

# --- other tools' view of it

if readelf --version >readelf.version 2>&1; then
    make_image xl hvm pages=300 >image
    "$program" memory --force --as=elf image folder/out >/dev/null
    LC_ALL=C readelf -lW folder/out >readelf.out 2>&1
    grep -q '^ *LOAD .*0x0*12c000 0x0*12c000 ' readelf.out ||
        fail "readelf -l: $(cat readelf.out)"
    "$program" memory --force --as=xen image folder/out >/dev/null
    LC_ALL=C readelf -SW folder/out >readelf.out 2>&1
    grep -q '\.xen_pages .* 12c000 1000 ' readelf.out ||
        fail "readelf -S: $(cat readelf.out)"
    grep -q '\.note\.Xen .*NOTE ' readelf.out || fail "readelf -S: no notes"
    ! grep -i warning readelf.out || fail "readelf warns"
else
    skip "no readelf"
fi

if gdb --version >gdb.version 2>&1; then
    make_image xl pages=300 vcpus=2 >image
    "$program" memory --force --as=elf image folder/out >/dev/null
    gdb -nx -batch -ex 'x/s 0x41ffc' -ex 'info threads' -ex 'info registers rip' \
        --core=folder/out >gdb.out 2>&1 </dev/null || :
    grep -q '0x41ffc:.*"AAAA", .B. <repeats' gdb.out || fail "gdb reads: $(cat gdb.out)"
    grep -q '^  *2 .*LWP 2' gdb.out || fail "gdb finds no second vCPU"
    grep -q '^rip  *0x0 ' gdb.out || fail "gdb finds no registers"
else
    skip "no gdb"
fi

# --- zeros take no room

rm -rf folder/* image
make_image xl pages=4000 holes 1<>image
for form in raw elf lime xen; do
    run 0 memory --as=$form image folder/$form
    [ "$(($(stat -c %b folder/$form) / 2))" -lt 1000 ] ||
        fail "$form: zeros take $(($(stat -c %b folder/$form) / 2)) KiB"
    "$program" memory --as=$form - folder/pipe >/dev/null < <(cat image)
    cmp folder/$form folder/pipe || fail "$form: of a pipe"
    [ "$(($(stat -c %b folder/pipe) / 2))" -lt 1000 ] ||
        fail "$form: zeros of a pipe take $(($(stat -c %b folder/pipe) / 2)) KiB"
    rm folder/pipe
done

# --- what is there stays there

rm folder/*
make_image xl live pages=700 batch=90 >image
echo "a diary" >folder/out
expect_failure "a file that is there" 1 target-is-no-image -- \
    memory --format=json image folder/out
[ "$(cat folder/out)" = "a diary" ] || fail "the diary is gone"
cp image folder/out
expect_failure "an image that is there" 1 target-is-no-image -- \
    memory --format=json image folder/out
cmp image folder/out || fail "the image that is there is gone"
run 1 memory --dry-run image folder/out
says "folder/out is there; use --force to replace it"
run 0 memory --force image folder/out
right image raw folder/out
: >folder/out
run 0 memory --as=lime image folder/out
right image lime folder/out
cp image copy
run 2 memory --force copy copy
says "copy is the image itself"
ln -s copy link
run 2 memory --force copy link
cmp image copy || fail "the image itself is gone"
run 2 memory image folder
says "folder is a folder"
run 2 memory image missing/out
for nameless in "" new/; do
    run 2 memory image "$nameless"
    says "\"$nameless\" does not name a file"
done
run 2 memory missing folder/new
run 2 memory "$scratch" folder/new
alone "what is refused" out
run 2 memory --format=json image -
says "no place for --format"
if (exec 3<>/dev/tty) 2>/dev/null || command -v script >/dev/null; then
    script -qec "$program memory image -" /dev/null </dev/null >terminal 2>&1 || :
    grep -q "standard output is a terminal" terminal || fail "to a terminal: $(
        head -c 300 terminal)"
fi

# --- a bad image leaves nothing, and what was there stays

cp folder/out former
bad() { # STATUS TEXT
    for form in raw elf xen; do
        run "$1" memory --force --as=$form bad folder/out
        says "$2"
        # shellcheck disable=SC2002
        cat bad | "$program" memory --force --as=$form - folder/out 2>.stderr &&
            fail "$2: of a pipe"
        says "$2"
    done
    cmp -s former folder/out || fail "$2: the former file is gone"
    alone "$2" out
}
head -c 100000 image >bad
bad 2 "the input ends early"
echo "no image" >bad
bad 2 "not a save image"
: >bad
bad 2 "an empty file"
"$python" - <<'PY'
import struct
image = bytearray(open("image", "rb").read())
at = image.index(struct.pack("<II", 1, 8 + 90 * 4104))
wrong = bytearray(image)
struct.pack_into("<Q", wrong, at + 16, 1 << 40)
open("far", "wb").write(wrong)
struct.pack_into("<I", image, at + 8, 91)
open("bad", "wb").write(image)
PY
bad 2 "has a wrong length, at offset"
cp far bad
bad 2 "which is more than any guest has"

# --- no room

got=0
(ulimit -f 1000 && "$program" memory --force image folder/out 2>.stderr) || got=$?
[ $got = 2 ] || fail "a limit on files: exit status $got"
says "no file may be longer than"
got=0
# shellcheck disable=SC2002
(ulimit -f 1000 && cat image | "$program" memory --force --format=json - folder/out \
    >out 2>.stderr) || got=$?
[ $got = 2 ] || fail "a limit on files, of a pipe: exit status $got"
grep -q '"code": "no-room"' out || fail "no room: $(cat out)"
# Of a pipe into a pipe it is another folder that is full.
got=0
# shellcheck disable=SC2002
(ulimit -f 1000 && cat image |
    TMPDIR=$scratch/folder "$program" memory - - 2>.stderr | wc -c >out
    exit "${PIPESTATUS[1]}") || got=$?
[ $got = 2 ] || fail "a limit on files, from pipe to pipe: exit status $got"
says "kept in $scratch/folder meanwhile; TMPDIR names another folder"
[ "$(cat out)" = 0 ] || fail "no room, and it writes $(cat out) bytes"
full_device memory image -
cmp former folder/out || fail "no room: the former file is gone"
alone "no room" out

# --- a fault in each step, and a kill before each

for source in image -; do
    n=0
    while n=$((n + 1)); [ $n -lt 40 ]; do
        got=0
        # shellcheck disable=SC2002
        cat image | XR_FAULT=$n "$program" memory --force $source folder/out \
            >out 2>.stderr || got=$?
        grep -q "on purpose" .stderr || break
        [ $got = 2 ] || fail "fault $n: exit status $got"
        cmp -s former folder/out || fail "fault $n: the former file is gone"
        alone "fault $n" out
    done
    [ $got = 0 ] || fail "without a fault: exit status $got"
    [ $n -gt 5 ] || fail "only $n steps"
    right image raw folder/out
    cp former folder/out
done
n=0
while n=$((n + 1)); [ $n -lt 40 ]; do
    cp former folder/out
    # Another shell says that it was killed.
    XR_FAULT=$n XR_FAULT_KILL=checkpoint sh -c '"$@"; exit $?' sh \
        "$program" memory --force image folder/out >out 2>.stderr && break
    cmp -s former folder/out || right image raw folder/out
done
[ $n -gt 5 ] || fail "killed only $n times"
alone "after all kills" out
right image raw folder/out

# --- Ctrl-C, while it waits for a pipe, and for a reader

mkfifo slow
rm folder/out
exec 3<>slow
"$program" memory - folder/out <slow >out 2>.stderr &
child=$!
head -c 100000 image >&3
until [ -n "$(ls -A folder)" ]; do sleep 0.1; done
kill -TERM $child
got=0
wait $child || got=$?
[ $got = 2 ] || fail "Ctrl-C: exit status $got"
says "stopped on request"
alone "Ctrl-C" ""
exec 3>&-
"$program" memory image slow >out 2>.stderr &
child=$!
exec 3<slow
head -c 1 <&3 >byte
kill -TERM $child
got=0
wait $child || got=$?
[ $got = 2 ] || fail "Ctrl-C, while nobody reads: exit status $got"
says "stopped on request"
exec 3<&-

# --- as JSON, and only asked

rm -f folder/*
make_image xl hvm pages=500 vcpus=2 rounds=2 >image
run 0 memory --format=json --as=xen image folder/out
"$python" - "$out" <<'PY' || fail "the JSON: $out"
import json, os, sys
result = json.loads(sys.argv[1])
assert result["ok"] is True and result["as"] == "xen"
assert result["type"] == "x86 HVM" and result["pages"] == 500
assert result["ranges"] == 1 and result["end"] == 500 * 4096
assert result["bytes"] == os.stat("folder/out").st_size
assert 499 * 4096 <= result["bytes_written"] <= result["bytes"]
assert result["vmcoreinfo"] is False and result["dry_run"] is False
PY
rm folder/out
run 0 memory --dry-run image folder/out
has '^Memory +2\.0 MiB in 1 range, up to 2\.0 MiB$'
alone "a dry run" ""
# shellcheck disable=SC2002
cat image | "$program" memory --dry-run --format=json - - >out
grep -q '"pages": 500' out || fail "a dry run of a pipe: $(cat out)"
run 0 memory --format=jsonl image folder/out
stages=$(sed -n 's/.*"stage":"\([a-z-]*\)","at".*/\1/p' <<<"$out" | tr '\n' ' ')
[ "$stages" = "reading writing " ] || fail "its stages are: $stages"

# --- show --memory

"$program" show --memory=0x6ff0:32 image >bytes || fail "show --memory"
"$program" memory --force image folder/out >/dev/null
tail -c +28657 folder/out | head -c 32 | cmp - bytes || fail "show --memory: other bytes"
"$program" show --memory=0:2048000 image | cmp - folder/out ||
    fail "show --memory: all of it"
# A person reads it on 80 columns.
if command -v script >/dev/null; then
    script -qec "$program show --memory=0x6ff0:20 image" /dev/null </dev/null |
        tr -d '\r' >terminal
    printf '%s  %s  %s  |%s|\n' \
        00006ff0 "07 07 07 07 07 07 07 07" "07 07 07 07 07 07 07 07" \
        ................ | cmp - <(head -n 1 terminal) ||
        fail "show --memory: $(cat terminal)"
    grep -q '^00007000  08 08 08 08  *|\.\.\.\.|$' terminal ||
        fail "show --memory: a short line: $(cat terminal)"
fi
run 0 show --memory=28656:3 --format=json image
grep -q '"bytes": "070707"' <<<"$out" || fail "show --memory as JSON: $out"
run 2 show --memory=2047999:2 image
says "the guest has no memory at 0x1f4000"
run 2 show --memory=0:2000000 --format=json image
says "JSON has at most 1048576 bytes"
for bad in 5 : 5: :5 5:0 -1:5 5:-1 x:5 5:x 0xffffffffffffffff:2 5:5:5; do
    run 2 show --memory=$bad image
    says "an address and a length are expected"
done
run 2 show --memory=1:1 --records image
run 2 show --memory=1:1 --extract=config image
got=0
# shellcheck disable=SC2002
cat image | "$program" show --memory=1:1 - >out 2>.stderr || got=$?
[ $got = 2 ] || fail "show --memory of a pipe: exit status $got"
says "the image is not a regular file"
finish
