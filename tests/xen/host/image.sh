# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The initramfs that is dom0: busybox, the suite's Xen tools, the plugin as
# "make install" lays it out, our guests and the scenarios.

kernel_modules_wanted="virtio_ring virtio virtio_pci_modern_dev \
virtio_pci_legacy_dev virtio_pci virtio_console xen-privcmd xenfs xen-evtchn \
xen-gntdev xen-gntalloc xen-blkback"

# TARGET: folders, busybox, /etc.
image_base() {
    local applet
    mkdir -p "$1"/{bin,sbin,etc/xen,proc,sys,dev,run,tmp,root,lab,boot} \
        "$1"/var/{lib/xen,lib/xenstored,log/xen/console} "$1"/lib/modules
    ln -s ../run "$1/var/run"
    cp "$(command -v busybox)" "$1/bin/busybox"
    for applet in $(busybox --list); do
        case $applet in busybox|xl) continue ;; esac
        ln -s /bin/busybox "$1/bin/$applet"
    done
    : >"$1/etc/xen/xl.conf"
    echo 'root:x:0:0:root:/root:/bin/sh' >"$1/etc/passwd"
    printf 'root:x:0:\nlibvirt:x:1:\nkvm:x:2:\n' >"$1/etc/group"
    echo 'passwd: files' >"$1/etc/nsswitch.conf"
    echo lab >"$1/etc/hostname"
}

image_modules() { # TARGET MODULE...
    local target=$1 module file
    shift
    for module in "$@"; do
        file=$(find "$kernel_modules" -name "$module.ko*" | head -n 1)
        [ -n "$file" ] || continue
        case $file in
        *.xz)  xz -dc "$file" >"$target/lib/modules/$module.ko" ;;
        *.zst) zstd -dqc "$file" >"$target/lib/modules/$module.ko" ;;
        *)     cp "$file" "$target/lib/modules/$module.ko" ;;
        esac
    done
}

image_tools() { # TARGET
    local bin=usr/lib/xen-$suite_name/bin program
    for program in xl libxl-save-helper xenstored xenconsoled xenconsole \
        xen-init-dom0 readnotes; do
        copy_program "$tools_root" "$1" "$bin/$program"
    done
    for program in xenstore-read xenstore-write xenstore-ls xenstore-list \
        xenstore-rm xenstore-exists; do
        copy_program "$tools_root" "$1" "usr/bin/$program"
    done
    copy_program "$tools_root" "$1" usr/bin/strace
    # Debian's /bin/sh, which starts a program in half the time of busybox'.
    rm "$1/bin/sh"
    copy_program "$tools_root" "$1" bin/dash
    ln -s dash "$1/bin/sh"
    ln -s "/$bin/xl" "$1/usr/bin/xl"
    # xl cancels threads, for which glibc loads this one by itself.
    copy_program "$tools_root" "$1" lib/x86_64-linux-gnu/libgcc_s.so.1
    copy_program "$tools_root" "$1" lib64/ld-linux-x86-64.so.2
}

# libvirtd and what it loads at run time.  QEMU's emulation lacks the CPU flag
# "vme", which every model of libvirt's demands.
image_libvirt() { # TARGET
    local file
    copy_program "$tools_root" "$1" usr/sbin/libvirtd
    copy_program "$tools_root" "$1" usr/bin/virsh
    copy_program "$tools_root" "$1" \
        usr/lib/x86_64-linux-gnu/libvirt/connection-driver/libvirt_driver_libxl.so
    # By this root's name is found; since glibc 2.34 libc does it by itself.
    copy_program "$tools_root" "$1" lib/x86_64-linux-gnu/libnss_files.so.2
    mkdir -p "$1/usr/share"
    cp -r "$tools_root/usr/share/libvirt" "$1/usr/share/"
    for file in "$1"/usr/share/libvirt/cpu_map/x86_*.xml; do
        sed -i "/name='vme'\/>/d" "$file"
    done
    mkdir -p "$1/var/lib/libvirt/libxl" "$1/var/log/libvirt/libxl"
}

# Xen's verify-stream-v2, and as much of Python as it takes.
image_python() { # TARGET
    local bin=usr/lib/xen-$suite_name/bin python module
    python=$(cd "$tools_root/usr/lib" && echo python3.*)
    copy_program "$tools_root" "$1" "usr/bin/$python"
    ln -s "/usr/bin/$python" "$1/usr/bin/python3"
    mkdir -p "$1/usr/lib/$python" "$1/usr/lib/xen-$suite_name/lib/python"
    # Not sitecustomize.py, a link into /etc that leads nowhere here.
    find "$tools_root/usr/lib/$python" -maxdepth 1 -type f -name "*.py" \
        -exec cp -t "$1/usr/lib/$python/" {} +
    copy_program "$tools_root" "$1" \
        "usr/lib/$python/lib-dynload/$(cd "$tools_root/usr/lib/$python/lib-dynload" &&
            echo mmap.*)"
    for module in collections encodings importlib json re; do
        [ ! -d "$tools_root/usr/lib/$python/$module" ] ||
            cp -r "$tools_root/usr/lib/$python/$module" "$1/usr/lib/$python/"
    done
    cp -r "$tools_root/usr/lib/xen-$suite_name/lib/python/xen" \
        "$1/usr/lib/xen-$suite_name/lib/python/"
    cp "$tools_root/$bin/verify-stream-v2" "$1/$bin/"
}

# The plugin as it would be installed; on demand the cores for all other
# releases beside its own.  Those have no libraries here, and want none.
image_plugin() { # TARGET PLUGIN CORES
    local file
    while read -r file; do
        mkdir -p "$1/$(dirname "$file")"
        cp -P "$2/stage/$file" "$1/$file"
        copied+=("$1/$file")
    done < <(cd "$2/stage" && find . -type f -o -type l | sed 's/^\.\///')
    [ -z "$3" ] ||
        cp -rn "$3/." "$1/usr/lib/x86_64-linux-gnu/xen-resumable/"
}

# What a Linux guest with disks takes: drivers, a file system, and programs.
image_guest_disks() { # GUEST PLUGIN
    mkdir -p "$1"/{disk,sbin}
    image_modules "$1" xen-netfront xen-blkfront crc32c_generic crc16 mbcache jbd2 ext4
    cp "$2"/lab/{blocks,sequence} "$1/bin/"
    cp "$lab_dir/dom0/linux-guest-poweroff" "$1/sbin/poweroff"
    chmod +x "$1/sbin/poweroff"
}

# A Linux guest: the same kernel, busybox, and a counter on its console.
image_linux_guest() { # TARGET PLUGIN
    local guest applet
    guest=$(mktemp -d)
    mkdir -p "$guest"/{bin,proc,sys,dev,lib/modules}
    for applet in gaps working-set; do
        [ ! -e "$2/lab/$applet" ] || cp "$2/lab/$applet" "$guest/bin/"
    done
    cp "$(command -v busybox)" "$guest/bin/"
    for applet in sh mount sleep echo; do
        ln -s busybox "$guest/bin/$applet"
    done
    if [ -n "${image_wants_disks:-}" ]; then image_guest_disks "$guest" "$2"; fi
    cp "$lab_dir/dom0/linux-guest-init" "$guest/init"
    chmod +x "$guest/init"
    (cd "$guest" && find . | cpio -o -H newc --quiet | gzip -1) \
        >"$1/boot/guest.img"
    rm -rf "$guest"
    cp "$kernel_image" "$1/boot/vmlinuz"
    cp "$kernel_elf" "$1/boot/vmlinux"
}

needs_our_library() { # PROGRAM
    readelf -d "$1" 2>/dev/null | grep -q 'NEEDED.*libxenresumable'
}

image_lab() { # TARGET BUILD PLUGIN SCENARIO...
    local target=$1 build=$2 plugin=$3 guest file
    shift 3
    mkdir -p "$target"/lab/{scenario,guest}
    cp "$lab_dir"/dom0/*.{sh,awk,py} "$target/lab/"
    "$lab_dir/../cli/json-keys.sh" \
        "$lab_dir/../../plugin/cli/xen-resumable-json.pod" >"$target/lab/json-keys"
    cp "$lab_dir/dom0/init" "$target/init"
    chmod +x "$target/init"
    printf '%s\n' "$@" >"$target/lab/scenarios"
    echo "$suite_name" >"$target/lab/suite"
    if [ -n "${release:-}" ]; then : >"$target/lab/release"; fi
    for guest in "$@"; do
        cp "$lab_dir/scenario/$guest.sh" "$target/lab/scenario/"
    done
    for guest in "$build"/tests/guest/*; do
        if readelf -h "$guest" 2>/dev/null | grep -q 'Type: *EXEC'; then
            cp "$guest" "$target/lab/guest/"
        fi
    done
    for file in "$plugin"/lab/*; do
        [ -e "$file" ] || continue
        cp "$file" "$target/lab/"
        # The packages will bring the library.
        if [ -z "${image_wants_packages:-}" ] || ! needs_our_library "$file"
        then
            copied+=("$file")
        fi
    done
}

# Debian's kernels of four releases, fetched once (tests/images).
image_kernels() { # TARGET
    local folder=${XR_IMAGES:-$lab_cache/../images} kernel suite
    [ -d "$folder" ] || "$lab_dir/../images/real-images.sh" "$folder" >&2 ||
        die "the kernels of other suites could not be fetched"
    mkdir -p "$1/lab/images"
    for kernel in "$folder"/*/vmlinuz*; do
        suite=$(basename "$(dirname "$kernel")")
        cp "$kernel" "$1/lab/images/vmlinuz-$suite"
    done
}

# What stands between Xen and a guest's kernel: GRUB for PV and PVH, the PV
# shim, hvmloader with SeaBIOS and its device model.
image_firmware() { # TARGET
    local boot=usr/lib/xen-$suite_name/boot file
    mkdir -p "$1/lab/firmware" "$1/$boot" "$1/usr/share/seabios" \
        "$1/usr/share/qemu"
    cp "$qemu_root"/usr/lib/grub-xen/*.bin "$1/lab/firmware/"
    cp "$tools_root/$boot"/{hvmloader,xen-shim} "$1/$boot/"
    cp "$qemu_root"/usr/share/seabios/bios-256k.bin "$1/usr/share/seabios/"
    cp "$qemu_root"/usr/share/qemu/{linuxboot,multiboot,kvmvapic}.bin \
        "$1/usr/share/qemu/"
    # On Xen QEMU serves no DMA to what it loads, and would have a newer Multiboot ROM
    # that waits for it without end.
    cp "$1/usr/share/qemu/multiboot.bin" "$1/usr/share/qemu/multiboot_dma.bin"
    if [ -n "${image_wants_ovmf:-}" ]; then
        mkdir -p "$1/usr/share/ovmf"
        cp "$(resolve "$ovmf_root" usr/share/ovmf/OVMF.fd)" \
            "$1/usr/share/ovmf/OVMF.fd"
    fi
    cp -r "$qemu_root/usr/share/qemu/keymaps" "$1/usr/share/qemu/"
    copied=()
    copy_program "$qemu_root" "$1" usr/libexec/xen-qemu-system-i386
    copy_libraries "$qemu_root" "$1" "${copied[@]}"
}

# Disks for guests: Xen's scripts, which want bash, LVM without udev, qemu-img,
# and the modules that it all stands on; bridges, too.  QEMU itself is
# image_firmware's.  What keeps disks is given /usr/bin before /bin, where busybox
# is: there is what Debian has, whose cp knows of blocks that are shared.
image_disks() { # TARGET
    local program
    image_modules "$1" loop dm-mod dm-bufio dm-snapshot dm-bio-prison \
        dm-persistent-data dm-thin-pool crc32c_generic libcrc32c xfs \
        llc stp bridge xen-netback
    copied=()
    cp -r "$disks_root/etc/xen/scripts" "$1/etc/xen/"
    # busybox' losetup is not theirs, and it has no flock.
    rm -f "$1"/bin/{bash,losetup,flock}
    for program in bin/bash sbin/{losetup,lvm,dmsetup,e2fsck,mke2fs,mkfs.xfs} \
        usr/sbin/pdata_tools usr/bin/{flock,mountpoint,qemu-img,cmp} \
        usr/bin/{cat,chmod,chown,cp,cut,dd,head,id,ln,mkdir,mv,od,readlink} \
        usr/bin/{rm,rmdir,stat,sync,tail,timeout,touch,tr,truncate,wc}; do
        copy_program "$disks_root" "$1" "$program"
    done
    for program in lvs lvchange lvconvert lvcreate lvextend lvremove lvrename \
        vgs vgchange vgcreate pvs pvcreate; do
        ln -s lvm "$1/sbin/$program"
    done
    for program in thin_check thin_dump thin_repair; do
        ln -s pdata_tools "$1/usr/sbin/$program"
    done
    ln -s mke2fs "$1/sbin/mkfs.ext4"
    cp "$disks_root/etc/mke2fs.conf" "$1/etc/"
    copy_libraries "$disks_root" "$1" "${copied[@]}"
    mkdir -p "$1/etc/lvm" "$1/var/lock"
    cat >"$1/etc/lvm/lvm.conf" <<'CONF'
activation { udev_sync = 0 udev_rules = 0 }
devices { obtain_device_list_from_udev = 0 use_devicesfile = 0 }
backup { backup = 0 archive = 0 }
CONF
}

# The other ends of README.md's recipes.
image_recipes() { # TARGET
    local program
    copied=()
    rm -f "$1"/bin/ssh*
    for program in usr/bin/{zstd,ssh,ssh-keygen,restic,jq,rsync} usr/sbin/sshd \
        usr/bin/prometheus-node-exporter; do
        copy_program "$recipes_root" "$1" "$program"
    done
    copy_libraries "$recipes_root" "$1" "${copied[@]}"
}

# In place of the plugin: its Debian packages in /lab/repository, apt, and a
# dpkg that knows every package that something of this dom0 is from; Debian's
# own xl, its xendomains and what that takes.
image_packages() { # TARGET REPOSITORY
    local program folder archive
    for program in bash dpkg dpkg-deb gzip start-stop-daemon tar; do
        rm -f "$1/bin/$program" "$1/sbin/$program"
    done
    rm "$1/usr/bin/xl"
    for program in bin/{dpkg,dpkg-deb,dpkg-query,dpkg-split,dpkg-trigger,tar} \
        sbin/{start-stop-daemon,xen} lib/xen-common/bin/xen-utils-wrapper; do
        copy_program "$tools_root" "$1" "usr/$program"
    done
    ln -s ../lib/xen-common/bin/xen-utils-wrapper "$1/usr/sbin/xl"
    for folder in etc/default etc/dpkg etc/init.d usr/lib/xen-common \
        usr/share/dpkg; do
        mkdir -p "$1/$folder"
        cp -a "$tools_root/$folder/." "$1/$folder/"
    done
    # What they will need is here before they are.
    for archive in "$2"/{xen-resumable,libxenresumable0}_*.deb; do
        dpkg-deb -x "$archive" "$1.packages"
    done
    mapfile -t -O ${#copied[@]} copied < <(find "$1.packages" -type f)
    mkdir -p "$1/lab/repository"
    cp "$2"/{Packages,*.deb} "$1/lab/repository/"
    rm -f "$1"/lab/repository/*-dbgsym_*
}

# apt, and what init scripts and the packages' own scripts take, which nothing else
# in dom0 is from: Python's byte code is made and removed by them.
image_installer() { # TARGET
    local program
    rm -f "$1"/bin/{find,sed,xargs}
    cp -a "$installer_root"/usr/lib/{init,lsb} "$1/lib/"
    copied=()
    for program in bin/{bash,sed} usr/bin/{gzip,apt-get,apt-cache,find,xargs} \
        usr/bin/{py3compile,py3clean} usr/lib/apt/methods/{file,copy,store} \
        sbin/ldconfig; do
        copy_program "$installer_root" "$1" "$program"
    done
    cp -an "$installer_root"/usr/lib/python3* "$1/usr/lib/"
    cp -a "$installer_root/usr/share/python3" "$1/usr/share/"
    copy_libraries "$installer_root" "$1" "${copied[@]}"
    mkdir -p "$1"/var/lib/{apt/lists/partial,dpkg/info,dpkg/updates} \
        "$1"/var/cache/apt/archives/partial \
        "$1"/etc/apt/{apt.conf.d,preferences.d,trusted.gpg.d} "$1/var/log/apt"
    # Each package once.
    cp "$tools_root"/var/lib/dpkg/info/{format,*.list} "$1/var/lib/dpkg/info/"
    cp -n "$installer_root"/var/lib/dpkg/info/*.list "$1/var/lib/dpkg/info/"
    awk 'BEGIN { RS = ""; ORS = "\n\n" } !seen[$2]++' \
        {"$tools_root","$installer_root"}/var/lib/dpkg/status \
        >"$1/var/lib/dpkg/status"
    echo 'deb [trusted=yes] file:/lab/repository ./' >"$1/etc/apt/sources.list"
    echo 'APT::Sandbox::User "root";' >"$1/etc/apt/apt.conf"
}

# image_build OUT BUILD PLUGIN SCENARIO...
image_build() {
    local out=$1 build=$2 plugin=$3 target
    shift 3
    target=$(mktemp -d)
    copied=()
    image_base "$target"
    # shellcheck disable=SC2086
    image_modules "$target" $kernel_modules_wanted
    image_tools "$target"
    if [ -n "${image_wants_libvirt:-}" ]; then image_libvirt "$target"; fi
    if [ -n "${image_wants_python:-}" ]; then image_python "$target"; fi
    if [ -n "${image_wants_kernels:-}" ]; then image_kernels "$target"; fi
    if [ -n "${image_wants_packages:-}" ]; then
        image_packages "$target" "$image_wants_packages"
    else
        image_plugin "$target" "$plugin" "${image_wants_cores:-}"
    fi
    if [ -n "${image_wants_linux:-}" ]; then
        image_linux_guest "$target" "$plugin"
    fi
    image_lab "$target" "$build" "$plugin" "$@"
    copy_libraries "$tools_root" "$target" "${copied[@]}"
    if [ -n "${image_wants_firmware:-}" ]; then image_firmware "$target"; fi
    if [ -n "${image_wants_disks:-}" ]; then image_disks "$target"; fi
    if [ -n "${image_wants_recipes:-}" ]; then image_recipes "$target"; fi
    if [ -n "${image_wants_packages:-}" ]; then image_installer "$target"; fi
    # As it is: it costs an emulated CPU more to unpack it than to copy it.
    (cd "$target" && find . | cpio -o -H newc -R 0:0 --quiet) >"$out"
    rm -rf "$target" "$target.packages"
}
