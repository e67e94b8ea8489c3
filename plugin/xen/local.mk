# SPDX-License-Identifier: LGPL-2.1-or-later
XEN_LA = \
	plugin/xen/libxen.la plugin/verdict/libverdict.la $(FORMAT_LA)
noinst_LTLIBRARIES += plugin/xen/libxen.la
plugin_xen_libxen_la_CFLAGS = \
	$(AM_CFLAGS) $(XENCTRL_CFLAGS) $(XENSTORE_CFLAGS)
plugin_xen_libxen_la_LIBADD = \
	$(XENCTRL_LIBS) $(XENSTORE_LIBS)
plugin_xen_libxen_la_SOURCES = \
	plugin/xen/domain.c plugin/xen/domain.h \
	plugin/xen/hypervisor.c plugin/xen/hypervisor.h \
	plugin/xen/judge.c plugin/xen/judge.h \
	plugin/xen/knowledge.c plugin/xen/knowledge.h \
	plugin/xen/store.c plugin/xen/store.h
