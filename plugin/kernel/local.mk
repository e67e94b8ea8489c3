# SPDX-License-Identifier: LGPL-2.1-or-later
KERNEL_LA = plugin/kernel/libkernel.la $(UTIL_LA)
noinst_LTLIBRARIES += plugin/kernel/libkernel.la
plugin_kernel_libkernel_la_CFLAGS = \
	$(AM_CFLAGS) $(LIBELF_CFLAGS) $(COMPRESSION_CFLAGS)
plugin_kernel_libkernel_la_LIBADD = \
	$(LIBELF_LIBS) $(COMPRESSION_LIBS)
plugin_kernel_libkernel_la_SOURCES = \
	plugin/kernel/elf.c plugin/kernel/elf.h \
	plugin/kernel/note_set.c plugin/kernel/note_set.h \
	plugin/kernel/source.c plugin/kernel/source.h
