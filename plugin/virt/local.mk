# SPDX-License-Identifier: LGPL-2.1-or-later
#
# libvirt's library is loaded by name where it is needed: nothing links it.
VIRT_LA = plugin/virt/libvirt-asked.la $(UTIL_LA) $(DL_LIBS)
noinst_LTLIBRARIES += plugin/virt/libvirt-asked.la
plugin_virt_libvirt_asked_la_CFLAGS = $(AM_CFLAGS) $(LIBVIRT_CFLAGS)
plugin_virt_libvirt_asked_la_SOURCES = \
	plugin/virt/ask.c plugin/virt/ask.h \
	plugin/virt/virt.c plugin/virt/virt.h
virt_with_libvirt = \
	plugin/virt/calls.c plugin/virt/calls.h \
	plugin/virt/questions.c plugin/virt/questions.h
if HAVE_LIBVIRT
plugin_virt_libvirt_asked_la_SOURCES += $(virt_with_libvirt)
else
EXTRA_DIST += $(virt_with_libvirt)
endif
