# SPDX-License-Identifier: LGPL-2.1-or-later
# How long a guest stands still while it is checkpointed: stock xl's "save -c"
# and ours, in turn, by the guest's size.  Only for "make bench-xen".
#
# suites: none
# boot: bench-freeze
# memory: 7168
# dom0: 2304
# takes: 3000
# silence: 3000

. /lab/bench.sh

# Both go where nothing is stored: a guest's size is not to be a disk's.
begin() { # MIB
    config_linux still pvh "$1"
    run out plugin create still
    claim "PVH, $1 MiB: it counts" reaches still 2 240
    : >/tmp/stock
}
# measure FILE COMMAND...: a line more in FILE; what failed, or was not seen to stand
# still, is no measurement.
measure() {
    measure_to=$1
    shift
    /lab/freeze "$(domid still)" "$@" >/tmp/measured 2>/tmp/measure.err || {
        excerpt /tmp/measure.err
        return
    }
    measured=$(tail -n 1 /tmp/measured)
    case $measured in 0.0|-1.0) return ;; esac
    echo "$measured" >>"$measure_to"
}
stock_ms() { measure /tmp/stock xl save -c still /dev/null; }
ours_ms() {
    measure /tmp/ours xen-resumable checkpoint --watch=0 still /dev/null
}
finish() { # MIB
    claim "PVH, $1 MiB: $rounds of each were seen" equal "$rounds_done" "$rounds"
    claim "PVH, $1 MiB: it counts on" counts still
    remark "$1 MiB: stock $(in_a_line /tmp/stock) ms"
    remark "$1 MiB: ours $(in_a_line /tmp/ours) ms"
    ours=$(median </tmp/ours)
    figure "freeze-ours-$1" "$ours" ms \
        "xen-resumable checkpoint, PVH $1 MiB" -
    if [ -s /tmp/stock ]; then
        stock=$(median </tmp/stock)
        figure "freeze-stock-$1" "$stock" ms "stock xl save -c, PVH $1 MiB" -
    fi
    destroy still
}

rounds=5
begin 512
in_rounds /tmp/stock stock_ms /tmp/ours ours_ms
finish 512
figure freeze "$(ratio "$ours" "$stock")" ratio \
    "stock xl save -c, PVH 512 MiB: $stock ms to $ours ms" "<= 0.02"

# Stock takes so long for 2 GiB that the plot does without.
rounds=3
: >/tmp/medians
for size in 256 1024 2048; do
    begin "$size"
    if [ "$size" = 2048 ]; then
        in_rounds /tmp/ours ours_ms
    else
        in_rounds /tmp/ours ours_ms /tmp/stock stock_ms
    fi
    finish "$size"
    echo "$ours" >>/tmp/medians
done
figure freeze-growth "$(sort -n /tmp/medians | awk '{ v[NR] = $1 }
    END { if (NR == 3 && v[1]) printf "%.3f", v[NR] / v[1] }')" ratio \
    "256, 1024, 2048 MiB: $(in_a_line /tmp/medians) ms" "<= 1.3"
