#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# xen-resumable-json(5) has every key that the command prints, and no other.  If
# this fails, programs of others rely on what is not so, or read two objects, or
# none.
#
# What needs a Xen is printed in the lab, whose scenarios name the keys that they
# have seen (json_keys_are_documented in tests/xen/dom0/images.sh).
set -u
. "$top_srcdir/tests/cli/functions.sh"

python=${PYTHON:-python3}
mkstream=$top_builddir/tests/streams/mkstream
saves=$top_srcdir/tests/data/saves
kernel=$top_srcdir/tests/data/images/debian-6.1.elf
page=$top_srcdir/plugin/cli/xen-resumable-json.pod
export XR_RUN_DIR=$scratch/locks XR_COPIES_DIR=$scratch/copies
export XR_PRELOAD=$top_builddir/plugin/hook/.libs/xen-resumable-preload.so
# A sanitizer wants to come before the stub.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0
runs=0
: >runs

# Keeps what an invocation has printed, for json_page.py.
note() { # VERB FORMAT STATUS FILE LINE
    printf '%s\t%s\t%s\t%s\t%s\n' "$@" | LC_ALL=C tr -c '\t\n -~' '?' >>runs
}

answer() { # FORMAT STATUS VERB ARGUMENT...
    local format=$1 wanted=$2 got=0
    shift 2
    runs=$((runs + 1))
    "$program" "$@" --format="$format" >"out.$runs" 2>err <stdin || got=$?
    [ $got = "$wanted" ] ||
        fail "$* --format=$format: exit status $got, $wanted expected"
    note "$1" "$format" $got "out.$runs" "$*"
    [ "$format" = json ] || ! grep -v "^xen-resumable: .*\|^Try " err ||
        fail "$*: what else does it say?"
}

# Both formats, and a device that is full.
answers() { # STATUS VERB ARGUMENT...
    local format
    for format in json jsonl; do
        answer $format "$@"
        got=0
        "$program" "${@:2}" --format=$format >/dev/full 2>err <stdin || got=$?
        [ $got = 2 ] || fail "${*:2}: a full device: exit status $got"
    done
}

# --- images

: >stdin
printf '{"c_info":{"name":"web","uuid":"u"},"disks":[{"readwrite":1}]}' >one.json
printf '{"c_info":{"name":"mail","uuid":"u"},"nics":[null]}' >two.json
printf '<domain><name>web</name></domain>' >one.xml
"$mkstream" xl pages=40 batch=9 vcpus=2 metadata config=one.json >image
"$mkstream" xl pages=41 batch=9 vcpus=1 config=two.json >other
"$mkstream" libvirt pages=4 config=one.xml metadata seal >sealed
"$mkstream" libxl hvm emulator pages=40 vcpus=1 >hvm
"$mkstream" libxc pages=40 live >bare
"$mkstream" xl flat metadata pages=40 batch=9 seal vcpus=2 config=one.json >flat
sed 's/domain.name=[a-z]*/&2/' "$saves/xl-pv-4.17.img" >damaged
head -c 100000 image >short
echo "no image" >text
mkdir folder
"$mkstream" xl metadata pages=4 record=disk.xvda.kind=file,disk.xvda.mode=w,disk.xvda.target=/a,disk.xvda.format=raw,disk.xvda.driver=file,disk.xvda.copy=/b \
    >disks
answers 0 list ./disks
for image in image other sealed hvm bare flat disks; do
    answers 0 show --records $image
    answers 0 verify $image
done
answers 0 show image sealed
answers 2 show --records image damaged text
answers 0 verify image flat
answers 1 verify short image
answers 2 verify image short missing
answers 0 show "$saves/thin-pv-4.17.img"
answers 0 verify --structure sealed
for image in short damaged "$saves/xl-pv-4.17.img"; do
    answers 2 show --records "$image"
    answers 1 verify "$image"
    answers 1 seal "$image"
    answers 2 diff image "$image"
    answers 2 diff "$image" image
done
for image in text missing folder /dev/null "$kernel" -; do
    for verb in show verify seal; do
        answers 2 $verb "$image"
    done
    answers 2 diff image "$image"
done
"$mkstream" xl pages=2 record=user.why=update,disk.xvda.kind=file,disk.xvda.copy=/a,disk.xvdb.kind=phy \
    >labelled
answers 0 list ./image ./other ./hvm ./bare ./flat ./labelled \
    "$saves/thin-pv-4.17.img"
answers 2 list image ./text ./short ./missing
answers 2 list ./folder
answers 0 list --dir=folder
answers 2 list --dir=missing
answers 2 list --dir=folder web
mkdir -p series/web
for day in 25 26 27; do cp image series/web/2020-11-${day}T030005Z.img; done
answers 0 prune --dir=series --keep-last=1 --keep-daily=1 --dry-run
answer json 0 prune --dir=series --keep-last=2
truncate -s 10000 series/web/*
answers 1 prune --dir=series --keep-last=1
answers 2 prune --dir=missing --keep-last=1
answers 2 prune --dir=series
answers 2 prune --drop-copies=no-such-id
answers 0 diff image image
answers 1 diff image other
answers 1 diff sealed hvm
for form in raw elf lime xen; do
    answers 0 memory --force --as=$form hvm memory.$form
    answers 0 memory --dry-run --as=$form image memory.none
done
answers 0 show --memory=0x1000:9 image
answers 2 show --memory=0x1000000:9 image
answers 1 memory image other
answers 2 memory short memory.none
answers 2 memory text memory.none
answers 2 memory image missing/out
answers 0 seal sealed
answers 0 seal flat
answers 0 seal --flat flat
answers 1 seal --flat short
for image in text missing folder /dev/null -; do
    answers 2 seal --flat "$image"
done
cp image json.unsealed
answer json 0 seal json.unsealed
cp image jsonl.unsealed
answer jsonl 0 seal jsonl.unsealed
# Its secret is random, and so is its digest.
cp image json.stream
answer json 0 seal --flat json.stream
cp image jsonl.stream
answer jsonl 0 seal --flat jsonl.stream

# --- kernels, images and guests to be

"$mkimage" elf narrow guest >old
"$mkimage" elf none >mute
answers 0 notes "$kernel"
answers 1 notes mute
answers 2 notes text
answers 0 notes "$kernel" old
answers 2 notes text "$kernel" mute missing
answers 0 check --kernel "$kernel"
answers 0 check --evidence --image image
answers 3 check --image other
answers 2 check --kernel text --image image
answers 2 check web
answers 2 check --all --scan-memory
answers 2 check --image text --here
answers 2 check --image missing --here
answers 2 checkpoint --dry-run web file
answers 2 checkpoint web file
answers 2 restore image
answers 2 restore --dry-run missing
answers 1 doctor

# --- a series, by a command that was made for it

cat >taker <<'SH'
#!/bin/sh
if [ "$(expr "$*" : '.* -- web ')" = 0 ]; then
    echo '{"event":"result","ok":false,"error":{"code":"locked","message":".","offset":5}}'
    exit 1
fi
echo '{"event":"result","ok":true,"domid":7,"bytes":8,"bytes_written":4,' \
    '"bytes_shared":2,"pages_changed":1,"freeze_us":15,"total_ms":25,' \
    '"container":"xl","layout":"flat","parent":"a","guest":"runs","resumable":"yes",' \
    '"policy":"proceed","disks":[{"vdev":"xvda","target":"/a","kept":true,' \
    '"driver":"file","copy":"/b","why":null},{"vdev":"xvdb","target":"c",' \
    '"kept":false,"driver":null,"copy":null,"why":"d"}]}' | tr -d '\n'
echo
SH
chmod +x taker
mkdir taken
export XR_COMMAND=$scratch/taker
answer json 0 checkpoint --dir=taken web
answer json 1 checkpoint --dir=taken mail web
answer jsonl 1 checkpoint --dir=taken web mail
unset XR_COMMAND
answers 2 checkpoint --dir=taken ../web
answers 2 checkpoint --dir=missing web
answers 2 checkpoint --dir=taken 4294967294

# --- command lines that are not understood

for verb in checkpoint restore rollback list prune check show verify seal diff memory notes doctor
do
    answers 2 $verb --no-such
    answers 2 $verb --format=no-such
done
answers 2 show --extract=xml sealed
answers 2 diff - -
for format in "--format json" "--form=json" "--form json"; do
    # shellcheck disable=SC2086
    "$program" verify $format --no-such image >"out.$format" 2>err
    note verify json $? "out.$format" "verify --no-such image"
done

# LINE: --format may come first, last, twice or in two words, and beside any
# other fault.  Nothing has been read yet, so that no verb's key is to be seen.
misunderstood() { # FORMAT MESSAGE ARGUMENT...
    local format=$1 message=$2 got=0
    shift 2
    runs=$((runs + 1))
    "$program" "$@" >"out.$runs" 2>err || got=$?
    [ $got = 2 ] || fail "$*: exit status $got"
    grep -q "^xen-resumable: $message$" err || fail "$*: it says $(cat err)"
    grep -q "^Try 'xen-resumable .*--help'" err || fail "$*: no hint: $(cat err)"
    tr -d ' \n' <"out.$runs" |
        grep -q '"ok":false,"error":{"code":"usage","message":"' ||
        fail "$*: it prints $(cat "out.$runs")"
    note nothing "$format" $got "out.$runs" "$*"
    full_device "$@"
}
for format in json jsonl; do
    asked=--format=$format
    misunderstood $format "nosuch: no such verb" nosuch $asked
    misunderstood $format "nosuch: no such verb" nosuch image $asked other
    misunderstood $format "nosuch: no such verb" nosuch --format $format
    misunderstood $format "nosuch: no such verb" nosuch --form=$format
    misunderstood $format "nosuch: no such verb" nosuch --format=text $asked
    misunderstood $format "nosuch: no such verb" nosuch $asked --format=what
    misunderstood $format "help: no such verb" help nosuch $asked
    misunderstood $format "$asked: unknown option" $asked
    misunderstood $format "$asked: unknown option" $asked nosuch
    misunderstood $format "$asked: unknown option" $asked verify image
    misunderstood $format "--format: unknown option" --format $format
    misunderstood $format "--nosuch: unknown option" --nosuch $asked verify image
    misunderstood $format "verify: an image is expected" verify $asked
    misunderstood $format "verify: --nosuch: unknown option" \
        verify --nosuch image $asked
    misunderstood $format "verify: -z: unknown option" verify $asked -z image
    misunderstood $format "--format: text, json or jsonl is expected" \
        verify image $asked --format
    misunderstood $format "--format=what: text, json or jsonl is expected" \
        verify image $asked --format=what
    misunderstood $format "--format=what: text, json or jsonl is expected" \
        verify image --format=what $asked
    misunderstood $format \
        "exec: $asked: unknown option; checkpoint, .* and doctor have it" \
        exec $asked -- true
    misunderstood $format "exec: --nosuch: unknown option" \
        exec --nosuch $asked true
    misunderstood $format "--watch=x: 0 to 3600 is expected" \
        exec --watch=x $asked -- true
done

# Who has not asked gets none, nor does a reader of another's command.
plain() { # ARGUMENT...
    "$program" "$@" >out 2>err
    [ ! -s out ] || fail "$*: it has added: $(cat out)"
}
plain
plain nosuch
plain nosuch --format=text
plain nosuch --format=json --format=text
plain nosuch -- --format=json
plain nosuch --formats=json
plain verify --nosuch image
plain verify -- --format=json
plain exec sh -c 'exit 3' --format=json
plain exec --nosuch sh -c 'exit 3' --format=json
plain exec -- /nonexistent/xl --format=json

# --- what is to blame

# FILE: the message names it once, as standard error does.
names() { # FILE ARGUMENT...
    local file=$1 format
    shift
    for format in json jsonl; do
        "$program" "$@" --format=$format >out 2>err <stdin
        "$python" - "$file: " out err <<'PY' || fail "$* --format=$format: $(cat out err)"
import json, sys
begin, out, err = sys.argv[1:]
text = open(out).read()
result = json.loads(text if text.startswith("{\n") else text.splitlines()[-1])
message = result["error"]["message"]
assert message.startswith(begin) and message.count(begin) == 1, message
for image in result.get("images", []):
    message = image.get("error", {}).get("message")
    assert message is None or message.count(begin) == 1, image
message = result["error"]["message"]
said = [line.split(", at offset ")[0] for line in open(err)]
events = [json.loads(line) for line in text.splitlines()
          if line.startswith('{"event":"message"')]
said += ["xen-resumable: " + event["text"].split(", at offset ")[0] for event in events]
# What is not sound verify tells as its answer, on standard output.
if any(begin in line for line in said):
    assert "xen-resumable: " + message in [line.strip() for line in said], message
PY
    done
}
for file in missing text folder; do
    for verb in show verify seal diff notes "check --kernel" "check --image" \
        "check --here --image" memory; do
        case $verb in
        diff) names "$file" diff image "$file" ;;
        memory) names "$file" memory "$file" memory.none ;;
        *)
            # shellcheck disable=SC2086  # two words
            names "$file" $verb "$file" ;;
        esac
    done
    names "./$file" list "./$file"
    names "$file" seal --flat "$file"
done
names short verify short
names short verify image short
names short show --records image short
names short seal short
names short seal --flat short
names mute notes mute
names mute notes "$kernel" mute
names ./text list ./image ./text
names text show --memory=0:4 text
names missing restore missing
names folder restore folder
names text restore --dry-run text

# --- texts of strangers

printf '{"c_info":{"name":"\033[2J\302\233\177\377"},"\\u001b":"\\u0000"}' \
    >steering.json
printf '<domain><name>\033[2J\302\233</name></domain>' >steering.xml
escape=$'\033'
"$mkstream" xl pages=2 metadata config=steering.json >"${escape}[2J$(printf '\377')"
"$mkstream" libvirt pages=2 config=steering.xml >steering
sed "s/domain.name=web/domain.name=${escape}[2/" "$saves/xl-pv-4.17.img" \
    >steered
for image in "${escape}"* steering steered; do
    for verb in "show --records" verify "list ./image" "diff image" notes "check --image" \
        "check --here --image"; do
        for format in json jsonl; do
            runs=$((runs + 1))
            # shellcheck disable=SC2086
            "$program" $verb "$image" --format=$format >"out.$runs" 2>err
            note "${verb%% *}" $format $? "out.$runs" "$verb $image"
        done
    done
done

# --- a signal

# A signal that comes just before a read is lost to it, so there are several.
terminate() { # PID EVENT: when it has told that
    until grep -q "\"event\":\"$2\"" "out.$runs"; do
        kill -0 "$1" 2>/dev/null || break
        sleep 0.05
    done
    while kill -TERM "$1" 2>/dev/null; do sleep 0.05; done
}

stopped() { # EVENT VERB ARGUMENT...
    local event=$1 pid got=0
    shift
    runs=$((runs + 1))
    : >"out.$runs"
    "$program" "$@" --format=jsonl >"out.$runs" 2>err <&4 &
    pid=$!
    terminate $pid "$event"
    wait $pid || got=$?
    [ $got = 2 ] || fail "$*, stopped: exit status $got"
    grep -q '"event":"result","ok":false,"error":{"code":"cancelled"' \
        "out.$runs" || fail "$*, stopped: $(tail -n 1 "out.$runs")"
    note "$1" jsonl $got "out.$runs" "$*, stopped"
}

# A pipe that ends neither its image nor itself.
mkfifo fifo nobody
endless() {
    exec 4<>fifo
    head -c 20000 image >&4
    stopped progress "$@"
    exec 4>&-
}
endless verify -
endless diff image -
endless diff - image
exec 4</dev/null
stopped hello verify nobody
stopped stage diff image nobody

# It is sealed, or as it was.
"$mkstream" xl pages=300000 holes >large
size=$(stat -c %s large)
runs=$((runs + 1))
got=0
"$program" seal large --format=jsonl >"out.$runs" 2>err &
terminate $! progress
wait $! || got=$?
note seal jsonl $got "out.$runs" "seal large, stopped"
case $got in
0) [ "$(stat -c %s large)" = $((size + 48)) ] || fail "seal: half a seal" ;;
2) [ "$(stat -c %s large)" = "$size" ] || fail "seal: it has written" ;;
*) fail "seal, stopped: exit status $got" ;;
esac

# More than a pipe holds, and who reads it is slow: a signal that comes while the
# result is written costs nothing of it.
many() { # TEXT
    printf '{"c_info":{"name":"web"},"x":['
    yes "\"$1\"," | head -n 1600
    printf '0]}\n'
}
for letter in a b; do
    many $letter-value-that-is-long-enough-to-fill-a-pipe >many.json
    "$mkstream" xl pages=4 config=many.json >many.$letter
done
for format in json jsonl; do
    runs=$((runs + 1))
    got=0
    "$python" "$top_srcdir/tests/cli/slow_reader.py" \
        "$program" diff --format=$format many.a many.b >"out.$runs" 2>err ||
        got=$?
    [ $got = 1 ] || fail "diff, slowly read: exit status $got: $(cat err)"
    [ "$(wc -c <"out.$runs")" -gt 100000 ] ||
        fail "diff, slowly read: it ends with $(tail -c 60 "out.$runs")"
    note diff $format $got "out.$runs" "diff many.a many.b"
done

# --- the page

sh "$top_srcdir/tests/cli/json-keys.sh" "$page" >keys
[ "$(wc -l <keys)" -ge 150 ] || fail "only $(wc -l <keys) keys are found"
sed -e ':more' -e '/\\$/{N;s/\\\n//;b more' -e '}' \
    "$top_srcdir"/tests/xen/{scenario,dom0}/*.sh |
    sed -n 's/.* json_keys_are_documented [^ ]* \([a-z]* .*\)/\1/p' |
    while read -r verb keys; do
        for key in $keys; do echo "$verb $key"; done
    done >lab
[ "$(wc -l <lab)" -ge 20 ] || fail "only $(wc -l <lab) keys from the lab"
while read -r fault; do
    fail "$fault"
done < <("$python" "$top_srcdir/tests/cli/json_page.py" keys runs lab 2>&1)

# The lab has no Python: its reader finds what Python finds.
"$program" diff --format=json image other >pretty
"$python" - pretty >by-python <<'PY'
import json, sys
def walk(value, path):
    if isinstance(value, dict):
        for name, member in value.items():
            here = path + "." + name if path else name
            print(here)
            walk(member, here)
    elif isinstance(value, list):
        for element in value:
            walk(element, path + "[]")
walk(json.load(open(sys.argv[1])), "")
PY
awk -f "$top_srcdir/tests/xen/dom0/json-paths.awk" pretty | sort -u >by-awk
sort -u by-python | cmp - by-awk || fail "the lab reads other keys"

# Every code is explained, and no other.
diff <(sed -n '/^static const char \*const names/,/^}/s/.*= "\(.*\)",$/\1/p' \
        "$top_srcdir/plugin/util/reason.c" | grep -vx none | sort) \
    <(sed -n '/^=head1 ERROR CODES/,$s/^=item B<\(.*\)>$/\1/p' "$page" | sort) ||
    fail "the page has other error codes"
finish
