# SPDX-License-Identifier: LGPL-2.1-or-later
UNIT_TESTS = \
	tests/unit/test-action \
	tests/unit/test-keylist \
	tests/unit/test-toolstack \
	tests/unit/test-verdict
check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS)
EXTRA_DIST += tests/unit/unit.h

tests_unit_test_action_SOURCES = tests/unit/test-action.c
tests_unit_test_action_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_action_LDADD = \
	$(VERDICT_LA) $(CMOCKA_LIBS)

tests_unit_test_keylist_SOURCES = tests/unit/test-keylist.c
tests_unit_test_keylist_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_keylist_LDADD = $(FORMAT_LA) $(CMOCKA_LIBS)

tests_unit_test_toolstack_SOURCES = \
	tests/unit/test-toolstack.c plugin/cli/toolstack.c
tests_unit_test_toolstack_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_toolstack_LDADD = $(UTIL_LA) $(CMOCKA_LIBS)

tests_unit_test_verdict_SOURCES = tests/unit/test-verdict.c
tests_unit_test_verdict_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_verdict_LDADD = \
	$(VERDICT_LA) $(CMOCKA_LIBS)
