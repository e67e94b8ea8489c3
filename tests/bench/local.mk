# SPDX-License-Identifier: LGPL-2.1-or-later
#
# "make bench": what needs no Xen.  A table, and bench.json.
EXTRA_PROGRAMS += tests/bench/bench-notes
tests_bench_bench_notes_SOURCES = tests/bench/bench-notes.c
tests_bench_bench_notes_CFLAGS = $(AM_CFLAGS) $(COMPRESSION_CFLAGS)
tests_bench_bench_notes_LDADD = $(LIB_LA) $(COMPRESSION_LIBS)

EXTRA_PROGRAMS += tests/bench/bench-flat
tests_bench_bench_flat_SOURCES = tests/bench/bench-flat.c
tests_bench_bench_flat_LDADD = $(LIB_LA)

EXTRA_PROGRAMS += tests/bench/bench-pump
tests_bench_bench_pump_SOURCES = tests/bench/bench-pump.c
tests_bench_bench_pump_LDADD = \
	plugin/hook/libhook.la $(FORMAT_LA) $(THREADS_FLAGS)

EXTRA_PROGRAMS += tests/bench/bench-stub
tests_bench_bench_stub_SOURCES = tests/bench/bench-stub.c

# -rpath makes libtool build a shared object that is not installed.
EXTRA_LTLIBRARIES = tests/bench/many-domains.la
tests_bench_many_domains_la_SOURCES = tests/bench/many-domains.c
tests_bench_many_domains_la_CFLAGS = \
	$(AM_CFLAGS) -fvisibility=default $(XENCTRL_CFLAGS) $(XENSTORE_CFLAGS)
tests_bench_many_domains_la_LDFLAGS = \
	$(AM_LDFLAGS) -module -avoid-version -shared -rpath /nonexistent

bench_scripts = tests/bench/flat.sh tests/bench/host.sh \
	tests/bench/list.sh tests/bench/notes.sh \
	tests/bench/pump.sh tests/bench/saves.sh
bench_programs = \
	tests/bench/bench-flat tests/bench/bench-notes tests/bench/bench-pump \
	tests/bench/bench-stub \
	tests/bench/many-domains.la tests/images/mkimage \
	tests/streams/mkstream
TESTS += tests/bench/pause.sh
EXTRA_DIST += tests/bench/functions.sh tests/bench/pause.sh tests/bench/run.sh tests/bench/xen.sh $(bench_scripts) \
	tests/bench/freeze.svg tests/bench/hours.svg tests/bench/pause.svg tests/bench/plot tests/bench/plot.sh \
	tests/bench/table
if HAVE_PYTHON
TESTS += tests/bench/plot.sh
endif
CLEANFILES += bench.json bench-xen.json

.PHONY: bench
bench: $(bench_programs) $(bin_PROGRAMS)
	@$(AM_TESTS_ENVIRONMENT) $(srcdir)/tests/bench/run.sh bench.json \
	  $(bench_scripts:%=$(srcdir)/%)

# The lab's part: minutes.
.PHONY: bench-xen
bench-xen: all lab-tools
	@$(AM_TESTS_ENVIRONMENT) $(srcdir)/tests/bench/run.sh bench-xen.json \
	  $(srcdir)/tests/bench/xen.sh
