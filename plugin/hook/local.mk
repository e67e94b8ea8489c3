# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The stub is one for all Xen releases; the core lies in a folder named for
# the release that it was built for, beside the stub.
pluginlibdir = $(pkglibdir)
pluginlib_LTLIBRARIES = plugin/hook/xen-resumable-preload.la
corelibdir = $(pkglibdir)/$(XEN_RELEASE)
corelib_LTLIBRARIES = plugin/hook/xen-resumable-core.la

plugin_hook_xen_resumable_preload_la_SOURCES = \
	plugin/hook/doors.S plugin/hook/doors.h plugin/hook/preload.c \
	plugin/hook/reexec.c plugin/hook/warn.c plugin/hook/warn.h
plugin_hook_xen_resumable_preload_la_LIBADD = $(DL_LIBS)
plugin_hook_xen_resumable_preload_la_LDFLAGS = \
	$(AM_LDFLAGS) $(NO_UNDEFINED_LDFLAGS) -module -avoid-version -shared \
	-Wl,--version-script=$(srcdir)/plugin/hook/preload.map
EXTRA_plugin_hook_xen_resumable_preload_la_DEPENDENCIES = \
	plugin/hook/preload.map

# The hooks themselves, which the unit tests call with fakes behind the doors.
HOOK_LA = plugin/hook/libhook.la plugin/domain/libdomain.la \
	plugin/xen/libxen.la $(HOOK_LIB_LA)
noinst_LTLIBRARIES += plugin/hook/libhook.la
plugin_hook_libhook_la_CFLAGS = \
	$(AM_CFLAGS) $(XENCTRL_CFLAGS) $(XENGUEST_CFLAGS) $(XENLIGHT_CFLAGS) \
	$(THREADS_FLAGS)
plugin_hook_libhook_la_LIBADD = $(THREADS_FLAGS)
plugin_hook_libhook_la_SOURCES = \
	plugin/hook/behind.h \
	plugin/hook/build.c plugin/hook/build.h \
	plugin/hook/callbacks.c plugin/hook/callbacks.h \
	plugin/hook/checkpoint.c plugin/hook/checkpoint.h \
	plugin/hook/deaths.c plugin/hook/deaths.h \
	plugin/hook/disks.c plugin/hook/disks.h \
	plugin/hook/door_lock.c plugin/hook/door_lock.h \
	plugin/hook/foresight.c plugin/hook/foresight.h \
	plugin/hook/inject.c plugin/hook/inject.h \
	plugin/hook/metadata.c plugin/hook/metadata.h \
	plugin/hook/operations.c plugin/hook/operations.h \
	plugin/hook/peek.c plugin/hook/peek.h \
	plugin/hook/pump.c plugin/hook/pump.h \
	plugin/hook/relay.c plugin/hook/relay.h \
	plugin/hook/report.c plugin/hook/report.h \
	plugin/hook/restore.c plugin/hook/restore.h \
	plugin/hook/resume.c plugin/hook/resume.h \
	plugin/hook/save.c plugin/hook/save.h \
	plugin/hook/scan.c plugin/hook/scan.h \
	plugin/hook/settings.c plugin/hook/settings.h \
	plugin/hook/suspend.c plugin/hook/suspend.h \
	plugin/hook/watcher.c plugin/hook/watcher.h

plugin_hook_xen_resumable_core_la_SOURCES = plugin/hook/core.c
plugin_hook_xen_resumable_core_la_LIBADD = $(HOOK_LA)
plugin_hook_xen_resumable_core_la_LDFLAGS = \
	$(AM_LDFLAGS) $(NO_UNDEFINED_LDFLAGS) -module -avoid-version -shared \
	-Wl,--version-script=$(srcdir)/plugin/hook/core.map
EXTRA_plugin_hook_xen_resumable_core_la_DEPENDENCIES = plugin/hook/core.map
EXTRA_DIST += plugin/hook/preload.map plugin/hook/core.map

nodist_man_MANS += plugin/hook/xen-resumable.7
EXTRA_DIST += plugin/hook/xen-resumable.pod
