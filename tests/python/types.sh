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


def tell(event: xenresumable.Event) -> None:
    print(event["event"], event.get("stage"), event.get("bytes"))


def use(path: "os.PathLike[str]") -> Optional[str]:
    try:
        image: xenresumable.SaveImage = xenresumable.read_image(path)
        found = xenresumable.verify_image(path, on_progress=show)
        problem: xenresumable.Problem = found["problems"][0]
        print(problem["what"], xenresumable.seal_image(3)["digest"])
        notes: Dict[str, xenresumable.Value] = xenresumable.kernel_notes(path)
        print(notes, xenresumable.diff_images(path, b"a")["pages"]["ranges"])
        print(xenresumable.check("web")["resumable"], xenresumable.check(7))
        print(xenresumable.checkpoint("web", path, on_event=tell, keep=3,
                                      seal=True, label=["a=1", b"b=2"]))
        print(xenresumable.restore(b"a", name="copy", hook=path, watch=None))
        print(xenresumable.restore(b"a", disk={"xvda": path}, mac={0: "new"}))
        back: xenresumable.Rollback = xenresumable.rollback("web", no_safety=True)
        disk: xenresumable.PutBack = back["put_back"][0]
        print(disk["copy"], xenresumable.rollback(7, path)["down_ms"] + 1)
        with xenresumable.SaveMemory(path) as memory:
            some: bytes = memory[0:16]
            one: int = memory[16]
            print(some, one, memory.ranges[0][1] + 1)
    except xenresumable.Refused as error:
        return error.reason
    return image["name"]


use(pathlib.Path("a"))
PY
cat >wrong.py <<'PY'
import xenresumable
def show_nothing() -> None: ...
xenresumable.verify_image("a", on_progress=3)
count: int = xenresumable.verdict("a")["reason"]
xenresumable.no_such_function()
xenresumable.checkpoint("web", "a", on_event=show_nothing)
xenresumable.checkpoint("web", "a", keep=1.5)
xenresumable.restore(3)
xenresumable.restore("a", disk={"xvda": 1.5})
text: str = xenresumable.rollback("web")["down_ms"]
PY
# Both at once: most of what mypy does is the same for each.
if "$PYTHON" -m mypy --strict --no-incremental \
    --python-executable "$work/venv/bin/python" right.py wrong.py >out; then
    echo "mypy has no types: it finds nothing in wrong.py"
    exit 1
fi
if [ "$(grep -c '^wrong.py:\([3-9]\|10\): error' out)" != 8 ] ||
    grep '^right.py:[0-9]*: error' out; then
    cat out
    exit 1
fi

# A TypedDict is one definition for both, at which stubtest stumbles: it misses
# its metaclass in what it takes for the stub.  Sequence is typing's own.
cat >allow <<'LIST'
xenresumable(\._types)?\.(Difference|Event|ImageDiff|KernelInfo|PageChanges|Problem)
xenresumable(\._types)?\.(Record|SaveImage|Seal|SealResult|Verdict|Verification)
xenresumable(\._(types|domains))?\.(ListedDisk|ListedError|ListedImage)
xenresumable(\._(types|domains))?\.(PutBack|Rollback)
xenresumable\._types\.(Mapping|Sequence)
xenresumable\._domains\.Mapping
LIST
case " $SANITIZE_FLAGS " in
*-fsanitize*address*)
    LD_PRELOAD=$($CC -print-file-name=libasan.so)
    export LD_PRELOAD ASAN_OPTIONS=detect_leaks=0 ;;
esac
PYTHONPATH=$site MYPYPATH=$site "$PYTHON" -m mypy.stubtest --allowlist allow \
    xenresumable
