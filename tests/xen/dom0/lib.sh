# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
#
# What scenarios are written with.  A process costs 20 ms of an emulated CPU, and
# most of what is here is done hundreds of times: so few of them are started.

results_port=/dev/vport0p1
files_port=/dev/vport0p2
stub=/usr/lib/x86_64-linux-gnu/xen-resumable/xen-resumable-preload.so
core=/usr/lib/x86_64-linux-gnu/xen-resumable/$(cat /lab/suite)/xen-resumable-core.so
consoles=/var/log/xen/console

# --- claims

report() { printf '%s\n' "$*" >"$results_port"; echo "$*"; }

# The last lines of a file, as the excerpt behind a failed claim.
excerpt() { tail -n "${2:-15}" "$1" | sed 's/^/| /' | cut -c 1-400 \
    >"$results_port"; }

# What was run last may say why.
excerpt_of_last_run() {
    [ -s "${run_out:-/dev/null}" ] || return 0
    { echo "the last that was run said:"; tr '\r' '\n' <"$run_out" |
        tail -n 8; } >/tmp/last.out
    excerpt /tmp/last.out
}

# claim TEXT COMMAND...: PASS if the command succeeds.
claim() {
    claim_text=$1
    shift
    claims=$((claims + 1))
    if "$@" >/tmp/claim.out 2>&1; then
        report "PASS $scenario: $claim_text"
    else
        report "FAIL $scenario: $claim_text"
        echo "+ $*" >>/tmp/claim.out
        excerpt /tmp/claim.out
        excerpt_of_last_run
        sed 's/^/    /' /tmp/claim.out
    fi
}

# deny TEXT COMMAND...: PASS if the command fails.
deny() {
    deny_text=$1
    shift
    claim "$deny_text" not "$@"
}
not() { # a command or a file that is missing denies nothing
    not_status=0
    "$@" || not_status=$?
    [ "$1 $not_status" != "grep 2" ] || not_status=127
    [ "$not_status" != 0 ] && [ "$not_status" != 127 ]
}

equal() { echo "is:        $1"; echo "should be: $2"; [ "$1" = "$2" ]; }
differs() { # FORMER LATTER: nothing at all is no other one
    echo "'$1' and '$2'"
    [ -n "$1" ] && [ -n "$2" ] && [ "$1" != "$2" ]
}
contains() { # FILE TEXT
    [ -e "$1" ] || { echo "there is no $1"; return 127; }
    grep -qaF -- "$2" "$1" && return
    cat "$1"
    return 1
}

# Is this the run before a release, which takes its time?
before_release() { [ -e /lab/release ]; }

# A fact that a person should read in the log and the results.
remark() { report "| $scenario: $*"; }

# Carries a file out of the lab: RESULTS/files.tar on the host.
keep() { tar -c -f - "$@" >"$files_port" 2>/dev/null; }

# --- toolstacks

# run FILE COMMAND...: output to FILE and to the log; sets status.
run() {
    run_out=$1
    shift
    echo "+ $*"
    uptime_seconds
    run_from=$uptime_seconds
    status=0
    "$@" >"$run_out" 2>&1 || status=$?
    [ ! -s "$run_out" ] || awk -v RS='[\r\n]+' '
        !/^xc: (info|Frames|End)/ { line[n++ % 30] = $0 }
        END { for (i = n > 30 ? n - 30 : 0; i < n; i++)
                  print "    " line[i % 30] }' "$run_out"
    uptime_seconds
    echo "    exit status $status after $((uptime_seconds - run_from)) s"
}

# Did what was run last fail of itself: not for want of it, and not ended by "timeout", by
# a signal that ends all, or by a fault of its own?
has_failed() {
    echo "exit status $status"
    case $status in 0 | 124 | 126 | 127 | 134 | 137 | 139 | 143) return 1 ;; esac
}

uptime_seconds() { # sets uptime_seconds
    read -r uptime_seconds uptime_rest </proc/uptime
    uptime_seconds=${uptime_seconds%.*}
}

plugin() { LD_PRELOAD=$stub "$@"; }
stock() { "$@"; }

# Lines that the plugin wrote.
said() { grep -ac '^ *xen-resumable: ' "$1"; }
warnings() { grep -ac 'xen-resumable: warning: ' "$1"; }

# --- guests

# One that ends is not started again, so that nobody takes it for one that goes on: a
# guest that makes a fault where it cannot see one says "reboot".
# config NAME TYPE KERNEL MEMORY [MORE OF <os>]: NAME.cfg
config() {
    cat >"/tmp/$1.cfg" <<CONFIG
name = "$1"
type = "$2"
kernel = "$3"
memory = $4
vcpus = 1
on_crash = "preserve"
on_reboot = "preserve"
CONFIG
    config_name=$1
    shift 4
    for line in "$@"; do echo "$line" >>"/tmp/$config_name.cfg"; done
}

# What an emulated CPU can do without: mitigations, looking for serial ports, pages
# that are zeroed twice, a security module.
linux_is_quick='mitigations=off 8250.nr_uarts=0 init_on_alloc=0 apparmor=0 audit=0'

# A Debian kernel that counts; not as a bzImage, which takes long to unpack:
# config_linux NAME TYPE [MEMORY] [KERNEL]
config_linux() {
    config "$1" "$2" "${4:-/boot/vmlinux}" "${3:-104}" \
        'ramdisk = "/boot/guest.img"' \
        "extra = \"console=hvc0 rdinit=/init quiet $linux_is_quick\""
}

# A guest of our own: config_own NAME KIND [MEMORY]
config_own() { config "$1" pv "/lab/guest/$2" "${3:-16}"; }

# One of our own as people have theirs: of its four vCPUs one is off, and it has less
# memory than it may have.  It counts as long as its vCPUs do, and has no more memory
# than it wants: as_people_have NAME
as_people_have() {
    people_have='vcpus=3 balloon=4'
    people_memory=$(sed -n 's/^memory = //p' "/tmp/$1.cfg")
    sed -i "s/^vcpus = 1\$/vcpus = 4/
        s/^memory = .*/&\nmaxmem = $((people_memory + 4))/
        s/^extra = \"/&$people_have /" "/tmp/$1.cfg"
    grep -q ^extra "/tmp/$1.cfg" ||
        echo "extra = \"$people_have\"" >>"/tmp/$1.cfg"
}

# The one that is PVH, and so can be saved live on every Xen; words as
# "pattern=1" are for its command line: config_pvh NAME [WORDS] [KERNEL]
config_pvh() {
    config "$1" pvh "${3:-/lab/guest/linux-pvh}" 16 "extra = \"${2:-}\""
}

# An HVM guest behind its firmware (# needs: firmware); without a kernel there is nothing
# to boot, nor are there PV drivers: config_hvm NAME MIB [KERNEL]
config_hvm() {
    config "$1" hvm "${3:-/nowhere}" "$2"
    # Without a kernel the firmware waits, and starts again.
    [ -n "${3:-}" ] || sed -i '/^kernel/d; /^on_reboot/d' "/tmp/$1.cfg"
    cat >>"/tmp/$1.cfg" <<'CONFIG'
vga = "none"
vnc = 0
nographic = 1
usb = 0
acpi = 1
CONFIG
}

# What a guest with an interface takes; its script is /tmp/vif-bridge.  Xen's own takes its
# time on a busy machine, and libxl has not much: this does what is seen here.
net_begin() {
    for module in llc stp bridge xen-netback; do
        insmod "/lib/modules/$module.ko" 2>/dev/null
    done
    cat >/tmp/vif-bridge <<'SCRIPT'
#!/bin/sh
[ "$1" = online ] || exit 0
ip link set dev "$vif" up
brctl addif "$(xenstore-read "$XENBUS_PATH/bridge")" "$vif"
xenstore-write "$XENBUS_PATH/hotplug-status" connected
SCRIPT
    chmod 755 /tmp/vif-bridge
}

# create NAME: starts NAME.cfg (under whatever the caller says: plugin create)
create() { xl create -q "/tmp/$1.cfg"; }

# What the guest said; after a migration, under the name that it arrived with.
console() {
    cat "$consoles/guest-$1.log" "$consoles/guest-$1--incoming.log" \
        2>/dev/null | tr -d '\r'
}

# The guest's counter; 0 if it has not counted yet.
ticks() { console_number "$1" tick; }

# The last NUMBER of a "WORD NUMBER" on its console, or 0: console_number NAME WORD
console_number() {
    /lab/await-tick 0 "$2" 0 "$consoles/guest-$1.log" \
        "$consoles/guest-$1--incoming.log"
}

# The first number in the console's log: where a restored guest went on.  Only of a
# line that is whole: a guest that ends in the middle of "tick 105" has said "tick 1".
first_tick() {
    first=$(console "$1" |
        sed -n 's/.*tick \([0-9]\{1,\}\)\( gap .*\)*$/\1/p' | head -n 1)
    echo "${first:-0}"
}

# Waits until the guest has counted so far, or so much farther (+NUMBER), in one
# process.  The seconds are a net for what will never come, so there are five times
# as many: await_tick NAME TICK SECONDS
await_tick() { await_number "$1" tick "$2" "$3"; }
await_number() { # NAME WORD NUMBER SECONDS: "WORD NUMBER" on its console
    /lab/await-tick $(($4 * 5)) "$2" "$3" "$consoles/guest-$1.log" \
        "$consoles/guest-$1--incoming.log" >/dev/null && return
    echo "the counter of $1 stands at $(ticks "$1")"
    console "$1" | tail -n 12
    xl list
    return 1
}

# counts NAME [MORE] [SECONDS]: does the counter grow by MORE?
counts() { await_tick "$1" "+${2:-2}" "${3:-20}"; }

# Of a guest of our own that an image or a migration has brought to a new domain: it
# counts, and since its last start its suspend has returned, with a 0.  One that was
# started instead counts as well: comes_back NAME [MORE] [SECONDS]
comes_back() {
    counts "$@" || return 1
    console "$1" | awk '/: started/ { last = "it was started" }
        /suspend hypercall returned/ { last = $NF }
        END { print "the last of it: " last; exit last != "0" }'
}

# How often a guest was started, as its log says: one of ours, or a Linux.
starts_of() { console "$1" | grep -c -e ': started' -e '^tick 1$'; }

# reaches NAME TICK [SECONDS]: wait until it has counted that far.
reaches() { await_tick "$1" "$2" "${3:-60}"; }

# Of a guest with "pattern=1", from now on: has it written and read all of its
# memory twice, and has nothing been wrong?  knows_its_memory NAME
knows_its_memory() {
    await_number "$1" sweep +2 60 || return 1
    console "$1" | grep pattern: | tail -n 3
    ! console "$1" | grep WRONG
}

# Begins a console's logs anew, so that the counter of what comes next is not taken
# for that of what was there.  A guest's last words come after its end: xenconsoled
# writes them when it hears of that, and then closes the log.
anew() {
    looks=0
    while log_is_open "$1" && [ -z "$(domid "$1")" ] && [ $((looks += 1)) -lt 50 ]; do
        sleep 0.2
    done
    : >"$consoles/guest-$1.log"
    : >"$consoles/guest-$1--incoming.log"
}

log_is_open() { # NAME
    for log_of in $(pidof xenconsoled); do
        ls -l "/proc/$log_of/fd" 2>/dev/null
    done | grep -q "/guest-$1\(--incoming\)*\.log$"
}

destroy() {
    xl destroy "$1"
    anew "$1"
}

# within SECONDS COMMAND...: does it come to succeed?  The seconds are a net for
# what will never come, so there are five times as many.
within() {
    uptime_seconds
    within_until=$((uptime_seconds + $1 * 5))
    shift
    until "$@" >/tmp/within.out 2>&1; do
        uptime_seconds
        if [ "$uptime_seconds" -ge "$within_until" ]; then
            cat /tmp/within.out
            return 1
        fi
        sleep 0.5
    done
}

# A PV domain for virsh: virsh_domain NAME KERNEL MEMORY [MORE OF <os> [DEVICES]]
virsh_domain() {
    cat <<XML
<domain type='xen'>
  <name>$1</name>
  <memory unit='MiB'>$3</memory>
  <vcpu>1</vcpu>
  <on_crash>preserve</on_crash>
  <os>
    <type arch='x86_64' machine='xenpv'>linux</type>
    <kernel>$2</kernel>
    $4
  </os>
  <devices><console type='pty'><target type='xen'/></console>$5</devices>
</domain>
XML
}

domid() { xl domid "$1" 2>/dev/null; }

# xl's letters without the dashes: b, r, ss, c, ...
state() { xl list "$1" 2>/dev/null | awk 'NR == 2 { gsub("-", "", $5)
                                                    print $5 }'; }
# The same out of a list of all that is shown; xl is slow here, so it runs once.
list_state() { # NAME: sets list_state
    xl list >/tmp/list
    list_state=$(awk -v name="$1" '{ print >"/dev/stderr" }
        $1 == name || $2 == name { gsub("-", "", $5); print $5 }' /tmp/list)
}
is_suspended() {
    list_state "$1"
    [ "$list_state" = ss ] # one that has powered off is "s"
}
is_crashed() {
    list_state "$1"
    case $list_state in *c*) return 0 ;; *) return 1 ;; esac
}

gone() { ! xl domid "$1" >/dev/null 2>&1; }

# stopped_within NAME SECONDS: crashed or shut down.
crashes() {
    waits=$((${2:-10} * 6))
    while ! is_crashed "$1" >/dev/null; do
        waits=$((waits - 1))
        [ "$waits" -ge 0 ] || { xl list; console "$1" | tail -n 12; return 1; }
        sleep 0.5
    done
}

# The last value that the guest's suspend hypercall returned, as it says.
returned() {
    cat "$consoles/guest-$1.log" "$consoles/guest-$1--incoming.log" 2>/dev/null |
        sed -n '/suspend hypercall returned/{s/.*returned \([0-9]*\).*/\1/;h};${x;p}'
}

# --- images, JSON

# shellcheck source=/dev/null
. /lab/images.sh
