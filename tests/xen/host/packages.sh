# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The Debian packages for a suite, built in a root of that release's own, as its
# users would build them: dpkg-buildpackage there finds what debian/control
# demands, its compiler, and the Xen that the core is for.  They are kept until
# a source or a package of the root changes.
# shellcheck source=tests/xen/host/common.sh

# What debian/control builds with, without versions and profiles.  The compat
# level is debhelper's to provide.
packages_depends() { # SOURCES
    sed -n '/^Build-Depends:/,/^[A-Z]/{/^ /p}' "$1/debian/control" |
        sed 's/[ ,]*$//; s/ *[(<].*//; s/^ *//; s/^debhelper-compat$/debhelper/'
}

# Sets root_path to a root that builds packages.
packages_root() { # SOURCES
    local -a depends program
    mapfile -t depends < <(packages_depends "$1")
    root_unpack "packages-$suite_name" "$suite_debian" "$suite_pockets" \
        base-files base-passwd bash build-essential coreutils dash dpkg-dev \
        diffutils findutils grep gzip hostname libc-bin lintian mawk perl sed tar \
        util-linux "${depends[@]}"
    # Made by scripts where packages are installed, and no script ran here.
    ln -sf dash "$root_path/usr/bin/sh"
    ln -sf mawk "$root_path/usr/bin/awk"
    for program in automake aclocal; do
        ln -sf "$(basename "$(echo "$root_path/usr/bin/$program"-*)")" \
            "$root_path/usr/bin/$program"
    done
    ln -sf debian "$root_path/etc/dpkg/origins/default"
    cp "$root_path/usr/share/base-passwd/passwd.master" \
        "$root_path/etc/passwd"
    cp "$root_path/usr/share/base-passwd/group.master" "$root_path/etc/group"
    mkdir -p "$root_path"/{dev,proc,tmp}
}

# Of all that goes into them; scenarios do not, nor does the lab but this file.
packages_digest() { # SOURCES
    (cd "$1" && find . -path ./tests/xen -prune -o -type f -print0 | sort -z |
        xargs -0 sha256sum
     cat "$lab_dir/host/packages.sh" "$root_path.packages"
     echo "${release:-} ${packages_quick:-}") | sha256sum
}

# With packages_quick only to be installed: not optimised, and compressed by what an
# emulated CPU unpacks in no time.
packages_compile() { # SOURCES
    local work=$root_path/work tested=1
    # Where this machine has not made the plugin itself, its root has tested it.
    # shellcheck disable=SC2154
    if [ -n "${release:-}" ] && plugin_is_native "$build"; then tested=''; fi
    rm -rf "$work"
    mkdir -p "$work"
    cp -a "$1" "$work/sources"
    note "building the packages for $suite_debian (Xen $suite_name)"
    in_root "$root_path" "cd /work/sources
        export DEB_BUILD_OPTIONS='parallel=$(nproc)'
        if [ -n '${packages_quick:-}' ]; then
            DEB_BUILD_OPTIONS=\"\$DEB_BUILD_OPTIONS nocheck noopt noautodbgsym\"
            export DPKG_DEB_COMPRESSOR_TYPE=gzip
        elif [ -n '$tested' ]; then
            DEB_BUILD_OPTIONS=\"\$DEB_BUILD_OPTIONS nocheck\"
        elif [ ! -e /proc/self ]; then
            DEB_BUILD_OPTIONS=\"\$DEB_BUILD_OPTIONS nocheck\"
            echo \"no /proc: the unit tests are not run here\"
        fi
        dpkg-buildpackage -b -us -uc
        cd ..
        dpkg-scanpackages -m . >Packages
        lintian --allow-root --info --display-info --fail-on error,warning \
            --no-tag-display-limit *.changes" >"$root_path.log" 2>&1 || {
        tail -n 60 "$root_path.log" >&2
        die "the packages were not built; the whole log is $root_path.log"
    }
}

# packages_build SOURCES FOLDER: the packages and their index, FOLDER/Packages.
packages_build() {
    local cached=$lab_cache/packages-$suite_name-built digest
    packages_root "$1"
    digest=$(packages_digest "$1")
    if [ "$(cat "$cached/digest" 2>/dev/null)" != "$digest" ]; then
        packages_compile "$1"
        rm -rf "$cached"
        mkdir -p "$cached"
        mv "$root_path"/work/{*.deb,*.buildinfo,*.changes,Packages} "$cached/"
        rm -rf "$root_path/work"
        echo "$digest" >"$cached/digest"
    fi
    mkdir -p "$2"
    cp "$cached"/* "$2/"
    rm "$2/digest"
}
