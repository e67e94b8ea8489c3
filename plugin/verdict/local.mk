# SPDX-License-Identifier: LGPL-2.1-or-later
VERDICT_LA = plugin/verdict/libverdict.la $(UTIL_LA)
noinst_LTLIBRARIES += plugin/verdict/libverdict.la
plugin_verdict_libverdict_la_SOURCES = \
	plugin/verdict/action.c plugin/verdict/action.h \
	plugin/verdict/override.c plugin/verdict/override.h \
	plugin/verdict/verdict.c plugin/verdict/verdict.h
