#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A kernel's trace of a checkpoint is taken apart where its parts begin, and one that is
# not whole says nothing.
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Lines as a kernel writes them: its header, who, where, when (in ms), and what.
line() { # PROCESS MS WHAT
    printf '%16s-1234    [000] .....   100.%03d000: %s\n' "$1" "$2" "$3"
}
asks() { # PROCESS MS OP CMD
    line "$1" "$2" "hcall: (__x64_sys_ioctl+0x0/0xd0) op=$3 cmd=$4"
}
helper=libxl-save-help
checkpoint() {
    echo '#              | |         |   |||||     |         |'
    line $helper 1 'sys_exit: NR 0 = 832'
    asks $helper 2 36 0xa                       # a round
    asks xenstored 3 12884901888 '(fault)'      # it rings at the guest
    asks xenstored 10 36 0x5                    # the guest has stopped
    asks xenstored 11 36 0x5
    line $helper 15 'sys_exit: NR 0 = 4'        # libxl: it has
    asks $helper 16 36 0xa                      # the log is looked at
    asks $helper 45 36 0xa                      # the last changes
    asks $helper 65 36 0xa                      # the log is turned off
    asks xen-resumable 105 36 0x1b
    asks xenstored 106 36 0x5
}
parts() { # TEXT WANTED
    is=$(awk -f "$top_srcdir/tests/xen/dom0/pause.awk" "$scratch/trace") || is=nothing
    [ "$is" = "$2" ] || { echo "$1: $is, not $2"; exit 1; }
}
checkpoint >"$scratch/trace"
parts "a checkpoint" "5.00 30.00 20.00 40.00"
checkpoint | grep -v $helper | sed 's/xen-resumable/ suspend-only/' >"$scratch/trace"
parts "a suspend and resume alone" "95.00"
checkpoint | grep -v cmd=0x1b >"$scratch/trace"
parts "without the resume" nothing
: >"$scratch/trace"
parts "without anything" nothing
