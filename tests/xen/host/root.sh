# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Debian packages unpacked into a folder, nothing of them installed or run: the
# Xen tools of a suite, and the kernel that is dom0's and the Linux guests'.
#
# apt does it, with the mirrors, keys and proxies that this machine is set up
# with, but with lists and a (blank) package status of the lab's own: so any
# user can do it, for any release, whatever is installed here.
# shellcheck source=tests/xen/host/common.sh

root_lists_age=1440 # minutes after which the lists are fetched again

# The archive's keys, which every Debian has; without them, those apt trusts.
root_keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# The archive's pockets, out of the machine's own apt configuration, whatever its
# format.  Asked once: apt takes most of a second for it, and there are many roots.
archive_pockets=''
archive_learn() {
    [ -z "$archive_pockets" ] || return 0
    # shellcheck disable=SC2016
    archive_pockets=$(apt-get indextargets \
        --format '$(ORIGIN)|$(CODENAME)|$(REPO_URI)' 'Created-By: Packages')
}

# The URI of the archive for a pocket ("main" or "security").
archive_uri() {
    awk -F '|' -v pocket="$1" '
        $1 == "Debian" &&
        ($2 ~ /-security$/) == (pocket == "security") { print $3; exit }' \
        <<<"$archive_pockets"
}

# One sources.list line for each pocket of the suite.
archive_lines() { # DEBIAN POCKETS
    local pocket uri suite options=''
    [ ! -e "$root_keyring" ] || options="[signed-by=$root_keyring] "
    for pocket in ${2//,/ }; do
        uri=$(archive_uri "$pocket")
        [ -n "$uri" ] || continue
        suite=$1
        [ "$pocket" = main ] || suite=$1-$pocket
        echo "deb $options$uri $suite main"
    done
}

# apt-get with a state of its own for each Debian release.
apt_for() { # DEBIAN ARGUMENT...
    local state=$lab_cache/apt-$1
    shift
    apt-get -qq -o Dir::State="$state" -o Dir::Cache="$state" \
        -o Dir::Cache::pkgcache=packages.bin \
        -o Dir::State::status="$state/status" \
        -o Dir::Etc::sourcelist="$state/sources.list" \
        -o Dir::Etc::sourceparts=- -o APT::Sandbox::User="$(id -un)" \
        -o APT::Install-Recommends=false -o APT::Architecture=amd64 "$@"
}

# Fetches the lists if there are none, old ones, or ones from elsewhere.
apt_update() { # DEBIAN POCKETS
    local state=$lab_cache/apt-$1 lines
    archive_learn
    lines=$(archive_lines "$1" "$2")
    [ -n "$lines" ] ||
        die "apt knows no Debian archive here; run apt-get update"
    mkdir -p "$state"/{lists,archives}/partial
    touch "$state/status"
    if [ "$(cat "$state/sources.list" 2>/dev/null)" = "$lines" ] &&
        [ -n "$(find "$state/updated" -mmin -$root_lists_age 2>/dev/null)" ]
    then
        return 0
    fi
    note "fetching the package lists of $1"
    echo "$lines" >"$state/sources.list"
    if apt_for "$1" update >"$state/log" 2>&1; then
        touch "$state/updated"
    else
        tail -n 5 "$state/log" >&2
        note "the package lists of $1 could not be fetched"
    fi
}

# Unpacks a package, and enters it into the root's dpkg database as installed,
# so that there dpkg-shlibdeps finds what library is whose, and apt in a dom0
# what it depends on is there.  Its scripts have not run.
unpack_archive() { # ROOT ARCHIVE
    local root=$1 database=$1/var/lib/dpkg control file package
    control=$(mktemp -d)
    dpkg-deb --control "$2" "$control"
    package=$(sed -n 's/^Package: *//p' "$control/control")
    if grep -qx 'Multi-Arch: same' "$control/control"; then
        package+=:$(sed -n 's/^Architecture: *//p' "$control/control")
    fi
    dpkg-deb --fsys-tarfile "$2" |
        tar -x -v -C "$root" --keep-directory-symlink --no-same-owner |
        sed 's/^\.//; s/\/$//; s/^$/\/./' >"$database/info/$package.list"
    for file in symbols shlibs; do
        [ ! -e "$control/$file" ] ||
            cp "$control/$file" "$database/info/$package.$file"
    done
    { sed 's/^Package:.*/&\nStatus: install ok installed/' "$control/control"
      echo; } >>"$database/status"
    rm -rf "$control"
}

# Unpacks the packages that apt has downloaded.  Debian's folders are merged
# beforehand: /lib is /usr/lib, as on an installed system.
unpack_archives() { # FOLDER ARCHIVE...
    local root=$1 folder archive
    shift
    for folder in bin sbin lib lib64; do
        mkdir -p "$root/usr/$folder"
        ln -s "usr/$folder" "$root/$folder"
    done
    mkdir -p "$root"/var/lib/dpkg/{info,updates}
    echo 1 >"$root/var/lib/dpkg/info/format"
    for archive in "$@"; do
        unpack_archive "$root" "$archive"
    done
}

# root_unpack NAME DEBIAN POCKETS PACKAGE...: sets root_path to a folder that
# holds the packages and all that they depend on, in the versions of today.
root_unpack() {
    local name=$1 debian=$2 pockets=$3 wanted state
    shift 3
    state=$lab_cache/apt-$debian
    root_path=$lab_cache/$name
    apt_update "$debian" "$pockets"
    # One from before there was a database is unpacked anew.
    [ -s "$root_path/var/lib/dpkg/status" ] || rm -f "$root_path.packages"
    if [ "$root_path.packages" -nt "$state/updated" ] &&
        [ "$(head -n 1 "$root_path.packages")" = "$*" ]; then
        return 0
    fi
    wanted=$(echo "$*"
             apt_for "$debian" install --print-uris "$@" |
                 awk '{ print $2 }' | sort) ||
        die "$debian does not have all of: $*"
    if [ "$(cat "$root_path.packages" 2>/dev/null)" != "$wanted" ]; then
        note "unpacking $* of $debian"
        rm -rf "$root_path" "$root_path.packages" "$state"/archives/*.deb
        apt_for "$debian" install --yes --download-only "$@" \
            >"$root_path.log" 2>&1 || {
            tail -n 20 "$root_path.log" >&2
            die "the packages of $debian could not be downloaded"
        }
        unpack_archives "$root_path" "$state"/archives/*.deb
        rm -f "$state"/archives/*.deb
    fi
    echo "$wanted" >"$root_path.packages"
}

# The tools of a suite.
root_tools() {
    root_unpack "tools-$suite_name" "$suite_debian" "$suite_pockets" \
        "xen-utils-$suite_name" "xen-hypervisor-$suite_name-amd64" \
        dash xenstore-utils strace libvirt-daemon libvirt-daemon-driver-xen \
        libvirt-clients libelf1 libyajl2 liblzma5 zlib1g libbz2-1.0 \
        liblzo2-2 liblz4-1 libzstd1 libxxhash0
    tools_root=$root_path
}

# The device model of HVM guests, which nothing else of the lab needs.
root_qemu() {
    root_unpack "qemu-$suite_name" "$suite_debian" "$suite_pockets" \
        qemu-system-xen seabios grub-xen-host
    # Read by image.sh.
    # shellcheck disable=SC2034
    qemu_root=$root_path
}

# UEFI for HVM guests, which are few.
root_ovmf() {
    root_unpack "ovmf-$suite_name" "$suite_debian" "$suite_pockets" ovmf
    # Read by image.sh.
    # shellcheck disable=SC2034
    ovmf_root=$root_path
}

# What keeps disks takes, and Xen's own scripts that connect them; file systems.
root_disks() {
    root_unpack "disks-$suite_name" "$suite_debian" "$suite_pockets" \
        xen-utils-common lvm2 thin-provisioning-tools bash coreutils \
        diffutils util-linux mount qemu-utils e2fsprogs xfsprogs
    # Read by image.sh.
    # shellcheck disable=SC2034
    disks_root=$root_path
}

# What README.md's recipes send a checkpoint to.
root_recipes() {
    root_unpack "recipes-$suite_name" "$suite_debian" "$suite_pockets" \
        zstd openssh-client openssh-server restic jq rsync \
        prometheus-node-exporter
    # Read by image.sh.
    # shellcheck disable=SC2034
    recipes_root=$root_path
}

# What installs packages, in a dom0 that gets the plugin in that way, and runs
# Debian's init scripts.
root_installer() {
    root_unpack "installer-$suite_name" "$suite_debian" "$suite_pockets" \
        apt bash findutils gzip libc-bin python3-minimal sed sysvinit-utils
    # Read by image.sh.
    # shellcheck disable=SC2034
    installer_root=$root_path
}

# A field of a bzImage's setup header.
setup_field() { # FILE OFFSET SIZE
    od -An -t "u$3" -j "$2" -N "$3" "$1" | tr -d ' '
}

# The ELF file in a bzImage, whose payload is xz with the length behind it
# (Linux, Documentation/arch/x86/boot.rst).  To decompress it once and here
# saves an emulated CPU half a minute for every Linux that boots.
unpack_kernel() { # BZIMAGE ELF
    local from length
    from=$((($(setup_field "$1" 497 1) + 1) * 512 +
        $(setup_field "$1" 584 4)))
    length=$(($(setup_field "$1" 588 4) - 4))
    head -c $((from + length)) "$1" | tail -c "$length" | xz -dc >"$2.new" &&
        cut_bss "$2.new" && mv "$2.new" "$2"
}

put_number() { # FILE OFFSET SIZE NUMBER: little-endian
    local i bytes=''
    for ((i = 0; i < $3; i++)); do
        bytes+=$(printf '\\x%02x' $(($4 >> 8 * i & 255)))
    done
    printf '%b' "$bytes" |
        dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# A third of that file is zeros for .bss, which whoever loads it would copy: they
# are left to its loader, and so are sections, which only debuggers read.
cut_bss() { # ELF
    local bss kind at size index=0
    bss=$(readelf -SW "$1" |
        sed -n 's/.* \.bss *NOBITS *[0-9a-f]* *\([0-9a-f]*\) .*/\1/p')
    [ -n "$bss" ] || return 0
    bss=$((16#$bss))
    while read -r kind at _ _ size _; do
        if [ "$kind" = LOAD ] && [ $((at)) -lt "$bss" ] &&
            [ $((at + size)) -gt "$bss" ]; then
            truncate -s "$bss" "$1"
            put_number "$1" $((64 + 56 * index + 32)) 8 $((bss - at))
            put_number "$1" 40 8 0
            put_number "$1" 60 4 0
            return
        fi
        index=$((index + 1))
    done < <(readelf -lW "$1" | grep -E '^ *[A-Z_]+ +0x')
}

# One kernel for every suite's dom0 and for the Linux guests: Debian 12's.
root_kernel() {
    root_unpack kernel bookworm main,security linux-image-amd64
    kernel_root=$root_path
    kernel_image=$(find "$kernel_root/boot" -name 'vmlinuz-*' | sort -V |
        tail -n 1)
    [ -n "$kernel_image" ] || die "no kernel in $kernel_root"
    kernel_modules=$kernel_root/lib/modules/${kernel_image##*/vmlinuz-}
    [ -d "$kernel_modules" ] || die "no modules in $kernel_modules"
    kernel_elf=$lab_cache/kernel-${kernel_image##*/vmlinuz-}
    [ -s "$kernel_elf" ] || unpack_kernel "$kernel_image" "$kernel_elf" ||
        die "no ELF file comes out of $kernel_image"
}
