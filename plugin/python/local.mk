# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The package xenresumable: an extension module, and Python around it that has
# the types.  Python's own headers and calling conventions do not stand all our
# warnings: every method gets arguments it does not use, every table is cast.
if HAVE_PYTHON
xenresumabledir = $(pyexecdir)/xenresumable
python_package = \
	plugin/python/xenresumable/__init__.py \
	plugin/python/xenresumable/_domains.py \
	plugin/python/xenresumable/_memory.py \
	plugin/python/xenresumable/_native.pyi \
	plugin/python/xenresumable/_types.py \
	plugin/python/xenresumable/py.typed
dist_xenresumable_DATA = $(python_package)
xenresumable_LTLIBRARIES = plugin/python/_native.la
plugin_python__native_la_SOURCES = \
	plugin/python/domains.c plugin/python/errors.c plugin/python/images.c \
	plugin/python/memory.c plugin/python/module.c plugin/python/module.h \
	plugin/python/saves.c plugin/python/source.c plugin/python/values.c
plugin_python__native_la_CPPFLAGS = \
	-I$(top_srcdir)/include -I$(top_srcdir)/plugin $(PYTHON_CFLAGS)
plugin_python__native_la_CFLAGS = \
	$(AM_CFLAGS) -Wno-unused-parameter -Wno-cast-function-type
plugin_python__native_la_LIBADD = plugin/lib/libxenresumable.la
plugin_python__native_la_LDFLAGS = \
	$(AM_LDFLAGS) -module -avoid-version -shared \
	-export-symbols-regex '^PyInit_'

# The package as it will be installed, for ./run and the tests.
all-local: plugin/python/package/made
plugin/python/package/made: plugin/python/_native.la $(python_package)
	$(AM_V_GEN)rm -rf $(@D) && $(MKDIR_P) $(@D)/xenresumable && \
	for file in $(python_package); do \
	  cp $(srcdir)/$$file $(@D)/xenresumable/ || exit 1; \
	done && \
	cp plugin/python/.libs/_native.so $(@D)/xenresumable/ && touch $@
endif

clean-local: clean-python
clean-python:
	rm -rf plugin/python/package
.PHONY: clean-python
