# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What doors and command share and that knows one domain.
DOMAIN_LA = plugin/domain/libdomain.la $(XEN_LA)
noinst_LTLIBRARIES += plugin/domain/libdomain.la
plugin_domain_libdomain_la_CPPFLAGS = \
	$(AM_CPPFLAGS) -DXEN_CONFIG_DIR='"$(sysconfdir)/xen"' \
	-DDISK_DRIVERS_DIR='"$(disksdir)"' \
	-DLOCALSTATEDIR='"$(localstatedir)"'
plugin_domain_libdomain_la_CFLAGS = $(AM_CFLAGS) $(XENCTRL_CFLAGS)
plugin_domain_libdomain_la_SOURCES = \
	plugin/domain/clone_mark.c plugin/domain/clone_mark.h \
	plugin/domain/device_model.c plugin/domain/device_model.h \
	plugin/domain/disk_driver.c plugin/domain/disk_driver.h \
	plugin/domain/disk_facts.c plugin/domain/disk_facts.h \
	plugin/domain/disk_instant.c \
	plugin/domain/disk_keys.c \
	plugin/domain/disk_parts.c plugin/domain/disk_parts.h \
	plugin/domain/disk_plan.c plugin/domain/disk_plan.h \
	plugin/domain/driver_call.c plugin/domain/driver_call.h \
	plugin/domain/environment.c plugin/domain/environment.h \
	plugin/domain/fate.c plugin/domain/fate.h \
	plugin/domain/held_disks.c plugin/domain/held_disks.h \
	plugin/domain/intent.c plugin/domain/intent.h \
	plugin/domain/layers.c plugin/domain/layers.h \
	plugin/domain/lock.c plugin/domain/lock.h \
	plugin/domain/lock_file.c plugin/domain/lock_file.h \
	plugin/domain/lock_record.c plugin/domain/lock_record.h \
	plugin/domain/loop.c plugin/domain/loop.h \
	plugin/domain/open_files.c plugin/domain/open_files.h \
	plugin/domain/own_suspend.c plugin/domain/own_suspend.h \
	plugin/domain/plan_room.c plugin/domain/plan_room.h \
	plugin/domain/plan_text.c plugin/domain/plan_text.h \
	plugin/domain/process.c plugin/domain/process.h \
	plugin/domain/program.c plugin/domain/program.h \
	plugin/domain/program_folder.c plugin/domain/program_folder.h \
	plugin/domain/savers.c plugin/domain/savers.h \
	plugin/domain/obstacle.h \
	plugin/domain/obstacles.c plugin/domain/obstacles.h \
	plugin/domain/request.c plugin/domain/request.h \
	plugin/domain/scripts.c plugin/domain/scripts.h \
	plugin/domain/stage_disks.c \
	plugin/domain/stage_page.c plugin/domain/stage_page.h \
	plugin/domain/stages.c plugin/domain/stages.h \
	plugin/domain/stat_within.c plugin/domain/stat_within.h \
	plugin/domain/storage.c plugin/domain/storage.h \
	plugin/domain/way_stages.c plugin/domain/way_stages.h

# Who keeps copies of disks; a site puts its own beside them.
disksdir = $(libexecdir)/xen-resumable/disks
dist_disks_SCRIPTS = \
	plugin/domain/drivers/file \
	plugin/domain/drivers/lvm \
	plugin/domain/drivers/lvm-thin
nodist_man_MANS += plugin/domain/xen-resumable-disks.7
EXTRA_DIST += plugin/domain/xen-resumable-disks.pod
dist_disks_DATA = plugin/domain/drivers/lvm.common

# What those of LVM do the work with.
pkglibexec_PROGRAMS = plugin/domain/copy-changed
plugin_domain_copy_changed_SOURCES = plugin/domain/copy_changed.c
plugin_domain_copy_changed_LDADD = $(UTIL_LA)
