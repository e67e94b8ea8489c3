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
	export top_builddir CC PYTHON SANITIZE_FLAGS XEN_CFLAGS; \
	ASAN_OPTIONS="$${ASAN_OPTIONS-$(ASAN_FAST)}"; export ASAN_OPTIONS;
# To fill the shadow of a large block is cheaper than to map it anew.
ASAN_FAST = clear_shadow_mmap_threshold=67108864

# A build of its own with sanitizers.  Its sources are a copy: this tree may be
# built in its own folder.  What configure has found out here it need not ask
# again there, but for the compiler's flags.
SANITIZED = sanitized
SANITIZERS = address,undefined
sanitized-tree:
	@$(MKDIR_P) $(SANITIZED)/build
	$(MAKE) distdir distdir=$(SANITIZED)/source
	test -f $(SANITIZED)/build/Makefile || { \
	  ! test -f config.cache || grep -v '^ac_cv_env_' config.cache \
	    >$(SANITIZED)/build/config.cache; cd $(SANITIZED)/build && \
	  CONFIG_SHELL="$(SHELL)" $(SHELL) ../source/configure \
	    --enable-sanitize=$(SANITIZERS) --enable-werror \
	    --cache-file=config.cache CC="$(CC)" CFLAGS="-O1 -g1" --quiet && \
	  rm -f config.cache; }

# What ONLY_HERE names has nothing to gain from a sanitizer.  Man pages are not
# needed; the guests, which are kernels, are the ones of this tree.  Tests, which
# are built once and do little themselves, are not worth an optimisation.
check-sanitize: sanitized-tree $(GUESTS)
	$(MKDIR_P) $(SANITIZED)/build/tests/guest
	cp -p $(GUESTS) $(SANITIZED)/build/tests/guest/
	cd $(SANITIZED)/build && \
	  $(MAKE) $(AM_MAKEFLAGS) nodist_man_MANS= && \
	  $(MAKE) -k check-programs CFLAGS="-O0 -g1"

# ThreadSanitizer, where there are threads of ours or of a toolstack's.
THREADED_TESTS = \
	tests/lib/test-client-stress tests/unit/test-flat-image \
	tests/unit/test-callbacks tests/unit/test-digest-check \
	tests/unit/test-lock tests/unit/test-pump tests/unit/test-restore \
	tests/unit/test-spool \
	tests/unit/test-verify-flat tests/unit/test-watcher
check-threads:
	$(MAKE) sanitized-tree SANITIZED=sanitized/threads SANITIZERS=thread
	cd sanitized/threads/build && $(MAKE) -k check check_DATA= \
	  check_LTLIBRARIES= check_PROGRAMS="$(THREADED_TESTS) $(CLIENT_TEST_COMMAND)" \
	  TESTS="$(THREADED_TESTS)"
.PHONY: sanitized-tree check-sanitize check-threads check-programs

# "./quickstart check" proves each claim once, in the build that sees most.  These
# run in the plain one: tests of texts, scripts and compilers, and of what the
# stub does to programs that are not ours; limits of memory; and what others try
# with sanitizers: options.sh, whose parser is in test-options and fuzz-options;
# json.sh, for each verb's way out is in faults/verbs.sh; notes.sh, whose images and
# compressors are in test-container, test-mutations and fuzz-image; test-damage, for
# what reads damaged images is in test-verify and fuzz-verify.
ONLY_HERE = -e tests/docs.sh -e tests/layers.sh -e tests/names.sh \
	-e tests/shell.sh -e 'tests/packaging/.*' -e 'tests/bench/.*' \
	-e 'tests/xen/.*' -e tests/lib/header.sh -e tests/lib/symbols.sh \
	-e tests/lib/example.sh \
	-e tests/python/types.sh -e tests/examples.sh \
	-e tests/hook/however.sh -e tests/hook/prototypes.sh \
	-e tests/cli/completion.sh -e tests/cli/json.sh -e tests/cli/notes.sh \
	-e tests/cli/notes-bombs.sh -e tests/cli/options.sh -e tests/cli/stuck.sh \
	-e tests/unit/test-damage
# These in both: what a sanitized stub or command is not asked, or asked less of.
HERE_TOO = -e tests/hook/stub.sh -e tests/hook/future.sh \
	-e tests/cli/check.sh -e tests/cli/configuration.sh \
	-e tests/cli/foreign.sh -e tests/cli/hostile.sh -e tests/faults/verbs.sh
# What tests in the plain build start, beside the command.
STARTED_HERE = tests/hook/door-caller tests/hook/future-caller \
	tests/images/mkimage tests/streams/mkstream tests/unit/test-damage \
	$(EXAMPLES) $(CLIENT_TEST_COMMAND)

check-programs:
	$(MAKE) check nodist_man_MANS= check_DATA= \
	  TESTS="`for t in $(TESTS); do echo $$t; done | \
	    grep -vx $(ONLY_HERE) | tr '\n' ' '`" \
	  check_PROGRAMS="`for p in $(check_PROGRAMS); do echo $$p; done | \
	    grep -v -e '^tests/xen/' -e '^examples/' -e test-damage | tr '\n' ' '`" \
	  check_LTLIBRARIES="`for l in $(check_LTLIBRARIES); do echo $$l; done | \
	    grep -v '^tests/xen/' | tr '\n' ' '`"

check-rest:
	$(MAKE) check check_PROGRAMS="$(STARTED_HERE)" \
	  TESTS="`for t in $(TESTS); do echo $$t; done | \
	    grep -x $(ONLY_HERE) $(HERE_TOO) | tr '\n' ' '`"
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
	    $(PYTHON_CFLAGS)" \
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
