# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Kernel images made to order: in a test's own process, or by mkimage.
IMAGE_BUILDER = \
	tests/images/image_builder.c tests/images/image_builder.h
check_PROGRAMS += tests/images/mkimage
tests_images_mkimage_SOURCES = tests/images/mkimage.c $(IMAGE_BUILDER)
tests_images_mkimage_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/images
tests_images_mkimage_LDADD = $(UTIL_LA)

# Xen's own domain builder as the judge of real images; it has headers since
# Xen 4.15.
if HAVE_XC_DOM_IMAGE
check_PROGRAMS += tests/images/xen-notes
endif
EXTRA_PROGRAMS += tests/images/xen-notes
tests_images_xen_notes_SOURCES = tests/images/xen-notes.c
tests_images_xen_notes_CFLAGS = \
	$(AM_CFLAGS) $(XENCTRL_CFLAGS) $(XENGUEST_CFLAGS) $(XENTOOLLOG_CFLAGS)
tests_images_xen_notes_LDADD = \
	$(XENGUEST_LIBS) $(XENCTRL_LIBS) $(XENTOOLLOG_LIBS)

TESTS += tests/images/real.sh
EXTRA_DIST += tests/images/real.sh tests/images/real-images.sh

IMAGES_CACHE = $${XDG_CACHE_HOME:-$$HOME/.cache}/xen-resumable/images

.PHONY: check-images
check-images: $(check_PROGRAMS) $(bin_PROGRAMS) $(series_PROGRAMS)
	@mkdir -p $(IMAGES_CACHE)
	$(srcdir)/tests/images/real-images.sh $(IMAGES_CACHE)
	$(AM_TESTS_ENVIRONMENT) XR_IMAGES=$(IMAGES_CACHE) \
	  $(srcdir)/tests/images/real.sh
	$(AM_TESTS_ENVIRONMENT) $(srcdir)/tests/packaging/alerts.sh \
	  $(IMAGES_CACHE)
