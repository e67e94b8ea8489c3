# SPDX-License-Identifier: LGPL-2.1-or-later
EXTRA_DIST += tests/python/run.sh tests/python/test_domains.py tests/python/test_xenresumable.py \
	tests/python/types.sh
if HAVE_PYTHON
TESTS += tests/python/run.sh tests/python/types.sh
endif
