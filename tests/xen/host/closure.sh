# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Copying programs out of an unpacked root with the libraries that they need,
# all from that root: absolute links there must not lead to the host's files.

library_folders="lib/x86_64-linux-gnu usr/lib/x86_64-linux-gnu lib64 \
usr/lib64 lib usr/lib usr/lib/x86_64-linux-gnu/pulseaudio \
usr/lib/x86_64-linux-gnu/libvirt"

# The file behind PATH (relative to ROOT), links resolved inside ROOT.
resolve() { # ROOT PATH
    local root=$1 path=/$2 link rounds=0
    while [ -L "$root$path" ] && [ $((rounds += 1)) -lt 20 ]; do
        link=$(readlink "$root$path")
        case $link in
        /*) path=$link ;;
        *)  path=$(dirname "$path")/$link ;;
        esac
    done
    [ -e "$root$path" ] && echo "$root$path"
}

needed() { # FILE: the libraries it names, and its interpreter
    readelf -d "$1" 2>/dev/null | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'
}

find_library() { # ROOT NAME: its path in ROOT, without the leading slash
    local folder
    for folder in $library_folders; do
        if [ -e "$1/$folder/$2" ] || [ -L "$1/$folder/$2" ]; then
            echo "$folder/$2"
            return 0
        fi
    done
    return 1
}

# Copies every library that the ELF files need, out of ROOT into TARGET, under
# the names by which they are asked for.
copy_libraries() { # ROOT TARGET FILE...
    local root=$1 target=$2 file name place real
    shift 2
    local -a queue=("$@")
    local -A seen=()
    while [ ${#queue[@]} -gt 0 ]; do
        file=${queue[0]}
        queue=("${queue[@]:1}")
        for name in $(needed "$file"); do
            [ -z "${seen[$name]:-}" ] || continue
            seen[$name]=1
            ! find_library "$target" "$name" >/dev/null || continue
            place=$(find_library "$root" "$name") ||
                die "$name, needed by $file, is not in $root"
            real=$(resolve "$root" "$place") || die "dangling $place in $root"
            mkdir -p "$target/lib/x86_64-linux-gnu"
            cp -n "$real" "$target/lib/x86_64-linux-gnu/$name"
            queue+=("$real")
        done
    done
}

# Copies a program as it is, to the same place; queues it for its libraries.
copied=()
copy_program() { # ROOT TARGET PATH
    local real
    real=$(resolve "$1" "$3") || die "$3 is not in $1"
    mkdir -p "$2/$(dirname "$3")"
    cp "$real" "$2/$3"
    chmod +x "$2/$3"
    copied+=("$2/$3")
}
