# SPDX-License-Identifier: LGPL-2.1-or-later
bin_PROGRAMS += plugin/cli/xen-resumable
plugin_cli_xen_resumable_CPPFLAGS = \
	$(AM_CPPFLAGS) -DPKGLIBDIR='"$(pkglibdir)"'
plugin_cli_xen_resumable_CFLAGS = \
	$(AM_CFLAGS) $(XENCTRL_CFLAGS) $(YAJL_CFLAGS) $(SMARTCOLS_CFLAGS)
plugin_cli_xen_resumable_LDADD = \
	plugin/xen/libxen.la $(LIB_LA) \
	$(XENTOOLLOG_LIBS) $(YAJL_LIBS) $(SMARTCOLS_LIBS)
plugin_cli_xen_resumable_SOURCES = \
	plugin/cli/bindings.c plugin/cli/bindings.h \
	plugin/cli/check.c \
	plugin/cli/cli.h \
	plugin/cli/connection.c plugin/cli/connection.h \
	plugin/cli/doctor.c \
	plugin/cli/exec.c \
	plugin/cli/json.c plugin/cli/json.h \
	plugin/cli/main.c \
	plugin/cli/messages.c \
	plugin/cli/notes.c \
	plugin/cli/plugin_files.c plugin/cli/plugin_files.h \
	plugin/cli/table.c plugin/cli/table.h \
	plugin/cli/toolstack.c plugin/cli/toolstack.h \
	plugin/cli/watch.c plugin/cli/watch.h
