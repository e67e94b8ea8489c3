# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What comes with the plugin into a host; that the packages can be built and
# installed is the lab's to prove.
TESTS += tests/packaging/apparmor.sh tests/packaging/debian.sh tests/packaging/xl.sh
EXTRA_DIST += tests/packaging/apparmor.sh tests/packaging/debian.sh tests/packaging/xl.sh
check_DATA += packaging/apparmor/libvirtd
