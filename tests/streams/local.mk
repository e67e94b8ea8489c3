# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Save images made to order, in a test's own process, or by mkstream.
STREAM_BUILDER = \
	tests/streams/stream_builder.c tests/streams/stream_builder.h
STREAM_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir)/tests/streams
FLAT_SEAL = tests/streams/flat_seal.c tests/streams/flat_seal.h
DAMAGE = tests/streams/damage.c tests/streams/damage.h $(STREAM_BUILDER) \
	$(FLAT_SEAL)
check_PROGRAMS += tests/streams/mkstream
tests_streams_mkstream_SOURCES = tests/streams/mkstream.c $(STREAM_BUILDER) \
	$(FLAT_SEAL)
tests_streams_mkstream_CPPFLAGS = $(STREAM_CPPFLAGS)
tests_streams_mkstream_LDADD = $(LIB_LA)
