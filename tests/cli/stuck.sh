#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Messages that nobody reads do not hold up what they are about.  If this fails, a
# guest stays suspended behind a terminal on which somebody has pressed Ctrl-S.
set -u
. "$top_srcdir/tests/cli/functions.sh"
python=${PYTHON:-python3}
"$python" -c '' 2>/dev/null || { skip "no Python here"; finish; exit; }

# No Xen says anything of the guest: that is a message, and then xl is run.
mkdir bin
cat >bin/xl <<'SH'
#!/bin/sh
: >ran
SH
chmod +x bin/xl
got=0
XR_PRELOAD=$top_builddir/plugin/hook/.libs/xen-resumable-preload.so
export XR_PRELOAD
[ -r "$XR_PRELOAD" ] ||
    { skip "the stub is not built"; finish; exit; }
"$python" "$top_srcdir/tests/cli/stuck_reader.py" ran \
    "$program" exec -- bin/xl save web image >out || got=$?
[ $got = 0 ] || fail "exec, not read: exit status $got: $(cat out)"
grep -q "messages\? w[a-z]* left out here, for nobody read" out ||
    fail "exec, not read: it said: $(cat out)"
finish
