# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
#
# Runs the scenarios of this boot one after the other, cuts off one that hangs,
# and cleans up after each.  A scenario hangs if it reports nothing for a long
# time; how long it takes in all depends on the machine.  The results' port gets
# one line per claim:
#
#   PASS scenario: claim        FAIL scenario: claim      SKIP scenario: why
#   | output of a failed claim  BEGIN scenario            END scenario
#   TIME seconds scenario
# shellcheck source=/dev/null
. /lab/lib.sh

result() { printf '%s\n' "$*" >"$results_port"; }

scenario_shell() { # SCENARIO
    shell=$(sed -n 's/^# shell: *//p' "/lab/scenario/$1.sh")
    echo "${shell:-sh}"
}

silence_limit() { # SCENARIO
    limit=$(sed -n 's/^# silence: *//p' "/lab/scenario/$1.sh")
    echo "${limit:-900}"
}

# Scenarios report through a FIFO, which is open here for reading and writing, so
# that it never ends; "DONE status" is a scenario's last line.
reports=/run/lab-reports
mkfifo "$reports"
exec 9<>"$reports"

# Passes on what the scenario reports, until it is done or silent for so long.
pass_on() { # SECONDS
    # busybox' sh has it.
    # shellcheck disable=SC3045
    while IFS= read -r -t "$1" line <&9; do
        case $line in
        "DONE "*) return "${line#DONE }" ;;
        *)        result "$line" ;;
        esac
    done
    return 1
}

# To its end, or until it is cut off.
run_scenario() { # SCENARIO
    {
        # A scenario may want another shell: of several words, as "busybox sh".
        # shellcheck disable=SC2046
        setsid $(scenario_shell "$1") /lab/one-scenario.sh "$1" </dev/null 9>&-
        echo "DONE $?" >"$reports"
    } &
    pass_on "$(silence_limit "$1")" && return
    # All that it has started, if it still runs; its last line comes in any case.
    kill -9 "-$(cat /run/lab-session)" 2>/dev/null
    pass_on 60
    return 1
}

clean_up() {
    for pid in $(pidof libvirtd xl libxl-save-helper); do
        kill -9 "$pid" 2>/dev/null
    done
    for domid in $(xl list | awk 'NR > 1 && $2 > 0 { print $2 }'); do
        xl destroy "$domid" 2>/dev/null
    done
    # Of a guest that was held, if a stock xl has destroyed it, the lock's file stays.
    rm -rf /tmp/* /var/log/xen/console/* /run/xen-resumable
    rm -rf /etc/xen/xen-resumable.conf /etc/xen/xen-resumable.d
    # The domains that a libvirtd knows.
    rm -rf /etc/libvirt /run/libvirt/* /run/libvirtd.pid /var/lib/libvirt/libxl/*
    killall -HUP xenconsoled 2>/dev/null
}

echo "=== dom0 is up"
while read -r scenario; do
    echo "=== scenario $scenario"
    result "BEGIN $scenario"
    uptime_seconds
    began=$uptime_seconds
    run_scenario "$scenario" ||
        result "FAIL $scenario: it ends by itself and without error"
    clean_up
    uptime_seconds
    result "TIME $((uptime_seconds - began)) $scenario"
    result "END $scenario"
done </lab/scenarios
echo "=== done"
