# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Unit tests: one program per file in tests/unit, by cmocka.
UNIT_CPPFLAGS = -I$(top_srcdir)/tests/unit $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)

TESTS += tests/layers.sh tests/docs.sh tests/shell.sh
EXTRA_DIST += tests/layers.sh tests/docs.sh tests/shell.sh
AM_TESTS_ENVIRONMENT = \
	top_srcdir="$(top_srcdir)"; export top_srcdir; \
	abs_top_builddir="$(abs_top_builddir)"; export abs_top_builddir; \
	top_builddir="$(top_builddir)"; \
	XR_CONFIG=/nonexistent/xen-resumable.conf; export XR_CONFIG; \
	CC="$(CC)"; PYTHON="$(PYTHON)"; SANITIZE_FLAGS="$(SANITIZE_FLAGS)"; \
	export top_builddir CC PYTHON SANITIZE_FLAGS;

include tests/images/local.mk
include tests/streams/local.mk
include tests/unit/local.mk
include tests/hook/local.mk
include tests/cli/local.mk
include tests/fuzz/local.mk
include tests/bench/local.mk
include tests/lib/local.mk
include tests/python/local.mk
include tests/packaging/local.mk
