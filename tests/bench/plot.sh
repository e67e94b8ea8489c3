#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The plot is an XML document with a point for each figure, and figures that are
# not there are said, not drawn.
set -eu
plot=$top_srcdir/tests/bench/plot
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

for size in 256 512 1024; do
    printf '{"key": "freeze-stock-%s", "value": %s.5},' $size $((size * 15))
    printf '{"key": "freeze-ours-%s", "value": 101.8},' $size
done >"$scratch/figures"
echo "[$(sed 's/,$//' "$scratch/figures")]" >"$scratch/both.json"
"$PYTHON" "$plot" "$scratch/both.json" >"$scratch/both.svg"
"$PYTHON" - "$scratch/both.svg" <<'CHECK'
import sys
import xml.etree.ElementTree as tree

svg = "{http://www.w3.org/2000/svg}"
root = tree.parse(sys.argv[1]).getroot()
points = root.findall(svg + "circle")
assert len(points) == 6, len(points)
heights = [float(point.get("cy")) for point in points]
assert heights[0] > heights[1] > heights[2], "stock does not rise"
assert heights[3] == heights[4] == heights[5], "ours is not flat"
assert all(0 < height < float(root.get("height")) for height in heights)
CHECK

sed 's/freeze-ours/other/g' "$scratch/both.json" >"$scratch/half.json"
if "$PYTHON" "$plot" "$scratch/half.json" 2>"$scratch/said"; then
    echo "half of the figures are drawn"
    exit 1
fi
grep -q 'no freeze-stock-SIZE and freeze-ours-SIZE' "$scratch/said"
