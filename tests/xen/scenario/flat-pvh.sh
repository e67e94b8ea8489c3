# SPDX-License-Identifier: LGPL-2.1-or-later
# Each of ten flat images of a Linux guest that works, PVH, is complete by itself:
# when the others are gone, stock xl restores it to a guest whose memory is right.
# And each costs no more than what changed since the one before it.
#
# boot: flat-pvh
# suites: none
# release: 4.17
# needs: disks python
# dom0: 3072
# memory: 4096
# takes: 900

. /lab/flat.sh

config_working pvh 512 256 8
ten
