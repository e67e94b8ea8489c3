#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The Python module's own tests, on the uninstalled module.
set -eu
case " $SANITIZE_FLAGS " in
*-fsanitize*) echo "a sanitized module needs a sanitized python"; exit 77 ;;
esac
PYTHONPATH=$top_builddir/plugin/python/.libs
LD_LIBRARY_PATH=$top_builddir/plugin/lib/.libs
PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH LD_LIBRARY_PATH PYTHONDONTWRITEBYTECODE
exec "$PYTHON" "$top_srcdir/tests/python/test_xenresumable.py"
