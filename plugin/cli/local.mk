# SPDX-License-Identifier: LGPL-2.1-or-later
bin_PROGRAMS += plugin/cli/xen-resumable
plugin_cli_xen_resumable_CFLAGS = \
	$(AM_CFLAGS) $(YAJL_CFLAGS)
plugin_cli_xen_resumable_LDADD = \
	$(ENGINE_LA) $(CLIENT_LA) $(LIB_LA) $(YAJL_LIBS)
plugin_cli_xen_resumable_SOURCES = \
	plugin/cli/check.c \
	plugin/cli/check_answers.h \
	plugin/cli/check_json.c \
	plugin/cli/check_options.c plugin/cli/check_options.h \
	plugin/cli/check_text.c \
	plugin/cli/checkpoint.c \
	plugin/cli/checkpoint_options.c plugin/cli/checkpoint_options.h \
	plugin/cli/checkpoint_series.c plugin/cli/checkpoint_series.h \
	plugin/cli/cli.h \
	plugin/cli/disk_plans.c plugin/cli/disk_plans.h \
	plugin/cli/diff.c plugin/cli/diff_json.c plugin/cli/diff_json.h \
	plugin/cli/doctor.c \
	plugin/cli/exec.c \
	plugin/cli/facts.c plugin/cli/facts.h \
	plugin/cli/findings.c plugin/cli/findings.h \
	plugin/cli/image_disks.c plugin/cli/image_disks.h \
	plugin/cli/images.c plugin/cli/images.h \
	plugin/cli/inherited.c plugin/cli/inherited.h \
	plugin/cli/input.c plugin/cli/input.h \
	plugin/cli/json.c plugin/cli/json.h \
	plugin/cli/json_copy.c plugin/cli/json_copy.h \
	plugin/cli/list.c plugin/cli/list.h \
	plugin/cli/list_json.c \
	plugin/cli/list_text.c \
	plugin/cli/main.c \
	plugin/cli/memory.c \
	plugin/cli/messages.c \
	plugin/cli/notes.c plugin/cli/notes_reading.h \
	plugin/cli/notes_text.c \
	plugin/cli/obstacles.c plugin/cli/obstacles.h \
	$(OPTIONS_SOURCES) \
	plugin/cli/options.h plugin/cli/options_common.h \
	plugin/cli/options_help.c \
	plugin/cli/options_table.c \
	plugin/cli/output.c plugin/cli/output.h plugin/cli/output_lines.h \
	plugin/cli/output_result.c \
	plugin/cli/progress.c plugin/cli/progress.h \
	plugin/cli/prune.c \
	plugin/cli/restart.c plugin/cli/restart.h \
	plugin/cli/restore.c \
	plugin/cli/restore_options.c plugin/cli/restore_options.h \
	plugin/cli/rollback.c \
	plugin/cli/screen.h \
	plugin/cli/seal.c \
	plugin/cli/show.c plugin/cli/show.h \
	plugin/cli/show_json.c \
	plugin/cli/show_memory.c plugin/cli/show_memory.h \
	plugin/cli/show_text.c \
	plugin/cli/signals.c plugin/cli/signals.h \
	plugin/cli/table.c plugin/cli/table.h \
	plugin/cli/verify.c

# For the node exporter, of what the command answers.
series_PROGRAMS = packaging/series/xen-resumable-metrics
packaging_series_xen_resumable_metrics_SOURCES = \
	plugin/cli/metrics.c plugin/cli/metrics.h \
	plugin/cli/metrics_file.c plugin/cli/metrics_former.c \
	plugin/cli/metrics_lines.c plugin/cli/metrics_take.c
packaging_series_xen_resumable_metrics_LDADD = $(LIB_LA)

# What takes a command line apart, by a table; tests bring tables of their own.
OPTIONS_SOURCES = \
	plugin/cli/options.c plugin/cli/options_common.c plugin/cli/screen.c \
	plugin/cli/options_values.c

# Of each group of verbs a page, and a name for it by each verb.
nodist_man_MANS += \
	plugin/cli/xen-resumable.1 \
	plugin/cli/xen-resumable-check.1 \
	plugin/cli/xen-resumable-checkpoint.1 \
	plugin/cli/xen-resumable-exec.1 \
	plugin/cli/xen-resumable-image.1 \
	plugin/cli/xen-resumable-list.1 \
	plugin/cli/xen-resumable-json.5 \
	plugin/cli/xen-resumable-memory.7
EXTRA_DIST += \
	plugin/cli/xen-resumable.pod \
	plugin/cli/xen-resumable-check.pod \
	plugin/cli/xen-resumable-checkpoint.pod \
	plugin/cli/xen-resumable-exec.pod \
	plugin/cli/xen-resumable-image.pod \
	plugin/cli/xen-resumable-json.pod \
	plugin/cli/xen-resumable-list.pod \
	plugin/cli/xen-resumable-memory.pod \
	plugin/cli/completion.bash
MAN_ALIASES += \
	xen-resumable-checkpoint.1=xen-resumable-restore.1 \
	xen-resumable-checkpoint.1=xen-resumable-rollback.1 \
	xen-resumable-list.1=xen-resumable-prune.1 \
	xen-resumable-image.1=xen-resumable-show.1 \
	xen-resumable-image.1=xen-resumable-verify.1 \
	xen-resumable-image.1=xen-resumable-memory.1 \
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
