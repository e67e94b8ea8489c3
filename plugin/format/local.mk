# SPDX-License-Identifier: LGPL-2.1-or-later
FORMAT_LA = plugin/format/libformat.la $(UTIL_LA)
noinst_LTLIBRARIES += plugin/format/libformat.la
plugin_format_libformat_la_CFLAGS = $(AM_CFLAGS) $(ZLIB_CFLAGS)
plugin_format_libformat_la_LIBADD = $(ZLIB_LIBS)
plugin_format_libformat_la_SOURCES = \
	plugin/format/container.c plugin/format/container.h \
	plugin/format/cpuid.c plugin/format/cpuid.h \
	plugin/format/foreign.c plugin/format/foreign.h \
	plugin/format/guest_section.c plugin/format/guest_section.h \
	plugin/format/json_scan.c plugin/format/json_scan.h \
	plugin/format/keylist.c plugin/format/keylist.h \
	plugin/format/libxc.c plugin/format/libxc.h \
	plugin/format/note_scan.c plugin/format/note_scan.h \
	plugin/format/notes.c plugin/format/notes.h \
	plugin/format/order.c plugin/format/order.h \
	plugin/format/padding.c plugin/format/padding.h \
	plugin/format/pages.c plugin/format/pages.h \
	plugin/format/qcow2.c plugin/format/qcow2.h \
	plugin/format/record.c plugin/format/record.h \
	plugin/format/record_finder.c plugin/format/record_finder.h \
	plugin/format/statements.c plugin/format/statements.h \
	plugin/format/stream.c plugin/format/stream.h
dist_doc_DATA += plugin/format/FORMAT.md

# By itself, for it needs libxxhash, which the hooks do not.
SEAL_LA = plugin/format/libseal.la
noinst_LTLIBRARIES += plugin/format/libseal.la
plugin_format_libseal_la_CFLAGS = \
	$(AM_CFLAGS) $(ZLIB_CFLAGS) $(XXHASH_CFLAGS)
plugin_format_libseal_la_LIBADD = $(ZLIB_LIBS) $(XXHASH_LIBS)
plugin_format_libseal_la_SOURCES = plugin/format/seal.c plugin/format/seal.h
