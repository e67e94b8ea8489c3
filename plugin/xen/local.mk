# SPDX-License-Identifier: LGPL-2.1-or-later
XEN_LA = \
	plugin/xen/libxen.la plugin/verdict/libverdict.la $(FORMAT_LA)
noinst_LTLIBRARIES += plugin/xen/libxen.la
# The command's alone: the core must not pull in the libxenguest that it hooks.
noinst_LTLIBRARIES += plugin/xen/libcpupolicy.la
plugin_xen_libcpupolicy_la_CFLAGS = \
	$(AM_CFLAGS) $(XENCTRL_CFLAGS) $(XENGUEST_CFLAGS)
plugin_xen_libcpupolicy_la_LIBADD = $(XENGUEST_LIBS) $(XENCTRL_LIBS)
plugin_xen_libcpupolicy_la_SOURCES = \
	plugin/xen/cpu_policy.c plugin/xen/cpu_policy.h

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
