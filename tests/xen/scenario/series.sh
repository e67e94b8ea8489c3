# SPDX-License-Identifier: LGPL-2.1-or-later
# A series of every guest for three months: after each prune exactly the images that
# restic's rules keep are there, with the copies of disks that belong to them and no
# other, and the newest sound one; a guest whose checkpoint fails costs no other one its
# own, and is seen.  So are nights that cannot be.
#
# Before a release there are 60 checkpoints of each guest, one of them is Linux, and of
# the two that are refused else one is restored each night, the other not paused each
# third night, and a command fails as a night does; else there are 3 of guests of our own:
# that of many images the right ones are kept is shown without a guest by
# tests/unit/test-retention.c and tests/cli/prune.sh.
#
# boot: flat
# needs: disks
# release: 4.14 4.20
# dom0: 1600
# memory: 2560
# takes: 110

# By these four rules the first of three images goes, and two are left.
rounds=3 step=16 policy=
rules='1 1 2 2'
! before_release || { rounds=60 step=1; rules='2 5 4 4'; policy=--on-not-resumable=restore; }
keep=$(echo "$rules" | {
    read -r last daily weekly monthly
    echo "--keep-last=$last --keep-daily=$daily --keep-weekly=$weekly" \
        "--keep-monthly=$monthly"
})
. /lab/flat.sh
. /lab/disks.sh
disks_begin
export TZ=UTC
dir=$xfs/series
xfs_begin 1200M
mkdir "$dir"

disk=$xfs/linux-like.disk
truncate -s 1M $disk
config_own web linux-like
! before_release || config_linux web pvh
config_own linux-like linux-like
echo "disk = [ '$disk,raw,xvda,w,script=block' ]" >>/tmp/linux-like.cfg
config_own netbsd-like netbsd-like
config_own still linux-like
for guest in web linux-like netbsd-like still; do
    run out plugin create $guest
    claim "$guest: it counts" reaches $guest 2
done
xl pause still
series='linux-like web'
! before_release || series='linux-like netbsd-like still web'

images() { # GUEST: names of its images, the newest first
    (cd "$dir/$1" 2>/dev/null && for file in *Z.img; do
        [ ! -e "$file" ] || echo "$file"
    done) | sort -r
}
count() { images "$1" | wc -l; }

# What restic's manual says of these rules, once more, in other words: of the lines
# "NAME DAY WEEK MONTH", the newest first, the names that are kept.
kept_by_rules() {
    awk -v rules="$rules" '
        { name[NR] = $1
          for (rule = 1; rule <= 3; rule++) period[rule, NR] = $(rule + 1) }
        END {
            split(rules, wanted)
            for (i = 1; i <= wanted[1] && i <= NR; i++) keep[i] = 1
            for (rule = 1; rule <= 3; rule++) {
                left = wanted[rule + 1]
                for (i = 1; i <= NR && left; i++)
                    if (i == 1 || period[rule, i] != period[rule, i - 1]) {
                        keep[i] = 1
                        left--
                    }
                if (left) keep[NR] = 1
            }
            for (i = 1; i <= NR; i++) if (keep[i]) print name[i]
        }'
}
with_periods() { # names to lines for it; all of them are of 03:00 UTC
    while read -r with_name; do
        with_day=${with_name%%T*}
        echo "$with_name $(date -u -d "$with_day 12:00" '+%Y%m%d %G%V %Y%m')"
    done
}

next_night() { # DAYS
    day=$((day + 86400 * $1))
    date -u -s "@$day" >/dev/null
}

# --- ninety days

# One that is paused is refused, and so is one that a resume would kill.
refused=2
night_begins() { # now and then a night is left out
    next_night $((step + (round % 2) * (step == 1)))
    before_release || return 0
    refused=1
    if [ $((round % 3)) = 0 ]; then xl unpause still && refused=0; fi
}
# Only one that runs: Xen counts pauses, and wants as many to be taken back.
night_ends() { [ "$refused" != 0 ] || xl pause still; }

# Each image of the guest with a disk has its copy, and no copy is without an image.
copies_are_of_images() {
    ls -l $disk.xr-* "$dir/linux-like" /var/lib/xen-resumable/.copies
    copies=$(find $xfs -name 'linux-like.disk.xr-*' | wc -l)
    noted=$(grep -lF "$disk" /var/lib/xen-resumable/.copies/* | wc -l)
    [ "$(count linux-like) $(count linux-like)" = "$copies $noted" ]
}
has_its_copy() { # IMAGE
    copy=$(copy_of "$1")
    echo "$1: $copy"
    [ -n "$copy" ] && [ -f "$copy" ]
}

began=$(date +%s)
day=$(date -u -d '2026-08-29 03:00:00' +%s)
round=0
while [ "$round" -lt "$rounds" ]; do
    round=$((round + 1))
    night_begins
    run out xen-resumable checkpoint --all "--dir=$dir" --watch=0 --live=no $policy
    night_ends
    claim "checkpoint $round: the worst exit status" \
        equal "$status" $((refused > 0))
    claim "checkpoint $round: who was checkpointed" contains out \
        "$((4 - refused)) of 4 guests were checkpointed into $dir"
    for guest in $series; do
        images "$guest" | with_periods | kept_by_rules >"expected.$guest"
    done
    # shellcheck disable=SC2086
    run out xen-resumable prune "--dir=$dir" $keep
    claim "prune $round: exit status 0" equal "$status" 0
    for guest in $series; do
        images "$guest" >left
        claim "prune $round: of $guest what the rules keep, and no other" \
            diff "expected.$guest" left
    done
    claim "prune $round: there are as many copies of disks as images" \
        copies_are_of_images
done
for guest in $series; do
    [ "$guest" = still ] || claim "$guest counts on" counts "$guest"
    left=$(count "$guest")
    remark "$rounds nights: $left images of $guest are left"
    claim "$guest: by the rules some are gone, and two or more are left" \
        test "$left" -ge 2 -a "$left" -lt "$rounds"
    for image in "$dir/$guest"/*.img; do
        [ "$guest" != linux-like ] || claim "its copy is there" has_its_copy "$image"
    done
done
claim "linux-like got a 1" equal "$(returned linux-like)" 1
before_release || deny "netbsd-like has no image" ls "$dir"/netbsd-like/*.img
run out xen-resumable list "--dir=$dir" web
claim "they are listed" equal "$(grep -c '^web ' out)" "$(count web)"
run out xen-resumable verify "$dir"/web/*.img "$dir"/linux-like/*.img
claim "all of them are sound" equal "$status" 0
run out xen-resumable list --format=json "--dir=$dir"
claim "the keys of list are documented" json_keys_are_documented out list dir \
    images images[].file images[].name images[].uuid images[].saved_at

# --- the newest is damaged

next_night 1
run out xen-resumable checkpoint "--dir=$dir" --watch=0 --live=no web
claim "damaged: there is one more of web" test "$(count web)" -ge 3
newest=$dir/web/$(images web | head -n 1)
sound=$dir/web/$(images web | sed -n 2p)
truncate -s $(($(stat -c %s "$newest") - 5000)) "$newest" # busybox' knows no -5000
next_night 1
run out xen-resumable prune "--dir=$dir" --keep-last=1
claim "damaged: exit status 0" equal "$status" 0
claim "damaged: the newest sound one is there" test -f "$sound"
claim "damaged: it verifies" xen-resumable verify "$sound"
claim "damaged: the rules keep the newest" test -f "$newest"
claim "damaged: no other one" equal "$(count web)" 2
claim "damaged: of linux-like the newest, with its copy" copies_are_of_images
rm "$newest"

# --- one guest's failure: a hook, a full disk, a crash, a pause

config_pvh doomed "crash-at-suspend=1 dirty=1"
doomed_begins() {
    run out plugin create doomed
    claim "doomed: it counts" reaches doomed 2
}
mkdir /tmp/hooks
cat >/tmp/hooks/10-hook <<'HOOK'
#!/bin/sh
case $XR_STAGE,$XR_NAME in
pre-suspend,linux-like)
    [ ! -e /tmp/fails ] || exit 1 ;;
pre-suspend,web)
    [ ! -e /tmp/waits ] || : >/tmp/waiting
    while [ -e /tmp/waits ]; do sleep 0.2; done ;;
esac
HOOK
chmod +x /tmp/hooks/10-hook

# Run by the unit's own line, in the environment that systemd would give it:
# service NAME [INSTANCE]
units=/usr/lib/systemd/system
service() (
    unit=$units/$1.service
    while IFS= read -r line; do export "${line?}"; done <"$settings"
    # Words, as systemd makes them of it.
    # shellcheck disable=SC2046
    exec $(sed -n 's/^ExecStart=//p' "$unit" | sed "s/%I/${2:-}/")
)
settings=$(sed -n 's/^EnvironmentFile=-//p' $units/xen-resumable-checkpoint.service)
claim "its settings have a place" test -n "$settings"
mkdir -p "$(dirname "$settings")"
[ -e /usr/bin/env ] || ln -s /bin/busybox /usr/bin/env
set_night() { # LINE...: beside those for all of them
    printf '%s\n' "DIR=$dir" PRUNE=--keep-last=20 TEXTFILE=/tmp/xen.prom \
        'CHECKPOINT=--watch=0 --hook=/tmp/hooks --on-not-resumable=restore' "$@" \
        >"$settings"
}
has_metric() { # NAME VALUE [GUEST]
    metric_of=
    [ $# = 2 ] || metric_of="{domain=\"$3\"}"
    grep "^xen_resumable_$1[ {]" /tmp/xen.prom
    grep -qxF "xen_resumable_$1$metric_of $2" /tmp/xen.prom
}
metric() { sed -n "s/^xen_resumable_$1 //p" /tmp/xen.prom; }

# What is the same in the summary of a command and in the journal of a night.
says_why() { # WHAT FILE
    claim "$1: the hook" grep -q 'linux-like.*10-hook: exit status 1' "$2"
    claim "$1: the full disk" grep -q 'netbsd-like.* MiB free' "$2"
    claim "$1: the crash" grep -q 'doomed.*it has crashed' "$2"
    claim "$1: the pause" grep -q 'still.*it is paused' "$2"
}
others_stand() { # WHAT
    claim "$1: exit status 1" equal "$status" 1
    claim "$1: web has one more image" equal "$(count web)" $((web + 1))
    claim "$1: a sound one" \
        xen-resumable verify "$dir/web/$(images web | head -n 1)"
    for guest in linux-like netbsd-like still; do
        images $guest >after
        claim "$1: the images of $guest are as they were" diff before.$guest after
    done
    claim "$1: there is none of doomed" equal "$(count doomed)" 0
    claim "$1: no copy of a disk is left" copies_are_of_images
    for guest in web linux-like netbsd-like; do
        claim "$1: $guest counts on" counts $guest
    done
    claim "$1: still is paused, and no more than that" equal "$(state still)" p
    claim "$1: doomed has crashed" is_crashed doomed
    destroy doomed
}
failing_begins() {
    doomed_begins
    next_night 1
    web=$(count web)
    for guest in linux-like netbsd-like still; do images $guest >before.$guest; done
    mkdir -p "$dir/netbsd-like"
    mount -t tmpfs -o size=2m,mode=700 tmpfs "$dir/netbsd-like"
}

: >/tmp/fails
fails_by_command() {
    failing_begins
    run out xen-resumable checkpoint --all "--dir=$dir" --watch=0 --hook=/tmp/hooks \
        --on-not-resumable=restore
    umount "$dir/netbsd-like"
    claim "failures: the summary" contains out \
        "1 of 5 guests were checkpointed into $dir"
    says_why failures out
    remark "failures: $(sed -n '/^GUEST/,$p' out | tr '\n' ';')"
    others_stand failures
}
! before_release || fails_by_command

set_night
failing_begins
run journal service xen-resumable-checkpoint
umount "$dir/netbsd-like"
says_why night journal
others_stand night
claim "night: its exit status, for the exporter" has_metric run_status 1
claim "night: web was checkpointed" has_metric checkpoint_success 1 web
for guest in linux-like netbsd-like still doomed; do
    claim "night: $guest was not" has_metric checkpoint_success 0 $guest
done
claim "night: how long web stood still" contains /tmp/xen.prom \
    'xen_resumable_checkpoint_freeze_seconds{domain="web"}'
claim "night: its image is sound" has_metric images_unsound 0
claim "night: who can take a resume" contains /tmp/xen.prom \
    'xen_resumable_domain{domain="linux-like",source="image"} 1'
remark "$(grep -c '^xen_' /tmp/xen.prom) lines of metrics"

# --- nights that cannot be

rm /tmp/fails
find "$dir" -type f | sort >before
cannot_be() { # WHAT TEXT
    next_night 1
    last=$(metric 'image_last_timestamp_seconds{domain="web"}')
    run journal service xen-resumable-checkpoint
    claim "$1: exit status 2" equal "$status" 2
    claim "$1: the journal" contains journal "$2"
    find "$dir" -type f | sort >after
    claim "$1: the images are as they were" diff before after
    claim "$1: its exit status, for the exporter" has_metric run_status 2
    claim "$1: when it was" test "$(metric run_timestamp_seconds)" -ge "$day"
    claim "$1: no metric of the last image has gone" \
        has_metric image_last_timestamp_seconds "${last:-none}" web
}
set_night DIR=/tmp/missing
cannot_be "no folder" "/tmp/missing: No such file or directory"
claim "no folder: web was not checkpointed" has_metric checkpoint_success 0 web
deny "no folder: it made none" test -e /tmp/missing
mkdir /tmp/elsewhere
set_night MOUNTPOINT=/tmp/elsewhere
claim "there is a mountpoint(1)" mountpoint -q $xfs
cannot_be "nothing mounted" "/tmp/elsewhere: nothing is mounted there"

# --- two at once

set_night MOUNTPOINT=$xfs
next_night 1
web=$(count web) other=$(count linux-like)
: >/tmp/waits
service xen-resumable-checkpoint >first 2>&1 &
first=$!
claim "two nights: the first one is at work" within 60 test -e /tmp/waiting
cat first
service xen-resumable-checkpoint@ web >second 2>&1 &
second=$!
claim "two nights: the second one waits, and says so" \
    within 60 grep -q "waiting for another run" second
claim "two nights: it has done nothing yet" equal "$(count web)" "$web"
rm /tmp/waits
status=0
wait $first || status=$?
claim "two nights: the first one's exit status is 1, for still is paused" \
    equal "$status" 1
status=0
wait $second || status=$?
cat second
claim "two nights: the second one's exit status is 0" equal "$status" 0
xen-resumable list "--dir=$dir" web >out
claim "two nights: each has an image of web" equal "$(count web)" $((web + 2))
claim "two nights: all of them can be read" equal "$(grep -c '^web ' out)" \
    $((web + 2))
claim "two nights: the first one has one of linux-like" \
    equal "$(count linux-like)" $((other + 1))
claim "two nights: the metrics are the first one's" has_metric run_status 1
claim "two nights: web was checkpointed" has_metric checkpoint_success 1 web
claim "two nights: copies and images agree" copies_are_of_images

# --- and back, by stock xl

newest=$dir/linux-like/$(images linux-like | head -n 1)
for guest in web linux-like netbsd-like still; do destroy $guest; done
run out stock xl restore "$newest"
claim "stock xl restores an image of the series" equal "$status" 0
claim "it counts on" comes_back linux-like
destroy linux-like
xfs_end
rm -f "$settings" /tmp/xen.prom
date -u -s "@$((began + 60))" >/dev/null
