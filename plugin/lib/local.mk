# SPDX-License-Identifier: LGPL-2.1-or-later
#
# liblib.la is the layer; libxenresumable.la is the layer with its public face.
noinst_LTLIBRARIES += plugin/lib/liblib.la
plugin_lib_liblib_la_SOURCES = \
	plugin/lib/image_notes.c plugin/lib/image_notes.h
plugin_lib_liblib_la_LIBADD = \
	plugin/verdict/libverdict.la plugin/kernel/libkernel.la \
	plugin/format/libformat.la plugin/util/libutil.la
