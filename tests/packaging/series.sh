#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The nightly run, as the service starts it, with a command in the place of each
# checkpoint.  If this fails, nobody sees that a guest has no checkpoint, or the
# units do not work.
set -u
top=$(cd "${top_srcdir:-.}" && pwd)
build=${abs_top_builddir:-$top}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0
fail() { echo "FAIL: $*"; failures=$((failures + 1)); }

# --- the units, by systemd's own parser

units=("$build"/packaging/series/xen-resumable-checkpoint*.{service,timer})
[ ${#units[@]} = 4 ] || fail "four units: ${units[*]}"
if command -v systemd-analyze >/dev/null; then
    mkdir units
    cp "${units[@]}" units
    sed -i '/^ExecStart=/s|[^ ]*/xen-resumable-night|/bin/true|' units/*
    sed -i 's|^/bin/true|ExecStart=/bin/true|' units/*
    for unit in checkpoint.timer checkpoint.service checkpoint@web.timer \
        checkpoint@web.service; do
        said=$(SYSTEMD_UNIT_PATH=$work/units: systemd-analyze --man=no verify \
            "$work/units/xen-resumable-${unit/@web/@}" 2>&1)
        [ -z "$said" ] || fail "$unit: $said"
    done
    sed -i 's/^OnCalendar=/OnCalender=/' units/xen-resumable-checkpoint.timer
    said=$(SYSTEMD_UNIT_PATH=$work/units: systemd-analyze --man=no verify \
        "$work/units/xen-resumable-checkpoint.timer" 2>&1)
    case $said in
    *OnCalender*) ;;
    *) fail "a fault is not seen: $said" ;;
    esac
fi
grep -q '^ExecStart=.* PRUNE= TEXTFILE= .*/xen-resumable-night -- %I$' \
    "$build/packaging/series/xen-resumable-checkpoint@.service" ||
    fail "one guest's service prunes others"
grep -q '^WantedBy=timers.target' "$build"/packaging/series/*.timer ||
    fail "nothing to enable"

# --- a night

cat >taker <<'SH'
#!/bin/bash
file=${*: -1} guest=${*: -2:1}
case $guest in
"$FAILS")
    printf '{"event":"message","level":"error","text":"%s: no room"}\n' "$guest"
    echo '{"event":"result","ok":false,"error":{"code":"no-room","message":"no room"}}'
    exit 1 ;;
waits)
    trap 'echo "{\"event\":\"result\",\"ok\":false,\"error\":{\"code\":\"cancelled\",\"message\":\"stopped\"}}"; exit 1' TERM
    : >"$WAITS"
    while :; do sleep 0.1; done ;;
leaves)
    sleep 1000 </dev/null >/dev/null 2>&1 &
    echo $! >>"$LEFT" ;;
esac
"$MKSTREAM" xl flat seal pages=4 "record=domain.name=$guest" >"$file"
[ "$guest" != bad ] || printf x | dd of="$file" bs=1 seek=9000 conv=notrunc status=none
echo '{"event":"result","ok":true,"domid":7,"bytes":8192,"freeze_us":1500,"total_ms":2500,"bytes_written":4096,"disks":[{"vdev":"xvda","driver":"file"},{"vdev":"xvdb","driver":null}]}'
SH
chmod +x taker
export XR_COMMAND=$work/taker MKSTREAM=$build/tests/streams/mkstream FAILS='' \
    WAITS=$work/waits LEFT=$work/left XR_RUN_DIR=$work/locks XR_COPIES_DIR=$work/copies \
    XR_CONFIG=/nonexistent
export XR_NIGHT_COMMAND=$build/plugin/cli/xen-resumable \
    XR_NIGHT_METRICS=$build/packaging/series/xen-resumable-metrics
export DIR=$work/dir TEXTFILE=$work/xen.prom PRUNE=--keep-last=1 TZ=UTC
mkdir dir dir/web dir/mail
night() { # STATUS DOMAIN...
    local wanted=$1 got=0
    shift
    sh "$build/packaging/series/xen-resumable-night" "$@" >out 2>err || got=$?
    [ $got = "$wanted" ] || fail "$*: exit status $got, not $wanted: $(cat err)"
}
has() { grep -qxE "$1" xen.prom || fail "no $1 in: $(cat xen.prom)"; }
not() { ! grep -qE "$1" xen.prom || fail "$1 in: $(cat xen.prom)"; }

"$MKSTREAM" xl pages=4 record=domain.name=web >dir/web/2001-01-01T000000Z.img
night 0 web mail
has 'xen_resumable_checkpoint_success\{domain="web"\} 1'
has 'xen_resumable_checkpoint_duration_seconds\{domain="web"\} 2.500'
has 'xen_resumable_checkpoint_freeze_seconds\{domain="mail"\} 0.001500'
has 'xen_resumable_checkpoint_written_bytes\{domain="mail"\} 4096'
has 'xen_resumable_checkpoint_disks_not_kept\{domain="mail"\} 1'
has 'xen_resumable_checkpoint_run_timestamp_seconds [0-9]{10}'
has 'xen_resumable_image_last_timestamp_seconds\{domain="web"\} [0-9]{10}'
has 'xen_resumable_image_last_bytes\{domain="web"\} [0-9]+'
has 'xen_resumable_images\{domain="web"\} 1'
has 'xen_resumable_images_unsound 0'
has 'xen_resumable_images_unreadable 0'
has 'xen_resumable_images_removed 1'
has 'xen_resumable_run_status 0'
has 'xen_resumable_run_timestamp_seconds [0-9]{10}'
[ ! -e dir/web/2001-01-01T000000Z.img ] || fail "nothing was pruned"
[ "$(stat -c %a xen.prom)" = 644 ] || fail "the exporter cannot read it"
[ ! -s out ] || fail "it prints: $(cat out)"

# What failed is in the exit status, the journal and the metrics, and what is
# known of the last good checkpoint stays.
FAILS=web night 1 web mail
has 'xen_resumable_checkpoint_success\{domain="web"\} 0'
has 'xen_resumable_checkpoint_success\{domain="mail"\} 1'
has 'xen_resumable_checkpoint_duration_seconds\{domain="web"\} 2.500'
grep -q '^xen-resumable: web: no room$' err || fail "the journal: $(cat err)"
ls dir/web/*.img >/dev/null || fail "the former image is gone"

# So does all that is known where the folder is missing: no alert may go for that,
# and there is one.
value() { sed -n "s/^xen_resumable_$1 //p" xen.prom; }
last=$(value 'image_last_timestamp_seconds{domain="mail"}')
series=$(value checkpoint_run_timestamp_seconds)
DIR=$work/missing night 2 web
has 'xen_resumable_run_status 2'
has 'xen_resumable_checkpoint_success\{domain="mail"\} 0'
has "xen_resumable_image_last_timestamp_seconds\\{domain=\"mail\"\\} $last"
has "xen_resumable_checkpoint_run_timestamp_seconds $series"
has 'xen_resumable_images_unsound 0'
cp xen.prom former.prom
rm xen.prom
DIR=$work/missing night 2 web
has 'xen_resumable_run_status 2'
mv former.prom xen.prom

# Nothing is written where nothing is mounted.
MOUNTPOINT=$work DIR=$work/dir night 2 new
[ ! -e dir/new ] || fail "it fills the file system below"
grep -q "^xen-resumable-night: $work: nothing is mounted there$" err ||
    fail "what is not mounted: $(cat err)"
has 'xen_resumable_run_status 2'
MOUNTPOINT=/ night 0 web mail

# A guest that is no more, and has no image, is forgotten.
rm -r dir/mail
night 0 web
not 'domain="mail"'

# An image that is damaged as it is written is seen.
good=$(value 'image_last_timestamp_seconds{domain="web"}')
night 1 bad web
has 'xen_resumable_images_unsound 1'
# It is no image to come back to, also when it is verified no more.
has 'xen_resumable_image_last_timestamp_seconds\{domain="bad"\} 0'
PRUNE='' night 0 web
has 'xen_resumable_image_last_timestamp_seconds\{domain="bad"\} 0'
[ "$(value 'image_last_timestamp_seconds{domain="web"}')" -ge "$good" ] ||
    fail "the last one of web"
rm -r dir/bad

# Whatever a guest is called, its image is verified.
odd="it's \$(touch evil) *"
night 0 "$odd" web
has 'xen_resumable_images_unsound 0'
has "xen_resumable_image_last_timestamp_seconds\\{domain=\"it's [^\"]*\"\\} [0-9]{10}"
[ ! -e evil ] || fail "a name is a command"
rm -r "dir/$odd"

# No room for results: the exporter is told that the run has failed, if nothing else.
cat >halves <<'SH'
#!/bin/bash
case $1 in
list) "$REAL" "$@" | head -c 20 ;;
verify) if [ -e verify-waits ]; then
            trap 'exit 1' TERM
            echo $$ >verifying
            while :; do sleep 0.1; done
        fi
        exec "$REAL" "$@" ;;
*) exec "$REAL" "$@" ;;
esac
SH
chmod +x halves
export REAL=$XR_NIGHT_COMMAND
XR_NIGHT_COMMAND=$work/halves night 2 web
has 'xen_resumable_run_status 2'
has 'xen_resumable_checkpoint_success\{domain="web"\} 1'
night 0 web
TMPDIR=$work/missing night 2 web
has 'xen_resumable_run_status 2'
has 'xen_resumable_checkpoint_success\{domain="web"\} 1'
grep -q "^xen-resumable-night: there is no room for a folder in" err ||
    fail "no room: $(cat err)"

# A stop ends a verification, too.
: >verify-waits
rm -f verifying
XR_NIGHT_COMMAND=$work/halves \
    sh "$build/packaging/series/xen-resumable-night" web >out 2>err & pid=$!
until [ -s verifying ]; do kill -0 $pid || break; sleep 0.05; done
kill -TERM $pid
got=0
wait $pid || got=$?
[ $got = 1 ] || fail "stopped: exit status $got: $(cat err)"
! kill "$(cat verifying)" 2>/dev/null || fail "its verification goes on"
rm verify-waits

# A stop ends the step that is at work, and none follows.
rm -f waits xen.prom
sh "$build/packaging/series/xen-resumable-night" waits web >out 2>err & pid=$!
until [ -e waits ]; do kill -0 $pid || break; sleep 0.05; done
kill -TERM $pid
got=0
wait $pid || got=$?
[ $got = 1 ] || fail "stopped: exit status $got: $(cat err)"
[ ! -e xen.prom ] || fail "stopped: it tells $(cat xen.prom)"

# Two at once: the second one says so, and waits.
mkdir -p locks
exec 8>>locks/night
flock 8
sh "$build/packaging/series/xen-resumable-night" web >out 2>err 8>&- & pid=$!
until grep -qx 'xen-resumable-night: waiting for another run' err; do
    kill -0 $pid || break
    sleep 0.05
done
[ ! -e xen.prom ] || fail "it has not waited"
exec 8>&-
got=0
wait $pid || got=$?
[ $got = 0 ] || fail "two at once: exit status $got: $(cat err)"
has 'xen_resumable_checkpoint_success\{domain="web"\} 1'

# A lock that cannot be had keeps nobody from a checkpoint.
mkdir -p nolocks/night
XR_RUN_DIR=$work/nolocks night 0 web
has 'xen_resumable_checkpoint_success\{domain="web"\} 1'
! grep . err | grep -v "no Xen here" || fail "without a lock: it complains"

# What a checkpoint leaves behind on purpose keeps nobody waiting.
night 0 leaves
night 0 leaves
! grep waiting err || fail "it waits for what outlives a run"
xargs kill <left

# Of one guest, as the service xen-resumable-checkpoint@web starts it.
PRUNE='' TEXTFILE='' night 0 -- web -x
ls dir/-x/*.img >/dev/null || fail "a guest that is called -x"
ls dir/web/*.img >/dev/null || fail "one guest's"

# --- metrics: names of guests, and what is no result

metrics() { "$XR_NIGHT_METRICS" "$@"; }
no_metrics() { # WHAT ARGUMENTS...: it fails, and says why
    local what=$1 got=0
    shift
    metrics "$@" 2>err || got=$?
    [ $got -ge 1 ] && [ $got -le 2 ] && grep -qE '^(xen-resumable-metrics|Usage): ' err ||
        fail "$what: exit status $got: $(cat err)"
}
printf '{"ok":true,"domains":[{"target":"a\\"b\\\\c\\nd","resumable":"no","source":"image"},{"target":"e","resumable":"unknown","source":"none"}]}' >check
metrics check >out || fail "metrics of check"
grep -qxF 'xen_resumable_domain{domain="a\"b\\c\nd",source="image"} 0' out ||
    fail "escapes: $(cat out)"
grep -qxF 'xen_resumable_domain{domain="e",source="none"} -1' out || fail "-1"
metrics - <check >out || fail "metrics of standard input"
printf '{"dir":"/","domains":[{"domain":"q\\"\\\\n\\n","ok":true,"total_ms":7}]}' >good
printf '{"dir":"/","domains":[{"domain":"q\\"\\\\n\\n","ok":false}]}' >failed
metrics --output=kept.prom good && metrics --output=kept.prom failed ||
    fail "metrics of a failure"
grep -qxF 'xen_resumable_checkpoint_duration_seconds{domain="q\"\\n\n"} 0.007' \
    kept.prom || fail "what is kept: $(cat kept.prom)"
cp kept.prom before
for bad in /dev/null missing . "$top/README.md"; do
    no_metrics "$bad is no result" --output=kept.prom "$bad"
done
cmp kept.prom before || fail "the former file is lost"
no_metrics "a full device" good >/dev/full
no_metrics "no result"
no_metrics "an unknown option" --what good
grep -qx 'xen-resumable-metrics: --what: unknown option, or a wrong value' err ||
    fail "it said: $(cat err)"
[ -z "$(find . -maxdepth 1 -name '*.partial')" ] || fail "left files"

# "null" is a name; a missing one is none, nor is it another guest's.
printf '{"ok":true,"dir":"/","images":[%s,%s]}' \
    '{"file":"/a","name":null,"saved_at":"2020-01-01T00:00:00Z","container":"xl","bytes_occupied":5}' \
    '{"file":"/b","name":"null","saved_at":"2020-01-01T00:00:00Z","container":"xl","bytes_occupied":7}' >list
metrics list=list >out || fail "metrics of a list"
grep -qxF 'xen_resumable_images_bytes{domain="null"} 7' out ||
    fail "an image without a name: $(cat out)"

# A single image that cannot be judged, and of a series that has failed as a whole.
printf '{"ok":false,"error":{"code":"system","message":"."}}' >nothing
metrics verify=nothing >out && grep -qx 'xen_resumable_images_unsound 1' out ||
    fail "no answer to verify: $(cat out)"
no_metrics "a failure of nobody" nothing >out
metrics --output=kept.prom checkpoint=nothing list || fail "a series that failed"
grep -qxF 'xen_resumable_checkpoint_success{domain="q\"\\n\n"} 0' kept.prom ||
    fail "a series that has failed: $(cat kept.prom)"
metrics --status=3 >out || fail "a status"
grep -qx 'xen_resumable_run_status 3' out || fail "a status: $(cat out)"
no_metrics "no exit status" --status=300 good

# Every image counts where nobody verifies; else what counted before, and no newer.
image() { printf '{"ok":true,"dir":"/","images":[{"file":"/b","name":"v","saved_at":"%s","container":"xl"}]}' "$1" >list; }
last_of_v() { sed -n 's/^xen_resumable_image_last_timestamp_seconds{domain="v"} //p' v.prom; }
image 1970-01-01T00:10:00Z
metrics --output=v.prom list=list && [ "$(last_of_v)" = 600 ] || fail "the first"
image 1970-01-01T00:20:00Z
metrics --output=v.prom list=list && [ "$(last_of_v)" = 0 ] || fail "not verified"
metrics --output=v.prom --unverified list=list && [ "$(last_of_v)" = 1200 ] ||
    fail "nobody verifies"
# One of a night with a wrong clock counts for nothing, also if it did before.
image 2999-01-01T00:00:00Z
metrics --output=v.prom --unverified list=list && [ "$(last_of_v)" = 0 ] ||
    fail "an image from the future: $(cat v.prom)"
sed -i 's/\(last_timestamp_seconds{domain="v"}\) .*/\1 32472144000/' v.prom
image 1970-01-01T00:20:00Z
metrics --output=v.prom list=list && [ "$(last_of_v)" = 1200 ] ||
    fail "after an image from the future: $(cat v.prom)"

# What is no regular file is neither waited for nor replaced; a killed one's
# beginnings go, and nothing else that looks like them.
mkfifo fifo.prom
ln -s fifo.prom link.prom
ln -s /dev/null null.prom
for bad in fifo.prom link.prom null.prom dir; do
    no_metrics "$bad is not replaced" --output="$bad" good
    grep -q 'it is no regular file' err || fail "$bad: $(cat err)"
done
[ -p fifo.prom ] && [ -L link.prom ] && [ -L null.prom ] || fail "it is replaced"
touch .kept.prom.a1B2c3.partial .kept.prom.a1B2c4.partial kept.prom.backup \
    .kept.prom.a1B2.partial .kept.prom.a1B2c3.partiaL
exec 8<.kept.prom.a1B2c4.partial
flock 8
metrics --output=kept.prom good || fail "beside what is left"
exec 8<&-
[ ! -e .kept.prom.a1B2c3.partial ] || fail "what was left stays"
for name in .kept.prom.a1B2c4.partial kept.prom.backup .kept.prom.a1B2.partial \
    .kept.prom.a1B2c3.partiaL; do
    [ -e "$name" ] || fail "$name is gone"
done
if command -v promtool >/dev/null; then
    promtool check metrics <kept.prom || fail "promtool"
    promtool check rules "$top/examples/alerts.yml" || fail "promtool: alerts"
fi
for name in $(grep -oE 'xen_resumable_[a-z_]+' "$top/examples/alerts.yml" | sort -u); do
    grep -q "\"${name#xen_resumable_}\"" "$top/plugin/cli/metrics_lines.c" ||
        fail "alerts.yml: there is no $name"
done
[ $failures = 0 ] || { echo "$failures failures"; exit 1; }
