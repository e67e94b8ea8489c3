# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The lab.  Not a part of "make check": it takes minutes, and Debian's archive.
EXTRA_DIST += tests/xen/README.md tests/xen/demo tests/xen/lab \
	tests/xen/packages tests/xen/suites \
	tests/xen/dom0 tests/xen/host tests/xen/scenario

.PHONY: check-xen
check-xen: all
	$(MAKE) $(check_DATA) $(check_LTLIBRARIES)
	$(srcdir)/tests/xen/lab --build $(abs_top_builddir) $(LAB_FLAGS)
