#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A parent that closes standard files, or ignores or blocks signals, does no harm.
# If this fails, messages are written into an image, or nobody learns how xl has
# ended.
set -u
. "$top_srcdir/tests/cli/functions.sh"
mkstream=$top_builddir/tests/streams/mkstream

"$mkstream" xl pages=100 metadata \
    config="$top_srcdir/tests/data/domains/xl-pv-4.17.json" >sound
head -c 20000 sound >short
closed=('<&-' '>&-' '2>&-' '<&- >&-' '>&- 2>&-' '<&- >&- 2>&-')
for format in text json jsonl; do
    for how in "${closed[@]}"; do
        cp short image
        eval '"$program" seal --progress --format=$format image' "$how" \
            >out 2>err
        cmp -s short image || fail "seal --format=$format $how: written to"
        cp sound image
        got=0
        eval '"$program" seal --format=$format image >out 2>err' "$how" ||
            got=$?
        cmp -s -n "$(stat -c %s sound)" sound image ||
            fail "seal --format=$format $how: the image is another"
        case $how in *'>&-'*'2>'*|'>&-'|'<&- >&-') want=2 ;; *) want=0 ;; esac
        [ $got = $want ] || fail "seal --format=$format $how: exit status $got"
    done
done
"$program" verify - <&- >out 2>err && fail "closed standard input was read"
grep -q 'Bad file descriptor' err || fail "it said: $(cat err)"

mkdir bin
printf '#!/bin/sh\nexit 7\n' >bin/xl
chmod +x bin/xl
got=0
XR_PRELOAD=/dev/null "${PYTHON:-python3}" - "$program" exec -- "$PWD/bin/xl" \
    save no-such-domain file >out 2>err <<'PY' || got=$?
import os, signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
os.execv(sys.argv[1], sys.argv[1:])
PY
[ $got = 7 ] || fail "SIGCHLD ignored: exit status $got, and xl's is 7"

# Ctrl-C that is blocked, as it is while a checkpoint waits for anything but libxl.
got=0
"${PYTHON:-python3}" - "$program" verify --format=json sound >out 2>err \
    <<'PY' || got=$?
import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
os.kill(os.getpid(), signal.SIGINT)
os.execv(sys.argv[1], sys.argv[1:])
PY
[ $got = 2 ] && grep -q '"code": "cancelled"' out ||
    fail "Ctrl-C that is blocked: exit status $got: $(cat out)"
finish
