# SPDX-License-Identifier: LGPL-2.1-or-later
# On every Xen release another half of the guests dies of stock xl save -c.
# Under the plugin none does, and none is held that stock keeps alive.
#
# boot: matrix
# suites: 4.14 4.20
# release: 4.17
# takes: 25

# What became of a guest: "alive", "held", suspended for good, or what it died
# of; with what its suspend hypercall returned, if it says so.
became() { # NAME
    list_state "$1" >/dev/null
    case $list_state in
    ss | s) echo held ;;
    *c*) died_of "$1" ;;
    *) if counts "$1" 2 15 >/dev/null; then
            echo "alive $(returned "$1")"
        else
            died_of "$1"
        fi ;;
    esac
}

died_of() { # NAME
    if console "$1" | grep -q "Kernel panic"; then
        echo panics
    else
        echo "dies $(returned "$1")"
    fi
}

# A moment after the checkpoint: a guest that is about to die of it may still
# be in the middle.
checkpoint() { # NAME COMMAND...
    checkpoint_name=$1
    shift
    run out "$@" "$checkpoint_name" "/tmp/$checkpoint_name.save"
    sleep 1
    cell=$(became "$checkpoint_name")
}

refused() { # NAME
    [ "$status" = 1 ] && contains out "is not checkpointed" >/dev/null &&
        counts "$1" >/dev/null
}

# "yes, image": the verdict and where it comes from.
verdict() { # NAME
    xen-resumable check --format=json "$1" |
        sed -n 's/^ *"\(resumable\|source\)": "\(.*\)".*/\2/p' |
        head -n 2 | paste -sd, | sed 's/,/, /'
}

# In every run it is the one that differs most from release to release.
is_tried_by_exec() { # NAME
    before_release || [ "$1" = netbsd-like ]
}
fill_exec() { # NAME
    checkpoint "$1" xen-resumable exec -- xl save -c
    exec=$cell
    ! refused "$1" || exec=refused
}

# Sets verdict, stock, plugin and exec: the cells.  Stock xl comes last: it kills.
fill() { # NAME
    run out plugin xl create -q "/tmp/$1.cfg"
    claim "$1: it starts" reaches "$1" 2
    verdict=$(verdict "$1")
    checkpoint "$1" plugin xl save -c
    plugin=$cell
    if [ "$cell" = held ]; then
        destroy "$1"
        run out plugin xl restore "/tmp/$1.save"
        claim "$1: a restore brings the held guest back" counts "$1"
    fi
    exec=""
    ! is_tried_by_exec "$1" || fill_exec "$1"
    checkpoint "$1" stock xl save -c
    stock=$cell
    destroy "$1"
    rm -f "/tmp/$1.save"
}

is_one_of() { # CELL WORD...
    echo "is: $1"
    is_word=${1%% *}
    shift
    for word in "$@"; do
        [ "$word" != "$is_word" ] || return 0
    done
    return 1
}

# Held is who would die of a 1, refused who cannot take one, and nobody else.
judge() { # NAME
    should="alive alive"
    case $verdict,$stock in
    no*,alive*) should="alive refused" ;;
    no*)        should="held refused" ;;
    esac
    claim "$1: under the plugin it is ${should% *}" \
        is_one_of "$plugin" "${should% *}"
    [ -z "$exec" ] || claim "$1: under exec it is ${should#* }" \
        is_one_of "$exec" "${should#* }"
    case $stock in alive*) ;; *) killed="$killed $1" ;; esac
    case $(cat /lab/suite),$1 in
    4.14,linux-p*) claim "$1: stock xl makes it panic" \
        is_one_of "$stock" panics ;;
    esac
    rows="$rows$(row "$1" "$verdict" "$stock" "$plugin" "$exec")
"
}

row() { printf '%-12s | %-12s | %-8s | %-8s | %s' "$@"; }

# A guest that obeys nothing lets xl wait for a minute: three at a time, while
# the others are tried.
start_mutes() {
    for how in stock plugin exec; do
        config_own "mute-$how" mute
        plugin create "mute-$how"
        claim "mute-$how: it starts" reaches "mute-$how" 2
    done
    verdict=$(verdict mute-plugin)
    mute_verdict=$verdict
    stock xl save -c mute-stock /tmp/mute.1 >/dev/null 2>&1 &
    mute_stock=$!
    plugin xl save -c mute-plugin /tmp/mute.2 >/dev/null 2>&1 &
    mute_plugin=$!
    xen-resumable exec -- xl save -c mute-exec /tmp/mute.3 >/dev/null 2>&1 &
    mute_exec=$!
}

await_mutes() {
    wait "$mute_stock" "$mute_plugin" "$mute_exec"
    verdict=$mute_verdict
    stock=$(became mute-stock)
    plugin=$(became mute-plugin)
    exec=$(became mute-exec)
}

# Whom stock xl kills.  Up to 4.14 it resumes with a 0 by mistake, which Linux
# cannot take in a domain that it has been in before.
doomed() {
    case $(cat /lab/suite) in
    4.14) echo " linux-like$(at_release " linux-pv linux-pvh")" ;;
    *)    echo " netbsd-like$(at_release " illumos-like")" ;;
    esac
}

at_release() { ! before_release || printf '%s' "$1"; }

# In every run what each Xen does differently; before a release every guest.
rows='' killed=''
! before_release || start_mutes
# shellcheck disable=SC2046
for kind in linux-like $(at_release freebsd-like) netbsd-like \
    $(at_release illumos-like); do
    config_own "$kind" "$kind"
    fill "$kind"
    judge "$kind"
    case $kind in
    freebsd-like)
        claim "$kind: it lives, though its note says 0" \
            is_one_of "$plugin" alive
        claim "$kind: by the quirk" equal "$verdict" "yes, quirk" ;;
    esac
done
# In every run linux-like stands for Linux: it dies of what makes Linux panic.
for type in $(at_release "pv pvh"); do
    config_linux "linux-$type" "$type"
    fill "linux-$type"
    judge "linux-$type"
    claim "linux-$type: under the plugin it is alive" is_one_of "$plugin" alive
done
if before_release; then
    await_mutes
    judge mute
fi
claim "stock xl kills:$(doomed)" equal "$killed" "$(doomed)"

remark "Xen $(cat /lab/suite), after xl save -c; 0 or 1: what the guest got"
remark "$(row guest check "stock xl" plugin "exec -- xl")"
echo "$rows" | while read -r line; do
    [ -z "$line" ] || remark "$line"
done
