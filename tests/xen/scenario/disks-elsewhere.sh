# SPDX-License-Identifier: LGPL-2.1-or-later
# Images and copies of disks are enough: on a host that has nothing else of the guest,
# with other paths and another bridge, it goes on from each of them, and memory and disk
# agree to the last number.
#
# The "other host" is this dom0 when all is gone that a checkpoint has left in it: the
# guest, its disks, the file system that they were on, and what the plugin has noted.
#
# boot: rollback
# suites: none
# release: 4.17
# needs: disks firmware
# memory: 3584
# dom0: 1792
# takes: 120

. /lab/flat.sh
. /lab/disks.sh
disks_begin
net_begin
xfs_begin 1000M
away=/tmp/away
mkdir $away

bridge() { ip link set "$1" down 2>/dev/null; brctl "$2" "$1"; }

# What was taken on the first host goes to the other: the image, and for its disk the
# copy, each with its times, as cp -p, rsync -t and tar do it.
take_away() { # N
    before_it
    run out xen-resumable checkpoint --watch=0 --disks=require web $image
    claim "$kind: checkpoint $1: exit status 0" equal "$status" 0
    after_it "$1"
    copy=$(copy_of $image)
    /usr/bin/cp -p $image "$away/$1.img"
    case $copy in
    /*) /usr/bin/cp -p --sparse=always "$copy" "$away/$1.disk" ;;
    *)  dd if="$(readable "$copy")" of="$away/$1.disk" bs=1M 2>/dev/null ;;
    esac
}

# Nothing is left of the first host.
leave() {
    destroy web
    rm -rf /var/lib/xen-resumable /run/xen-resumable "${xfs:?}"/*
    bridge xenbr0 delbr
    claim "$kind: nothing of it is left" \
        equal "$(find $xfs /var/lib/xen-resumable -mindepth 1 2>/dev/null)" ""
    claim "$kind: nor its bridge" test ! -e /sys/class/net/xenbr0
}

arrives() { # N FORMAT
    there=$away/$1.img
    disk=xvda=$away/$1.disk
    title="$kind: image $1 elsewhere"
    run out xen-resumable verify "$there"
    claim "$title: it is sound" equal "$status" 0
    run out xen-resumable check --image "$there" --here --format=json
    claim "$title: as it is, exit status 1" equal "$status" 1
    claim "$title: its disk is missing" contains out '"disk-missing"'
    claim "$title: its bridge is missing" contains out '"bridge-missing"'
    /usr/bin/cp -p "$away/$1.disk" $away/kept
    go_back "$1" xen-resumable restore --bridge=xenbr0=lan "--disk=$disk" "$there"
    claim "$title: exit status 0" equal "$status" 0
    claim "$title: memory and disk agree" agrees
    remark "$title: $(cat /tmp/woke)"
    claim "$title: it writes on" writes_on
    claim "$title: it is on the other bridge" test -e \
        "/sys/class/net/lan/brif/vif$(domid web).0"
    # It takes this disk for its own from now on.
    run out xen-resumable restore --dry-run --name=again --mac=new \
        --bridge=xenbr0=lan "--disk=$disk" "$there"
    claim "$title: not twice at once" equal "$status" 1
    destroy web
    run out xen-resumable restore --dry-run --format=json \
        --bridge=xenbr0=lan "--disk=$disk" "$there"
    claim "$title: not again over the disk that went on" contains out \
        '"disk-changed"'
    claim "$title: its file system is clean" is_clean "$away/$1.disk" "$2"
    mv $away/kept "$away/$1.disk"
    go_back "$1" xen-resumable restore --bridge=xenbr0=lan "--disk=$disk" "$there"
    claim "$title: with the copy once more" agrees
    claim "$title: it shuts down" shuts_down
    claim "$title: its file system is clean then" \
        is_clean_as_it_is "$away/$1.disk" "$2"
}

away_and_on() { # TEXT DISK FORMAT
    kind=$1
    bridge xenbr0 addbr
    config_disks "$2"
    echo "vif = [ 'bridge=xenbr0,mac=00:16:3e:00:00:01,script=/tmp/vif-bridge' ]" \
        >>/tmp/web.cfg
    starts "$kind"
    take_away 1
    take_away 2
    leave
    bridge lan addbr
    arrives 2 "$3"
    arrives 1 "$3"
    bridge lan delbr
    rm -rf "${away:?}"/*
}

make_disk $xfs/web.disk raw
away_and_on "a file" "$xfs/web.disk,raw,xvda,w,script=block" raw
make_disk $xfs/web.disk qcow2
away_and_on "qcow2" "$xfs/web.disk,qcow2,xvda,w,backendtype=qdisk" qcow2
xfs_end
