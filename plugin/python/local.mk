# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Python's own headers and calling conventions do not stand all our warnings:
# every method gets arguments it does not use, every table is cast.
EXTRA_DIST += plugin/python/xenresumable.pyi
if HAVE_PYTHON
pyexec_LTLIBRARIES = plugin/python/xenresumable.la
pyexec_DATA = plugin/python/xenresumable.pyi
plugin_python_xenresumable_la_SOURCES = \
	plugin/python/module.c plugin/python/module.h plugin/python/saves.c
plugin_python_xenresumable_la_CPPFLAGS = \
	-I$(top_srcdir)/include -I$(top_srcdir)/plugin $(PYTHON_CFLAGS)
plugin_python_xenresumable_la_CFLAGS = \
	$(AM_CFLAGS) -Wno-unused-parameter -Wno-cast-function-type
plugin_python_xenresumable_la_LIBADD = plugin/lib/libxenresumable.la
plugin_python_xenresumable_la_LDFLAGS = \
	$(AM_LDFLAGS) -module -avoid-version -shared \
	-export-symbols-regex '^PyInit_'
endif
