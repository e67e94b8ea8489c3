# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What comes with the plugin into a host; that the packages can be built and
# installed is the lab's to prove.
packaging_tests = \
	tests/packaging/apparmor.sh tests/packaging/debian.sh \
	tests/packaging/installed-words.sh \
	tests/packaging/series.sh \
	tests/packaging/systemd.sh tests/packaging/xl.sh
TESTS += $(packaging_tests)
EXTRA_DIST += $(packaging_tests) tests/packaging/left-words
# Of "make check-images", for it takes Debian's archive.
EXTRA_DIST += tests/packaging/alerts.sh tests/packaging/alerts-test.yml
check_DATA += $(series_files) packaging/apparmor/libvirtd packaging/systemd/xen-resumable.conf
