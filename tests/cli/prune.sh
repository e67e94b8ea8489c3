#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# xen-resumable prune as a user meets it.  If this fails, retention removes what
# was to stay, or a killed or second prune does harm.
set -eu
. "$top_srcdir/tests/cli/functions.sh"
python=${PYTHON:-python3}
export TZ=UTC XR_RUN_DIR=$scratch/locks XR_COPIES_DIR=$scratch/copies

"$top_builddir/tests/streams/mkstream" xl metadata pages=4 >image
rebuild() {
    rm -rf series
    mkdir -p series/web
    local day
    for day in 01 02 03 04 05 06 07 08 09 10; do
        cp image "series/web/2020-11-${day}T030005Z.img"
    done
}
left() { # DAY...: no other image is left
    local days
    days=$(cd series/web && printf '%s ' 2020-11-*T030005Z.img |
        sed 's/2020-11-\(..\)T030005Z.img/\1/g')
    [ "$days" = "$* " ] || fail "left are $days, not $*"
}

rebuild
run 0 prune --dir=series --keep-daily=2 --keep-weekly=2 --dry-run
has '^GUEST +WHEN +FATE +BY +FILE$'
has '^web +2020-11-10 03:00:05 kept +daily, weekly, newest sound +web/2020-11-10T030005Z.img$'
has '^web +2020-11-09 03:00:05 kept +daily +web/'
has '^web +2020-11-08 03:00:05 kept +weekly +web/'
has '^web +2020-11-07 03:00:05 would be removed +web/'
has '^7 of 10 images would be removed, at least '
left 01 02 03 04 05 06 07 08 09 10
run 0 prune --dir=series --keep-daily=2 --keep-weekly=2
has '^7 of 10 images were removed, '
left 08 09 10
run 0 prune --dir=series --keep-daily=2 --keep-weekly=2
has '^0 of 3 images were removed, '
run 0 prune --dir=series --keep-monthly unlimited
left 08 10 # the oldest, too, for there is one month only

# The newest sound one is not lost to a damaged one, of which the head is whole.
rebuild
size=$(stat -c %s image)
truncate -s $((size - 10)) series/web/2020-11-10T030005Z.img
run 0 prune --dir=series --keep-last=1
has '^web +2020-11-09 03:00:05 kept +newest sound +web/'
left 09 10
truncate -s $((size - 10)) series/web/2020-11-09T030005Z.img
run 1 prune --dir=series --keep-last=1
left 09 10
run 1 prune --dir=series --keep-last=1 --format=json
"$python" - <<PY || fail "the JSON: $out"
import json
result = json.loads('''$out''')
assert result["ok"] is False and result["error"]["code"] == "not-sound"
assert result["error"]["domain"] == "web"
assert result["removed"] == 0 and result["bytes_freed"] == 0
assert [i["fate"] for i in result["images"]] == ["stays", "kept"]
assert result["images"][0]["error"] == "not-sound"
assert result["images"][1]["reasons"] == ["last"]
PY

# Files of other names are somebody's own.
rebuild
cp image series/web/before-update.img
cp image series/web.img
run 0 prune --dir=series --keep-last=1
left 10
[ -f series/web/before-update.img ] && [ -f series/web.img ] ||
    fail "a file of another name is gone"

expect "no rule" 2 "" -- prune --dir=series
expect "a rule that keeps nothing" 2 "" -- prune --dir=series --keep-last=0
expect "no number" 2 "" -- prune --dir=series --keep-last=all
expect "no folder" 2 "" -- prune --dir=missing --keep-last=1
said 'prune: missing: No such file or directory'
expect "a domain" 2 "" -- prune --dir=series --keep-last=1 web
said "prune: web: no operand is expected: all guests of the folder are pruned
Try 'xen-resumable prune --help'."
mkdir empty
run 0 prune --dir=empty --keep-last=1
left 10

# Two at once, and one that is killed, leave what one would leave.
rebuild
"$program" prune --dir=series --keep-last=2 >/dev/null 2>err.1 & one=$!
"$program" prune --dir=series --keep-last=2 >/dev/null 2>err.2 & two=$!
wait $one || fail "the one of two: $(cat err.1)"
wait $two || fail "the other of two: $(cat err.2)"
left 09 10
rebuild
"$program" prune --dir=series --keep-last=2 >/dev/null 2>&1 & pid=$!
kill -KILL $pid
wait $pid 2>/dev/null || true
for day in 09 10; do
    cmp image "series/web/2020-11-${day}T030005Z.img" || fail "$day is lost"
done
run 0 prune --dir=series --keep-last=2
left 09 10

full_device prune --dir=series --keep-last=2
finish
