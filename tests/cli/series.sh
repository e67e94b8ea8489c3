#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# checkpoint of several guests, with a command in the place of each checkpoint that
# does as the guest's name says.  If this fails, one guest's failure costs others
# their checkpoint, or is not seen.
set -eu
. "$top_srcdir/tests/cli/functions.sh"
python=${PYTHON:-python3}
export XR_RUN_DIR=$scratch/locks XR_COPIES_DIR=$scratch/copies

# Its last two arguments are the guest and the file.
cat >taker <<'SH'
#!/bin/bash
printf '%s\n' "$*" >>"$LOG"
file=${*: -1} guest=${*: -2:1}
result() { printf '{"event":"result",%s}\n' "$1"; }
echo '{"event":"hello","version":"0"}'
echo '{"event":"stage","stage":"saving","at":1}'
case $guest in
full)
    echo '{"event":"message","level":"error","text":"full: no room at all"}'
    result '"ok":false,"error":{"code":"no-room","message":"no room at all"}'
    exit 1 ;;
broken)
    result '"ok":false,"error":{"code":"system","message":"libxl is broken"}'
    exit 2 ;;
dies) kill -KILL $$ ;;
warned) echo 'xen-resumable: warning: domain 7: no record' >&2 ;;
waits)
    trap 'result "\"ok\":false,\"error\":{\"code\":\"cancelled\",\"message\":\"stopped\"}"; exit 1' TERM
    : >"$LOG.waits"
    while :; do sleep 0.1; done ;;
esac
[[ " $* " == *" --dry-run "* ]] || cp "$IMAGE" "$file"
result '"ok":true,"domain":"x","domid":7,"image":"y","bytes":8192,"freeze_us":1500,"total_ms":2500,"container":"libvirt","layout":"flat","parent":null,"bytes_written":4096,"bytes_shared":0,"pages_changed":1,"live":true,"rounds":2,"sealed":true,"restored":false,"guest":"runs"'
SH
chmod +x taker
export XR_COMMAND=$scratch/taker LOG=$scratch/log IMAGE=$scratch/image
"$top_builddir/tests/streams/mkstream" xl flat metadata pages=4 seal >image
: >log

mkdir series
run 0 checkpoint --dir=series web mail
has '^GUEST +SIZE +WRITTEN +FROZEN +TIME +IMAGE'
has '^web +8.0 KiB +4.0 KiB +1.5 ms +2.5 s +web/20[0-9-]+T[0-9]{6}Z.img$'
has '^2 of 2 guests were checkpointed into series$'
web=$(echo series/web/*)
grep -q ' -- web '"$web"'$' log || fail "the file: $(cat log)"
[ "$(stat -c %a series/web)" = 700 ] || fail "a folder for nobody else"
grep -q -- '--parent=none .*-- web ' log || fail "nothing to share yet"
run 0 list --dir=series web

# The newest flat image of that guest is the parent.
: >log
cp image series/web/2001-01-01T000000Z.img
mv "$web" series/web/2001-01-02T000000Z.img
cp image series/web/mine.img
run 0 checkpoint --dir=series web
grep -q -- '--parent=series/web/2001-01-02T000000Z.img -- web ' log ||
    fail "the parent: $(cat log)"
: >log
run 0 checkpoint --dir=series --layout=stream web
! grep -q -- '--parent=series' log || fail "a stream shares nothing: $(cat log)"

# What is for each guest goes to each.
: >log
run 0 checkpoint --dir=series --max-freeze=7 --on-unknown=hold --disks=require --label=a=1 \
    --label 'b=x,y =z' --seal --live=no --parent=none --force --watch=3 \
    --hook="$scratch" --container=xl --same-domid web
for option in --max-freeze=7 --on-unknown=hold --disks=require --label=a=1 '--label=b=x,y =z' \
    --seal --live=no --parent=none --force --watch=3 "--hook=$scratch" \
    --same-domid --container=xl --on-not-resumable=refuse --layout=flat; do
    grep -qF -- " $option " log || fail "not forwarded: $option: $(cat log)"
done
! grep -q -e --keep -e --dir= log || fail "too much: $(cat log)"

# One failure does not stop the rest; the exit status is the worst.
rm -r series/*
run 1 checkpoint --dir=series web full mail
has '^full .* no room at all$'
has '^2 of 3 guests were checkpointed into series$'
grep -qx 'xen-resumable: full: no room at all' .stderr || fail "it is said"
[ -n "$(ls series/mail)" ] && [ -z "$(ls series/full)" ] || fail "the rest"
run 2 checkpoint --dir=series broken full dies ../etc a/b . mail
has '^dies .* the command was killed by signal 9'
has "^\.\./etc .* its name cannot be a folder's$"
has '^1 of 7 guests were checkpointed'
[ ! -e etc ] || fail "it left its folder"

# What the plugin says in a guest's toolstack has the command's name once.
run 0 checkpoint --dir=series warned
said 'warning: domain 7: no record'

run 2 checkpoint --dir=series --format=json web broken full
"$python" - <<PY || fail "the JSON: $out"
import json
result = json.loads('''$out''')
assert result["ok"] is False and result["error"]["message"] == "libxl is broken"
web, broken, full = result["domains"]
assert web["ok"] is True and web["bytes"] == 8192 and web["freeze_us"] == 1500
assert web["image"].startswith("series/web/20")
assert broken["ok"] is False and broken["error"]["code"] == "system"
assert full["error"]["code"] == "no-room"
# What is said of the whole is all of one guest, the first one that has failed.
assert result["error"]["domain"] == "broken" and result["error"]["stage"] == "saving"
assert full["error"]["stage"] == "saving"
PY
run 2 checkpoint --dir=series --format=json ../etc web
"$python" - <<PY || fail "the stage of a guest that came to none: $out"
import json
result = json.loads('''$out''')
assert result["error"]["domain"] == "../etc" and result["error"]["stage"] is None
assert result["domains"][0]["error"]["stage"] is None
PY

# A dry run makes nothing.
mkdir dry
: >log
run 0 checkpoint --dir=dry --dry-run web
[ -z "$(ls dry/web 2>/dev/null)" ] && [ ! -d dry/web ] || fail "it made a folder"
grep -q -- '--dry-run ' log || fail "the command is told: $(cat log)"

# Nor does the first one on a new host, which has not even the default folder.
if [ ! -e /var/lib/xen-resumable ]; then
    : >log
    run 0 checkpoint --dir= --dry-run web
    has '^web .* web/20[0-9-]+T[0-9]{6}Z.img$'
    has '^1 of 1 guests would be checkpointed into /var/lib/xen-resumable$'
    grep -q ' -- web /var/lib/20[0-9TZ-]*.img$' log || fail "the file: $(cat log)"
    [ ! -e /var/lib/xen-resumable ] || fail "it made the default folder"
fi

# Two in one second have names of their own.
rm -r series/*
run 0 checkpoint --dir=series web web web
[ "$(find series/web -name '*Z.img' | wc -l)" = 3 ] || fail "three images"

# A stop ends the one that is at work, and no other begins.
rm -f log.waits
"$program" checkpoint --dir=series --format=json waits web >out 2>err & pid=$!
until [ -e log.waits ]; do kill -0 $pid || break; sleep 0.05; done
: >log
kill -TERM $pid
got=0
wait $pid || got=$?
[ $got = 1 ] || fail "stopped: exit status $got"
[ "$(grep -c '"code": "cancelled"' out)" = 3 ] || fail "stopped: $(cat out)"
[ ! -s log ] || fail "another one began: $(cat log)"

run 2 checkpoint --dir=series 4294967294
expect "no folder" 2 "" -- checkpoint --dir=missing web
said 'checkpoint: missing: No such file or directory'
expect "no domain" 2 "" -- checkpoint --dir=series
expect "all and one" 2 "" -- checkpoint --all web
expect "--keep" 2 "" -- checkpoint --dir=series --keep=1 web
expect "--parent" 2 "" -- checkpoint --dir=series --parent=image web
expect "three words" 2 "" -- checkpoint web mail file
said "checkpoint: a domain and a file are expected, or --dir or --all
Try 'xen-resumable checkpoint --help'."
finish
