# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
#
# The matrix: what becomes of a guest that is checkpointed by stock xl, under the plugin,
# and under exec.  Its cells are found by "fill" or "fill_at_once", judged and noted by
# "judge", and printed by "print_matrix".
# shellcheck disable=SC2154

rows='' killed=''

# What a guest shows as long as it lives.  A scenario of guests without a counter has its
# own; "looks_whole NAME", too, where there is more to see after a checkpoint.
# What it had said before it suspended comes late where dom0 is starved: two of its
# numbers are not enough.
goes_on() { counts "$1" 6 20; }
looks_whole() { :; }

# What became of a guest: "alive", "held", suspended for good, or what it died
# of; with what its suspend hypercall returned, if it says so.
became() { # NAME
    list_state "$1" >/dev/null
    case $list_state in
    ss) echo held ;;
    *c*) died_of "$1" ;;
    *) if goes_on "$1" >/dev/null && ! is_crashed "$1" >/dev/null; then
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
        goes_on "$1" >/dev/null
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
        claim "$1: a restore brings the held guest back" comes_back "$1"
    fi
    looks_whole "$1"
    exec=""
    ! is_tried_by_exec "$1" || fill_exec "$1"
    checkpoint "$1" stock xl save -c
    stock=$cell
    destroy "$1"
    rm -f "/tmp/$1.save"
}

# The same of guests that are checkpointed all at once; they run already, and the first
# of stock's deaths is not the others'.  Leaves the cells in cells.NAME, for "read_cells".
all_at_once() { # COLUMN NAMES COMMAND...
    column=$1
    names=$2
    shift 2
    saves=''
    for name in $names; do
        "$@" "$name" "/tmp/$name.save" >"out.$name" 2>&1 &
        saves="$saves $!"
    done
    # shellcheck disable=SC2086
    wait $saves
    sleep 1
    for name in $names; do
        sed 's/^/    /' "out.$name"
        echo "$column='$(became "$name")'" >>"cells.$name"
    done
}

fill_at_once() { # NAME...
    for name in "$@"; do
        echo "verdict='$(verdict "$name")' exec=''" >"cells.$name"
    done
    all_at_once plugin "$*" plugin xl save -c
    for name in "$@"; do
        claim "$name: its image is sound" xen-resumable verify "/tmp/$name.save"
        looks_whole "$name"
    done
    ! before_release || all_at_once exec "$*" xen-resumable exec -- xl save -c
    all_at_once stock "$*" stock xl save -c
    for name in "$@"; do
        destroy "$name"
        rm -f "/tmp/$name.save"
    done
}
# shellcheck source=/dev/null
read_cells() { . "./cells.$1"; }

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
judge() { # NAME [WHAT IT IS]
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
    rows="$rows$(row "$1${2:+, $2}" "$verdict" "$stock" "$plugin" "$exec")
"
}

row() { printf '%-38s | %-12s | %-8s | %-8s | %s' "$@"; }

print_matrix() {
    remark "Xen $(cat /lab/suite), after xl save -c; 0 or 1: what the guest got"
    remark "$(row guest check "stock xl" plugin "exec -- xl")"
    echo "$rows" | while read -r line; do
        [ -z "$line" ] || remark "$line"
    done
}
