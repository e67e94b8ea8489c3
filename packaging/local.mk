# SPDX-License-Identifier: LGPL-2.1-or-later
#
# How the plugin comes into the programs of a host.
EXTRA_DIST += \
	debian/changelog debian/control debian/copyright \
	debian/libxenresumable-dev.install debian/libxenresumable0.install \
	debian/libxenresumable0.symbols debian/python3-xenresumable.install \
	debian/rules debian/source/format debian/xen-resumable.dirs \
	debian/xen-resumable.docs debian/xen-resumable.install \
	debian/xen-resumable.postinst debian/xen-resumable.postrm \
	debian/xen-resumable.prerm \
	packaging/apparmor/libvirtd.in packaging/build-packages \
	packaging/systemd/xen-resumable.conf.in \
	packaging/xen-resumable-install.pod packaging/xl/xl.in

packaging_files = \
	packaging/apparmor/libvirtd packaging/systemd/xen-resumable.conf \
	packaging/xl/xl packaging/xen-resumable-install.7
CLEANFILES += $(packaging_files)

packaging/apparmor/libvirtd packaging/systemd/xen-resumable.conf \
packaging/xl/xl: %: %.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(EDIT_WORDS) $< >$@
nodist_man_MANS += packaging/xen-resumable-install.7

# A drop-in for each daemon that links libxl, or runs xl.
unitdir = $(prefix)/lib/systemd/system
libvirtddropindir = $(unitdir)/libvirtd.service.d
virtxenddropindir = $(unitdir)/virtxend.service.d
xendomainsdropindir = $(unitdir)/xendomains.service.d
nodist_libvirtddropin_DATA = packaging/systemd/xen-resumable.conf
nodist_virtxenddropin_DATA = packaging/systemd/xen-resumable.conf
nodist_xendomainsdropin_DATA = packaging/systemd/xen-resumable.conf
apparmordir = $(docdir)/apparmor
nodist_apparmor_DATA = packaging/apparmor/libvirtd
xlwrapperdir = $(pkglibdir)/bin
nodist_xlwrapper_SCRIPTS = packaging/xl/xl

# Debian's packages, for each release that its Xen is in.
.PHONY: deb
deb:
	$(srcdir)/packaging/build-packages --build $(abs_top_builddir) \
		$(DEB_FLAGS) packages

# A series of checkpoints: what the timer starts, which is off until it is enabled.
series_units = \
	packaging/series/xen-resumable-checkpoint.service \
	packaging/series/xen-resumable-checkpoint.timer \
	packaging/series/xen-resumable-checkpoint@.service \
	packaging/series/xen-resumable-checkpoint@.timer
series_files = $(series_units) packaging/series/xen-resumable-night
CLEANFILES += $(series_files)
EXTRA_DIST += $(series_files:%=%.in) packaging/xen-resumable-series.pod
$(series_files): %: %.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(EDIT_WORDS) $< >$@
nodist_man_MANS += packaging/xen-resumable-series.7
nodist_unit_DATA = $(series_units)
seriesdir = $(pkglibdir)/series
nodist_series_SCRIPTS = packaging/series/xen-resumable-night
