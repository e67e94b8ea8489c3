# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Kernel images made to order: in a test's own process, or by mkimage.
IMAGE_BUILDER = \
	tests/images/image_builder.c tests/images/image_builder.h
check_PROGRAMS += tests/images/mkimage
tests_images_mkimage_SOURCES = tests/images/mkimage.c $(IMAGE_BUILDER)
tests_images_mkimage_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/images
tests_images_mkimage_LDADD = $(UTIL_LA)
