# SPDX-License-Identifier: LGPL-2.1-or-later
# A series of every guest for three months: after each prune exactly the images that
# restic's rules keep are there, and the newest sound one; a guest whose checkpoint
# fails costs no other one its own, and is seen.
#
# Before a release there are 60 checkpoints of each guest and one of them is Linux,
# else 4 of guests of our own: that of many images the right ones are kept is shown
# without a guest by tests/unit/test-retention.c and tests/cli/prune.sh.
#
# boot: flat
# needs: disks
# release: 4.14 4.20
# dom0: 1600
# memory: 2560
# takes: 60

# By these four rules the first of four images goes, and three are left.
rounds=4 step=16
rules='1 1 2 3'
! before_release || { rounds=60 step=1; rules='2 5 4 4'; }
keep=$(echo "$rules" | {
    read -r last daily weekly monthly
    echo "--keep-last=$last --keep-daily=$daily --keep-weekly=$weekly" \
        "--keep-monthly=$monthly"
})
. /lab/flat.sh
export DIR=$xfs/series TZ=UTC
xfs_begin 1200M
mkdir "$DIR"

config_own web linux-like
! before_release || config_linux web pvh
config_own linux-like linux-like
config_own netbsd-like netbsd-like
config_own still linux-like
for guest in web linux-like netbsd-like still; do
    run out plugin create $guest
    claim "$guest: it counts" reaches $guest 2
done
xl pause still

images() { # GUEST: names of its images, the newest first
    (cd "$DIR/$1" && for file in *Z.img; do echo "$file"; done) | sort -r
}

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

# All guests; the paused one is refused, and so is one that a resume would kill.
take_all() {
    run out xen-resumable checkpoint --all "--dir=$DIR" --watch=0 --live=no
}

# --- ninety days

began=$(date +%s)
day=$(date -u -d '2026-08-29 03:00:00' +%s)
round=0
while [ "$round" -lt "$rounds" ]; do
    round=$((round + 1))
    # Now and then a night is left out.
    day=$((day + 86400 * step + (round % 2) * 86400 * (step == 1)))
    date -u -s "@$day" >/dev/null
    take_all
    claim "checkpoint $round: the worst exit status is 1" equal "$status" 1
    claim "checkpoint $round: two of four" contains out \
        "2 of 4 guests were checkpointed into $DIR"
    for guest in web linux-like; do
        images $guest | with_periods | kept_by_rules >expected.$guest
    done
    # shellcheck disable=SC2086
    run out xen-resumable prune "--dir=$DIR" $keep
    claim "prune $round: exit status 0" equal "$status" 0
    for guest in web linux-like; do
        images $guest >left
        claim "prune $round: of $guest what the rules keep, and no other" \
            diff expected.$guest left
    done
done
claim "web counts on" counts web
claim "linux-like counts on" counts linux-like
claim "it got a 1" equal "$(returned linux-like)" 1
deny "netbsd-like has no image" ls "$DIR"/netbsd-like/*.img
left=$(images web | wc -l)
remark "$rounds checkpoints: $left images of web are left"
claim "by the rules some of them are gone, and three or more are left" \
    test "$left" -ge 3 -a "$left" -lt "$rounds"
run out xen-resumable list "--dir=$DIR" web
claim "they are listed" equal "$(grep -c '^web ' out)" "$(images web | wc -l)"
run out xen-resumable verify "$DIR"/web/*.img "$DIR"/linux-like/*.img
claim "all of them are sound" equal "$status" 0
run out xen-resumable list --format=json "--dir=$DIR"
claim "the keys of list are documented" json_keys_are_documented out list dir \
    images images[].file images[].name images[].uuid images[].saved_at

# --- the newest is damaged

newest=$DIR/web/$(images web | head -n 1)
sound=$DIR/web/$(images web | sed -n 2p)
truncate -s $(($(stat -c %s "$newest") - 5000)) "$newest" # busybox' knows no -5000
day=$((day + 86400))
date -u -s "@$day" >/dev/null
run out xen-resumable prune "--dir=$DIR" --keep-last=1
claim "damaged: exit status 0" equal "$status" 0
claim "damaged: the newest sound one is there" test -f "$sound"
claim "damaged: it verifies" xen-resumable verify "$sound"
claim "damaged: the rules keep the newest" test -f "$newest"
claim "damaged: no other one" equal "$(images web | wc -l)" 2

# --- one guest's failure

mkdir /tmp/hooks
cat >/tmp/hooks/10-fails <<'HOOK'
#!/bin/sh
[ "$XR_NAME" != "$(cat /tmp/fails)" ] || [ "$XR_STAGE" != pre-suspend ]
HOOK
chmod +x /tmp/hooks/10-fails

fails_alone() { # WHAT GUEST OTHER TEXT OPTION...
    what=$1 guest=$2 other=$3 text=$4
    shift 4
    day=$((day + 86400))
    date -u -s "@$day" >/dev/null
    images "$guest" >before
    images "$other" | wc -l >others
    run out xen-resumable checkpoint "--dir=$DIR" --watch=0 "$@" "$guest" "$other"
    claim "$what: exit status 1" equal "$status" 1
    claim "$what: the summary" contains out "1 of 2 guests were checkpointed"
    claim "$what: it says why" contains out "$text"
    images "$guest" >after
    claim "$what: the guest's images are as they were" diff before after
    claim "$what: the other one has a new one" equal "$(images "$other" | wc -l)" \
        $(($(cat others) + 1))
    claim "$what: the guest counts on" counts "$guest"
}
echo linux-like >/tmp/fails
fails_alone hook linux-like web 10-fails --hook=/tmp/hooks
mount -t tmpfs -o size=2m,mode=700 tmpfs "$DIR/linux-like"
fails_alone "full disk" linux-like web free
umount "$DIR/linux-like"

# --- the service's own command

night=/usr/lib/x86_64-linux-gnu/xen-resumable/series/xen-resumable-night
day=$((day + 86400))
date -u -s "@$day" >/dev/null
TEXTFILE=/tmp/xen.prom PRUNE=$keep CHECKPOINT='--watch=0 --live=no' run out $night
claim "night: exit status 1, for not every guest can be checkpointed" \
    equal "$status" 1
claim "night: the journal says why" contains out "netbsd-like"
claim "night: metrics of who was checkpointed" contains /tmp/xen.prom \
    'xen_resumable_checkpoint_success{domain="web"} 1'
claim "night: and of who was not" contains /tmp/xen.prom \
    'xen_resumable_checkpoint_success{domain="netbsd-like"} 0'
claim "night: how long it stood still" contains /tmp/xen.prom \
    'xen_resumable_checkpoint_freeze_seconds{domain="web"}'
claim "night: its image is sound" contains /tmp/xen.prom \
    'xen_resumable_images_unsound 0'
claim "night: who can take a resume" contains /tmp/xen.prom \
    'xen_resumable_domain{domain="linux-like",source="image"} 1'
remark "$(grep -c '^xen_' /tmp/xen.prom) lines of metrics"

# --- and back, by stock xl

newest=$DIR/linux-like/$(images linux-like | head -n 1)
for guest in web linux-like netbsd-like still; do destroy $guest; done
run out stock xl restore "$newest"
claim "stock xl restores an image of the series" equal "$status" 0
claim "it counts on" counts linux-like
destroy linux-like
xfs_end
date -u -s "@$((began + 60))" >/dev/null
