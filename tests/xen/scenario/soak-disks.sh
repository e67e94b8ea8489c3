# SPDX-License-Identifier: LGPL-2.1-or-later
# After many checkpoints with disks, and ways back, of a guest of xl's and one of
# libvirt's, memory and disk still agree, and nothing is left but the images and copies
# that are to be kept: no file, no volume, no loop device, no node in xenstore, no domain,
# no room; nor has libvirtd grown.  Half an hour: only for "make soak".
#
# suites: none
# boot: soak-disks
# needs: libvirt disks
# memory: 3584
# dom0: 1792
# takes: 3600
# silence: 1800

. /lab/flat.sh
. /lab/disks.sh
. /lab/libvirt.sh
rounds=36
every=6 # times a checkpoint, then a rollback
disks_begin
printf '%s\n' 'lvm_snapshot_size = "24M"' 'watch = 0' >>/etc/xen/xen-resumable.conf

# What there is of all that could be left, a line each.
nodes() { xenstore-ls -f | grep -c .; }
what_there_is() {
    echo "nodes $(nodes)"
    echo "loops $(losetup -a | grep -c .)"
    echo "domains $(xl list | grep -c .)"
    echo "volumes $(lvs --noheadings 2>/dev/null | grep -c .)"
    echo "files $(find $images /var/lib/xen-resumable -type f | grep -c .)"
    echo "locks $(find /run/xen-resumable -mindepth 1 -maxdepth 1 ! -name ".*" | grep -c .)"
}
at_most() { echo "$1, at most $2"; [ "$1" -le "$2" ]; }

a_checkpoint() { # N
    before_it
    run out xen-resumable checkpoint --disks=require --keep=2 web $image
    claim "$kind, $1: checkpoint: exit status 0" equal "$status" 0
    after_it "$1"
}
a_rollback() { # N
    go_back "$1" xen-resumable rollback web $image
    claim "$kind, $1: rollback: exit status 0" equal "$status" 0
    claim "$kind, $1: rollback: memory and disk agree" agrees
    claim "$kind, $1: rollback: it writes on" writes_on
}
a_turn() {
    turn=$((turn + 1))
    for _ in $(seq $every); do
        a_checkpoint $turn
    done
    a_rollback $turn
}

# Behind two turns there are as many images as there will be.
soaks() { # KIND TURNS
    kind=$1
    turn=0
    a_turn
    a_turn
    what_there_is >/tmp/there.before
    used=$(in_use)
    grown_from=$(has_grown_to)
    while [ $turn -lt $(($2 + 2)) ]; do
        a_turn
        remark "$kind: $turn turns, $(what_there_is | paste -s -d' '), $(in_use) bytes"
    done
    what_there_is >/tmp/there.after
    claim "$kind: nothing more is there than was" cmp /tmp/there.before /tmp/there.after
    # What the guest has written meanwhile is in the copies.
    claim "$kind: nor more room in use" at_most "$(in_use)" $((used + (16 << 20)))
    run out xen-resumable doctor
    claim "$kind: no copy is nobody's" not grep -qi 'no image any more' out
}

# --- xl's, with a disk that is a file on XFS

xfs_begin 900M
images=$xfs
in_use() { xfs_used; }
has_grown_to() { :; }
make_disk $xfs/web.disk raw
config_disks "$xfs/web.disk,raw,xvda,w,script=block"
has_ring=
run out plugin create web
claim "xl: it writes" writes_on
soaks xl $((rounds / every))
claim "xl: it unmounts its disk" shuts_down
claim "xl: its file system is clean" is_clean_as_it_is $xfs/web.disk
xfs_end
rm -f /tmp/xfs.raw

# --- libvirt's, with one that is a volume

image=/tmp/images/web.img images=/tmp/images
mkdir -p $images
make_group /tmp/pv 512M
run out lvcreate -qq -y -n web -L $disk_size vg0
make_ext4 /dev/vg0/web
in_use() { vgs --noheadings --units b --nosuffix -o vg_free vg0 | awk '{ print -$1 }'; }
has_grown_to() { awk '/^VmRSS/ { print $2 }' "/proc/$(cat /run/libvirtd.pid)/status"; }
virsh_domain web /boot/vmlinux 104 "<initrd>/boot/guest.img</initrd>
    <cmdline>console=hvc0 rdinit=/init quiet files $linux_is_quick</cmdline>" \
    "<disk type='block' device='disk'><driver name='phy' type='raw'/>
     <source dev='/dev/vg0/web'/><target dev='xvda' bus='xen'/></disk>" >/tmp/web.xml
start_libvirtd plugin
anew web
define web
claim "libvirt: it writes" writes_on
soaks libvirt 3
claim "libvirt: libvirtd has not grown" at_most "$(has_grown_to)" $((grown_from * 5 / 4))
has_definition libvirt web
ends libvirt web
is_off libvirt web
claim "libvirt: its file system is clean" is_clean_as_it_is /dev/vg0/web
stop_libvirtd
rm -rf $images
remove_group /tmp/pv
