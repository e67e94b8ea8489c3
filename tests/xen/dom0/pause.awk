# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Of what a kernel's trace says of one suspend: in ms, how long it took libxl to hear of
# it, the plugin's door, libxc's last pages, and the rest until Xen resumed the domain.
# Of a suspend without a save: the first one alone.
#
# Xen is asked by hypercalls (op 36: domctl): 0xa is the log of dirty pages, 0x1b the
# resume.  xenstored looks at the domains (by op 36, or 35: sysctl) when one of them has
# stopped; with other calls it rings at a guest that reads xenstore, which is before that.
# What libxl-save-helper reads from its standard input is libxl's answer that it has.

function ms() { return substr($4, 1, length($4) - 1) * 1000 }
function asks(cmd) { return /: hcall: / && / op=36 / && $NF == "cmd=" cmd }

resumed { next }
/^ *xenstored-/ && /: hcall: / && / op=3[56] cmd=0x/ && !stopped { stopped = ms() }
/^ *libxl-save-help/ && /: sys_exit: NR 0 = 4$/ { answer = ms() }
/^ *libxl-save-help/ && asks("0xa") {
    before = last
    last = ms()
    if (stopped && !heard) heard = answer
}
asks("0x1b") { resumed = ms() }

END {
    if (!stopped || !resumed) exit 1
    if (heard)
        printf "%.2f %.2f %.2f %.2f\n", heard - stopped, before - heard, \
            last - before, resumed - last
    else
        printf "%.2f\n", resumed - stopped
}
