# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The layer is in two parts: liblib.la is what the hooks need, too, with
# no library but yajl, which libxl brings; libsaves.la reads save images and
# brings libraries that no toolstack should have to load.
# libxenresumable.la is all of it with its public face.
HOOK_LIB_LA = \
	plugin/lib/liblib.la plugin/kernel/libkernel.la \
	plugin/verdict/libverdict.la $(FORMAT_LA)
LIB_LA = plugin/lib/libsaves.la $(SEAL_LA) $(HOOK_LIB_LA)
noinst_LTLIBRARIES += plugin/lib/liblib.la plugin/lib/libsaves.la
plugin_lib_liblib_la_CFLAGS = $(AM_CFLAGS) $(YAJL_CFLAGS)
plugin_lib_liblib_la_LIBADD = $(YAJL_LIBS)
plugin_lib_liblib_la_SOURCES = \
	plugin/lib/flatten.c plugin/lib/flatten_xml.c plugin/lib/flatten.h \
	plugin/lib/image_notes.c plugin/lib/image_notes.h \
	plugin/lib/json_parser.c plugin/lib/json_parser.h \
	plugin/lib/judge_list.c plugin/lib/judge_list.h \
	plugin/lib/stored_kernel.c plugin/lib/stored_kernel.h \
	plugin/lib/values.c plugin/lib/values.h \
	plugin/lib/xml_text.c plugin/lib/xml_text.h
plugin_lib_libsaves_la_CFLAGS = \
	$(AM_CFLAGS) $(YAJL_CFLAGS) $(XXHASH_CFLAGS) $(THREADS_FLAGS)
plugin_lib_libsaves_la_LIBADD = $(YAJL_LIBS) $(XXHASH_LIBS) $(THREADS_FLAGS)
plugin_lib_libsaves_la_SOURCES = \
	plugin/lib/config_edit.c plugin/lib/config_edit.h \
	plugin/lib/config_editor.c plugin/lib/config_editor.h \
	plugin/lib/config_places.c plugin/lib/config_places.h \
	plugin/lib/config_places_json.c plugin/lib/config_places_xml.c \
	plugin/lib/config_splice.c plugin/lib/config_splice.h \
	plugin/lib/config_words.c \
	plugin/lib/diff.c plugin/lib/diff.h \
	plugin/lib/digest.c plugin/lib/digest.h \
	plugin/lib/digest_check.c plugin/lib/digest_check.h \
	plugin/lib/digest_table.c plugin/lib/digest_table.h \
	plugin/lib/domain_config.c plugin/lib/domain_config.h \
	plugin/lib/domain_devices.c \
	plugin/lib/flat_close.c \
	plugin/lib/flat_layout.c plugin/lib/flat_layout.h \
	plugin/lib/flat_output.c plugin/lib/flat_output.h \
	plugin/lib/flat_pages.c plugin/lib/flat_parent.c plugin/lib/flat_state.h \
	plugin/lib/flat_writer.c plugin/lib/flat_writer.h \
	plugin/lib/hvm_context.c plugin/lib/hvm_context.h \
	plugin/lib/image_disks.c plugin/lib/image_disks.h \
	plugin/lib/image_state.c plugin/lib/image_state.h \
	plugin/lib/image_summary.c plugin/lib/image_summary.h \
	plugin/lib/listener.c plugin/lib/listener.h \
	plugin/lib/memory_cpu.c plugin/lib/memory_cpu.h \
	plugin/lib/memory_elf.c \
	plugin/lib/memory_form.c plugin/lib/memory_form.h \
	plugin/lib/memory_image.c plugin/lib/memory_image.h \
	plugin/lib/memory_map.c plugin/lib/memory_map.h \
	plugin/lib/memory_notes.c plugin/lib/memory_notes.h \
	plugin/lib/memory_pages.c \
	plugin/lib/memory_sink.c plugin/lib/memory_sink.h \
	plugin/lib/memory_state.c plugin/lib/memory_state.h \
	plugin/lib/memory_xen.c \
	plugin/lib/occupancy.c plugin/lib/occupancy.h \
	plugin/lib/page_digests.c plugin/lib/page_digests.h \
	plugin/lib/page_map.c plugin/lib/page_map.h \
	plugin/lib/preflight.c plugin/lib/preflight.h \
	plugin/lib/preflight_devices.c plugin/lib/preflight_disks.c \
	plugin/lib/problems.c plugin/lib/problems.h \
	plugin/lib/reader.c plugin/lib/reader.h \
	plugin/lib/record_rewrite.c plugin/lib/record_rewrite.h \
	plugin/lib/save_identity.c plugin/lib/save_identity.h \
	plugin/lib/save_image.c plugin/lib/save_image.h \
	plugin/lib/seal_image.c plugin/lib/seal_image.h \
	plugin/lib/spool.c plugin/lib/spool.h \
	plugin/lib/verify.c plugin/lib/verify.h \
	plugin/lib/verify_body.c plugin/lib/verify_cpu.c plugin/lib/verify_libxl.c \
	plugin/lib/verify_pages.c plugin/lib/verify_seal.c \
	plugin/lib/verify_state.h plugin/lib/verify_table.c \
	plugin/lib/walk.c plugin/lib/walk.h \
	plugin/lib/xml_scan.c plugin/lib/xml_scan.h \
	plugin/lib/xl_file.c plugin/lib/xl_file.h

# What starts the command and follows it: for programs, and for the command
# where it takes a series.
CLIENT_LA = plugin/lib/libclient.la
noinst_LTLIBRARIES += $(CLIENT_LA)
plugin_lib_libclient_la_CPPFLAGS = $(AM_CPPFLAGS) -DBINDIR='"$(bindir)"'
plugin_lib_libclient_la_CFLAGS = $(AM_CFLAGS) $(YAJL_CFLAGS)
plugin_lib_libclient_la_SOURCES = \
	plugin/lib/api.c plugin/lib/api.h \
	plugin/lib/client.c \
	plugin/lib/client_command.c plugin/lib/client_command.h \
	plugin/lib/client_complaints.c plugin/lib/client_complaints.h \
	plugin/lib/client_failure.c plugin/lib/client_failure.h \
	plugin/lib/client_options.c plugin/lib/client_options.h \
	plugin/lib/client_result.c plugin/lib/client_result.h \
	plugin/lib/client_talk.c plugin/lib/client_talk.h \
	plugin/lib/client_wire.c plugin/lib/client_wire.h \
	plugin/lib/events.c plugin/lib/events.h

# Nothing of the layers below is visible from outside but what the map names.
lib_LTLIBRARIES += plugin/lib/libxenresumable.la
plugin_lib_libxenresumable_la_SOURCES = \
	plugin/lib/comparison.c plugin/lib/metadata.c \
	plugin/lib/save.c plugin/lib/save_memory.c plugin/lib/save_memory.h \
	plugin/lib/verdicts.c plugin/lib/verification.c
plugin_lib_libxenresumable_la_LIBADD = $(CLIENT_LA) $(LIB_LA)
plugin_lib_libxenresumable_la_LDFLAGS = \
	$(AM_LDFLAGS) $(NO_UNDEFINED_LDFLAGS) -version-info 0:0:0 \
	-Wl,--version-script=$(srcdir)/plugin/lib/libxenresumable.map
EXTRA_plugin_lib_libxenresumable_la_DEPENDENCIES = \
	plugin/lib/libxenresumable.map
EXTRA_DIST += plugin/lib/libxenresumable.map
pkgconfig_DATA += plugin/lib/xenresumable.pc
nodist_man_MANS += plugin/lib/libxenresumable.3
MAN_ALIASES += libxenresumable.3=xenresumable.3
EXTRA_DIST += plugin/lib/libxenresumable.pod
