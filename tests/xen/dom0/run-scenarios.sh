# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
#
# Runs the scenarios of this boot one after the other, cuts off one that hangs,
# and cleans up after each.  The results' port gets one line per claim:
#
#   PASS scenario: claim        FAIL scenario: claim      SKIP scenario: why
#   | output of a failed claim  BEGIN scenario            END scenario
#   TIME seconds scenario
# shellcheck source=/dev/null
. /lab/lib.sh

result() { printf '%s\n' "$*" >"$results_port"; }

scenario_timeout() {
    limit=$(sed -n 's/^# timeout: *//p' "/lab/scenario/$1.sh")
    echo "${limit:-240}"
}

clean_up() {
    for pid in $(pidof libvirtd xl libxl-save-helper); do
        kill -9 "$pid" 2>/dev/null
    done
    for domid in $(xl list | awk 'NR > 1 && $2 > 0 { print $2 }'); do
        xl destroy "$domid" 2>/dev/null
    done
    rm -rf /tmp/* /var/log/xen/console/*
    killall -HUP xenconsoled 2>/dev/null
}

echo "=== dom0 is up"
while read -r scenario; do
    echo "=== scenario $scenario"
    result "BEGIN $scenario"
    began=$(uptime_seconds)
    if ! timeout "$(scenario_timeout "$scenario")" \
        sh /lab/one-scenario.sh "$scenario" </dev/null; then
        result "FAIL $scenario: it ends by itself, in time and without error"
    fi
    clean_up
    result "TIME $(($(uptime_seconds) - began)) $scenario"
    result "END $scenario"
done </lab/scenarios
echo "=== done"
