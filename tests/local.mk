# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Unit tests: one program per file in tests/unit, by cmocka.
UNIT_CPPFLAGS = -I$(top_srcdir)/tests/unit $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)

TESTS += tests/layers.sh
EXTRA_DIST += tests/layers.sh
AM_TESTS_ENVIRONMENT = top_srcdir="$(top_srcdir)"; export top_srcdir;

include tests/unit/local.mk
