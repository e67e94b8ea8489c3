# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Unit tests: one program per file in tests/unit, by cmocka.
UNIT_CPPFLAGS = -I$(top_srcdir)/tests/unit $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)

TESTS += tests/layers.sh tests/names.sh tests/docs.sh tests/shell.sh
EXTRA_DIST += tests/layers.sh tests/names.sh tests/docs.sh tests/shell.sh \
	tests/maintainer-check.sh tests/valgrind.sh
AM_TESTS_ENVIRONMENT = \
	top_srcdir="$(top_srcdir)"; export top_srcdir; \
	abs_top_builddir="$(abs_top_builddir)"; export abs_top_builddir; \
	top_builddir="$(top_builddir)"; \
	XR_CONFIG=/nonexistent/xen-resumable.conf; export XR_CONFIG; \
	CC="$(CC)"; PYTHON="$(PYTHON)"; SANITIZE_FLAGS="$(SANITIZE_FLAGS)"; \
	XEN_CFLAGS="$(XENCTRL_CFLAGS) $(XENGUEST_CFLAGS) $(XENLIGHT_CFLAGS)"; \
	export top_builddir CC PYTHON SANITIZE_FLAGS XEN_CFLAGS;

# Everything that runs code of ours once more, in a build of its own with
# sanitizers.  Its sources are a copy: this tree may be built in its own folder.
SANITIZED = sanitized
SANITIZERS = address,undefined
sanitized-tree:
	@$(MKDIR_P) $(SANITIZED)/build
	$(MAKE) distdir distdir=$(SANITIZED)/source
	test -f $(SANITIZED)/build/Makefile || { cd $(SANITIZED)/build && \
	  ../source/configure --enable-sanitize=$(SANITIZERS) --enable-werror \
	    CC="$(CC)" CFLAGS="-O1 -g" --quiet; }

check-sanitize: sanitized-tree
	cd $(SANITIZED)/build && $(MAKE) $(AM_MAKEFLAGS) && \
	  $(MAKE) -k check-programs

# ThreadSanitizer, where there are threads of ours or of a toolstack's.
THREADED_TESTS = \
	tests/lib/test-client-stress \
	tests/unit/test-callbacks tests/unit/test-lock tests/unit/test-pump \
	tests/unit/test-restore tests/unit/test-watcher
check-threads:
	$(MAKE) sanitized-tree SANITIZED=sanitized/threads SANITIZERS=thread
	cd sanitized/threads/build && $(MAKE) -k check check_DATA= \
	  check_LTLIBRARIES= check_PROGRAMS="$(THREADED_TESTS) $(CLIENT_TEST_COMMAND)" \
	  TESTS="$(THREADED_TESTS)"
.PHONY: sanitized-tree check-sanitize check-threads check-programs

# The tests but for those of scripts and texts.
check-programs:
	$(MAKE) check TESTS="`echo $(TESTS) | tr ' ' '\n' | \
	  grep -vx -e tests/docs.sh -e tests/layers.sh -e tests/names.sh \
	  -e tests/shell.sh | \
	  tr '\n' ' '`"

# What "./quickstart check" runs in this build.  Unit tests and seeds run in the
# one with sanitizers; without them, before a release, in the lab's roots of each
# Debian.
ELSEWHERE = -e 'tests/unit/.*' -e 'tests/fuzz/.*'
check-rest:
	$(MAKE) check TESTS="`echo $(TESTS) | tr ' ' '\n' | \
	  grep -vx $(ELSEWHERE) | tr '\n' ' '`" \
	  check_PROGRAMS="`echo $(check_PROGRAMS) | tr ' ' '\n' | \
	  grep -vx $(ELSEWHERE) | tr '\n' ' '`"
.PHONY: check-rest

# In a build without sanitizers.
check-valgrind: $(bin_PROGRAMS) tests/images/mkimage tests/streams/mkstream
	$(MAKE) $(UNIT_TESTS) $(CLIENT_TESTS) $(CLIENT_TEST_COMMAND)
	@$(AM_TESTS_ENVIRONMENT) $(srcdir)/tests/valgrind.sh $(UNIT_TESTS) \
	  $(CLIENT_TESTS)
.PHONY: check-valgrind

# Minutes, and other tools than a build needs: not a part of "make check".
maintainer-check:
	@top_srcdir="$(top_srcdir)" $(srcdir)/tests/shell.sh
	@top_srcdir="$(top_srcdir)" \
	  TIDY_CPPFLAGS="$(DEFS) $(DEFAULT_INCLUDES) $(AM_CPPFLAGS) \
	    -DXEN_CONFIG_DIR=PACKAGE -DBINDIR=PACKAGE -DPKGLIBDIR=PACKAGE -DPKGDATADIR=PACKAGE \
	    $(SMARTCOLS_CFLAGS) $(PYTHON_CFLAGS)" \
	  $(srcdir)/tests/maintainer-check.sh
.PHONY: maintainer-check

distclean-local:
	rm -rf sanitized

include tests/images/local.mk
include tests/streams/local.mk
include tests/unit/local.mk
include tests/hook/local.mk
include tests/cli/local.mk
include tests/fuzz/local.mk
include tests/faults/local.mk
include tests/bench/local.mk
include tests/lib/local.mk
include tests/python/local.mk
include tests/packaging/local.mk
