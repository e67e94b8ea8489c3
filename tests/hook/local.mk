# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The built stub, in front of the installed libxenguest and libxenlight.
TESTS += tests/hook/stub.sh tests/hook/however.sh tests/hook/future.sh tests/hook/prototypes.sh
EXTRA_DIST += tests/hook/stub.sh tests/hook/however.sh tests/hook/future.sh tests/hook/prototypes.sh

check_PROGRAMS += tests/hook/door-caller
tests_hook_door_caller_SOURCES = tests/hook/door-caller.c
tests_hook_door_caller_CFLAGS = \
	$(AM_CFLAGS) $(XENCTRL_CFLAGS) $(XENLIGHT_CFLAGS)
tests_hook_door_caller_LDADD = \
	$(XENLIGHT_LIBS) $(XENGUEST_LIBS) $(XENCTRL_LIBS)

# -rpath makes libtool build a shared object that is not installed.
FAKE_LDFLAGS = \
	$(AM_LDFLAGS) -module -avoid-version -shared -rpath /nonexistent
check_LTLIBRARIES += \
	tests/hook/fake-core.la tests/hook/fake-core-of-tomorrow.la \
	tests/hook/fake-core-elsewhere.la tests/hook/fake-libxenguest.la
tests_hook_fake_core_la_SOURCES = tests/hook/fake-core.c
tests_hook_fake_core_la_LDFLAGS = $(FAKE_LDFLAGS)
tests_hook_fake_core_of_tomorrow_la_SOURCES = tests/hook/fake-core.c
tests_hook_fake_core_of_tomorrow_la_CPPFLAGS = $(AM_CPPFLAGS) -DFAKE_ABI=99
tests_hook_fake_core_of_tomorrow_la_LDFLAGS = $(FAKE_LDFLAGS)
tests_hook_fake_core_elsewhere_la_SOURCES = tests/hook/fake-core.c
tests_hook_fake_core_elsewhere_la_CPPFLAGS = \
	$(AM_CPPFLAGS) -DFAKE_WITHOUT_EVENTS
tests_hook_fake_core_elsewhere_la_LDFLAGS = $(FAKE_LDFLAGS)
tests_hook_fake_libxenguest_la_SOURCES = tests/hook/fake-libxenguest.c
tests_hook_fake_libxenguest_la_LDFLAGS = $(FAKE_LDFLAGS)

# A toolstack and a libxenguest of a Xen that does not exist.
check_PROGRAMS += tests/hook/future-caller
tests_hook_future_caller_SOURCES = \
	tests/hook/future.h tests/hook/future-caller.c \
	tests/hook/future-prototypes.c tests/hook/future-registers.S
tests_hook_future_caller_CPPFLAGS = -I$(top_srcdir)/tests $(AM_CPPFLAGS)
tests_hook_future_caller_CFLAGS = \
	$(AM_CFLAGS) -Wno-psabi -fexceptions $(THREADS_FLAGS)
tests_hook_future_caller_LDADD = $(DL_LIBS) $(THREADS_FLAGS)
check_LTLIBRARIES += \
	tests/hook/future-core.la tests/hook/future-libxenguest.la
tests_hook_future_core_la_SOURCES = tests/hook/future-core.c
tests_hook_future_core_la_LDFLAGS = $(FAKE_LDFLAGS)
tests_hook_future_core_la_LIBADD = $(DL_LIBS)
tests_hook_future_libxenguest_la_SOURCES = tests/hook/future-libxenguest.S
tests_hook_future_libxenguest_la_LDFLAGS = $(FAKE_LDFLAGS)
