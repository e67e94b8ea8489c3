# SPDX-License-Identifier: LGPL-2.1-or-later
# Before Xen 4.20 xl's watcher leaves at a checkpoint, and a guest that reboots
# later stays down; under the plugin it stays, and the guest's reboot, crash and
# shutdown are handled as ever; its crash before a release.
#
# boot: faults
# takes: 40

# The xl processes that stay in the background.
watchers() { pidof xl | wc -w; }
watched_by() { ps w | grep '[x]l '; equal "$(watchers)" "$1"; }
log() { cat "/var/log/xen/xl-$1.log"; }
says() { log "$1" | tail -n 20; log "$1" | grep -qF -- "$2"; } # NAME TEXT
starts() { console "$1" | grep -c ': started'; }
starts_are() { equal "$(starts "$1")" "$2"; }
has_ended() { xl list; test "$(state "$1")" = "$2"; } # NAME LETTERS

# Is it less than a tenth of the time on the CPU?  Ticks are 10 ms.
cpu_ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }
rests() { # PID
    rests_from=$(cpu_ticks "$1")
    sleep 4
    echo "$(($(cpu_ticks "$1") - rests_from)) ticks of 400"
    [ $(($(cpu_ticks "$1") - rests_from)) -lt 40 ]
}

# config_ending NAME WORD: a guest whose end is on its command line.
config_ending() {
    config "$1" pv /lab/guest/linux-like 24 "extra = \"$2\""
    sed -i '/^on_/s/=.*/= "restart"/' "/tmp/$1.cfg"
}

checkpoint() { # NAME [COMMAND...]: under the plugin, or by COMMAND
    checkpoint_of=$1
    shift
    run out "${@:-plugin}" xl save -c "$checkpoint_of" /tmp/image.save
    rm -f /tmp/image.save
    [ "$status" -eq 0 ] && counts "$checkpoint_of" 1
}

# is_new NAME FORMER: it runs as a new domain, and has counted from its start.
is_new() {
    echo "was domain $2, is $(domid "$1")"
    console "$1" | tail -n 12
    [ "$(domid "$1")" -gt "$2" ] && console "$1" |
        awk '/: started/ { n = 0 } /: tick / { n++ } END { exit n < 2 }'
}

# starts_anew TEXT NAME FORMER WHY [STARTS]: by the watcher that it had
starts_anew() {
    claim "$1: the guest is started again" within 60 starts_are "$2" "${5:-2}"
    claim "$1: its watcher has heard of the end" \
        says "$2" "Action for shutdown reason code $4 is restart"
    claim "$1: as a new domain, and counts" \
        within 20 is_new "$2" "$3"
    claim "$1: whose watcher is the same process" \
        equal "$(pidof xl)" "$watcher"
}

# --- a guest that reboots by itself, some seconds after a checkpoint

stock_loses_it() {
    claim "stock: its watcher leaves at the suspend" within 20 watched_by 0
    claim "stock: and says so" says lost "Domain has suspended."
    claim "stock: the guest asks for its reboot" within 40 has_ended lost sr
    sleep 5
    claim "stock: it is not started again" has_ended lost sr
    claim "stock: it stays as the domain that it was" \
        equal "$(domid lost)" "$was"
    claim "stock: it has started once" starts_are lost 1
    destroy lost
}

under_stock() {
    config_ending lost reboot-after=4
    stock create lost
    claim "stock: the guest counts" reaches lost 2
    was=$(domid lost)
    watcher=$(pidof xl)
    if [ "$(cat /lab/suite)" = 4.14 ]; then
        # Whose stock xl kills it by a 0.  The watcher is a stock one all the same;
        # of a guest that stock xl built nothing is known, so it is said here.
        echo 'resumable = [ "lost=yes" ]' >/etc/xen/xen-resumable.conf
        claim "stock: a checkpoint" checkpoint lost plugin
        rm -f /etc/xen/xen-resumable.conf
    else
        claim "stock: a checkpoint" checkpoint lost stock
    fi
    case $(cat /lab/suite) in
    4.20) starts_anew "stock 4.20" lost "$was" 1; destroy lost ;;
    *)    stock_loses_it ;;
    esac
    claim "stock: no xl is left" within 20 watched_by 0
}
! before_release || under_stock

echo 'verbose = 1' >/etc/xen/xen-resumable.conf
config_ending kept reboot-after=4
plugin create kept
claim "reboot: the guest counts" reaches kept 2
was=$(domid kept)
watcher=$(pidof xl)
claim "reboot: a checkpoint" checkpoint kept
claim "reboot: its watcher stays" watched_by 1
starts_anew reboot kept "$was" 1
rm -f /etc/xen/xen-resumable.conf
if [ "$(cat /lab/suite)" = 4.20 ]; then
    claim "reboot: 4.20 stays by itself" says kept "Domain has suspended."
    deny "reboot: and the plugin keeps out" says kept "goes on watching it"
else
    deny "reboot: xl has not seen the suspend" \
        says kept "Domain has suspended."
    claim "reboot: the plugin says what it did" \
        says kept "domain $was has suspended; xl goes on watching it"
fi

# --- the same watcher, now of the second domain
second_domain() {
    was=$(domid kept)
    claim "second domain: a checkpoint" checkpoint kept
    starts_anew "second domain" kept "$was" 1 3
}
! before_release || second_domain
destroy kept
claim "reboot: the watcher goes with the domain" within 20 watched_by 0

# --- a guest that is shut down after a checkpoint
config_own linux-like linux-like
plugin create linux-like
claim "shutdown: the guest counts" reaches linux-like 2
claim "shutdown: a checkpoint" checkpoint linux-like
run out plugin xl shutdown -w linux-like
claim "shutdown: xl shutdown -w ends with it" equal "$status" 0
claim "shutdown: it is cleaned up" within 30 gone linux-like
claim "shutdown: and its watcher is gone" within 20 watched_by 0

# --- two checkpoints, then a crash
crashes_later() {
    config_ending crashing crash-after=20
    plugin create crashing
    claim "crash: the guest counts" reaches crashing 2
    was=$(domid crashing)
    watcher=$(pidof xl)
    for n in 1 2; do
        claim "crash: checkpoint $n" checkpoint crashing
        claim "crash: its watcher stays" watched_by 1
    done
    starts_anew crash crashing "$was" 3

    destroy crashing
    claim "crash: the watcher goes with the domain" within 20 watched_by 0
}

# --- a plain save ends the watcher, a restore has one of its own
# It is not to end before it was looked at.
halts_later() {
    config_ending halting poweroff-after=9
    plugin create halting
    claim "restore: the guest counts" reaches halting 2
    run out plugin xl save halting /tmp/plain.save
    claim "save: the domain is gone" gone halting
    claim "save: and its watcher, too" within 20 watched_by 0
    run out plugin xl restore /tmp/plain.save
    claim "restore: it is restored" equal "$status" 0
    claim "restore: a checkpoint" checkpoint halting
    claim "restore: its watcher stays" watched_by 1
    claim "restore: its power goes off, and it is cleaned up" \
        within 40 gone halting
    claim "restore: and its watcher is gone" within 20 watched_by 0
}
if before_release; then
    crashes_later
    halts_later
fi

# --- xl shutdown -w ends with the suspend, as under stock xl
said_busy() { console busy | grep -q ': busy'; }
config_ending busy busy=1
unders=plugin
! before_release || unders="stock plugin"
for under in $unders; do
    plugin create busy
    claim "shutdown -w, $under: the guest counts" reaches busy 2
    $under xl shutdown -w busy >/tmp/shutdown.out 2>&1 &
    claim "shutdown -w, $under: the guest takes its time" \
        within 20 said_busy
    claim "shutdown -w, $under: a checkpoint" checkpoint busy
    claim "shutdown -w, $under: ends with its suspend" \
        within 20 contains /tmp/shutdown.out "reason code 2"
    claim "shutdown -w, $under: and leaves the watcher alone" \
        within 20 watched_by 1
    destroy busy
    claim "shutdown -w, $under: which goes with the domain" \
        within 20 watched_by 0
done

# --- a guest that is held
is_held() {
    config_own netbsd-like netbsd-like
    plugin create netbsd-like
    claim "held: the guest counts" reaches netbsd-like 2
    run out plugin xl save -c netbsd-like /tmp/held.save
    claim "held: it is suspended" is_suspended netbsd-like
    claim "held: its watcher stays" watched_by 1
    config_own mute mute
    stock create mute
    claim "held: another domain comes" reaches mute 2
    destroy mute
    claim "held: and goes, with its watcher" within 20 watched_by 1
    claim "held: without a loop in the watcher" rests "$(pidof xl)"
    destroy netbsd-like
    claim "held: with the domain the watcher goes" within 20 watched_by 0
}
# Up to 4.14 xl resumes by a 0, which that guest can take.
[ "$(cat /lab/suite)" = 4.14 ] || is_held
