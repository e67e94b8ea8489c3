# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The lab.  Not a part of "make check": it takes minutes, and Debian's archive.
EXTRA_DIST += tests/xen/README.md tests/xen/demo tests/xen/lab \
	tests/xen/demo.svg tests/xen/terminal-svg tests/xen/terminal-svg.sh \
	tests/xen/packages tests/xen/suites \
	tests/xen/dom0/bench.sh tests/xen/dom0/demo.sh tests/xen/dom0/init \
	tests/xen/dom0/copies.sh tests/xen/dom0/disks.sh \
	tests/xen/dom0/linux-guest-poweroff \
	tests/xen/dom0/flat.sh tests/xen/dom0/image-pages.py \
	tests/xen/dom0/images.sh \
	tests/xen/dom0/memory-pages.py \
	tests/xen/dom0/json-paths.awk tests/xen/dom0/lib.sh \
	tests/xen/dom0/libvirt.sh \
	tests/xen/dom0/matrix-linux.sh tests/xen/dom0/matrix.sh \
	tests/xen/dom0/pause.awk \
	tests/xen/dom0/linux-guest-init tests/xen/dom0/one-scenario.sh \
	tests/xen/dom0/run-scenarios.sh \
	tests/xen/host tests/xen/scenario

if HAVE_PYTHON
TESTS += tests/xen/terminal-svg.sh
endif

.PHONY: check-xen
check-xen: all
	$(MAKE) $(check_DATA) lab-tools
	$(srcdir)/tests/xen/lab --build $(abs_top_builddir) \
		--suite all $(LAB_FLAGS)

# With what is worth its time before a release only ("# release:").
.PHONY: check-xen-all
check-xen-all:
	$(MAKE) check-xen LAB_FLAGS="--release $(LAB_FLAGS)"

# An hour of checkpoints, migrations and rollbacks: does anything leak?
.PHONY: soak
soak: all
	$(MAKE) $(check_DATA) lab-tools
	$(srcdir)/tests/xen/lab --build $(abs_top_builddir) $(LAB_FLAGS) soak soak-disks

# What scenarios take into dom0 with them.
.PHONY: lab-tools
lab-tools: tests/xen/dom0/fail-xs.la tests/xen/dom0/few-frames.la \
	tests/xen/dom0/slow-end.la \
	tests/xen/dom0/maps$(EXEEXT) \
	tests/xen/dom0/api-time$(EXEEXT) \
	tests/xen/dom0/await-tick$(EXEEXT) \
	tests/xen/dom0/blocks$(EXEEXT) \
	tests/xen/dom0/freeze$(EXEEXT) tests/xen/dom0/gaps$(EXEEXT) \
	tests/xen/dom0/sequence$(EXEEXT) \
	tests/xen/dom0/suspend-only$(EXEEXT) \
	tests/xen/dom0/working-set$(EXEEXT) \
	examples/checkpoint$(EXEEXT) examples/read-image$(EXEEXT) \
	examples/verdict$(EXEEXT)
check_LTLIBRARIES += tests/xen/dom0/fail-xs.la
tests_xen_dom0_fail_xs_la_SOURCES = tests/xen/dom0/fail-xs.c
tests_xen_dom0_fail_xs_la_LIBADD = $(DL_LIBS)
tests_xen_dom0_fail_xs_la_LDFLAGS = \
	$(AM_LDFLAGS) -module -avoid-version -shared -rpath /nowhere
check_LTLIBRARIES += tests/xen/dom0/few-frames.la
tests_xen_dom0_few_frames_la_SOURCES = tests/xen/dom0/few-frames.c
tests_xen_dom0_few_frames_la_LIBADD = $(DL_LIBS)
tests_xen_dom0_few_frames_la_LDFLAGS = \
	$(AM_LDFLAGS) -module -avoid-version -shared -rpath /nowhere
check_LTLIBRARIES += tests/xen/dom0/slow-end.la
tests_xen_dom0_slow_end_la_SOURCES = tests/xen/dom0/slow-end.c
tests_xen_dom0_slow_end_la_LDFLAGS = \
	$(AM_LDFLAGS) -module -avoid-version -shared -rpath /nowhere
check_PROGRAMS += tests/xen/dom0/api-time
tests_xen_dom0_api_time_SOURCES = tests/xen/dom0/api-time.c
tests_xen_dom0_api_time_LDADD = plugin/lib/libxenresumable.la
# It is started hundreds of times; what links no library starts in half the time.
check_PROGRAMS += tests/xen/dom0/await-tick
tests_xen_dom0_await_tick_SOURCES = tests/xen/dom0/await-tick.c
tests_xen_dom0_await_tick_CFLAGS = $(WARN_CFLAGS)
tests_xen_dom0_await_tick_LDFLAGS = -all-static
check_PROGRAMS += tests/xen/dom0/maps
tests_xen_dom0_maps_SOURCES = tests/xen/dom0/maps.c
check_PROGRAMS += tests/xen/dom0/freeze
tests_xen_dom0_freeze_SOURCES = tests/xen/dom0/freeze.c
tests_xen_dom0_freeze_CFLAGS = $(AM_CFLAGS) $(XENCTRL_CFLAGS)
tests_xen_dom0_freeze_LDADD = $(XENCTRL_LIBS)
# For a guest that has no libraries; a sanitizer could not be linked into it.
check_PROGRAMS += tests/xen/dom0/sequence
tests_xen_dom0_sequence_SOURCES = tests/xen/dom0/sequence.c
tests_xen_dom0_sequence_CFLAGS = $(WARN_CFLAGS)
tests_xen_dom0_sequence_LDFLAGS = -all-static
check_PROGRAMS += tests/xen/dom0/blocks
tests_xen_dom0_blocks_SOURCES = tests/xen/dom0/blocks.c
tests_xen_dom0_blocks_CFLAGS = $(WARN_CFLAGS)
tests_xen_dom0_blocks_LDFLAGS = -all-static
check_PROGRAMS += tests/xen/dom0/gaps
tests_xen_dom0_gaps_SOURCES = tests/xen/dom0/gaps.c
tests_xen_dom0_gaps_CFLAGS = $(WARN_CFLAGS)
tests_xen_dom0_gaps_LDFLAGS = -all-static
check_PROGRAMS += tests/xen/dom0/working-set
tests_xen_dom0_working_set_SOURCES = tests/xen/dom0/working-set.c
tests_xen_dom0_working_set_CFLAGS = $(WARN_CFLAGS)
tests_xen_dom0_working_set_LDFLAGS = -all-static
check_PROGRAMS += tests/xen/dom0/suspend-only
tests_xen_dom0_suspend_only_SOURCES = tests/xen/dom0/suspend-only.c
tests_xen_dom0_suspend_only_CFLAGS = \
	$(AM_CFLAGS) $(XENLIGHT_CFLAGS) $(XENCTRL_CFLAGS) $(XENTOOLLOG_CFLAGS)
tests_xen_dom0_suspend_only_LDADD = \
	$(XENLIGHT_LIBS) $(XENCTRL_LIBS) $(XENTOOLLOG_LIBS)
