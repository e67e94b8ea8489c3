# SPDX-License-Identifier: LGPL-2.1-or-later
# A guest of libvirt's goes back with its disk, by rollback, and by restore when it is
# off: the disk is what it was at that checkpoint, what it was since is kept, and libvirt
# has the guest as if nothing had happened.
#
# First with LVM and a guest of our own, which leaves its disk alone: dom0 writes it.
# With --release Linux keeps numbered blocks on it, and memory and disk agree, also with
# a qcow2 that QEMU serves.
#
# boot: rollback
# needs: libvirt disks firmware
# suites: none
# release: 4.17 4.20
# memory: 3584
# dom0: 1792
# takes: 90

. /lab/flat.sh
. /lab/disks.sh
. /lab/libvirt.sh
disks_begin
printf '%s\n' 'lvm_snapshot_size = "24M"' 'watch = 0' >>/etc/xen/xen-resumable.conf
volume=/dev/vg0/web
image=/tmp/web.img

block_disk() {
    echo "<disk type='block' device='disk'><driver name='phy' type='raw'/>
      <source dev='$volume'/><target dev='xvda' bus='xen'/></disk>"
}
write_all_over() { # WORD
    yes "$1" | head -c $((1 << 20)) | dd of=$volume bs=1M conv=fsync 2>/dev/null
    digest $volume
}
shows() { # IMAGE DIGEST: the copy of the disk that belongs to it
    equal "$(digest "$(readable "$(copy_of "$1")")")" "$2"
}
takes() { # TEXT
    run out xen-resumable checkpoint --disks=require web $image
    claim "$1: exit status 0" equal "$status" 0
    claim "$1: the disk is kept" test -n "$(copy_of $image)"
    claim "$1: the image is libvirt's" equal "$(head -c 7 $image)" libvirt
}

start_libvirtd plugin
make_group /tmp/pv 256M
run out lvcreate -qq -y -n web -L $disk_size vg0

# --- a guest of our own

first=$(write_all_over first)
virsh_domain web /lab/guest/linux-like 16 '' "$(block_disk)" >/tmp/web.xml
define web
takes checkpoint
has_definition checkpoint web
second=$(write_all_over second)

as_it_is web
run out xen-resumable rollback web $image
is_back rollback web
has_definition rollback web
claim "rollback: the disk is as it was" equal "$(digest $volume)" "$first"
safety=$image.before-rollback
claim "rollback: what it was since is kept" shows $safety "$second"
libvirt_hears "after the rollback" web
is_off "after the rollback" web

# When it is off libvirt has it again, as it was before that.
starts=0 was=$(domid web)
: "${was:=0}"
anew web
run out xen-resumable restore --disks=back $safety
is_back restore web
has_definition restore web
claim "restore: the disk is as it was" equal "$(digest $volume)" "$second"
claim "restore: the copy is, too" shows $safety "$second"
ends "after the restore" web
is_off "after the restore" web

# --- Linux, whose memory and disk agree

# linux_goes_back TEXT DISK
linux_goes_back() {
    rm -f $image*
    virsh_domain web /boot/vmlinux 104 "<initrd>/boot/guest.img</initrd>
        <cmdline>console=hvc0 rdinit=/init quiet files $linux_is_quick</cmdline>" \
        "$2" >/tmp/web.xml
    anew web
    run out virsh undefine web # a definition of another uuid has no place beside it
    define web
    claim "$1: it writes" writes_on
    before_it
    takes "$1"
    after_it 1
    as_it_is web
    starts=0 # for its log begins anew
    go_back 1 xen-resumable rollback web $image
    is_back "$1" web
    has_definition "$1" web
    claim "$1: memory and disk agree" agrees
    remark "$1: $(cat /tmp/woke)"
    claim "$1: it writes on" writes_on
    claim "$1: what it had done since is kept" \
        xen-resumable verify $image.before-rollback
    ends "$1" web
    is_off "$1" web
    claim "$1: it has unmounted its disk" grep -q 'files: unmounted' \
        "$consoles/guest-web.log"
}

with_linux() {
    has_ring=
    make_ext4 $volume
    linux_goes_back LVM "$(block_disk)"
    claim "LVM: its file system is clean" is_clean_as_it_is $volume
    xfs_begin 600M
    disk=$xfs/web.disk image=$xfs/web.img
    make_disk $disk qcow2
    linux_goes_back qcow2 "<disk type='file' device='disk'>
        <driver name='qemu' type='qcow2'/><source file='$disk'/>
        <target dev='xvda' bus='xen'/></disk>"
    claim "qcow2: its file system is clean" is_clean_as_it_is $disk qcow2
    xfs_end
}
! before_release || with_linux

stop_libvirtd
remove_group /tmp/pv
