#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A terminal's output becomes a picture that shows its text, its colours and
# nothing that the terminal would not show.
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
printf 'before\n\033[1m1  Title\033[0m\r\n\n  \033[31m==> <dead> & gone\033[0m\n' \
    >"$scratch/capture"
printf '10%%\r100%%\r\n\033]0;title\007\n\033[2Klast\n\nafter\n' \
    >>"$scratch/capture"
"$PYTHON" "$top_srcdir/tests/xen/terminal-svg" --from '1  T' --until after \
    --columns 17 <"$scratch/capture" >"$scratch/picture.svg"
"$PYTHON" - "$scratch/picture.svg" <<'CHECK'
import sys
import xml.etree.ElementTree as tree

svg = "{http://www.w3.org/2000/svg}"
root = tree.parse(sys.argv[1]).getroot()
seen = {text.text: text for text in root.findall(svg + "text")}
assert list(seen) == ["1  Title", "==> <dead> & go", "ne", "100%", "last"], \
    list(seen)
assert seen["1  Title"].get("font-weight") == "bold"
assert seen["last"].get("font-weight") is None
assert seen["ne"].get("fill") != seen["last"].get("fill")
CHECK
if "$PYTHON" "$top_srcdir/tests/xen/terminal-svg" --from nowhere \
    <"$scratch/capture" >/dev/null 2>&1; then
    echo "what is not there is drawn"
    exit 1
fi
