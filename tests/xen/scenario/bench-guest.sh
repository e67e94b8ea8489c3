# SPDX-License-Identifier: LGPL-2.1-or-later
# What a guest itself notices of a checkpoint, over a suspend and resume without
# any save, and over the same while Xen logs what it writes, and what that consists of; what "xl save" costs under the plugin, over the
# same without it; and how many bytes the record is.  Only for "make bench-xen".
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
# What a live checkpoint adds to it in any case: the guest's first write to each page
# after the last look at the log is a fault, which Xen sees to.
logged() { /lab/suspend-only "$(domid still)" logged; }

config_linux still pvh 512
sed -i 's/rdinit=/gaps rdinit=/' still.cfg
run out plugin create still
claim "PVH, 512 MiB: it counts" reaches still 2 120
claim "it looks for gaps" within 60 looks 2
notice_floor() { longest floor >>/tmp/floor; }
notice_logged() { longest logged >>/tmp/logged; }
notice_ours() { longest ours >>/tmp/ours; }
in_rounds /tmp/floor notice_floor /tmp/logged notice_logged /tmp/ours notice_ours
claim "it counts on" counts still
claim "$rounds rounds of each were noticed" equal "$rounds_done" "$rounds"
remark "longest gaps, ours: $(in_a_line /tmp/ours) ms;" \
    "without a save: $(in_a_line /tmp/floor) ms, logged: $(in_a_line /tmp/logged) ms"
ours=$(median </tmp/ours)
floor=$(median </tmp/floor)
figure pause-floor "$(ratio "$ours" "$floor")" ratio \
    "the guest's longest gap, suspend and resume alone: $floor ms to $ours ms" \
    "<= 1.5"
logged=$(median </tmp/logged)
figure pause-logged "$(ratio "$ours" "$logged")" ratio \
    "the same while Xen logs what the guest writes: $logged ms to $ours ms" -

# --- what it consists of, by a trace of dom0's kernel: who asks Xen for what, and what
# libxl-save-helper reads.  Only drawn: a trace costs some of the time.

tracing=/sys/kernel/tracing
reads=$tracing/events/raw_syscalls/sys_exit
hypercalls=$tracing/events/kprobes/hcall
# Fails where the kernel cannot: what comes last is there only if all else is.
trace_begin() {
    mount -t tracefs tracefs "$tracing" || return
    echo 0 >"$tracing/tracing_on"
    echo mono >"$tracing/trace_clock"
    echo 4096 >"$tracing/buffer_size_kb"
    # shellcheck disable=SC2016 # $arg1 is the kernel's
    echo 'p:hcall __x64_sys_ioctl op=+u0(+96($arg1)):u64 cmd=+u0(+u8(+96($arg1))):x32' \
        >"$tracing/kprobe_events"
    echo 'id == 0 && comm == "libxl-save-help"' >"$reads/filter"
    echo 1 >"$reads/enable" && echo 1 >"$hypercalls/enable"
}
# What is measured afterwards is not to pay for it.
trace_end() {
    for event in "$reads" "$hypercalls"; do echo 0 >"$event/enable"; done
    echo >"$tracing/kprobe_events"
    umount "$tracing"
}
# parts FILE COUNT COMMAND...: a line more in FILE: the guest's own part, and COUNT
# others.  What was traced in part is no measurement.
parts() {
    parts_to=$1
    parts_count=$2
    shift 2
    echo >"$tracing/trace"
    echo 1 >"$tracing/tracing_on"
    longest "$@" >/tmp/gap
    echo 0 >"$tracing/tracing_on"
    awk -f /lab/pause.awk "$tracing/trace" >/tmp/parts && [ -s /tmp/gap ] || return
    awk -v count="$parts_count" '
        NR == 1 { gap = $1 }
        NR == 2 && NF == count {
            for (i = 1; i <= NF; i++) gap -= $i
            print gap, $0
        }' /tmp/gap /tmp/parts >>"$parts_to"
}
part() { # KIND NAME COLUMN: its median
    figure "pause-$1-$2" "$(cut -d' ' -f"$3" "/tmp/parts-$1" | median)" ms \
        "a part of the longest gap, traced" -
}
parts_alone() { parts /tmp/parts-alone 1 floor; }
parts_logged() { parts /tmp/parts-logged 1 logged; }
parts_ours() { parts /tmp/parts-ours 4 ours; }
# As a checkpoint that does not resume its guest early: libxl ends the save before.
libxls() { xen-resumable exec --watch=0 -- xl save -c still /dev/null; }
parts_libxl() { parts /tmp/parts-libxl 4 libxls; }
if trace_begin; then
    in_rounds /tmp/parts-alone parts_alone /tmp/parts-logged parts_logged \
        /tmp/parts-libxl parts_libxl /tmp/parts-ours parts_ours
    claim "$rounds rounds of each were traced" equal "$rounds_done" "$rounds"
    remark "parts, ours: $(paste -s -d, /tmp/parts-ours) ms;" \
        "by libxl: $(paste -s -d, /tmp/parts-libxl) ms;" \
        "alone: $(paste -s -d, /tmp/parts-alone) ms;" \
        "logged: $(paste -s -d, /tmp/parts-logged) ms"
    for kind in alone logged; do
        part $kind guest 1
        part $kind heard 2
    done
    for kind in libxl ours; do
        column=0
        for name in guest heard door pages end; do
            part $kind $name $((column += 1))
        done
    done
    trace_end
else
    remark "dom0's kernel cannot be traced: the parts are not measured"
fi
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
# Both by env, which takes some time itself.
take_stock() { taken /tmp/without env LD_PRELOAD= xl save -c heavy /dev/null; }
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
record=$(xen-resumable show /tmp/light.save |
    sed -n 's/^Record .* \([0-9]*\) bytes at .*/\1/p' |
    awk '{ print 8 + int(($1 + 7) / 8) * 8 }')
claim "the image has a record" test "$record" -gt 8
figure record-bytes "$record" bytes "an image of Debian's kernel, PVH" "<= 4096"
rm /tmp/light.save
