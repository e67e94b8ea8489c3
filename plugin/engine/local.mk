# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What the command does, without a word.
ENGINE_LA = \
	plugin/engine/libengine.la plugin/domain/libdomain.la \
	plugin/xen/libxen.la plugin/xen/libcpupolicy.la \
	plugin/xen/liblibxl.la $(VIRT_LA) $(LIB_LA) $(XENTOOLLOG_LIBS)
noinst_LTLIBRARIES += plugin/engine/libengine.la
plugin_engine_libengine_la_CPPFLAGS = \
	$(AM_CPPFLAGS) -DPKGLIBDIR='"$(pkglibdir)"' \
	-DLOCALSTATEDIR='"$(localstatedir)"' \
	-DUNITDIR='"$(prefix)/lib/systemd/system"'
plugin_engine_libengine_la_CFLAGS = \
	$(AM_CFLAGS) $(XENCTRL_CFLAGS) $(THREADS_FLAGS)
plugin_engine_libengine_la_LIBADD = $(THREADS_FLAGS)
plugin_engine_libengine_la_SOURCES = \
	plugin/engine/bindings.c plugin/engine/bindings.h \
	plugin/engine/boot.c plugin/engine/boot.h \
	plugin/engine/check.c plugin/engine/check.h \
	plugin/engine/check_learn.c plugin/engine/check_state.h \
	plugin/engine/checkpoint.c plugin/engine/checkpoint.h \
	plugin/engine/checkpoint_disks.c plugin/engine/checkpoint_disks.h \
	plugin/engine/checkpoint_end.c \
	plugin/engine/checkpoint_image.c \
	plugin/engine/checkpoint_state.h \
	plugin/engine/checkpoint_take.c \
	plugin/engine/checkpoint_toolstack.c \
	plugin/engine/clones_defined.c plugin/engine/clones_sweep.c \
	plugin/engine/clones_use.c \
	plugin/engine/configuration.c plugin/engine/configuration.h \
	plugin/engine/copies_ledger.c plugin/engine/copies_ledger.h \
	plugin/engine/copies_lost.c \
	plugin/engine/copies_sweep.c \
	plugin/engine/copies_text.c plugin/engine/copies_text.h \
	plugin/engine/daemon_maps.c plugin/engine/daemon_maps.h \
	plugin/engine/disk_clones.c plugin/engine/disk_clones.h \
	plugin/engine/disk_copies.c plugin/engine/disk_copies.h \
	plugin/engine/disk_identity.c plugin/engine/disk_identity.h \
	plugin/engine/disk_names.c plugin/engine/disk_names.h \
	plugin/engine/disk_room.c plugin/engine/disk_room.h \
	plugin/engine/disk_state.c plugin/engine/disk_state.h \
	plugin/engine/disk_use.c plugin/engine/disk_use.h \
	plugin/engine/doctor.c plugin/engine/doctor.h \
	plugin/engine/doctor_daemons.c plugin/engine/doctor_disks.c plugin/engine/doctor_rollback.c \
	plugin/engine/events.c plugin/engine/events.h \
	plugin/engine/file_mark.c plugin/engine/file_mark.h \
	plugin/engine/flat_image.c plugin/engine/flat_image.h \
	plugin/engine/free_memory.c plugin/engine/free_memory.h \
	plugin/engine/exec.c plugin/engine/exec.h \
	plugin/engine/exec_disks.c plugin/engine/exec_save.c \
	plugin/engine/exec_state.h \
	plugin/engine/given_config.c plugin/engine/given_config.h \
	plugin/engine/guardian.c plugin/engine/guardian.h \
	plugin/engine/handover.c plugin/engine/handover.h \
	plugin/engine/heir.c plugin/engine/heir.h \
	plugin/engine/image_list.c plugin/engine/image_list.h \
	plugin/engine/image_remove.c plugin/engine/image_remove.h \
	plugin/engine/kept_disks.c plugin/engine/kept_disks.h \
	plugin/engine/learn.c plugin/engine/learn.h \
	plugin/engine/libvirt_list.c plugin/engine/libvirt_list.h \
	plugin/engine/likeness.c plugin/engine/likeness.h \
	plugin/engine/memory.c plugin/engine/memory.h \
	plugin/engine/new_image.c plugin/engine/new_image.h \
	plugin/engine/parent_image.c plugin/engine/parent_image.h \
	plugin/engine/plugin_files.c plugin/engine/plugin_files.h \
	plugin/engine/preflight.c plugin/engine/preflight.h \
	plugin/engine/preflight_toolstack.c \
	plugin/engine/prune.c plugin/engine/prune.h \
	plugin/engine/prune_lock.c plugin/engine/prune_lock.h \
	plugin/engine/refusal.c plugin/engine/refusal.h \
	plugin/engine/reshape.c plugin/engine/reshape.h \
	plugin/engine/restore.c plugin/engine/restore.h \
	plugin/engine/restore_change.c plugin/engine/restore_clones.c \
	plugin/engine/restore_disks.c plugin/engine/restore_hooks.c \
	plugin/engine/restore_image.c plugin/engine/restore_image.h \
	plugin/engine/restore_lock.c plugin/engine/restore_note.c \
	plugin/engine/restore_run.c plugin/engine/restore_state.h \
	plugin/engine/retention.c plugin/engine/retention.h \
	plugin/engine/rollback.c plugin/engine/rollback.h \
	plugin/engine/rollback_image.c \
	plugin/engine/rollback_note.c plugin/engine/rollback_note.h \
	plugin/engine/rollback_run.c plugin/engine/rollback_safety.c \
	plugin/engine/rollback_state.h plugin/engine/rollback_toolstack.c \
	plugin/engine/rotation.c plugin/engine/rotation.h \
	plugin/engine/run_command.c plugin/engine/run_command.h \
	plugin/engine/series.c plugin/engine/series.h \
	plugin/engine/series_guests.c \
	plugin/engine/series_take.c plugin/engine/series_take.h \
	plugin/engine/side_file.c plugin/engine/side_file.h \
	plugin/engine/target.c plugin/engine/target.h \
	plugin/engine/target_here.c \
	plugin/engine/target_file.c plugin/engine/target_file.h \
	plugin/engine/toolstack.c plugin/engine/toolstack.h \
	plugin/engine/watch.c plugin/engine/watch.h
