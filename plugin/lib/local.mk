# SPDX-License-Identifier: LGPL-2.1-or-later
#
# liblib.la is the layer; libxenresumable.la is the layer with its public face.
LIB_LA = \
	plugin/lib/liblib.la plugin/kernel/libkernel.la \
	plugin/verdict/libverdict.la $(FORMAT_LA)
noinst_LTLIBRARIES += plugin/lib/liblib.la
plugin_lib_liblib_la_SOURCES = \
	plugin/lib/image_notes.c plugin/lib/image_notes.h \
	plugin/lib/judge_list.c plugin/lib/judge_list.h
