# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The library as a program sees it: header, symbols, the man page's example; and
# with a command that was made for it in place of xen-resumable.
TESTS += tests/lib/header.sh tests/lib/symbols.sh tests/lib/example.sh
EXTRA_DIST += tests/lib/header.sh tests/lib/symbols.sh tests/lib/symbols.list \
	tests/lib/example.sh

CLIENT_TESTS = \
	tests/lib/test-client tests/lib/test-client-host \
	tests/lib/test-client-old tests/lib/test-client-pipe \
	tests/lib/test-client-result \
	tests/lib/test-client-stress tests/lib/test-client-faults
CLIENT_TEST_COMMAND = tests/lib/made-command
check_PROGRAMS += $(CLIENT_TESTS) $(CLIENT_TEST_COMMAND)
TESTS += $(CLIENT_TESTS)

# A sanitizer would handle signals in it.
tests_lib_made_command_SOURCES = tests/lib/made-command.c
tests_lib_made_command_CFLAGS = $(WARN_CFLAGS)
tests_lib_made_command_LDFLAGS =

CLIENT_TEST_COMMON = tests/lib/client.c tests/lib/client.h
CLIENT_TEST_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir)/tests/lib \
	-DMADE_COMMAND='"$(abs_top_builddir)/$(CLIENT_TEST_COMMAND)"'
CLIENT_TEST_LDADD = \
	plugin/lib/libxenresumable.la $(CMOCKA_LIBS) $(THREADS_FLAGS)
tests_lib_test_client_SOURCES = tests/lib/test-client.c $(CLIENT_TEST_COMMON)
tests_lib_test_client_CPPFLAGS = $(CLIENT_TEST_CPPFLAGS)
tests_lib_test_client_LDADD = $(CLIENT_TEST_LDADD)
tests_lib_test_client_host_SOURCES = \
	tests/lib/test-client-host.c $(CLIENT_TEST_COMMON)
tests_lib_test_client_host_CPPFLAGS = $(CLIENT_TEST_CPPFLAGS)
tests_lib_test_client_host_LDADD = $(CLIENT_TEST_LDADD)
tests_lib_test_client_old_SOURCES = \
	tests/lib/test-client-host.c tests/lib/old-kernel.c \
	$(CLIENT_TEST_COMMON)
tests_lib_test_client_old_CPPFLAGS = $(CLIENT_TEST_CPPFLAGS)
tests_lib_test_client_old_LDADD = $(CLIENT_TEST_LDADD)
tests_lib_test_client_pipe_SOURCES = \
	tests/lib/test-client-pipe.c $(CLIENT_TEST_COMMON)
tests_lib_test_client_pipe_CPPFLAGS = $(CLIENT_TEST_CPPFLAGS)
tests_lib_test_client_pipe_LDADD = $(CLIENT_TEST_LDADD)
tests_lib_test_client_result_SOURCES = \
	tests/lib/test-client-result.c $(CLIENT_TEST_COMMON)
tests_lib_test_client_result_CPPFLAGS = $(CLIENT_TEST_CPPFLAGS)
tests_lib_test_client_result_LDADD = $(CLIENT_TEST_LDADD)
tests_lib_test_client_stress_SOURCES = \
	tests/lib/test-client-stress.c $(CLIENT_TEST_COMMON)
tests_lib_test_client_stress_CPPFLAGS = $(CLIENT_TEST_CPPFLAGS)
tests_lib_test_client_stress_LDADD = $(CLIENT_TEST_LDADD)
# What it links stands before libc's functions.
tests_lib_test_client_faults_SOURCES = \
	tests/lib/test-client-faults.c $(CLIENT_TEST_COMMON)
tests_lib_test_client_faults_CPPFLAGS = \
	$(CLIENT_TEST_CPPFLAGS) -I$(top_srcdir)/tests/faults
tests_lib_test_client_faults_LDADD = \
	tests/faults/libfailnth.la $(CLIENT_TEST_LDADD)
