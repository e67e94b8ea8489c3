# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Programs of others, as they could be: compiled with no folder of ours but the
# header's, installed beside the documentation as they stand.
exampledir = $(docdir)
nobase_dist_example_DATA = \
	examples/README.md examples/alerts.yml examples/node-exporter.jq \
	examples/checkpoint.c examples/kernel.c examples/read-image.c \
	examples/verdict.c
nobase_dist_example_SCRIPTS = \
	examples/checkpoint.py examples/read_image.py examples/verdict.py \
	examples/hooks/10-tell

EXAMPLES = \
	examples/checkpoint examples/kernel examples/read-image examples/verdict
check_PROGRAMS += $(EXAMPLES)
examples_checkpoint_SOURCES = examples/checkpoint.c
examples_checkpoint_CPPFLAGS = -I$(top_srcdir)/include
examples_checkpoint_LDADD = plugin/lib/libxenresumable.la
examples_kernel_SOURCES = examples/kernel.c
examples_kernel_CPPFLAGS = -I$(top_srcdir)/include
examples_kernel_LDADD = plugin/lib/libxenresumable.la
examples_read_image_SOURCES = examples/read-image.c
examples_read_image_CPPFLAGS = -I$(top_srcdir)/include
examples_read_image_LDADD = plugin/lib/libxenresumable.la
examples_verdict_SOURCES = examples/verdict.c
examples_verdict_CPPFLAGS =
TESTS += tests/examples.sh
EXTRA_DIST += tests/examples.sh
