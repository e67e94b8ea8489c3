# SPDX-License-Identifier: LGPL-2.1-or-later
UTIL_LA = plugin/util/libutil.la
noinst_LTLIBRARIES += plugin/util/libutil.la
plugin_util_libutil_la_SOURCES = \
	plugin/util/buffer.c plugin/util/buffer.h \
	plugin/util/bytes.h \
	plugin/util/checked.h \
	plugin/util/cleanup.h \
	plugin/util/clock.h \
	plugin/util/debug.c plugin/util/debug.h \
	plugin/util/error.c plugin/util/error.h \
	plugin/util/fault.c plugin/util/fault.h \
	plugin/util/file_limit.h \
	plugin/util/io.c plugin/util/io.h \
	plugin/util/number.c plugin/util/number.h \
	plugin/util/path.h \
	plugin/util/outlet.c plugin/util/outlet.h \
	plugin/util/reason.c plugin/util/reason.h \
	plugin/util/near_word.c plugin/util/near_word.h \
	plugin/util/same_file.h \
	plugin/util/shell_word.c plugin/util/shell_word.h \
	plugin/util/thread.h
