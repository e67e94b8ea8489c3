# SPDX-License-Identifier: LGPL-2.1-or-later
UNIT_TESTS = \
	tests/unit/test-action \
	tests/unit/test-api \
	tests/unit/test-bindings \
	tests/unit/test-callbacks \
	tests/unit/test-check \
	tests/unit/test-configuration \
	tests/unit/test-container \
	tests/unit/test-damage \
	tests/unit/test-daemon-maps \
	tests/unit/test-diff \
	tests/unit/test-digest-check \
	tests/unit/test-digest-table \
	tests/unit/test-checkpoint-disks \
	tests/unit/test-checkpoint-end \
	tests/unit/test-checkpoint-order \
	tests/unit/test-checkpoint-toolstack \
	tests/unit/test-disk-clones \
	tests/unit/test-disk-copies \
	tests/unit/test-disk-driver \
	tests/unit/test-disk-facts \
	tests/unit/test-disk-plan \
	tests/unit/test-disks \
	tests/unit/test-doctor-daemons \
	tests/unit/test-durable \
	tests/unit/test-dom-image \
	tests/unit/test-elf \
	tests/unit/test-flat \
	tests/unit/test-flat-image \
	tests/unit/test-flat-output \
	tests/unit/test-spool \
	tests/unit/test-flat-parent \
	tests/unit/test-config-edit \
	tests/unit/test-flatten \
	tests/unit/test-guardian \
	tests/unit/test-held-disks \
	tests/unit/test-hook-faults \
	tests/unit/test-image-disks \
	tests/unit/test-image-list \
	tests/unit/test-keylist \
	tests/unit/test-known-notes \
	tests/unit/test-learn \
	tests/unit/test-libxl \
	tests/unit/test-lock \
	tests/unit/test-memory \
	tests/unit/test-memory-api \
	tests/unit/test-memory-form \
	tests/unit/test-memory-image \
	tests/unit/test-metadata \
	tests/unit/test-mutations \
	tests/unit/test-new-image \
	tests/unit/test-note-scan \
	tests/unit/test-notes \
	tests/unit/test-json-scan \
	tests/unit/test-obstacles \
	tests/unit/test-occupancy \
	tests/unit/test-options \
	tests/unit/test-override \
	tests/unit/test-own-suspend \
	tests/unit/test-padding \
	tests/unit/test-page-digests \
	tests/unit/test-page-map \
	tests/unit/test-preflight \
	tests/unit/test-plugin-files \
	tests/unit/test-pump \
	tests/unit/test-qcow2 \
	tests/unit/test-outlet \
	tests/unit/test-progress \
	tests/unit/test-record \
	tests/unit/test-record-finder \
	tests/unit/test-record-rewrite \
	tests/unit/test-refusal \
	tests/unit/test-request \
	tests/unit/test-reshape \
	tests/unit/test-prune \
	tests/unit/test-restore \
	tests/unit/test-retention \
	tests/unit/test-rollback \
	tests/unit/test-rollback-faults \
	tests/unit/test-rollback-gone \
	tests/unit/test-rollback-libvirt \
	tests/unit/test-restore-lock \
	tests/unit/test-restore-run \
	tests/unit/test-rollback-note \
	tests/unit/test-restore-note \
	tests/unit/test-kept-disks \
	tests/unit/test-disk-room \
	tests/unit/test-disk-use \
	tests/unit/test-error \
	tests/unit/test-free-memory \
	tests/unit/test-way-stages \
	tests/unit/test-restore-disks \
	tests/unit/test-restore-image \
	tests/unit/test-preflight-here \
	tests/unit/test-preflight-toolstack \
	tests/unit/test-resume \
	tests/unit/test-save \
	tests/unit/test-suspend \
	tests/unit/test-save-image \
	tests/unit/test-scan \
	tests/unit/test-scripts \
	tests/unit/test-seal \
	tests/unit/test-seal-image \
	tests/unit/test-stages \
	tests/unit/test-stored-kernel \
	tests/unit/test-stream \
	tests/unit/test-series-guests \
	tests/unit/test-target \
	tests/unit/test-text \
	tests/unit/test-toolstack \
	tests/unit/test-verdict \
	tests/unit/test-verify \
	tests/unit/test-verify-flat \
	tests/unit/test-virt \
	tests/unit/test-watch \
	tests/unit/test-watcher \
	tests/unit/test-xl-file
check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS)
EXTRA_DIST += tests/unit/unit.h

# These alone; the lab does so in the root of each Xen release.
.PHONY: check-units
check-units:
	$(MAKE) check TESTS="$(UNIT_TESTS)" check_PROGRAMS="$(UNIT_TESTS)" \
		check_DATA= check_LTLIBRARIES=

tests_unit_test_action_SOURCES = tests/unit/test-action.c
tests_unit_test_action_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_action_LDADD = \
	$(VERDICT_LA) $(CMOCKA_LIBS)

# The store is the test's own.
tests_unit_test_disks_SOURCES = \
	tests/unit/test-disks.c plugin/xen/disks.c plugin/xen/disks_list.c
tests_unit_test_disks_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_disks_LDADD = $(UTIL_LA) $(CMOCKA_LIBS)

tests_unit_test_refusal_SOURCES = \
	tests/unit/test-refusal.c plugin/engine/refusal.c plugin/engine/events.c
tests_unit_test_refusal_CPPFLAGS = $(UNIT_CPPFLAGS) $(XENCTRL_CFLAGS)
tests_unit_test_refusal_LDADD = \
	plugin/xen/libxen.la $(XENGUEST_LIBS) $(UTIL_LA) $(CMOCKA_LIBS)

# All around it is the test's own.
tests_unit_test_doctor_daemons_SOURCES = \
	tests/unit/test-doctor-daemons.c plugin/engine/doctor_daemons.c
tests_unit_test_doctor_daemons_CPPFLAGS = \
	$(UNIT_CPPFLAGS) -DUNITDIR='"$(prefix)/lib/systemd/system"'
tests_unit_test_doctor_daemons_LDADD = $(UTIL_LA) $(CMOCKA_LIBS)

# So is libvirt.
tests_unit_test_preflight_here_SOURCES = \
	tests/unit/test-preflight-here.c $(STREAM_BUILDER)
tests_unit_test_preflight_here_CPPFLAGS = $(STREAM_CPPFLAGS) $(XENCTRL_CFLAGS)
tests_unit_test_preflight_here_LDADD = $(ENGINE_LA) $(CMOCKA_LIBS)

tests_unit_test_preflight_toolstack_SOURCES = \
	tests/unit/test-preflight-toolstack.c plugin/engine/preflight_toolstack.c
tests_unit_test_preflight_toolstack_CPPFLAGS = \
	$(UNIT_CPPFLAGS) $(XENCTRL_CFLAGS)
tests_unit_test_preflight_toolstack_LDADD = $(LIB_LA) $(CMOCKA_LIBS)

tests_unit_test_daemon_maps_SOURCES = \
	tests/unit/test-daemon-maps.c plugin/engine/daemon_maps.c
tests_unit_test_daemon_maps_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_daemon_maps_LDADD = $(UTIL_LA) $(CMOCKA_LIBS)

# File, memory and lock are the test's own.
tests_unit_test_learn_SOURCES = \
	tests/unit/test-learn.c tests/unit/fake_xen.c tests/unit/fake_xen.h \
	plugin/engine/learn.c
tests_unit_test_learn_CPPFLAGS = $(UNIT_CPPFLAGS) $(XENCTRL_CFLAGS)
tests_unit_test_learn_LDADD = \
	plugin/xen/libxen.la $(LIB_LA) $(CMOCKA_LIBS)

tests_unit_test_check_SOURCES = tests/unit/test-check.c $(FAKE_XEN)
tests_unit_test_check_CPPFLAGS = $(UNIT_CPPFLAGS) $(XENCTRL_CFLAGS)
tests_unit_test_check_LDADD = $(ENGINE_LA) $(CMOCKA_LIBS)

# All around it is the test's own.
tests_unit_test_checkpoint_end_SOURCES = \
	tests/unit/test-checkpoint-end.c plugin/engine/checkpoint_end.c
tests_unit_test_checkpoint_end_CPPFLAGS = $(UNIT_CPPFLAGS) $(XENCTRL_CFLAGS)
tests_unit_test_checkpoint_end_LDADD = $(LIB_LA) $(CMOCKA_LIBS)

tests_unit_test_checkpoint_order_SOURCES = \
	tests/unit/test-checkpoint-order.c plugin/engine/checkpoint_end.c \
	plugin/engine/checkpoint_image.c
tests_unit_test_checkpoint_order_CPPFLAGS = $(UNIT_CPPFLAGS) $(XENCTRL_CFLAGS)
tests_unit_test_checkpoint_order_LDADD = $(LIB_LA) $(CMOCKA_LIBS)
tests_unit_test_checkpoint_order_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=seal_image -Wl,--wrap=verify_image

tests_unit_test_guardian_SOURCES = \
	tests/unit/test-guardian.c plugin/engine/guardian.c
tests_unit_test_guardian_CPPFLAGS = $(UNIT_CPPFLAGS) $(XENCTRL_CFLAGS)
tests_unit_test_guardian_LDADD = $(UTIL_LA) $(CMOCKA_LIBS)

# So is time.
tests_unit_test_own_suspend_SOURCES = \
	tests/unit/test-own-suspend.c plugin/domain/own_suspend.c
tests_unit_test_own_suspend_CPPFLAGS = $(UNIT_CPPFLAGS) $(XENCTRL_CFLAGS)
tests_unit_test_own_suspend_LDADD = $(UTIL_LA) $(CMOCKA_LIBS)
tests_unit_test_own_suspend_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=nanosleep

tests_unit_test_restore_disks_SOURCES = \
	tests/unit/test-restore-disks.c plugin/engine/restore_disks.c
tests_unit_test_restore_disks_CPPFLAGS = $(UNIT_CPPFLAGS) $(XENCTRL_CFLAGS)
tests_unit_test_restore_disks_LDADD = $(LIB_LA) $(CMOCKA_LIBS)
tests_unit_test_restore_disks_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=nanosleep

# The domain and the clock are the test's own.
tests_unit_test_watch_SOURCES = \
	tests/unit/test-watch.c plugin/engine/watch.c plugin/engine/events.c
tests_unit_test_watch_CPPFLAGS = $(UNIT_CPPFLAGS) $(XENCTRL_CFLAGS)
tests_unit_test_watch_LDADD = $(UTIL_LA) $(CMOCKA_LIBS)
tests_unit_test_watch_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=nanosleep

# The real libxenguest fills the structure in.
tests_unit_test_dom_image_SOURCES = tests/unit/test-dom-image.c
tests_unit_test_dom_image_CPPFLAGS = $(UNIT_CPPFLAGS) $(XENGUEST_CFLAGS)
tests_unit_test_dom_image_LDADD = \
	plugin/xen/libxen.la $(XENGUEST_LIBS) $(CMOCKA_LIBS)

tests_unit_test_keylist_SOURCES = tests/unit/test-keylist.c
tests_unit_test_keylist_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_keylist_LDADD = $(FORMAT_LA) $(CMOCKA_LIBS)

tests_unit_test_json_scan_SOURCES = tests/unit/test-json-scan.c
tests_unit_test_json_scan_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_json_scan_LDADD = $(FORMAT_LA) $(CMOCKA_LIBS)

tests_unit_test_toolstack_SOURCES = \
	tests/unit/test-toolstack.c plugin/engine/toolstack.c
tests_unit_test_toolstack_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_toolstack_LDADD = $(UTIL_LA) $(CMOCKA_LIBS)

tests_unit_test_outlet_SOURCES = tests/unit/test-outlet.c
tests_unit_test_outlet_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_outlet_LDADD = $(UTIL_LA) $(CMOCKA_LIBS)

tests_unit_test_progress_SOURCES = \
	tests/unit/test-progress.c plugin/cli/progress.c
tests_unit_test_progress_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_progress_LDADD = $(UTIL_LA) $(CMOCKA_LIBS)

tests_unit_test_plugin_files_SOURCES = tests/unit/test-plugin-files.c
tests_unit_test_plugin_files_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_plugin_files_LDADD = \
	$(ENGINE_LA) $(XENGUEST_LIBS) $(XENCTRL_LIBS) $(CMOCKA_LIBS)

# It looks at itself, with the built stub.
tests_unit_test_bindings_SOURCES = tests/unit/test-bindings.c
tests_unit_test_bindings_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_bindings_LDADD = \
	$(ENGINE_LA) $(XENGUEST_LIBS) $(XENCTRL_LIBS) $(CMOCKA_LIBS)

tests_unit_test_options_SOURCES = \
	tests/unit/test-options.c $(OPTIONS_SOURCES)
tests_unit_test_options_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_options_LDADD = $(VERDICT_LA) $(CMOCKA_LIBS)

tests_unit_test_new_image_SOURCES = \
	tests/unit/test-new-image.c plugin/engine/new_image.c \
	plugin/engine/rotation.c plugin/engine/side_file.c
tests_unit_test_new_image_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_new_image_LDADD = $(ENGINE_LA) $(CMOCKA_LIBS)
tests_unit_test_new_image_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=link \
	-Wl,--wrap=rename -Wl,--wrap=renameat2 -Wl,--wrap=unlink

tests_unit_test_durable_SOURCES = tests/unit/test-durable.c
tests_unit_test_durable_CPPFLAGS = $(UNIT_CPPFLAGS) $(XENCTRL_CFLAGS)
tests_unit_test_durable_LDADD = $(ENGINE_LA) $(CMOCKA_LIBS)
tests_unit_test_durable_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=fsync \
	-Wl,--wrap=link -Wl,--wrap=rename -Wl,--wrap=renameat2 \
	-Wl,--wrap=unlink

tests_unit_test_disk_driver_SOURCES = tests/unit/test-disk-driver.c
tests_unit_test_disk_driver_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_disk_driver_LDADD = $(DOMAIN_LA) $(CMOCKA_LIBS)

tests_unit_test_disk_facts_SOURCES = tests/unit/test-disk-facts.c
tests_unit_test_disk_facts_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_disk_facts_LDADD = $(DOMAIN_LA) $(CMOCKA_LIBS)
tests_unit_test_disk_facts_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=stat \
	-Wl,--wrap=stat64

# QEMU is the test's own.
tests_unit_test_disk_plan_SOURCES = tests/unit/test-disk-plan.c $(FAKE_XEN)
tests_unit_test_disk_plan_CPPFLAGS = $(UNIT_CPPFLAGS) $(XENCTRL_CFLAGS)
tests_unit_test_disk_plan_LDADD = $(DOMAIN_LA) $(CMOCKA_LIBS)

tests_unit_test_scripts_SOURCES = tests/unit/test-scripts.c
tests_unit_test_scripts_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_scripts_LDADD = $(DOMAIN_LA) $(CMOCKA_LIBS)
tests_unit_test_scripts_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_gettime

tests_unit_test_request_SOURCES = tests/unit/test-request.c
tests_unit_test_request_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_request_LDADD = $(DOMAIN_LA) $(CMOCKA_LIBS)

# The domains are the test's own.
tests_unit_test_stages_SOURCES = tests/unit/test-stages.c
tests_unit_test_stages_CPPFLAGS = $(UNIT_CPPFLAGS) $(XENCTRL_CFLAGS)
tests_unit_test_stages_LDADD = $(DOMAIN_LA) $(CMOCKA_LIBS)

# libvirtd is the test's own.
tests_unit_test_virt_SOURCES = tests/unit/test-virt.c
tests_unit_test_virt_CPPFLAGS = $(UNIT_CPPFLAGS) $(LIBVIRT_CFLAGS)
tests_unit_test_virt_LDADD = $(VIRT_LA) $(CMOCKA_LIBS)

# Domains, libxl and libvirtd are the test's own.
tests_unit_test_checkpoint_toolstack_SOURCES = \
	tests/unit/test-checkpoint-toolstack.c \
	plugin/engine/checkpoint_toolstack.c plugin/engine/libvirt_list.c \
	plugin/engine/refusal.c plugin/engine/events.c
tests_unit_test_checkpoint_toolstack_CPPFLAGS = \
	$(UNIT_CPPFLAGS) $(XENCTRL_CFLAGS)
tests_unit_test_checkpoint_toolstack_LDADD = $(LIB_LA) $(CMOCKA_LIBS)
tests_unit_test_checkpoint_toolstack_LDFLAGS = \
	$(AM_LDFLAGS) -Wl,--wrap=nanosleep

tests_unit_test_xl_file_SOURCES = tests/unit/test-xl-file.c
tests_unit_test_xl_file_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_xl_file_LDADD = $(LIB_LA) $(CMOCKA_LIBS)

tests_unit_test_override_SOURCES = tests/unit/test-override.c
tests_unit_test_override_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_override_LDADD = \
	$(VERDICT_LA) $(CMOCKA_LIBS)

# The real libxlutil reads, as it does in the field.
tests_unit_test_configuration_SOURCES = tests/unit/test-configuration.c
tests_unit_test_configuration_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_configuration_LDADD = $(XEN_LA) $(CMOCKA_LIBS)

tests_unit_test_verdict_SOURCES = tests/unit/test-verdict.c
tests_unit_test_verdict_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_verdict_LDADD = \
	$(VERDICT_LA) $(CMOCKA_LIBS)

# These bring their own Xen: fake_xen.c stands before the real libraries.
FAKE_XEN = tests/unit/fake_xen.c tests/unit/fake_xen.h
FAKED_HOOK_LDADD = $(HOOK_LA) $(CMOCKA_LIBS)

# The save is the test's own, the rest of libxl is the real one.
tests_unit_test_libxl_SOURCES = tests/unit/test-libxl.c
tests_unit_test_libxl_CPPFLAGS = \
	$(UNIT_CPPFLAGS) $(XENLIGHT_CFLAGS) $(XENTOOLLOG_CFLAGS)
tests_unit_test_libxl_LDADD = plugin/xen/liblibxl.la $(XEN_LA) $(CMOCKA_LIBS)
tests_unit_test_libxl_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=ppoll \
	-Wl,--wrap=__ppoll_chk -Wl,--wrap=realloc

tests_unit_test_lock_SOURCES = tests/unit/test-lock.c
tests_unit_test_lock_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_lock_LDADD = \
	plugin/domain/libdomain.la $(UTIL_LA) $(CMOCKA_LIBS) $(THREADS_FLAGS)

tests_unit_test_known_notes_SOURCES = tests/unit/test-known-notes.c $(FAKE_XEN)
tests_unit_test_known_notes_CPPFLAGS = $(UNIT_CPPFLAGS) $(XENCTRL_CFLAGS)
tests_unit_test_known_notes_LDADD = $(XEN_LA) $(CMOCKA_LIBS)

tests_unit_test_obstacles_SOURCES = tests/unit/test-obstacles.c $(FAKE_XEN)
tests_unit_test_obstacles_CPPFLAGS = $(UNIT_CPPFLAGS) $(XENCTRL_CFLAGS)
tests_unit_test_obstacles_LDADD = $(DOMAIN_LA) $(CMOCKA_LIBS)

tests_unit_test_held_disks_SOURCES = tests/unit/test-held-disks.c $(FAKE_XEN)
tests_unit_test_held_disks_CPPFLAGS = $(UNIT_CPPFLAGS) $(XENCTRL_CFLAGS)
tests_unit_test_held_disks_LDADD = $(DOMAIN_LA) $(CMOCKA_LIBS)

tests_unit_test_target_SOURCES = \
	tests/unit/test-target.c plugin/engine/target.c $(FAKE_XEN)
tests_unit_test_target_CPPFLAGS = $(UNIT_CPPFLAGS) $(XENCTRL_CFLAGS)
tests_unit_test_target_LDADD = $(DOMAIN_LA) $(LIB_LA) $(CMOCKA_LIBS)

tests_unit_test_series_guests_SOURCES = \
	tests/unit/test-series-guests.c plugin/engine/series_guests.c \
	plugin/xen/connection.c $(FAKE_XEN)
tests_unit_test_series_guests_CPPFLAGS = $(UNIT_CPPFLAGS) $(XENCTRL_CFLAGS)
tests_unit_test_series_guests_LDADD = $(DOMAIN_LA) $(LIB_LA) $(CMOCKA_LIBS)

tests_unit_test_qcow2_SOURCES = tests/unit/test-qcow2.c
tests_unit_test_qcow2_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_qcow2_LDADD = $(FORMAT_LA) $(CMOCKA_LIBS)

LIBXC_STREAM = tests/unit/libxc_stream.c tests/unit/libxc_stream.h

tests_unit_test_pump_SOURCES = tests/unit/test-pump.c $(LIBXC_STREAM)
tests_unit_test_pump_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_pump_LDADD = \
	plugin/hook/libhook.la $(FORMAT_LA) $(CMOCKA_LIBS) $(THREADS_FLAGS)
tests_unit_test_pump_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=splice

tests_unit_test_record_finder_SOURCES = \
	tests/unit/test-record-finder.c $(LIBXC_STREAM)
tests_unit_test_record_finder_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_record_finder_LDADD = \
	plugin/hook/libhook.la $(LIB_LA) $(CMOCKA_LIBS) $(THREADS_FLAGS)

tests_unit_test_record_rewrite_SOURCES = \
	tests/unit/test-record-rewrite.c plugin/engine/flat_image.c \
	plugin/engine/free_memory.c \
	$(STREAM_BUILDER)
tests_unit_test_record_rewrite_CPPFLAGS = $(STREAM_CPPFLAGS)
tests_unit_test_record_rewrite_LDADD = \
	$(LIB_LA) $(CMOCKA_LIBS) $(THREADS_FLAGS)

tests_unit_test_restore_SOURCES = \
	tests/unit/test-restore.c $(FAKE_XEN) $(LIBXC_STREAM)
tests_unit_test_restore_CPPFLAGS = $(UNIT_CPPFLAGS) $(XENCTRL_CFLAGS)
tests_unit_test_restore_LDADD = $(FAKED_HOOK_LDADD) $(THREADS_FLAGS)
tests_unit_test_restore_LDFLAGS = \
	$(AM_LDFLAGS) -Wl,--wrap=pthread_create -Wl,--wrap=tee

tests_unit_test_restore_image_SOURCES = \
	tests/unit/test-restore-image.c plugin/engine/restore_image.c \
	plugin/engine/events.c plugin/engine/heir.c $(STREAM_BUILDER)
tests_unit_test_restore_image_CPPFLAGS = $(STREAM_CPPFLAGS) $(XENCTRL_CFLAGS)
tests_unit_test_restore_image_LDADD = $(ENGINE_LA) $(CMOCKA_LIBS)

# All around it is the test's own.
tests_unit_test_restore_run_SOURCES = \
	tests/unit/test-restore-run.c plugin/engine/restore_run.c \
	plugin/engine/events.c
tests_unit_test_restore_run_CPPFLAGS = $(UNIT_CPPFLAGS) $(XENCTRL_CFLAGS)
tests_unit_test_restore_run_LDADD = $(LIB_LA) $(CMOCKA_LIBS)

tests_unit_test_suspend_SOURCES = tests/unit/test-suspend.c $(FAKE_XEN)
tests_unit_test_suspend_CPPFLAGS = $(UNIT_CPPFLAGS) $(XENCTRL_CFLAGS)
tests_unit_test_suspend_LDADD = $(FAKED_HOOK_LDADD)

tests_unit_test_resume_SOURCES = tests/unit/test-resume.c $(FAKE_XEN)
tests_unit_test_resume_CPPFLAGS = $(UNIT_CPPFLAGS) $(XENCTRL_CFLAGS)
tests_unit_test_resume_LDADD = $(FAKED_HOOK_LDADD)

# What it links stands before libc's functions.
tests_unit_test_hook_faults_SOURCES = \
	tests/unit/test-hook-faults.c $(FAKE_XEN) $(LIBXC_STREAM) \
	$(IMAGE_BUILDER)
tests_unit_test_hook_faults_CPPFLAGS = \
	$(IMAGE_CPPFLAGS) -I$(top_srcdir)/tests/faults \
	$(XENCTRL_CFLAGS) $(XENGUEST_CFLAGS)
tests_unit_test_hook_faults_LDADD = \
	tests/faults/libfailnth.la $(FAKED_HOOK_LDADD) $(THREADS_FLAGS)

tests_unit_test_save_SOURCES = tests/unit/test-save.c $(FAKE_XEN)
tests_unit_test_save_CPPFLAGS = $(UNIT_CPPFLAGS) $(XENCTRL_CFLAGS)
tests_unit_test_save_LDADD = $(FAKED_HOOK_LDADD)

tests_unit_test_callbacks_SOURCES = tests/unit/test-callbacks.c
tests_unit_test_callbacks_CPPFLAGS = \
	$(UNIT_CPPFLAGS) $(XENCTRL_CFLAGS) $(XENLIGHT_CFLAGS)
tests_unit_test_callbacks_LDADD = \
	$(HOOK_LA) $(CMOCKA_LIBS) $(THREADS_FLAGS)
tests_unit_test_callbacks_LDFLAGS = \
	$(AM_LDFLAGS) -Wl,--wrap=calloc -Wl,--wrap=door_lock_find

tests_unit_test_watcher_SOURCES = tests/unit/test-watcher.c
tests_unit_test_watcher_CPPFLAGS = $(UNIT_CPPFLAGS) $(XENLIGHT_CFLAGS)
tests_unit_test_watcher_LDADD = \
	$(HOOK_LA) $(CMOCKA_LIBS) $(THREADS_FLAGS)
tests_unit_test_watcher_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc

tests_unit_test_scan_SOURCES = tests/unit/test-scan.c
tests_unit_test_scan_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_scan_LDADD = \
	plugin/hook/libhook.la $(FORMAT_LA) $(CMOCKA_LIBS)

# These make their kernel images themselves (tests/images).
IMAGE_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir)/tests/images
IMAGE_CFLAGS = $(AM_CFLAGS) $(COMPRESSION_CFLAGS)
IMAGE_LDADD = $(LIB_LA) $(COMPRESSION_LIBS) $(CMOCKA_LIBS) -lpthread
PACKERS = tests/unit/packers.c tests/unit/packers.h $(IMAGE_BUILDER)

tests_unit_test_container_SOURCES = tests/unit/test-container.c $(PACKERS)
tests_unit_test_container_CPPFLAGS = $(IMAGE_CPPFLAGS)
tests_unit_test_container_CFLAGS = $(IMAGE_CFLAGS)
tests_unit_test_container_LDADD = $(IMAGE_LDADD)

tests_unit_test_elf_SOURCES = tests/unit/test-elf.c $(IMAGE_BUILDER)
tests_unit_test_elf_CPPFLAGS = $(IMAGE_CPPFLAGS)
tests_unit_test_elf_LDADD = $(LIB_LA) $(CMOCKA_LIBS)

tests_unit_test_config_edit_SOURCES = tests/unit/test-config-edit.c
tests_unit_test_config_edit_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_config_edit_LDADD = $(LIB_LA) $(CMOCKA_LIBS)

tests_unit_test_flatten_SOURCES = tests/unit/test-flatten.c
tests_unit_test_flatten_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_flatten_LDADD = $(LIB_LA) $(CMOCKA_LIBS)

tests_unit_test_memory_SOURCES = tests/unit/test-memory.c $(PACKERS)
tests_unit_test_memory_CPPFLAGS = $(IMAGE_CPPFLAGS)
tests_unit_test_memory_CFLAGS = $(IMAGE_CFLAGS)
tests_unit_test_memory_LDADD = $(IMAGE_LDADD)
tests_unit_test_memory_LDFLAGS = \
	$(AM_LDFLAGS) -Wl,--wrap=malloc,--wrap=calloc \
	-Wl,--wrap=realloc,--wrap=reallocarray

tests_unit_test_metadata_SOURCES = tests/unit/test-metadata.c $(IMAGE_BUILDER)
tests_unit_test_metadata_CPPFLAGS = $(IMAGE_CPPFLAGS)
tests_unit_test_metadata_LDADD = \
	plugin/lib/libxenresumable.la $(UTIL_LA) $(CMOCKA_LIBS)

tests_unit_test_mutations_SOURCES = tests/unit/test-mutations.c $(PACKERS)
tests_unit_test_mutations_CPPFLAGS = $(IMAGE_CPPFLAGS)
tests_unit_test_mutations_CFLAGS = $(IMAGE_CFLAGS)
tests_unit_test_mutations_LDADD = $(IMAGE_LDADD)

tests_unit_test_notes_SOURCES = tests/unit/test-notes.c
tests_unit_test_notes_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_notes_LDADD = $(FORMAT_LA) $(CMOCKA_LIBS)

tests_unit_test_image_disks_SOURCES = tests/unit/test-image-disks.c
tests_unit_test_image_disks_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_image_disks_LDADD = $(LIB_LA) $(CMOCKA_LIBS)

tests_unit_test_preflight_SOURCES = tests/unit/test-preflight.c
tests_unit_test_preflight_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_preflight_LDADD = $(LIB_LA) $(CMOCKA_LIBS)

tests_unit_test_free_memory_SOURCES = \
	tests/unit/test-free-memory.c plugin/engine/free_memory.c
tests_unit_test_free_memory_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_free_memory_LDADD = $(UTIL_LA) $(CMOCKA_LIBS)

tests_unit_test_error_SOURCES = tests/unit/test-error.c
tests_unit_test_error_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_error_LDADD = $(UTIL_LA) $(CMOCKA_LIBS)

tests_unit_test_text_SOURCES = tests/unit/test-text.c
tests_unit_test_text_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_text_LDADD = $(UTIL_LA) $(CMOCKA_LIBS)

tests_unit_test_save_image_SOURCES = tests/unit/test-save-image.c
tests_unit_test_save_image_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_save_image_LDADD = $(LIB_LA) $(CMOCKA_LIBS)

tests_unit_test_record_SOURCES = tests/unit/test-record.c
tests_unit_test_record_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_record_LDADD = $(FORMAT_LA) $(CMOCKA_LIBS)

tests_unit_test_seal_SOURCES = tests/unit/test-seal.c
tests_unit_test_seal_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_seal_LDADD = $(SEAL_LA) $(FORMAT_LA) $(CMOCKA_LIBS)

# These make their save images themselves (tests/streams).
tests_unit_test_stream_SOURCES = tests/unit/test-stream.c $(STREAM_BUILDER)
tests_unit_test_stream_CPPFLAGS = $(STREAM_CPPFLAGS)
tests_unit_test_stream_LDADD = $(FORMAT_LA) $(CMOCKA_LIBS)

tests_unit_test_api_SOURCES = tests/unit/test-api.c $(STREAM_BUILDER)
tests_unit_test_api_CPPFLAGS = $(STREAM_CPPFLAGS)
tests_unit_test_api_LDADD = \
	plugin/lib/libxenresumable.la $(FORMAT_LA) $(CMOCKA_LIBS) \
	$(THREADS_FLAGS)

tests_unit_test_damage_SOURCES = tests/unit/test-damage.c $(DAMAGE)
tests_unit_test_damage_CPPFLAGS = $(STREAM_CPPFLAGS)
tests_unit_test_damage_LDADD = $(LIB_LA) $(CMOCKA_LIBS)

tests_unit_test_verify_SOURCES = tests/unit/test-verify.c $(DAMAGE)
tests_unit_test_verify_CPPFLAGS = $(STREAM_CPPFLAGS)
tests_unit_test_verify_LDADD = $(LIB_LA) $(CMOCKA_LIBS)
tests_unit_test_verify_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=pread

tests_unit_test_flat_SOURCES = tests/unit/test-flat.c $(STREAM_BUILDER)
tests_unit_test_flat_CPPFLAGS = $(STREAM_CPPFLAGS)
tests_unit_test_flat_LDADD = $(LIB_LA) $(CMOCKA_LIBS)

tests_unit_test_flat_image_SOURCES = \
	tests/unit/test-flat-image.c plugin/engine/flat_image.c \
	plugin/engine/free_memory.c \
	plugin/engine/parent_image.c plugin/engine/events.c $(STREAM_BUILDER)
tests_unit_test_flat_image_CPPFLAGS = $(STREAM_CPPFLAGS)
tests_unit_test_flat_image_LDADD = $(LIB_LA) $(CMOCKA_LIBS) $(THREADS_FLAGS)
tests_unit_test_flat_image_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=ioctl

# What happens meanwhile is the test's own: a domain that has it, a newer image.
tests_unit_test_reshape_SOURCES = \
	tests/unit/test-reshape.c plugin/engine/reshape.c \
	plugin/engine/likeness.c plugin/engine/new_image.c \
	plugin/engine/rotation.c plugin/engine/side_file.c \
	plugin/engine/target.c plugin/engine/target_here.c \
	plugin/engine/events.c plugin/xen/connection.c \
	$(FAKE_XEN) $(STREAM_BUILDER)
tests_unit_test_reshape_CPPFLAGS = $(STREAM_CPPFLAGS) $(XENCTRL_CFLAGS)
tests_unit_test_reshape_LDADD = $(ENGINE_LA) $(CMOCKA_LIBS)
tests_unit_test_reshape_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=access \
	-Wl,--wrap=renameat2

tests_unit_test_image_list_SOURCES = tests/unit/test-image-list.c \
	$(STREAM_BUILDER)
tests_unit_test_image_list_CPPFLAGS = $(STREAM_CPPFLAGS)
tests_unit_test_image_list_LDADD = $(ENGINE_LA) $(CMOCKA_LIBS)

# The guest's disks are the test's own, and what drivers say of them.
tests_unit_test_checkpoint_disks_SOURCES = \
	tests/unit/test-checkpoint-disks.c plugin/engine/checkpoint_disks.c
tests_unit_test_checkpoint_disks_CPPFLAGS = $(UNIT_CPPFLAGS) \
	$(XENCTRL_CFLAGS) -DLOCALSTATEDIR='"$(localstatedir)"'
tests_unit_test_checkpoint_disks_LDADD = $(ENGINE_LA) $(CMOCKA_LIBS)
tests_unit_test_checkpoint_disks_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=disk_plan_make -Wl,--wrap=disk_plan_sync \
	-Wl,--wrap=disk_plan_to_keys \
	-Wl,--wrap=disk_driver_drop -Wl,--wrap=stages_disk_facts \
	-Wl,--wrap=flat_image_set_keys

# Copies are files, whose drop is the test's own.
tests_unit_test_disk_copies_SOURCES = tests/unit/test-disk-copies.c \
	$(STREAM_BUILDER)
tests_unit_test_disk_copies_CPPFLAGS = $(STREAM_CPPFLAGS)
tests_unit_test_disk_copies_LDADD = $(ENGINE_LA) $(CMOCKA_LIBS)

# The host's domains are made up, and so is what a driver does.
tests_unit_test_disk_clones_SOURCES = tests/unit/test-disk-clones.c
tests_unit_test_disk_clones_CPPFLAGS = $(UNIT_CPPFLAGS) $(XENCTRL_CFLAGS)
tests_unit_test_disk_clones_LDADD = $(ENGINE_LA) $(CMOCKA_LIBS)

tests_unit_test_seal_image_SOURCES = tests/unit/test-seal-image.c $(STREAM_BUILDER)
tests_unit_test_seal_image_CPPFLAGS = $(STREAM_CPPFLAGS)
tests_unit_test_seal_image_LDADD = $(LIB_LA) $(CMOCKA_LIBS)

tests_unit_test_prune_SOURCES = tests/unit/test-prune.c $(STREAM_BUILDER)
tests_unit_test_prune_CPPFLAGS = $(STREAM_CPPFLAGS)
tests_unit_test_prune_LDADD = $(ENGINE_LA) $(CMOCKA_LIBS)

# A rollback whose Xen, checkpoint and restore are made up.
check_LTLIBRARIES += tests/unit/librollback-world.la
tests_unit_librollback_world_la_SOURCES = \
	tests/unit/rollback_world.c tests/unit/rollback_world.h \
	$(STREAM_BUILDER) \
	plugin/engine/events.c plugin/engine/heir.c \
	plugin/engine/boot.c plugin/engine/disk_names.c \
	plugin/engine/image_list.c \
	plugin/engine/restore_hooks.c plugin/engine/rollback.c \
	plugin/engine/rollback_image.c plugin/engine/rollback_note.c \
	plugin/engine/rollback_run.c plugin/engine/rollback_safety.c \
	plugin/engine/rollback_toolstack.c \
	plugin/engine/series.c plugin/engine/side_file.c
tests_unit_librollback_world_la_CPPFLAGS = \
	$(STREAM_CPPFLAGS) $(XENCTRL_CFLAGS)
ROLLBACK_CPPFLAGS = $(UNIT_CPPFLAGS) $(XENCTRL_CFLAGS)
ROLLBACK_LIBS = \
	tests/unit/librollback-world.la $(DOMAIN_LA) $(LIB_LA) $(CMOCKA_LIBS)
ROLLBACK_WRAPS = $(AM_LDFLAGS) -Wl,--wrap=nanosleep

tests_unit_test_rollback_SOURCES = tests/unit/test-rollback.c
tests_unit_test_rollback_CPPFLAGS = $(ROLLBACK_CPPFLAGS)
tests_unit_test_rollback_LDADD = $(ROLLBACK_LIBS)
tests_unit_test_rollback_LDFLAGS = $(ROLLBACK_WRAPS)

tests_unit_test_rollback_faults_SOURCES = tests/unit/test-rollback-faults.c
tests_unit_test_rollback_faults_CPPFLAGS = $(ROLLBACK_CPPFLAGS)
tests_unit_test_rollback_faults_LDADD = $(ROLLBACK_LIBS)
tests_unit_test_rollback_faults_LDFLAGS = $(ROLLBACK_WRAPS)

tests_unit_test_rollback_gone_SOURCES = tests/unit/test-rollback-gone.c
tests_unit_test_rollback_gone_CPPFLAGS = $(ROLLBACK_CPPFLAGS)
tests_unit_test_rollback_gone_LDADD = $(ROLLBACK_LIBS)
tests_unit_test_rollback_gone_LDFLAGS = $(ROLLBACK_WRAPS)

tests_unit_test_rollback_libvirt_SOURCES = tests/unit/test-rollback-libvirt.c
tests_unit_test_rollback_libvirt_CPPFLAGS = $(ROLLBACK_CPPFLAGS)
tests_unit_test_rollback_libvirt_LDADD = $(ROLLBACK_LIBS)
tests_unit_test_rollback_libvirt_LDFLAGS = $(ROLLBACK_WRAPS)

tests_unit_test_restore_lock_SOURCES = \
	tests/unit/test-restore-lock.c plugin/engine/restore_lock.c \
	plugin/engine/events.c
tests_unit_test_restore_lock_CPPFLAGS = $(UNIT_CPPFLAGS) $(XENCTRL_CFLAGS)
tests_unit_test_restore_lock_LDADD = $(DOMAIN_LA) $(LIB_LA) $(CMOCKA_LIBS)

tests_unit_test_restore_note_SOURCES = tests/unit/test-restore-note.c
tests_unit_test_restore_note_CPPFLAGS = $(UNIT_CPPFLAGS) $(XENCTRL_CFLAGS)
tests_unit_test_restore_note_LDADD = $(ENGINE_LA) $(CMOCKA_LIBS)

tests_unit_test_rollback_note_SOURCES = tests/unit/test-rollback-note.c
tests_unit_test_rollback_note_CPPFLAGS = $(UNIT_CPPFLAGS) $(XENCTRL_CFLAGS)
tests_unit_test_rollback_note_LDADD = $(ENGINE_LA) $(CMOCKA_LIBS)

tests_unit_test_disk_room_SOURCES = tests/unit/test-disk-room.c
tests_unit_test_disk_room_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_disk_room_LDADD = $(ENGINE_LA) $(CMOCKA_LIBS)

tests_unit_test_kept_disks_SOURCES = tests/unit/test-kept-disks.c
tests_unit_test_kept_disks_CPPFLAGS = $(UNIT_CPPFLAGS) $(XENCTRL_CFLAGS)
tests_unit_test_kept_disks_LDADD = $(ENGINE_LA) $(CMOCKA_LIBS)

tests_unit_test_disk_use_SOURCES = tests/unit/test-disk-use.c
tests_unit_test_disk_use_CPPFLAGS = $(UNIT_CPPFLAGS) $(XENCTRL_CFLAGS)
tests_unit_test_disk_use_LDADD = $(ENGINE_LA) $(CMOCKA_LIBS)
tests_unit_test_disk_use_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=held_disks_find

tests_unit_test_way_stages_SOURCES = tests/unit/test-way-stages.c
tests_unit_test_way_stages_CPPFLAGS = $(UNIT_CPPFLAGS) $(XENCTRL_CFLAGS)
tests_unit_test_way_stages_LDADD = $(DOMAIN_LA) $(CMOCKA_LIBS)

tests_unit_test_retention_SOURCES = tests/unit/test-retention.c
tests_unit_test_retention_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_retention_LDADD = $(ENGINE_LA) $(CMOCKA_LIBS)

tests_unit_test_spool_SOURCES = tests/unit/test-spool.c
tests_unit_test_spool_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_spool_LDADD = $(LIB_LA) $(CMOCKA_LIBS)
tests_unit_test_spool_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc

tests_unit_test_flat_output_SOURCES = tests/unit/test-flat-output.c
tests_unit_test_flat_output_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_flat_output_LDADD = $(LIB_LA) $(CMOCKA_LIBS)
tests_unit_test_flat_output_LDFLAGS = \
	$(AM_LDFLAGS) -Wl,--wrap=fallocate -Wl,--wrap=pwrite

tests_unit_test_flat_parent_SOURCES = tests/unit/test-flat-parent.c $(FLAT_SEAL) \
	$(STREAM_BUILDER)
tests_unit_test_flat_parent_CPPFLAGS = $(STREAM_CPPFLAGS)
tests_unit_test_flat_parent_LDADD = $(LIB_LA) $(CMOCKA_LIBS)

tests_unit_test_page_map_SOURCES = tests/unit/test-page-map.c
tests_unit_test_page_map_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_page_map_LDADD = $(LIB_LA) $(CMOCKA_LIBS)

tests_unit_test_page_digests_SOURCES = tests/unit/test-page-digests.c \
	$(FLAT_SEAL) $(STREAM_BUILDER)
tests_unit_test_page_digests_CPPFLAGS = $(STREAM_CPPFLAGS)
tests_unit_test_page_digests_LDADD = $(LIB_LA) $(CMOCKA_LIBS)

MEMORY_GUEST = tests/unit/memory_guest.c tests/unit/memory_guest.h
tests_unit_test_memory_api_SOURCES = tests/unit/test-memory-api.c \
	$(MEMORY_GUEST) $(STREAM_BUILDER)
tests_unit_test_memory_api_CPPFLAGS = $(STREAM_CPPFLAGS)
tests_unit_test_memory_api_LDADD = \
	plugin/lib/libxenresumable.la $(FORMAT_LA) $(CMOCKA_LIBS)

tests_unit_test_memory_form_SOURCES = tests/unit/test-memory-form.c \
	$(MEMORY_GUEST) $(STREAM_BUILDER)
tests_unit_test_memory_form_CPPFLAGS = $(STREAM_CPPFLAGS)
tests_unit_test_memory_form_LDADD = $(LIB_LA) $(CMOCKA_LIBS)

tests_unit_test_memory_image_SOURCES = tests/unit/test-memory-image.c \
	$(MEMORY_GUEST) $(STREAM_BUILDER)
tests_unit_test_memory_image_CPPFLAGS = $(STREAM_CPPFLAGS)
tests_unit_test_memory_image_LDADD = $(LIB_LA) $(CMOCKA_LIBS)

tests_unit_test_verify_flat_SOURCES = tests/unit/test-verify-flat.c $(DAMAGE)
tests_unit_test_verify_flat_CPPFLAGS = $(STREAM_CPPFLAGS)
tests_unit_test_verify_flat_LDADD = $(LIB_LA) $(CMOCKA_LIBS)

tests_unit_test_digest_check_SOURCES = tests/unit/test-digest-check.c $(FLAT_SEAL)
tests_unit_test_digest_check_CPPFLAGS = $(STREAM_CPPFLAGS)
tests_unit_test_digest_check_LDADD = $(LIB_LA) $(CMOCKA_LIBS) $(THREADS_FLAGS)
tests_unit_test_digest_check_LDFLAGS = \
	$(AM_LDFLAGS) -Wl,--wrap=pread -Wl,--wrap=pthread_create \
	-Wl,--wrap=pthread_join

tests_unit_test_digest_table_SOURCES = tests/unit/test-digest-table.c
tests_unit_test_digest_table_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_digest_table_LDADD = $(LIB_LA) $(CMOCKA_LIBS)

tests_unit_test_occupancy_SOURCES = tests/unit/test-occupancy.c
tests_unit_test_occupancy_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_occupancy_LDADD = $(LIB_LA) $(CMOCKA_LIBS)
tests_unit_test_occupancy_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=ioctl

tests_unit_test_padding_SOURCES = tests/unit/test-padding.c
tests_unit_test_padding_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_padding_LDADD = $(FORMAT_LA) $(CMOCKA_LIBS)

tests_unit_test_diff_SOURCES = tests/unit/test-diff.c $(STREAM_BUILDER)
tests_unit_test_diff_CPPFLAGS = $(STREAM_CPPFLAGS)
tests_unit_test_diff_LDADD = $(LIB_LA) $(CMOCKA_LIBS)

tests_unit_test_stored_kernel_SOURCES = \
	tests/unit/test-stored-kernel.c $(IMAGE_BUILDER)
tests_unit_test_stored_kernel_CPPFLAGS = $(IMAGE_CPPFLAGS)
tests_unit_test_stored_kernel_LDADD = $(LIB_LA) $(CMOCKA_LIBS)

tests_unit_test_note_scan_SOURCES = tests/unit/test-note-scan.c
tests_unit_test_note_scan_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_note_scan_LDADD = $(FORMAT_LA) $(CMOCKA_LIBS)
