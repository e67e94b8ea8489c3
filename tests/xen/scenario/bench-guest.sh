# SPDX-License-Identifier: LGPL-2.1-or-later
# What a guest itself notices of a checkpoint, over a suspend and resume without
# any save; what "xl save" costs under the plugin, over the same without it; and
# how many bytes the record is.  Only for "make bench-xen".
#
# suites: none
# boot: bench-guest
# memory: 4096
# dom0: 2304
# takes: 1200
# silence: 1200

. /lab/bench.sh
rounds=5

# --- pause-floor

looks() { [ "$(console still | grep -c 'gaps: looking')" -gt "$1" ]; }
looks_on() { # it has looked twice more: its gaps are all on the console
    looks_from=$(console still | grep -c 'gaps: looking')
    within 30 looks $((looks_from + 1))
}

# longest COMMAND...: the longest gap in milliseconds that the guest noticed;
# nothing if it fails.
longest() {
    lines_before=$(console still | wc -l)
    "$@" >/tmp/longest.out 2>&1 || { cat /tmp/longest.out >&2; return; }
    looks_on >&2
    console still | tail -n +$((lines_before + 1)) |
        sed -n 's/.*gaps: \([0-9.]*\) ms.*/\1/p' | sort -n | tail -n 1
}
ours() { xen-resumable checkpoint --watch=0 still /dev/null; }
floor() { /lab/suspend-only "$(domid still)"; }

config_linux still pvh 512
sed -i 's/rdinit=/gaps rdinit=/' still.cfg
run out plugin create still
claim "PVH, 512 MiB: it counts" reaches still 2 120
claim "it looks for gaps" within 60 looks 2
notice_floor() { longest floor >>/tmp/floor; }
notice_ours() { longest ours >>/tmp/ours; }
in_rounds /tmp/floor notice_floor /tmp/ours notice_ours
claim "it counts on" counts still
claim "$rounds rounds of each were noticed" equal "$rounds_done" "$rounds"
remark "longest gaps, ours: $(in_a_line /tmp/ours) ms;" \
    "without a save: $(in_a_line /tmp/floor) ms"
ours=$(median </tmp/ours)
floor=$(median </tmp/floor)
figure pause-floor "$(ratio "$ours" "$floor")" ratio \
    "the guest's longest gap, suspend and resume alone: $floor ms to $ours ms" \
    "<= 2"
destroy still

# --- save-overhead

# wall and CPU seconds of a command and its children: taken FILE COMMAND...; what
# failed is no measurement.
taken() {
    taken_to=$1
    shift
    time -p "$@" >/tmp/taken.out 2>/tmp/taken || {
        cat /tmp/taken >&2
        return
    }
    awk '$1 == "real" { real = $2 }
         $1 == "user" || $1 == "sys" { cpu += $2 }
         END { print real, cpu }' /tmp/taken >>"$taken_to"
}
config_linux heavy pvh 512
run out plugin create heavy
claim "PVH, 512 MiB: it counts" reaches heavy 2 120
take_stock() { taken /tmp/without xl save -c heavy /dev/null; }
take_ours() { taken /tmp/with env LD_PRELOAD="$stub" xl save -c heavy /dev/null; }
in_rounds /tmp/without take_stock /tmp/with take_ours
claim "it counts on" counts heavy
claim "$rounds saves of each were timed" equal "$rounds_done" "$rounds"
remark "with (wall, CPU): $(paste -s -d, /tmp/with) s;" \
    "without: $(paste -s -d, /tmp/without) s"
column() { cut -d' ' -f"$1" "$2" | median; }
figure save-overhead "$(ratio "$(column 1 /tmp/with)" \
    "$(column 1 /tmp/without)")" ratio \
    "wall, xl save without the plugin: $(column 1 /tmp/without) s" "<= 1.02"
figure save-overhead-cpu "$(ratio "$(column 2 /tmp/with)" \
    "$(column 2 /tmp/without)")" ratio \
    "CPU, xl save without the plugin: $(column 2 /tmp/without) s" "<= 1.02"
destroy heavy

# --- record-bytes

config_linux light pvh
run out plugin create light
claim "PVH: it counts" reaches light 2 120
run out plugin xl save light /tmp/light.save
rounds_done=1
# With its header, and padded to 8 bytes, as it stands in the stream.
body=$(xen-resumable show /tmp/light.save |
    sed -n 's/^Record .* \([0-9]*\) bytes at .*/\1/p')
claim "the image has a record" test "$body" -gt 0
figure record-bytes $((8 + (body + 7) / 8 * 8)) bytes \
    "an image of Debian's kernel, PVH" "<= 4096"
rm /tmp/light.save
