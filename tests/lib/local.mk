# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The library as a program sees it: header, symbols, the man page's example.
TESTS += tests/lib/header.sh tests/lib/symbols.sh tests/lib/example.sh
EXTRA_DIST += tests/lib/header.sh tests/lib/symbols.sh tests/lib/symbols.list \
	tests/lib/example.sh
