# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What the lab costs.  Emulation is all CPU, so that CPU seconds are what a
# change saves; wall seconds also tell what else the machine had to do.
#
# A cost is a line "CPU WALL WHAT", in hundredths of a second; WHAT is a
# scenario, or one of "(prepare)", "(image)", "(boot)" and "(end)".

# What a process has used so far: sets cost_cpu.
cost_of_process() { # PID
    local fields ticks
    read -r fields <"/proc/$1/stat" || return 1
    # Behind the name, which may have blanks: utime and stime are 12th and 13th.
    read -ra ticks <<<"${fields##*) }"
    cost_cpu=$(((ticks[11] + ticks[12]) * 100 / cost_hertz))
} 2>/dev/null
cost_hertz=$(getconf CLK_TCK)

# What this shell and all that it has waited for have used: sets cost_cpu.
# "times" says it of the shell that it runs in, so it cannot be in a $(...).
cost_of_shell() { # SCRATCH
    local -a words
    times >"$1"
    read -ra words -d '' <"$1" || true
    rm -f "$1"
    cost_cpu=$(printf '%s\n' "${words[@]}" | awk -F 'm' '
        { sum += $1 * 60 + $2 } END { printf "%d", sum * 100 }')
}

# The time of day in hundredths: sets cost_wall.
cost_clock() {
    local now=$EPOCHREALTIME
    cost_wall=$((${now%[.,]*} * 100 + 10#${now:${#now} - 6:2}))
}

# cost_follow PID RESULTS COST: what each scenario takes of QEMU, from one END
# to the next; what comes before the first BEGIN is the boot.
cost_follow() {
    local word name cpu=0 wall last_wall
    cost_clock
    last_wall=$cost_wall
    tail -q -n +1 -F --pid="$1" "$2" 2>/dev/null |
        while read -r word name; do
            case $word in
            BEGIN) [ "$cpu" = 0 ] || continue; name='(boot)' ;;
            END) ;;
            *) continue ;;
            esac
            cost_of_process "$1" || continue
            cost_clock
            wall=$cost_wall
            echo "$((cost_cpu - cpu)) $((wall - last_wall)) $name" >>"$3"
            cpu=$cost_cpu last_wall=$wall
        done
}

# cost_rest COST SCRATCH SINCE WHAT: adds what this shell has used, and what time
# has passed SINCE, beyond what COST has.
cost_rest() {
    local cpu=0 wall=0 c w what
    while read -r c w what; do
        cpu=$((cpu + c)) wall=$((wall + w))
    done < <(cat "$1" 2>/dev/null)
    cost_of_shell "$2"
    cost_clock
    echo "$((cost_cpu - cpu)) $((cost_wall - $3 - wall)) $4" >>"$1"
}

# cost_table WORK GROUP...: SUITE, BOOT, WHAT, CPU and wall seconds, by tabs; the
# dearest first.
cost_table() {
    local work=$1 group
    shift
    for group in "$@"; do
        awk -v group="$group" '{
            split(group, part, "/")
            what = $0
            sub(/^[^ ]* [^ ]* /, "", what)
            printf "%s\t%s\t%s\t%.1f\t%.1f\n", part[1], part[2], what,
                   $1 / 100, $2 / 100
        }' "$work/$group/cost" 2>/dev/null || true
    done | sort -t "$(printf '\t')" -k 4,4rn
}

# Seconds with one decimal, of hundredths.
cost_seconds() { printf '%d.%d' $(($1 / 100)) $(($1 % 100 / 10)); }
