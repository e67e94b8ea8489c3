# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The lab.  Not a part of "make check": it takes minutes, and Debian's archive.
EXTRA_DIST += tests/xen/README.md tests/xen/demo tests/xen/lab \
	tests/xen/packages tests/xen/suites \
	tests/xen/dom0/demo.sh tests/xen/dom0/init tests/xen/dom0/lib.sh \
	tests/xen/dom0/linux-guest-init tests/xen/dom0/one-scenario.sh \
	tests/xen/dom0/run-scenarios.sh \
	tests/xen/host tests/xen/scenario

.PHONY: check-xen
check-xen: all
	$(MAKE) $(check_DATA) $(check_LTLIBRARIES) \
		tests/xen/dom0/maps$(EXEEXT)
	$(srcdir)/tests/xen/lab --build $(abs_top_builddir) \
		--suite all $(LAB_FLAGS)

# What scenarios take into dom0 with them.
check_LTLIBRARIES += tests/xen/dom0/fail-xs.la
tests_xen_dom0_fail_xs_la_SOURCES = tests/xen/dom0/fail-xs.c
tests_xen_dom0_fail_xs_la_LIBADD = $(DL_LIBS)
tests_xen_dom0_fail_xs_la_LDFLAGS = \
	$(AM_LDFLAGS) -module -avoid-version -shared -rpath /nowhere
check_PROGRAMS += tests/xen/dom0/maps
tests_xen_dom0_maps_SOURCES = tests/xen/dom0/maps.c
