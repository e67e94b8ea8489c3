# SPDX-License-Identifier: LGPL-2.1-or-later
# Every child of a toolstack inherits the stub: it must cost it nothing but a
# mapping.  A program that needs libc maps libc and the stub, and nothing else.
#
# boot: own
# takes: 10

objects() { # COMMAND...: the shared objects that it maps
    "$@" | awk '$6 ~ /\.so/ { print $6 }' | sort -u
}

objects env /lab/maps >/tmp/without
LD_PRELOAD=$stub objects /lab/maps >/tmp/with
claim "without the stub: libc and its loader" \
    equal "$(sed 's/.*\///' /tmp/without | sort | paste -sd' ')" \
    "ld-linux-x86-64.so.2 libc.so.6"
claim "with it: the stub more, and nothing else" \
    equal "$(cat /tmp/without /tmp/with | sort | uniq -u)" "$stub"
