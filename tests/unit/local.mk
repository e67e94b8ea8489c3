# SPDX-License-Identifier: LGPL-2.1-or-later
check_PROGRAMS += tests/unit/test-keylist
TESTS += tests/unit/test-keylist
tests_unit_test_keylist_SOURCES = tests/unit/test-keylist.c
tests_unit_test_keylist_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_keylist_LDADD = plugin/format/libformat.la $(CMOCKA_LIBS)
