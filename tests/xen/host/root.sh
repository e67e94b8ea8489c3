# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Debian packages unpacked into a folder, nothing of them run: the Xen tools of
# a suite, and the kernel that is dom0's and the Linux guests'.

# The archive's URI for a pocket, out of the machine's own apt configuration,
# whatever its format: "main" or "security".
archive_uri() {
    apt-get indextargets --format '$(REPO_URI) $(CODENAME)' \
        'Created-By: Packages' |
        awk -v pocket="$1" '
            ($2 ~ /-security$/) == (pocket == "security") { print $1; exit }'
}

# One sources.list line for each pocket of the suite.
archive_lines() { # DEBIAN POCKETS
    local pocket uri suite
    for pocket in ${2//,/ }; do
        uri=$(archive_uri "$pocket")
        [ -n "$uri" ] || continue
        suite=$1
        [ "$pocket" = main ] || suite=$1-$pocket
        echo "deb $uri $suite main"
    done
}

# Versions that the archive offers now, as a string: what the cache is checked
# by.  For the machine's own suite apt knows them; for another one the month.
root_versions() { # DEBIAN PACKAGE...
    local debian=$1
    shift
    if grep -qs "^VERSION_CODENAME=$debian$" /etc/os-release; then
        apt-cache show --no-all-versions "$@" 2>/dev/null |
            awk '/^(Package|Version):/ { print $2 }'
    else
        echo "$*"
        date +%Y-%m
    fi
}

# root_unpack NAME DEBIAN POCKETS PACKAGE...: sets root_path to a folder that
# holds the packages and all that they depend on.
root_unpack() {
    local name=$1 debian=$2 pockets=$3 versions lines
    shift 3
    root_path=$lab_cache/$name
    versions=$(root_versions "$debian" "$@")
    if [ "$(cat "$root_path.versions" 2>/dev/null)" = "$versions" ]; then
        return 0
    fi
    note "unpacking $* of $debian"
    mkdir -p "$lab_cache"
    rm -rf "$root_path" "$root_path.versions"
    lines=$(archive_lines "$debian" "$pockets")
    [ -n "$lines" ] || die "apt names no archive; run apt-get update"
    local IFS=,
    # extract: unpack and run nothing; one mode for root and for others.
    mmdebstrap --quiet --variant=extract --mode="$(root_mode)" \
        --include="$*" "$debian" "$root_path" - \
        >"$lab_cache/$name.log" 2>&1 <<<"$lines" || {
        tail -n 20 "$lab_cache/$name.log" >&2
        die "the packages of $debian could not be unpacked"
    }
    echo "$versions" >"$root_path.versions"
}

root_mode() {
    if [ "$(id -u)" = 0 ]; then echo root; else echo unshare; fi
}

# The tools of a suite.
root_tools() {
    root_unpack "tools-$suite_name" "$suite_debian" "$suite_pockets" \
        "xen-utils-$suite_name" "xen-hypervisor-$suite_name-amd64" \
        xenstore-utils strace libvirt-daemon libvirt-daemon-driver-xen \
        libvirt-clients libelf1 libyajl2 liblzma5 zlib1g libbz2-1.0 \
        liblzo2-2 liblz4-1 libzstd1 libxxhash0 libsmartcols1
    tools_root=$root_path
}

# One kernel for every suite's dom0 and for the Linux guests: Debian 12's.
root_kernel() {
    root_unpack kernel bookworm main,security linux-image-amd64
    kernel_root=$root_path
    kernel_image=$(find "$kernel_root/boot" -name 'vmlinuz-*' | sort -V |
        tail -n 1)
    [ -n "$kernel_image" ] || die "no kernel in $kernel_root"
    kernel_modules=$kernel_root/lib/modules/${kernel_image##*/vmlinuz-}
    [ -d "$kernel_modules" ] ||
        kernel_modules=$kernel_root/usr/lib/modules/${kernel_image##*/vmlinuz-}
}
