# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The plugin for a suite, as "make install" lays it out.  What is installed on
# this machine made the build tree; for every other Xen the sources are built
# in a root of that suite's own, by its compiler, with its headers, against
# its libraries: what was built on a newer libc does not load on an older one.
# shellcheck source=tests/xen/host/common.sh

plugin_configure="--prefix=/usr --sysconfdir=/etc --localstatedir=/var \
--libdir=/usr/lib/x86_64-linux-gnu"

# Is the suite this machine's, and the build tree made for its Xen?
plugin_is_native() { # BUILD
    local codename
    # shellcheck disable=SC1091
    codename=$(. /etc/os-release 2>/dev/null; echo "${VERSION_CODENAME:-}")
    [ "$codename" = "$suite_debian" ] &&
        grep -qxF "#define XEN_RELEASE \"$suite_name\"" "$1/config.h"
}

# What a suite builds with.  Sets root_path.
plugin_root() {
    root_unpack "build-$suite_name" "$suite_debian" "$suite_pockets" \
        base-files coreutils dash bash sed grep mawk findutils diffutils \
        gzip tar perl make gcc libc6-dev pkg-config libxen-dev libelf-dev \
        liblzma-dev zlib1g-dev libbz2-dev liblzo2-dev liblz4-dev libzstd-dev \
        libyajl-dev libxxhash-dev libvirt-dev libcmocka-dev
    # Made by scripts where packages are installed, and nothing is here.
    ln -sf dash "$root_path/usr/bin/sh"
    ln -sf mawk "$root_path/usr/bin/awk"
    mkdir -p "$root_path"/{dev,proc,sys,tmp}
}

# Can mounts of one's own be had by these words?
can_mount() { "$@" mount -t tmpfs none /tmp 2>/dev/null; }

# in_root ROOT SCRIPT: as a root of its own, which any user may have in a user
# namespace, and root without one, which knows more users than itself.  Where not
# even root can have mounts of its own, as in some chroots, there is no /proc, which
# tests ask for.
in_root() {
    local PATH=$PATH:/usr/sbin:/sbin node
    local enter="exec env -i PATH=/usr/bin:/usr/sbin LC_ALL=C HOME=/ \
chroot \"\$0\" /bin/sh -ec \"\$1\""
    local -a own=(unshare --mount)
    can_mount "${own[@]}" || own=(unshare --map-root-user --mount)
    if can_mount "${own[@]}"; then
        "${own[@]}" /bin/sh -ec "
            mount --rbind /dev \"\$0/dev\"
            mount --rbind /proc \"\$0/proc\"
            mkdir -p \"\$0/sys\"
            [ ! -d /sys/class ] || mount --rbind /sys \"\$0/sys\"
            mount -t tmpfs none \"\$0/tmp\"
            $enter" "$@"
    elif [ "$(id -u)" = 0 ]; then
        for node in null:3 full:7 zero:5 urandom:9; do
            [ -c "$1/dev/${node%:*}" ] ||
                mknod -m 666 "$1/dev/${node%:*}" c 1 "${node#*:}" ||
                die "neither namespaces nor device nodes are to be had here"
        done
        /bin/sh -ec "$enter" "$@"
    else
        die "the plugin for Xen $suite_name is built in a root of its own, \
which takes user namespaces (or root)"
    fi
}

# The sources as they are handed out, for the suite's root has no autotools.
plugin_sources() { # BUILD FOLDER
    make -s -C "$1" distdir distdir="$2" >"$2.log" 2>&1 || {
        tail -n 20 "$2.log" >&2
        die "make distdir in $1 failed"
    }
}

# Of what the plugin is made of, and of the root that it is built in.
plugin_digest() { # SOURCES
    (cd "$1" && find configure Makefile.in config.h.in build-aux include \
        plugin examples tests/unit tests/xen/dom0 -type f -print0 | sort -z |
        xargs -0 sha256sum
        cat "$root_path.packages"
        echo "$plugin_configure ${release:-}") | sha256sum
}

# With --release as "make" does it, and the unit tests are run as well, by every
# release's compiler; else what takes the least time.
plugin_compile() { # SOURCES
    local work=$root_path/work
    local flags="--disable-dependency-tracking CFLAGS='-O0 -g0'"
    [ -z "${release:-}" ] || flags=''
    rm -rf "$work"
    mkdir -p "$work/build"
    cp -a "$1" "$work/sources"
    note "building the plugin for Xen $suite_name on $suite_debian"
    in_root "$root_path" "cd /work/build
        CONFIG_SHELL=/bin/sh /bin/sh ../sources/configure -q --enable-werror \
            $plugin_configure $flags
        make -s -j$(nproc) nodist_man_MANS=
        if [ -z '${release:-}' ]; then
            :
        elif [ -e /proc/self ]; then
            make -s -j$(nproc) check-units VERBOSE=1
        else
            echo \"no /proc: the unit tests are not run here\"
        fi
        make -s lab-tools
        make -s install nodist_man_MANS= DESTDIR=/work/stage" >"$root_path.log" 2>&1 || {
        tail -n 60 "$root_path.log" >&2
        die "the plugin was not built; the whole log is $root_path.log"
    }
}

# plugin_collect BUILD FOLDER: puts what a dom0 gets out of a build tree into
# FOLDER/lab; FOLDER/stage is there already.  Without what only people read,
# and Python, which dom0 has not got.
plugin_collect() {
    local file
    mkdir -p "$2/lab"
    for file in "$1"/tests/xen/dom0/{.libs/api-time,await-tick,blocks,maps,freeze,gaps,sequence,suspend-only,working-set,.libs/*.so}; do
        [ ! -e "$file" ] || cp "$file" "$2/lab/"
    done
    for file in "$1"/examples/{verdict,.libs/checkpoint,.libs/read-image}; do
        [ ! -e "$file" ] || cp "$file" "$2/lab/"
    done
    # Its drill is run word for word.
    file=$2/stage/usr/share/man/man7/xen-resumable-disks.7
    [ ! -e "$file" ] || cp "$file" "$2/lab/"
    rm -rf "$2"/stage/usr/{include,lib/python3*} \
        "$2"/stage/usr/share/{man,bash-completion}
    find "$2/stage" -name '*.la' -delete
}

# plugin_build BUILD SOURCES FOLDER: the suite's plugin into FOLDER/stage, and
# what else of it scenarios use into FOLDER/lab; out of the build tree where it
# is this machine's, else out of the sources.
plugin_build() {
    local cached=$lab_cache/plugin-$suite_name digest
    mkdir -p "$3"
    if plugin_is_native "$1"; then
        { make -s -C "$1" lab-tools &&
            make -s -C "$1" install DESTDIR="$3/stage"; } >"$3/log" 2>&1 || {
            tail -n 20 "$3/log" >&2
            die "make lab-tools or make install in $1 failed"
        }
        plugin_collect "$1" "$3"
        return
    fi
    plugin_root
    digest=$(plugin_digest "$2")
    if [ "$(cat "$cached/digest" 2>/dev/null)" != "$digest" ]; then
        plugin_compile "$2"
        rm -rf "$cached"
        mkdir -p "$cached"
        mv "$root_path/work/stage" "$cached/"
        plugin_collect "$root_path/work/build" "$cached"
        rm -rf "$root_path/work"
        echo "$digest" >"$cached/digest"
    fi
    cp -a "$cached"/{stage,lab} "$3/"
}
