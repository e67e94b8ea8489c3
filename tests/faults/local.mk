# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The Nth allocation, read, write or system call fails, for every N.
check_LTLIBRARIES += tests/faults/libfailnth.la tests/faults/fail-nth.la
tests_faults_libfailnth_la_SOURCES = \
	tests/faults/fail_nth.c tests/faults/fail_nth.h
tests_faults_libfailnth_la_CFLAGS = $(FAULT_CFLAGS)
tests_faults_libfailnth_la_LIBADD = $(DL_LIBS)
tests_faults_fail_nth_la_SOURCES = tests/faults/fail_main.c
tests_faults_fail_nth_la_CFLAGS = $(FAULT_CFLAGS)
tests_faults_fail_nth_la_LIBADD = tests/faults/libfailnth.la
tests_faults_fail_nth_la_LDFLAGS = \
	-module -avoid-version -shared -rpath /nonexistent
# libc's own names are defined, not fortified; it runs before any sanitizer.
FAULT_CFLAGS = $(WARN_CFLAGS) -fvisibility=hidden -fno-builtin -Wno-nonnull

TESTS += tests/faults/verbs.sh
EXTRA_DIST += tests/faults/verbs.sh tests/faults/verbs.py
