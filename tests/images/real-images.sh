#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# real-images.sh FOLDER: brings FOLDER/SUITE/* up to date: Debian's kernels,
# GRUB's images for Xen, Xen's hvmloader and PV shim, out of their packages.
#
# Nothing is installed and nothing of the packages is run; apt keeps its lists
# in FOLDER.  The archive is the one of the machine's own apt configuration.
# FOLDER/SUITE.versions says what is there; only what is newer is fetched.
set -eu
folder=$1

# Suite, packages.  linux-image-amd64 names the kernel's package.
suites='bullseye linux-image-amd64 grub-xen-host xen-utils-4.14
bookworm linux-image-amd64 grub-xen-host xen-utils-4.17
trixie linux-image-amd64 grub-xen-host xen-utils-4.20
sid linux-image-amd64 grub-xen-host'

uri=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' \
    'Created-By: Packages' | awk '$2 !~ /-/ { print $1; exit }')
[ -n "$uri" ] || { echo "apt names no archive; run apt-get update"; exit 77; }
keys=/usr/share/keyrings/debian-archive-keyring.gpg

# apt with its own lists, for one suite.
suite_apt() { # SUITE COMMAND...
    local state=$folder/.apt/$1 command=$2
    shift 2
    "$command" -q -o "Dir::State=$state" -o "Dir::Cache=$state" \
        -o Dir::State::status=/dev/null -o APT::Architecture=amd64 \
        -o "Dir::Etc::sourcelist=$state/sources.list" \
        -o Dir::Etc::sourceparts=/dev/null -o APT::Sandbox::User=root \
        -o Acquire::Languages=none "$@"
}

prepare() { # SUITE
    mkdir -p "$folder/.apt/$1/lists/partial"
    echo "deb [signed-by=$keys] $uri $1 main" > "$folder/.apt/$1/sources.list"
    suite_apt "$1" apt-get update > "$folder/.apt/$1.log" 2>&1 ||
        { tail -n 3 "$folder/.apt/$1.log"; return 1; }
}

depends_on() { # SUITE PACKAGE PATTERN
    suite_apt "$1" apt-cache depends "$2" |
        awk -v pattern="$3" '
            $1 ~ /Depends:/ && $2 ~ pattern { print $2; exit }'
}

# The package itself, or the one that brings the file: linux-image-amd64 names
# the kernel's package, which since 2026 names the one with the image in it.
real_package() { # SUITE PACKAGE
    local package=$2 next
    case $package in
    linux-image-amd64)
        package=$(depends_on "$1" "$package" '^linux-image-[0-9]')
        next=$(depends_on "$1" "$package" '^linux-binary-[0-9]')
        package=${next:-$package} ;;
    esac
    echo "$package"
}

version_of() { # SUITE PACKAGE
    suite_apt "$1" apt-cache show --no-all-versions "$2" |
        awk '/^Version:/ { print $2; exit }'
}

# Unpacks the images that a package brings into FOLDER/SUITE.
take() { # SUITE PACKAGE
    local scratch=$folder/.apt/$1/unpacked
    rm -rf "$scratch"
    mkdir -p "$scratch" "$folder/$1"
    (cd "$scratch" && suite_apt "$1" apt-get download "$2" >/dev/null)
    dpkg-deb --fsys-tarfile "$scratch"/*.deb |
        tar -x -C "$scratch" --wildcards './boot/vmlinuz-*' \
            './usr/lib/modules/*/vmlinuz*' './usr/lib/grub-xen/*.bin' \
            './usr/lib/xen-*/boot/*' 2>/dev/null || true
    find "$scratch" -type f ! -name '*.deb' -exec mv -t "$folder/$1" {} +
    rm -rf "$scratch"
}

while read -r suite packages; do
    prepare "$suite" || { echo "$suite: not in the archive"; continue; }
    wanted=
    for package in $packages; do
        package=$(real_package "$suite" "$package")
        wanted="$wanted$package $(version_of "$suite" "$package")
"
    done
    there=$(cat "$folder/$suite.versions" 2>/dev/null || true)
    [ "$there" != "${wanted%?}" ] || continue
    rm -rf "${folder:?}/$suite" "$folder/$suite.versions"
    while read -r package version; do
        [ -n "$version" ] || continue
        take "$suite" "$package"
    done <<< "$wanted"
    printf '%s' "$wanted" > "$folder/$suite.versions"
done <<< "$suites"
