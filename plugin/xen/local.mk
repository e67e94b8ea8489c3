# SPDX-License-Identifier: LGPL-2.1-or-later
XEN_LA = \
	plugin/xen/libxen.la plugin/verdict/libverdict.la $(FORMAT_LA)
noinst_LTLIBRARIES += plugin/xen/libxen.la
plugin_xen_libxen_la_CPPFLAGS = \
	$(AM_CPPFLAGS) -DXEN_CONFIG_DIR='"$(sysconfdir)/xen"'
plugin_xen_libxen_la_CFLAGS = \
	$(AM_CFLAGS) $(XENCTRL_CFLAGS) $(XENGUEST_CFLAGS) $(XENSTORE_CFLAGS) \
	$(XENLIGHT_CFLAGS)
plugin_xen_libxen_la_LIBADD = \
	$(XENCTRL_LIBS) $(XENSTORE_LIBS) $(DL_LIBS)
plugin_xen_libxen_la_SOURCES = \
	plugin/xen/backends.c plugin/xen/backends.h \
	plugin/xen/configuration.c plugin/xen/configuration.h \
	plugin/xen/configuration_keys.c plugin/xen/configuration_parse.c \
	plugin/xen/configuration_reading.h \
	plugin/xen/disks.c plugin/xen/disks.h plugin/xen/disks_list.c \
	plugin/xen/dom_image.c plugin/xen/dom_image.h \
	plugin/xen/domain.c plugin/xen/domain.h \
	plugin/xen/domain_use.c plugin/xen/domain_use.h \
	plugin/xen/hypervisor.c plugin/xen/hypervisor.h \
	plugin/xen/judge.c plugin/xen/judge.h \
	plugin/xen/log_dirty.c plugin/xen/log_dirty.h \
	plugin/xen/known_notes.c plugin/xen/known_notes.h \
	plugin/xen/guest_memory.c plugin/xen/guest_memory.h \
	plugin/xen/memory_scan.c plugin/xen/memory_scan.h \
	plugin/xen/origin.c plugin/xen/origin.h \
	plugin/xen/store.c plugin/xen/store.h \
	plugin/xen/xlutil.c plugin/xen/xlutil.h

nodist_man_MANS += plugin/xen/xen-resumable-hooks.7
EXTRA_DIST += plugin/xen/xen-resumable-hooks.pod

nodist_man_MANS += plugin/xen/xen-resumable.conf.5
dist_doc_DATA += plugin/xen/xen-resumable.conf.example
EXTRA_DIST += plugin/xen/xen-resumable.conf.pod

# The command's alone: the core must not pull in the libxenguest that it hooks.
noinst_LTLIBRARIES += plugin/xen/libcpupolicy.la
plugin_xen_libcpupolicy_la_CFLAGS = \
	$(AM_CFLAGS) $(XENCTRL_CFLAGS) $(XENGUEST_CFLAGS)
plugin_xen_libcpupolicy_la_LIBADD = $(XENGUEST_LIBS) $(XENCTRL_LIBS)
plugin_xen_libcpupolicy_la_SOURCES = \
	plugin/xen/cpu_policy.c plugin/xen/cpu_policy.h

# The command's alone, too: nor may it pull in libxenlight.
noinst_LTLIBRARIES += plugin/xen/liblibxl.la
plugin_xen_liblibxl_la_CFLAGS = $(AM_CFLAGS) $(XENLIGHT_CFLAGS) $(XENTOOLLOG_CFLAGS)
plugin_xen_liblibxl_la_LIBADD = $(XENLIGHT_LIBS) $(XENTOOLLOG_LIBS)
plugin_xen_liblibxl_la_SOURCES = \
	plugin/xen/connection.c plugin/xen/connection.h \
	plugin/xen/libxl.c plugin/xen/libxl.h
