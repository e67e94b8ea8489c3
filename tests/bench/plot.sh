#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A plot is an XML document with a point for each figure, and figures that are not
# there are said, not drawn.
set -eu
plot=$top_srcdir/tests/bench/plot
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

figures() { # FILE: of the objects that are read, each with a comma behind it
    sed '1s/^/[/; $s/,$/]/' >"$1"
}
refused() { # PLOT FILE TEXT
    if "$PYTHON" "$plot" "$1" "$2" 2>"$scratch/said"; then
        echo "$1: half of the figures are drawn"
        exit 1
    fi
    grep -q "no $3 in it" "$scratch/said" || { cat "$scratch/said"; exit 1; }
}

for size in 256 512 1024; do
    printf '{"key": "freeze-stock-%s", "value": %s.5},\n' $size $((size * 15))
    printf '{"key": "freeze-ours-%s", "value": 101.8},\n' $size
done | figures "$scratch/both.json"
"$PYTHON" "$plot" freeze "$scratch/both.json" >"$scratch/freeze.svg"

# Others' keys begin like theirs.
for hour in 1 2 3 4 5 6 7 8 9 10; do
    printf '{"key": "hours-stream-%s", "value": 270000000},\n' $hour
    printf '{"key": "hours-zstd-%s", "value": 90000000},\n' $hour
    printf '{"key": "hours-restic-%s", "value": 20000000},\n' $hour
    printf '{"key": "hours-flat-%s", "value": %s},\n' \
        $hour $((200000000 / hour))
    printf '{"key": "hours-flat", "value": 1},\n'
done | figures "$scratch/all.json"
"$PYTHON" "$plot" hours "$scratch/all.json" >"$scratch/hours.svg"

# A checkpoint's pause has parts that a suspend and resume alone has not.
pause() { # KIND PART:MS...
    kind=$1
    shift
    for part in "$@"; do
        printf '{"key": "pause-%s-%s", "value": %s},\n' \
            "$kind" "${part%:*}" "${part#*:}"
    done
}
{
    pause alone guest:30 heard:5
    pause logged guest:80 heard:5
    pause libxl guest:30 heard:5 door:10 pages:20 end:40
    pause ours guest:30 heard:5 door:10 pages:20 end:10
} | figures "$scratch/pause.json"
"$PYTHON" "$plot" pause "$scratch/pause.json" >"$scratch/pause.svg"
pause alone guest:30 heard:5 | figures "$scratch/half.json"
if "$PYTHON" "$plot" pause "$scratch/half.json" 2>"$scratch/said"; then
    echo "pause: half of the figures are drawn"
    exit 1
fi
grep -q "no pause-logged-PART in it" "$scratch/said"

"$PYTHON" - "$scratch/freeze.svg" "$scratch/hours.svg" "$scratch/pause.svg" <<'CHECK'
import sys
import xml.etree.ElementTree as tree


def heights(path, count):
    svg = "{http://www.w3.org/2000/svg}"
    root = tree.parse(path).getroot()
    points = root.findall(svg + "circle")
    assert len(points) == count, len(points)
    found = [float(point.get("cy")) for point in points]
    assert all(0 < at < float(root.get("height")) for at in found)
    return found


stock_and_ours = heights(sys.argv[1], 6)
assert stock_and_ours[0] > stock_and_ours[1] > stock_and_ours[2], "no rise"
assert len(set(stock_and_ours[3:])) == 1, "ours is not flat"
hours = heights(sys.argv[2], 40)
assert len(set(hours[:10])) == 1, "a stream costs the same each time"
assert hours[0] < hours[10] < hours[20], "the more, the higher"
assert sorted(set(hours[30:])) == hours[30:], "flat does not fall"

bars = {}
for part in tree.parse(sys.argv[3]).getroot().findall("{*}rect[@class]"):
    bars.setdefault(part.get("y"), {})[part.get("class")] = \
        float(part.get("width"))
alone, logged, libxl, ours = (bars[y] for y in sorted(bars, key=float))
assert set(alone) == set(logged) == {"guest", "heard"}, alone
assert logged["guest"] > 2 * alone["guest"], "not what was logged"
assert len(libxl) == len(ours) == 5, "a part is missing"
assert libxl["end"] > ours["end"] > 0, "the end is no shorter"
assert libxl["guest"] == ours["guest"] == alone["guest"], "not to one scale"
CHECK

sed 's/freeze-ours/other/g' "$scratch/both.json" >"$scratch/half.json"
refused freeze "$scratch/half.json" 'freeze-stock-SIZE and freeze-ours-SIZE'
sed 's/hours-zstd/other/g' "$scratch/all.json" >"$scratch/half.json"
refused hours "$scratch/half.json" hours-KIND-N
