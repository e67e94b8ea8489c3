# SPDX-License-Identifier: LGPL-2.1-or-later
bin_PROGRAMS += plugin/cli/xen-resumable
plugin_cli_xen_resumable_CPPFLAGS = \
	$(AM_CPPFLAGS) -DPKGLIBDIR='"$(pkglibdir)"'
plugin_cli_xen_resumable_CFLAGS = \
	$(AM_CFLAGS) $(XENCTRL_CFLAGS) $(YAJL_CFLAGS) $(SMARTCOLS_CFLAGS)
plugin_cli_xen_resumable_LDADD = \
	plugin/domain/libdomain.la \
	plugin/xen/libxen.la plugin/xen/libcpupolicy.la \
	plugin/xen/liblibxl.la $(LIB_LA) \
	$(XENTOOLLOG_LIBS) $(YAJL_LIBS) $(SMARTCOLS_LIBS)
plugin_cli_xen_resumable_SOURCES = \
	plugin/cli/bindings.c plugin/cli/bindings.h \
	plugin/cli/check.c \
	plugin/cli/check_options.c plugin/cli/check_options.h \
	plugin/cli/checkpoint.c plugin/cli/checkpoint.h \
	plugin/cli/checkpoint_end.c \
	plugin/cli/checkpoint_options.c plugin/cli/checkpoint_options.h \
	plugin/cli/checkpoint_take.c plugin/cli/checkpoint_taking.h \
	plugin/cli/cli.h \
	plugin/cli/configuration.c plugin/cli/configuration.h \
	plugin/cli/connection.c plugin/cli/connection.h \
	plugin/cli/diff.c \
	plugin/cli/disk_use.c plugin/cli/disk_use.h \
	plugin/cli/doctor.c \
	plugin/cli/exec.c plugin/cli/exec.h plugin/cli/exec_save.c \
	plugin/cli/facts.c plugin/cli/facts.h \
	plugin/cli/guardian.c plugin/cli/guardian.h \
	plugin/cli/handover.c plugin/cli/handover.h \
	plugin/cli/heir.c plugin/cli/heir.h \
	plugin/cli/input.c plugin/cli/input.h \
	plugin/cli/json.c plugin/cli/json.h \
	plugin/cli/json_copy.c plugin/cli/json_copy.h \
	plugin/cli/main.c \
	plugin/cli/messages.c \
	plugin/cli/new_image.c plugin/cli/new_image.h \
	plugin/cli/notes.c \
	$(OPTIONS_SOURCES) \
	plugin/cli/options.h plugin/cli/options_common.h \
	plugin/cli/options_help.c plugin/cli/options_table.c \
	plugin/cli/plugin_files.c plugin/cli/plugin_files.h \
	plugin/cli/preflight.c plugin/cli/preflight.h \
	plugin/cli/progress.c plugin/cli/progress.h \
	plugin/cli/refusal.c plugin/cli/refusal.h \
	plugin/cli/restore.c \
	plugin/cli/restore_image.c plugin/cli/restore_image.h \
	plugin/cli/restore_options.c plugin/cli/restore_options.h \
	plugin/cli/rotation.c plugin/cli/rotation.h \
	plugin/cli/run_command.c plugin/cli/run_command.h \
	plugin/cli/seal.c \
	plugin/cli/show.c plugin/cli/show.h \
	plugin/cli/show_json.c plugin/cli/show_text.c \
	plugin/cli/side_file.c plugin/cli/side_file.h \
	plugin/cli/table.c plugin/cli/table.h \
	plugin/cli/target.c plugin/cli/target.h \
	plugin/cli/target_file.c plugin/cli/target_file.h \
	plugin/cli/toolstack.c plugin/cli/toolstack.h \
	plugin/cli/verify.c \
	plugin/cli/watch.c plugin/cli/watch.h

# What takes a command line apart, by a table; tests bring tables of their own.
OPTIONS_SOURCES = \
	plugin/cli/options.c plugin/cli/options_common.c \
	plugin/cli/options_values.c

# Of each group of verbs a page, and a name for it by each verb.
nodist_man_MANS += \
	plugin/cli/xen-resumable.1 \
	plugin/cli/xen-resumable-check.1 \
	plugin/cli/xen-resumable-checkpoint.1 \
	plugin/cli/xen-resumable-exec.1 \
	plugin/cli/xen-resumable-image.1
EXTRA_DIST += \
	plugin/cli/xen-resumable.pod \
	plugin/cli/xen-resumable-check.pod \
	plugin/cli/xen-resumable-checkpoint.pod \
	plugin/cli/xen-resumable-exec.pod \
	plugin/cli/xen-resumable-image.pod \
	plugin/cli/completion.bash
MAN_ALIASES += \
	xen-resumable-checkpoint.1=xen-resumable-restore.1 \
	xen-resumable-image.1=xen-resumable-show.1 \
	xen-resumable-image.1=xen-resumable-verify.1 \
	xen-resumable-image.1=xen-resumable-seal.1 \
	xen-resumable-image.1=xen-resumable-diff.1 \
	xen-resumable-check.1=xen-resumable-notes.1 \
	xen-resumable-check.1=xen-resumable-doctor.1

bashcompletiondir = $(datadir)/bash-completion/completions
install-data-local: install-completion
install-completion:
	$(MKDIR_P) $(DESTDIR)$(bashcompletiondir)
	$(INSTALL_DATA) $(srcdir)/plugin/cli/completion.bash \
	  $(DESTDIR)$(bashcompletiondir)/xen-resumable
uninstall-local: uninstall-completion
uninstall-completion:
	rm -f $(DESTDIR)$(bashcompletiondir)/xen-resumable
.PHONY: install-completion uninstall-completion
