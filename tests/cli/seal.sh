#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# seal --flat as a user meets it.  If this fails, it loses the image that it was to
# lay out, or what it has made of it is another one.
#
# What happens to the image meanwhile is in tests/unit/test-reshape.
set -eu
. "$top_srcdir/tests/cli/functions.sh"

mkdir folder
image=folder/web.img
export XR_RUN_DIR=$scratch/run XR_COPIES_DIR=$scratch/copies
make_image() { "$top_builddir/tests/streams/mkstream" "$@"; }

says() { grep -qF -- "$1" .stderr || fail "no '$1' in: $(cat .stderr)"; }
alone() { # WHAT: nothing is beside the image
    [ "$(ls -A folder)" = web.img ] || fail "$1: there are $(ls -A folder)"
}
untouched() { # WHAT
    cmp -s stream $image || fail "$1: the image is not what it was"
    alone "$1"
}
is_flat() { # WHAT
    run 0 verify $image
    has '^Seal +match$'
    run 0 diff stream $image
    has '^The images are the same.$'
    run 0 show $image
    has '^Layout +flat'
}

# --- each kind of image, and again

for words in xl libvirt libxl libxc "xl live" "libvirt hvm live" "xl flat" \
    "xl flat live" "libxl hvm emulator" "libvirt seal" "xl version2"; do
    # shellcheck disable=SC2086
    make_image $words metadata pages=700 batch=90 vcpus=2 >stream
    cp stream $image
    run 0 seal --flat $image
    has '^Sealed +XXH3-128 [0-9a-f]{32} over [0-9]+ bytes$'
    has '^Layout +flat, .* of which .* were written$'
    [ ! -s .stderr ] || fail "$words: it says $(cat .stderr)"
    is_flat "$words"
    cp $image flat
    run 0 seal --flat $image
    has '^Was sealed +XXH3-128 '
    has '^Layout +flat, .* as it was$'
    cmp flat $image || fail "$words: it was written anew"
    alone "$words"
done

# What is no file is refused, and not even opened: that alone starts a watchdog, or
# rewinds a tape.  Of a FIFO its reader knows whether anybody has written to it.
mkfifo unwritten
for flat in "" --flat; do
    "${PYTHON:-python3}" - "$program" $flat unwritten <<'PY' || fail "seal $flat of a FIFO"
import os, select, subprocess, sys
reader = os.open("unwritten", os.O_RDONLY | os.O_NONBLOCK)
run = subprocess.run([sys.argv[1], "seal", *sys.argv[2:]], stderr=subprocess.PIPE, timeout=300)
assert run.returncode == 2 and b"only a regular file can be" in run.stderr, run
poll = select.poll()
poll.register(reader, select.POLLIN)
assert not poll.poll(0), "it was opened"
PY
done

# What its head says was changed: that is where the file begins.
printf X | dd of=$image bs=1 seek=200 conv=notrunc status=none
cp $image stream
for flat in "" --flat; do
    # shellcheck disable=SC2086  # an option, or none
    run 1 seal $flat $image
    says "$image: some of the bytes 0 to "
    if grep -q "at offset 0" .stderr; then fail "it says $(cat .stderr)"; fi
    untouched "seal $flat of what is not sound"
done

# Pages of zeros take nothing.
rm stream
make_image xl pages=4000 holes 1<>stream
cp stream $image
run 0 seal --flat $image
[ "$(($(stat -c %b $image) / 2))" -lt 1000 ] ||
    fail "4,000 pages of zeros take $(($(stat -c %b $image) / 2)) KiB"
is_flat holes

# --- what is refused is left as it is

make_image xl pages=700 batch=90 metadata >sound
cp sound sealed
"$program" seal sealed >/dev/null
refused() { # STATUS TEXT
    cp -p stream $image
    run "$1" seal --flat $image
    says "$2"
    untouched "$2"
}
cp sealed stream
printf x | dd of=stream bs=1 seek=90000 conv=notrunc status=none
refused 1 "web.img: the image is not sound: it is not changed"
says "the digest does not match the seal: a byte before it was changed"
head -c 100000 sound >stream
refused 1 "web.img: the image is cut off, at offset 100000"
{ cat sound; echo "Tuesday's"; } >stream
refused 1 "10 bytes behind the image's end, and no seal, at offset $(stat -c %s sound)"
{ cat sealed; echo; } >stream
refused 1 "49 bytes behind the image's end, more than its seal"
make_image xl flat seal pages=20 >stream
printf x | dd of=stream bs=1 seek=$(($(stat -c %s stream) - 20)) conv=notrunc \
    status=none
refused 1 "at offset"
echo "no image" >stream
refused 2 "not a save image of xl, libvirt, libxl or libxc"
: >stream
refused 2 "web.img"
"${PYTHON:-python3}" - <<'PY'
import struct, zlib
image = bytearray(open("sealed", "rb").read())
struct.pack_into("<H", image, len(image) - 40, 3)
struct.pack_into("<I", image, len(image) - 8, zlib.crc32(image[-48:-8]))
open("stream", "wb").write(image)
PY
refused 2 "cannot be judged: a seal of version 3"
cp sound stream
for what in fifo folder/ /dev/null; do
    [ $what != fifo ] || mkfifo fifo
    run 2 seal --flat $what
    says "only a regular file can be laid out flat"
done
run 2 seal --flat missing
says "missing: No such file or directory"
run 2 seal --flat -
run 2 seal --flat $image $image
alone "what is no file"

# --- no room: beforehand, and in the middle, for the lists of pages of zeros

cp stream $image
got=0
(ulimit -f 1000 && "$program" seal --flat $image >out 2>.stderr) || got=$?
[ $got = 2 ] || fail "a limit on files: exit status $got"
says "no file may be longer than"
untouched "a limit on files"
rm stream
make_image xl pages=5000 holes 1<>stream
cp stream $image
got=0
(ulimit -f 10240 && "$program" seal --flat --format=json $image >out 2>.stderr) ||
    got=$?
[ $got = 2 ] || fail "a limit within the image: exit status $got"
says "File too large"
grep -q '"code": "no-room"' out || fail "no room: $(cat out)"
untouched "a limit within the image"

# --- who may read it, and links

cp sound stream
cp stream $image
chmod 604 $image
ln -s folder/web.img link
run 0 seal --flat link
[ -L link ] || fail "the link is gone"
[ "$(stat -c %a $image)" = 604 ] || fail "its mode is $(stat -c %a $image)"
is_flat "a link"
cp stream $image
ln $image hard
run 0 seal --flat $image
says "folder/web.img has other names, which keep the former image"
cmp stream hard || fail "the other name has another image"
rm hard
is_flat "a hard link"

# --- as JSON

cp stream $image
run 0 seal --flat --format=json $image
flat_json() { # SEALED_BEFORE
    "${PYTHON:-python3}" - "$out" "$1" <<'PY' || fail "the JSON: $out"
import json, os, sys
result = json.loads(sys.argv[1])
assert result["ok"] is True and result["layout"] == "flat"
assert result["sealed_before"] is (sys.argv[2] == "yes")
assert result["bytes"] == os.stat("folder/web.img").st_size
assert (result["bytes_written"] == 0) is result["sealed_before"]
assert result["length"] < result["bytes"] and len(result["digest"]) == 32
PY
}
flat_json no
run 0 seal --flat --format=json $image
flat_json yes
cp stream $image
run 0 seal --flat --format=jsonl $image
stages=$(sed -n 's/.*"stage":"\([a-z-]*\)","at".*/\1/p' <<<"$out" | tr '\n' ' ')
[ "$stages" = "verifying writing comparison " ] || fail "its stages are: $stages"

# --- a fault in each step, and a kill before each

n=0
while n=$((n + 1)); [ $n -lt 40 ]; do
    cp stream $image
    got=0
    XR_FAULT=$n "$program" seal --flat $image >out 2>.stderr || got=$?
    grep -q "on purpose" .stderr || break
    [ $got = 2 ] || fail "fault $n: exit status $got"
    untouched "fault $n: $(grep -o 'on purpose: .*' .stderr)"
done
[ $got = 0 ] || fail "without a fault: exit status $got"
[ $n -gt 10 ] || fail "only $n steps"
is_flat "after all faults"

whole() { # WHAT: the one or the other; what else is there the next one removes
    cmp -s stream $image || is_flat "$1"
    for left in folder/* folder/.[!.]*; do
        case $left in folder/web.img | "folder/.[!.]*") ;;
        folder/.web.img.????????????.partial) left_behind=$((left_behind + 1)) ;;
        *) fail "$1: it has left $left" ;;
        esac
    done
}
left_behind=0
n=0
while n=$((n + 1)); [ $n -lt 40 ]; do
    cp stream $image
    # Another shell says that it was killed.
    XR_FAULT=$n XR_FAULT_KILL=checkpoint sh -c '"$@"; exit $?' sh \
        "$program" seal --flat $image >out 2>.stderr && break
    whole "kill $n"
done
[ $n -gt 10 ] || fail "killed only $n times"
[ $left_behind -gt 0 ] || fail "no kill has left anything behind"
alone "after all kills"
is_flat "after all kills"

# 50 instants at random.
make_image xl live metadata pages=3000 vcpus=2 >stream
cat >kill.py <<'PY'
import random, subprocess, sys, time
begun = time.monotonic()
subprocess.run(sys.argv[2:], check=True, stdout=subprocess.DEVNULL)
took = time.monotonic() - begun
subprocess.run(["cp", "stream", "folder/web.img"], check=True)
for i in range(50):
    child = subprocess.Popen(sys.argv[2:], stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    time.sleep(random.uniform(0, took))
    child.kill()
    child.wait()
    if subprocess.run([sys.argv[1], str(i)]).returncode:
        sys.exit("FAIL: kill %d of 50" % i)
PY
cat >judge <<EOF2
#!/bin/sh
# The one or the other, and in the end the one again.
if ! cmp -s stream $image; then
    "$program" verify $image >/dev/null || exit 1
    "$program" diff stream $image >/dev/null || exit 1
    cp stream $image
fi
EOF2
chmod +x judge
cp stream $image
"${PYTHON:-python3}" kill.py ./judge "$program" seal --flat $image ||
    fail "a kill at random"
whole "50 kills"
run 0 seal --flat $image
alone "after 50 kills"
is_flat "after 50 kills"

# --- two at once: each does it, finds it done, or leaves it to the other

for round in 1 2 3 4 5; do
    cp stream $image
    "$program" seal --flat $image >one.out 2>one.err &
    got=0
    "$program" seal --flat $image >two.out 2>two.err || got=$?
    other=0
    wait $! || other=$?
    case $got,$other in 0,0 | 0,1 | 1,0) ;; *)
        fail "two at once: exit statuses $got and $other, round $round" ;;
    esac
    grep -v -e "somebody else has locked it" -e "what is there now stays" \
        one.err two.err && fail "two at once"
    is_flat "two at once"
    alone "two at once"
done

# --- a signal stops it, and leaves nothing behind

rm stream
make_image xl pages=300000 holes 1<>stream
cp stream $image
"$program" seal --flat --format=jsonl $image >out 2>.stderr &
until grep -q '"stage":"writing"' out || ! kill -0 $! 2>/dev/null; do
    sleep 0.02
done
while kill -INT $! 2>/dev/null; do sleep 0.02; done
got=0
wait $! || got=$?
case $got in
0) tail -n 1 out | grep -q '"ok":true' || fail "Ctrl-C: $(tail -n 1 out)" ;;
2) grep -q '"code":"cancelled"' out || fail "Ctrl-C: $(tail -n 1 out)"
    untouched "Ctrl-C" ;;
*) fail "Ctrl-C: exit status $got" ;;
esac
alone "Ctrl-C"
finish
