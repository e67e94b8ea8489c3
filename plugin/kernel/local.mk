# SPDX-License-Identifier: LGPL-2.1-or-later
KERNEL_LA = plugin/kernel/libkernel.la $(UTIL_LA)
noinst_LTLIBRARIES += plugin/kernel/libkernel.la
plugin_kernel_libkernel_la_CFLAGS = \
	$(AM_CFLAGS) $(LIBELF_CFLAGS) $(COMPRESSION_CFLAGS)
plugin_kernel_libkernel_la_LIBADD = \
	$(LIBELF_LIBS) $(COMPRESSION_LIBS)
plugin_kernel_libkernel_la_SOURCES = \
	plugin/kernel/blocks.c plugin/kernel/blocks.h \
	plugin/kernel/bzimage.c plugin/kernel/bzimage.h \
	plugin/kernel/container.c plugin/kernel/container.h \
	plugin/kernel/decoder.c plugin/kernel/decoder.h \
	plugin/kernel/decoder_bzip2.c \
	plugin/kernel/decoder_gzip.c \
	plugin/kernel/decoder_lz4.c \
	plugin/kernel/decoder_lz4_frame.c \
	plugin/kernel/decoder_lzma.c \
	plugin/kernel/decoder_lzo.c \
	plugin/kernel/decoder_zstd.c \
	plugin/kernel/decompressed.c plugin/kernel/decompressed.h \
	plugin/kernel/elf.c plugin/kernel/elf.h \
	plugin/kernel/elf_file.c plugin/kernel/elf_file.h \
	plugin/kernel/loader.c plugin/kernel/loader.h \
	plugin/kernel/note_set.c plugin/kernel/note_set.h \
	plugin/kernel/pe.c plugin/kernel/pe.h \
	plugin/kernel/source.c plugin/kernel/source.h \
	plugin/kernel/source_fd.c
