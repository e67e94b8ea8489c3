# SPDX-License-Identifier: LGPL-2.1-or-later
# On every Xen release another half of the guests dies of stock xl save -c.
# Under the plugin none does, and none is held that stock keeps alive.
#
# boot: matrix
# suites: all
# memory: 3584
# timeout: 600

# "alive 1", with what the suspend hypercall returned, if the guest says so;
# "held", suspended for good; "dead".
became() { # NAME
    if is_suspended "$1" >/dev/null; then
        echo held
    elif is_crashed "$1" >/dev/null || ! counts "$1" 2 15 >/dev/null; then
        echo dead
    else
        echo "alive $(returned "$1")"
    fi
}

# What a checkpoint makes of a guest.  A moment after it, for a guest that dies
# of it is taken for suspended until it does.
checkpoint() { # NAME COMMAND...
    checkpoint_name=$1
    shift
    run out "$@" "$checkpoint_name" "/tmp/$checkpoint_name.save"
    sleep 1
    cell=$(became "$checkpoint_name")
}

# A guest that exec refuses to checkpoint never noticed: its suspend hypercall
# has not returned anything since.
refused() { # NAME
    [ "$status" = 1 ] && contains out "is not checkpointed" >/dev/null &&
        counts "$1" >/dev/null
}

# Fills stock_cell, plugin_cell and exec_cell.
fill_row() { # NAME
    stock create "$1"
    claim "$1: it starts" reaches "$1" 2
    checkpoint "$1" stock xl save -c
    stock_cell=$cell
    destroy "$1"

    run out plugin xl create -q "/tmp/$1.cfg"
    claim "$1: it starts under the plugin" reaches "$1" 2
    checkpoint "$1" plugin xl save -c
    plugin_cell=$cell
    if [ "$cell" = held ]; then
        destroy "$1"
        run out plugin xl restore "/tmp/$1.save"
        claim "$1: a restore brings the held guest back" counts "$1"
    fi
    checkpoint "$1" xen-resumable exec -- xl save -c
    exec_cell=$cell
    ! refused "$1" || exec_cell=refused
    destroy "$1"
    rm -f "/tmp/$1.save"
}

# Nothing is known to be lost: stock's living guests live, the others are held
# or live.
judge_row() { # NAME
    deny "$1: under the plugin it is not dead" equal "$plugin_cell" dead
    case $stock_cell in
    alive*) deny "$1: it is not held, for stock keeps it alive" \
        equal "$plugin_cell" held ;;
    esac
    deny "$1: under exec it is not dead" equal "$exec_cell" dead
    deny "$1: under exec it is not held, either" equal "$exec_cell" held
}

row() { printf '%-13s | %-8s | %-8s | %s' "$@"; }

# Rows are shown when all are filled.
fill() { # NAME
    fill_row "$1"
    judge_row "$1"
    rows="$rows$(row "$1" "$stock_cell" "$plugin_cell" "$exec_cell")
"
    case $stock_cell in dead) killed="$killed $1" ;; esac
    ! equal "$plugin_cell" held >/dev/null || held="$held $1"
}

# A guest that obeys nothing lets xl wait for a minute: three at a time, while
# the others are tried.
start_mutes() {
    config_own mute-stock mute
    config_own mute-plugin mute
    config_own mute-exec mute
    stock create mute-stock
    plugin create mute-plugin
    plugin create mute-exec
    claim "mute: all three start" eval \
        'reaches mute-stock 2 && reaches mute-plugin 2 && reaches mute-exec 2'
    stock xl save -c mute-stock /tmp/mute-stock.save >/tmp/mute 2>&1 &
    mute_stock=$!
    plugin xl save -c mute-plugin /tmp/mute-plugin.save >/tmp/mute 2>&1 &
    mute_plugin=$!
    xen-resumable exec -- xl save -c mute-exec /tmp/mute-exec.save \
        >/tmp/mute 2>&1 &
    mute_exec=$!
}

await_mutes() {
    wait "$mute_stock" "$mute_plugin" "$mute_exec"
    stock_cell=$(became mute-stock)
    plugin_cell=$(became mute-plugin)
    exec_cell=$(became mute-exec)
    judge_row mute
    rows="$rows$(row mute "$stock_cell" "$plugin_cell" "$exec_cell")
"
}

# Which guests stock xl kills; up to 4.14 it resumes with a 0 by mistake, which
# Linux cannot take in the domain that it already knows.
doomed() {
    case $(cat /lab/suite) in
    4.14) echo " linux-like linux-pv linux-pvh" ;;
    *)    echo " netbsd-like illumos-like" ;;
    esac
}

rows='' killed='' held=''
start_mutes
for kind in linux-like freebsd-like netbsd-like illumos-like; do
    config_own "$kind" "$kind"
    fill "$kind"
    case $kind in freebsd-like) freebsd_cells="$plugin_cell,$exec_cell" ;; esac
done
for type in pv pvh; do
    config_linux "linux-$type" "$type"
    fill "linux-$type"
done
await_mutes

remark "Xen $(cat /lab/suite), after xl save -c"
remark "$(row guest stock plugin exec)"
echo "$rows" | while read -r line; do
    [ -z "$line" ] || remark "$line"
done
claim "stock xl kills:$(doomed)" equal "$killed" "$(doomed)"
claim "freebsd-like lives without being held" \
    equal "$(echo "$freebsd_cells" | tr -d ' 01')" alive,alive
