# SPDX-License-Identifier: LGPL-2.1-or-later
#
# "make check" replays the seeds; "make fuzz FUZZ_SECONDS=600" looks for more.
FUZZ_TARGETS = \
	tests/fuzz/fuzz-config-edit \
	tests/fuzz/fuzz-configuration \
	tests/fuzz/fuzz-diff \
	tests/fuzz/fuzz-flat \
	tests/fuzz/fuzz-flatten \
	tests/fuzz/fuzz-image \
	tests/fuzz/fuzz-list \
	tests/fuzz/fuzz-memory \
	tests/fuzz/fuzz-note-scan \
	tests/fuzz/fuzz-notes \
	tests/fuzz/fuzz-options \
	tests/fuzz/fuzz-qcow2 \
	tests/fuzz/fuzz-record-finder \
	tests/fuzz/fuzz-request \
	tests/fuzz/fuzz-save \
	tests/fuzz/fuzz-table \
	tests/fuzz/fuzz-verify \
	tests/fuzz/fuzz-wire
check_PROGRAMS += $(FUZZ_TARGETS)
TESTS += tests/fuzz/seeds.sh
EXTRA_DIST += tests/fuzz/run.sh tests/fuzz/functions.sh \
	tests/fuzz/coverage.sh tests/fuzz/seeds.sh $(FUZZ_SEEDS)
FUZZ_SEEDS = tests/data/images.md \
	tests/data/disks.md \
	tests/data/disks/base.qcow2 \
	tests/data/disks/data.qcow2 \
	tests/data/disks/old.qcow \
	tests/data/disks/over-2.qcow2 \
	tests/data/disks/over.qcow2 \
	tests/data/domains.md \
	tests/data/domains/affinity.json \
	tests/data/domains/devices.json \
	tests/data/domains/devices.xml \
	tests/data/domains/libvirt-pv-4.20.xml \
	tests/data/domains/siblings.xml \
	tests/data/domains/xl-pv-4.14.json \
	tests/data/domains/xl-pv-4.17.json \
	tests/data/domains/xl-pv-4.20.json \
	tests/data/domains/xl-pvh-4.17.json \
	tests/data/configurations/bad.conf \
	tests/data/configurations/good.conf \
	tests/data/images/bz-xz.img \
	tests/data/images/bzip2-streams.img \
	tests/data/images/bzip2.img \
	tests/data/images/core.img \
	tests/data/images/debian-6.1.elf \
	tests/data/images/gzip-members.img \
	tests/data/images/gzip.img \
	tests/data/images/lz4-frame.img \
	tests/data/images/lz4.img \
	tests/data/images/lzma.img \
	tests/data/images/lzop.img \
	tests/data/images/xz.img \
	tests/data/images/zstd-skippable.img \
	tests/data/images/zstd.img \
	tests/data/lists/debian-6.1.list \
	tests/data/lists/escapes.list \
	tests/data/lists/xen_guest.list \
	tests/data/notes/debian-6.1.notes \
	tests/data/notes/xen-shim-4.17.notes \
	tests/data/options/ambiguous.words \
	tests/data/options/number.words \
	tests/data/options/short.words \
	tests/data/options/values.words \
	tests/data/requests/checkpoint.request \
	tests/data/requests/exec-migrate.request \
	tests/data/requests/exec-save.request \
	tests/data/saves.md \
	tests/data/saves/xl-pv-4.17.img \
	tests/data/saves/xl-pvh-4.17.img \
	tests/data/saves/thin-pv-4.14.img \
	tests/data/saves/thin-pv-4.17.img \
	tests/data/saves/thin-pv-4.20.img \
	tests/data/saves/libvirt-pv-4.20.img \
	tests/data/table.md \
	tests/data/table/flat.table \
	tests/data/table/lying.table \
	tests/data/wire.md \
	tests/data/wire/check.jsonl \
	tests/data/wire/checkpoint.jsonl \
	tests/data/wire/malformed.jsonl \
	tests/data/wire/odd.jsonl \
	tests/data/wire/refused.jsonl

FUZZ_COMMON = tests/fuzz/replay.c tests/fuzz/fuzz.h
FUZZ_AM_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/fuzz

tests_fuzz_fuzz_config_edit_SOURCES = \
	tests/fuzz/fuzz-config-edit.c $(FUZZ_COMMON)
tests_fuzz_fuzz_config_edit_LDADD = $(LIB_LA)

tests_fuzz_fuzz_configuration_SOURCES = \
	tests/fuzz/fuzz-configuration.c $(FUZZ_COMMON)
tests_fuzz_fuzz_configuration_LDADD = $(XEN_LA)

tests_fuzz_fuzz_flat_SOURCES = tests/fuzz/fuzz-flat.c $(FUZZ_COMMON)
tests_fuzz_fuzz_flat_LDADD = $(LIB_LA)

tests_fuzz_fuzz_diff_SOURCES = tests/fuzz/fuzz-diff.c $(FUZZ_COMMON)
tests_fuzz_fuzz_diff_LDADD = $(LIB_LA)

tests_fuzz_fuzz_flatten_SOURCES = tests/fuzz/fuzz-flatten.c $(FUZZ_COMMON)
tests_fuzz_fuzz_flatten_LDADD = $(LIB_LA)

tests_fuzz_fuzz_image_SOURCES = tests/fuzz/fuzz-image.c $(FUZZ_COMMON)
tests_fuzz_fuzz_image_LDADD = $(LIB_LA)

tests_fuzz_fuzz_list_SOURCES = tests/fuzz/fuzz-list.c $(FUZZ_COMMON)
tests_fuzz_fuzz_list_LDADD = $(FORMAT_LA)

tests_fuzz_fuzz_memory_SOURCES = tests/fuzz/fuzz-memory.c $(FUZZ_COMMON)
tests_fuzz_fuzz_memory_LDADD = $(LIB_LA)

tests_fuzz_fuzz_notes_SOURCES = tests/fuzz/fuzz-notes.c $(FUZZ_COMMON)
tests_fuzz_fuzz_notes_LDADD = $(LIB_LA)

tests_fuzz_fuzz_options_SOURCES = \
	tests/fuzz/fuzz-options.c $(FUZZ_COMMON) $(OPTIONS_SOURCES)
tests_fuzz_fuzz_options_LDADD = $(VERDICT_LA)

tests_fuzz_fuzz_note_scan_SOURCES = \
	tests/fuzz/fuzz-note-scan.c $(FUZZ_COMMON)
tests_fuzz_fuzz_note_scan_LDADD = $(FORMAT_LA)

tests_fuzz_fuzz_qcow2_SOURCES = tests/fuzz/fuzz-qcow2.c $(FUZZ_COMMON)
tests_fuzz_fuzz_qcow2_LDADD = $(FORMAT_LA)

tests_fuzz_fuzz_record_finder_SOURCES = \
	tests/fuzz/fuzz-record-finder.c $(FUZZ_COMMON)
tests_fuzz_fuzz_record_finder_LDADD = $(FORMAT_LA)

tests_fuzz_fuzz_request_SOURCES = tests/fuzz/fuzz-request.c $(FUZZ_COMMON)
tests_fuzz_fuzz_request_LDADD = $(DOMAIN_LA)

tests_fuzz_fuzz_save_SOURCES = tests/fuzz/fuzz-save.c $(FUZZ_COMMON)
tests_fuzz_fuzz_save_LDADD = $(LIB_LA)

tests_fuzz_fuzz_table_SOURCES = tests/fuzz/fuzz-table.c $(FUZZ_COMMON)
tests_fuzz_fuzz_table_LDADD = $(LIB_LA)

tests_fuzz_fuzz_verify_SOURCES = tests/fuzz/fuzz-verify.c $(FUZZ_COMMON)
tests_fuzz_fuzz_verify_LDADD = $(LIB_LA)

tests_fuzz_fuzz_wire_SOURCES = tests/fuzz/fuzz-wire.c $(FUZZ_COMMON)
tests_fuzz_fuzz_wire_LDADD = $(CLIENT_LA) $(LIB_LA)

# Whole layers: what a target does not use costs it nothing.
FUZZ_LAYERS = util format kernel lib verdict xen domain
FUZZ_SECONDS = 60
FUZZ_ENVIRONMENT = \
	top_srcdir="$(top_srcdir)" \
	FUZZ_CPPFLAGS="$(DEFS) $(DEFAULT_INCLUDES) $(FUZZ_AM_CPPFLAGS) \
	  -DXEN_CONFIG_DIR=PACKAGE -DBINDIR=PACKAGE" \
	FUZZ_SOURCES="`for l in $(FUZZ_LAYERS); do \
	  echo $(top_srcdir)/plugin/$$l/*.c; done; \
	  for s in $(OPTIONS_SOURCES); do echo $(top_srcdir)/$$s; done`" \
	FUZZ_LIBS="$(LIBELF_LIBS) $(COMPRESSION_LIBS) \
	  $(YAJL_LIBS) $(XXHASH_LIBS) $(XENGUEST_LIBS) \
	  $(XENCTRL_LIBS) $(XENSTORE_LIBS) $(XENTOOLLOG_LIBS) \
	  $(THREADS_FLAGS)"
FUZZ_TOOLS = tests/streams/mkstream tests/images/mkimage

.PHONY: fuzz fuzz-coverage
fuzz: $(FUZZ_TOOLS)
	@for target in $(FUZZ_TARGETS); do \
	  $(FUZZ_ENVIRONMENT) $(srcdir)/tests/fuzz/run.sh `basename $$target` \
	    $(FUZZ_SECONDS) || exit 1; \
	done

# What the seeds, and what "make fuzz" has found so far, reach of the parsers.
fuzz-coverage: $(FUZZ_TOOLS)
	@$(FUZZ_ENVIRONMENT) $(srcdir)/tests/fuzz/coverage.sh \
	  `for t in $(FUZZ_TARGETS); do basename $$t; done`
