# SPDX-License-Identifier: LGPL-2.1-or-later
EXTRA_DIST += tests/python/run.sh tests/python/test_xenresumable.py
if HAVE_PYTHON
TESTS += tests/python/run.sh
endif
