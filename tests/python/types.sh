#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# mypy --strict would not find the types of the installed package; or they would
# say something else than the extension module does.
set -eu
case $top_builddir in /*) build=$top_builddir ;; *) build=$PWD/$top_builddir ;; esac
"$PYTHON" -c 'import mypy' 2>/dev/null || { echo "no mypy"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LD_LIBRARY_PATH="$build/plugin/lib/.libs" PYTHONDONTWRITEBYTECODE=1
unset PYTHONPATH MYPYPATH

# As it is installed: a folder where Python, too, looks for it.
"$PYTHON" -m venv --without-pip --system-site-packages "$work/venv"
site=$("$work/venv/bin/python" -c \
    'import sysconfig; print(sysconfig.get_path("platlib"))')
cp -r "$build/plugin/python/package/xenresumable" "$site"
cd "$work"

cat >right.py <<'PY'
import os
import pathlib
from typing import Dict, Optional

import xenresumable


def show(done: int, total: int) -> None:
    print(done, total)


def use(path: "os.PathLike[str]") -> Optional[str]:
    try:
        image: xenresumable.SaveImage = xenresumable.read_image(path)
        found = xenresumable.verify_image(path, on_progress=show)
        problem: xenresumable.Problem = found["problems"][0]
        print(problem["what"], xenresumable.seal_image(3)["digest"])
        notes: Dict[str, xenresumable.Value] = xenresumable.kernel_notes(path)
        print(notes, xenresumable.diff_images(path, b"a")["pages"]["ranges"])
    except xenresumable.Refused as error:
        return error.reason
    return image["name"]


use(pathlib.Path("a"))
PY
cat >wrong.py <<'PY'
import xenresumable

xenresumable.verify_image("a", on_progress=3)
count: int = xenresumable.verdict("a")["reason"]
xenresumable.no_such_function()
PY
mypy() { "$PYTHON" -m mypy --strict --no-incremental \
    --python-executable "$work/venv/bin/python" "$@"; }
mypy right.py
if mypy wrong.py >out; then
    echo "mypy has no types: it finds nothing in wrong.py"
    exit 1
fi
[ "$(grep -c '^wrong.py:[345]: error' out)" = 3 ] || { cat out; exit 1; }

# A TypedDict is one definition for both, at which stubtest stumbles: it misses
# its metaclass in what it takes for the stub.
cat >allow <<'LIST'
xenresumable(\._types)?\.(Difference|ImageDiff|KernelInfo|PageChanges|Problem)
xenresumable(\._types)?\.(Record|SaveImage|Seal|SealResult|Verdict|Verification)
LIST
case " $SANITIZE_FLAGS " in
*-fsanitize*address*)
    LD_PRELOAD=$($CC -print-file-name=libasan.so)
    export LD_PRELOAD ASAN_OPTIONS=detect_leaks=0 ;;
esac
PYTHONPATH=$site MYPYPATH=$site "$PYTHON" -m mypy.stubtest --allowlist allow \
    xenresumable
