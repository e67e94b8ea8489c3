# SPDX-License-Identifier: LGPL-2.1-or-later
# What a flat image costs and spares on a file system whose files can share blocks:
# how long the guest stands still, how long the command and a stock restore take, each
# over the same of layout stream, in turn; and, exactly, how many bytes it takes on the
# disk.  At the end ten checkpoints of a guest that works, as a stream, compressed, in
# a repository of backups, and flat.  Only for "make bench-xen".
#
# suites: none
# boot: bench-flat
# needs: disks python recipes
# memory: 5632
# dom0: 4096
# takes: 3000
# silence: 2400

. /lab/flat.sh
. /lab/bench.sh
rounds=5
mib=1048576

checkpoint="xen-resumable checkpoint --watch=0"
stream="$checkpoint --layout=stream web $xfs/stream.img"
full="$checkpoint --parent=none web $xfs/full.img"
flat="$checkpoint web $image"

# An empty file system: what was there before has no part in a figure.
xfs_anew() {
    xfs_end
    rm /tmp/xfs.raw
    xfs_begin 3G
}

# took COMMAND...: sets seconds to its wall seconds; what another command has left to
# write is written before.
took() {
    sync
    read -r took_from took_rest </proc/uptime
    "$@" >/tmp/took.out 2>/tmp/took.err || {
        excerpt /tmp/took.err
        return 1
    }
    read -r took_until took_rest </proc/uptime
    seconds=$(awk -v a="$took_from" -v b="$took_until" \
        'BEGIN { printf "%.2f", b - a }')
}

# watched NAME COMMAND...: its wall seconds in wall.NAME, and in freeze.NAME for how
# many milliseconds Xen saw the guest suspended.  It is asked while they all run.
watched() {
    watched_name=$1
    shift
    took /lab/freeze "$(domid web)" "$@" || return
    watched_ms=$(tail -n 1 /tmp/took.out)
    case $watched_ms in 0.0|-1.0) return ;; esac
    echo "$seconds" >>"/tmp/wall.$watched_name"
    echo "$watched_ms" >>"/tmp/freeze.$watched_name"
}

# The median of A's file over that of B's: over KEY A B UNIT PEER TARGET
over() {
    over_a=$(median <"/tmp/$2")
    over_b=$(median <"/tmp/$3")
    figure "$1" "$(ratio "$over_a" "$over_b")" ratio \
        "$5: $over_b $4 to $over_a $4" "$6"
}

# In bytes: occupied_by COMMAND...; sets occupied.
occupied_by() {
    occupied_before=$(xfs_used)
    "$@"
    occupied=$(($(xfs_used) - occupied_before))
}

# --- flat-fresh: a guest that has just been started

config_linux web pvh 512
xfs_begin 3G
run out plugin create web
claim "fresh: it counts" reaches web 2 120
occupied_by take fresh
counted=$(pages count "$image")
not_zero=$((${counted#* } * 4096))
remark "fresh: $occupied bytes are occupied, $not_zero of its pages are not zero"
rounds_done=1
figure flat-fresh "$(ratio $((occupied - 512 * mib / 100)) "$not_zero")" ratio \
    "bytes of pages that are not zero; 1 % of memory is deducted" "<= 1.02"
destroy web

# --- time: a guest most of whose memory is in use, and which writes little of it

take_stream() { watched stream $stream; }
take_full() { watched full $full; }
take_flat() { watched flat $flat; }
remark_all() { # WHAT UNIT
    for layout in stream full flat; do
        remark "$1, $layout: $(in_a_line "/tmp/$1.$layout") $2"
    done
}

config_working pvh 512 384 0
xfs_anew
run out plugin create web
claim "time: it knows its memory" within 240 works
run out $flat
claim "time: the parent of the others is taken" equal "$status" 0
in_rounds /tmp/wall.stream take_stream /tmp/wall.full take_full \
    /tmp/wall.flat take_flat
claim "time: $rounds of each were taken" equal "$rounds_done" "$rounds"
remark_all wall s
remark_all freeze ms
# A flat image has a digest of each page; vector instructions are calls in emulation.
claim "time: the digests of its pages" took xen-resumable verify "$xfs/full.img"
remark "time: the digests of its pages take verify $seconds s"
over flat-wall wall.full wall.stream s "layout stream, PVH 512 MiB" "<= 1.15"
over flat-incremental-wall wall.flat wall.stream s \
    "layout stream, PVH 512 MiB, idle" "<= 1.0"
over flat-freeze freeze.full freeze.stream ms "layout stream, PVH 512 MiB" \
    "<= 1.1"
over flat-incremental-freeze freeze.flat freeze.stream ms \
    "layout stream, PVH 512 MiB" "<= 1.1"
claim "time: it counts on" counts web
claim "time: it knows its memory still" knows_its_memory web
destroy web

# --- flat-restore: by stock xl, of the images that are there

restore_it() { # LAYOUT IMAGE
    took xl restore "$2" && echo "$seconds" >>"/tmp/restore.$1"
    xl destroy web
}
restore_stream() { restore_it stream "$xfs/stream.img"; }
restore_full() { restore_it full "$xfs/full.img"; }
restore_flat() { restore_it flat "$image"; }
in_rounds /tmp/restore.stream restore_stream /tmp/restore.full restore_full \
    /tmp/restore.flat restore_flat
claim "restore: $rounds of each were restored" equal "$rounds_done" "$rounds"
remark_all restore s
over flat-restore restore.flat restore.stream s "stock xl, layout stream" \
    "<= 1.02"
over flat-restore-full restore.full restore.stream s \
    "the same, an image without a parent" "<= 1.02"
restores "restore" "$image"

# --- flat-bound: a guest that writes without pause, in as many rounds as can be had

config_linux web pvh 256
sed -i 's/rdinit=/dirty rdinit=/' web.cfg
xfs_anew
run out plugin create web
claim "bound: it counts" reaches web 2 120
take bound --max-freeze=1
rounds_done=1
size=$(stat -c %s "$image")
counted=$(pages count "$image")
figure flat-bound "$(ratio $((size - mib)) $((${counted% *} * 4096)))" ratio \
    "its pages, in $(json_number /tmp/taken rounds) rounds; 1 MiB is deducted" \
    "<= 1.005"
destroy web

# --- ten hours of a guest that works

# Of each kind, what the hour has written.
hour_flat() {
    occupied_by take "hour $hour"
    echo "$occupied" >/tmp/hour.flat
}
# Once for three: what would go through the pipe.
hour_stream() {
    run out $checkpoint --layout=stream web /tmp/hour.img
    claim "hour $hour: a stream, too" equal "$status" 0
    stat -c %s /tmp/hour.img >/tmp/hour.stream
}
hour_zstd() { zstd -q -c </tmp/hour.img | wc -c >/tmp/hour.zstd; }
hour_restic() {
    restic_before=$(repository_size)
    run out restic backup --stdin --stdin-filename web.img </tmp/hour.img
    claim "hour $hour: restic takes it" equal "$status" 0
    echo $(($(repository_size) - restic_before)) >/tmp/hour.restic
}
repository_size() {
    find /tmp/repository -type f -exec stat -c %s {} + | awk '
        { bytes += $1 } END { printf "%.0f\n", bytes }'
}

export RESTIC_REPOSITORY=/tmp/repository RESTIC_PASSWORD=lab
export RESTIC_CACHE_DIR=/tmp/restic-cache
config_working pvh 256 128 8
xfs_anew
run out restic init
claim "hours: there is a repository" equal "$status" 0
run out plugin create web
claim "hours: it knows its memory" works
hours=0
: >/tmp/bytes
for kind in flat stream zstd restic; do : >"/tmp/later.$kind"; done
for hour in 1 2 3 4 5 6 7 8 9 10; do
    # One that does not work would be waited for in each of them.
    works >/dev/null || break
    hours=$hour
    hour_flat
    hour_stream
    hour_zstd
    hour_restic
    for kind in stream zstd restic flat; do
        figure "hours-$kind-$hour" "$(cat "/tmp/hour.$kind")" bytes \
            "written by checkpoint $hour of ten, PVH 256 MiB" -
        [ "$hour" = 1 ] || cat "/tmp/hour.$kind" >>"/tmp/later.$kind"
    done
    [ "$hour" != 1 ] || continue
    differ=$(pages differ "$image.1" "$image")
    remark "hour $hour: $differ pages differ"
    echo "$(ratio $((occupied - 256 * mib / 200)) $((differ * 4096)))" >>/tmp/bytes
done
claim "hours: it has worked in each" equal "$hours" 10
claim "hours: it knows its memory still" knows_its_memory web
rounds_done=$(lines /tmp/bytes)
remark "bytes over those of pages that differ: $(in_a_line /tmp/bytes)"
figure flat-bytes "$(sort -n /tmp/bytes | tail -n 1)" ratio \
    "bytes of pages that differ, the worst; 0.5 % of memory are deducted" "<= 1.1"
for kind in stream zstd restic flat; do
    figure "hours-$kind" "$(median <"/tmp/later.$kind")" bytes \
        "written by a checkpoint after the first, PVH 256 MiB" -
done
destroy web
xfs_end
