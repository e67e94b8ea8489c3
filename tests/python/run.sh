#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The Python module's own tests, on the uninstalled module.
set -eu
PYTHONPATH=$top_builddir/plugin/python/package
LD_LIBRARY_PATH=$top_builddir/plugin/lib/.libs
PYTHONDONTWRITEBYTECODE=1
XR_COMMAND=$top_builddir/tests/lib/made-command
export PYTHONPATH LD_LIBRARY_PATH PYTHONDONTWRITEBYTECODE XR_COMMAND

# A sanitized module in a plain python: the sanitizer must come first, and
# python's own leaks at exit are not ours.
asan=
case " $SANITIZE_FLAGS " in
*-fsanitize*address*)
    asan=$($CC -print-file-name=libasan.so)
    export ASAN_OPTIONS=detect_leaks=0 ;;
esac
status=0
for test in test_xenresumable test_domains; do
    env ${asan:+LD_PRELOAD="$asan"} "$PYTHON" \
        "$top_srcdir/tests/python/$test.py" || status=1
done
exit $status
