# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Save images made to order, in a test's own process.
STREAM_BUILDER = \
	tests/streams/stream_builder.c tests/streams/stream_builder.h
STREAM_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir)/tests/streams
