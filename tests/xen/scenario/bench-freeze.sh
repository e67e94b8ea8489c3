# SPDX-License-Identifier: LGPL-2.1-or-later
# How long a guest stands still while it is checkpointed: stock xl's "save -c"
# and ours, in turn, also by the guest's size.  Only for "make bench-xen".
#
# suites: none
# boot: bench-freeze
# memory: 7168
# dom0: 2304
# timeout: 3000

rounds=5

figure() { # KEY VALUE UNIT PEER TARGET
    remark "figure	$1	$2	$3	$4	$5	$rounds"
}
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

begin() { # MIB
    config_linux still pvh "$1"
    run out plugin create still
    claim "PVH, $1 MiB: it counts" reaches still 2 120
}

stock_ms() { # FILE
    /lab/freeze "$(domid still)" xl save -c still "$1" \
        2>/dev/null | tail -n 1
}
ours_ms() { # FILE
    /lab/freeze "$(domid still)" xen-resumable checkpoint --watch=0 still \
        "$1" 2>/dev/null | tail -n 1
}

begin 512
: >/tmp/stock
: >/tmp/ours
for round in $(seq "$rounds"); do
    stock_ms /tmp/stock.save >>/tmp/stock
    rm -f /tmp/stock.save
    ours_ms /tmp/ours.save >>/tmp/ours
    rm -f /tmp/ours.save
    echo "round $round: stock $(tail -n 1 /tmp/stock) ms," \
        "ours $(tail -n 1 /tmp/ours) ms"
done
claim "PVH, 512 MiB: it counts on" counts still
stock=$(median </tmp/stock)
ours=$(median </tmp/ours)
remark "512 MiB: stock $(paste -s -d' ' /tmp/stock) ms"
remark "512 MiB: ours $(paste -s -d' ' /tmp/ours) ms"
figure freeze "$(awk "BEGIN { print $ours / $stock }")" ratio \
    "stock xl save -c, PVH 512 MiB: $stock ms to $ours ms" "<= 0.02"
destroy still

# The same by size, for the plot: both go where nothing is stored.
: >/tmp/medians
rounds=3
for size in 256 512 1024 2048; do
    begin "$size"
    : >/tmp/ours
    : >/tmp/stock
    for round in $(seq "$rounds"); do
        ours_ms /dev/null >>/tmp/ours
        stock_ms /dev/null >>/tmp/stock
    done
    claim "PVH, $size MiB: it counts on" counts still
    remark "$size MiB: stock $(paste -s -d' ' /tmp/stock) ms"
    remark "$size MiB: ours $(paste -s -d' ' /tmp/ours) ms"
    figure "freeze-stock-$size" "$(median </tmp/stock)" ms \
        "stock xl save -c, PVH $size MiB" -
    figure "freeze-ours-$size" "$(median </tmp/ours)" ms \
        "xen-resumable checkpoint, PVH $size MiB" -
    [ "$size" = 512 ] || median </tmp/ours >>/tmp/medians
    destroy still
done
figure freeze-growth "$(sort -n /tmp/medians | awk '{ v[NR] = $1 }
    END { print v[NR] / v[1] }')" ratio \
    "256, 1024, 2048 MiB: $(paste -s -d' ' /tmp/medians) ms" "<= 1.3"
