# SPDX-License-Identifier: LGPL-2.1-or-later
# No checkpoint and no save is written over a disk of a running guest, whatever
# the disk is called, is made of or is served by; and no restore gives a disk
# that a running guest uses to a second one.  (rollback has a guest that
# writes to its disk meanwhile.)
#
# Every run has one target of each kind of disk, by another name or from another
# layer, and one restore of each kind.  Before a release there are more names
# and layers (tests/unit/test-held-disks.c has them all), links and former images.
#
# boot: disk
# needs: disks firmware
# memory: 3584
# dom0: 1792
# takes: 80

mkdir -p /tmp/d /tmp/e
mount -t tmpfs -o size=400m disks /tmp/d
for module in loop dm-mod dm-bufio dm-snapshot xen-gntdev; do
    insmod "/lib/modules/$module.ko" 2>/dev/null
done

# --- guests with disks of every kind, and one without any

for name in loop qdisk read refused over-base; do
    echo "the disk $name" >/tmp/d/$name.raw
    truncate -s 4M /tmp/d/$name.raw
done
qemu-img create -q -f qcow2 -b over-base.raw -F raw /tmp/d/base.qcow2
qemu-img create -q -f qcow2 -b base.qcow2 -F qcow2 /tmp/d/over.qcow2
truncate -s 16M /tmp/d/pv
losetup /dev/loop7 /tmp/d/pv
run out vgcreate -qq vg0 /dev/loop7
run out lvcreate -qq -y -n web -L 8M vg0
claim "there is a volume" lvs vg0/web
echo "the volume" | dd of=/dev/vg0/web bs=4096 conv=sync 2>/dev/null

config_own web linux-like
cat >>/tmp/web.cfg <<'CONFIG'
disk = [ '/tmp/d/loop.raw,raw,xvda,w,script=block',
         '/tmp/d/qdisk.raw,raw,xvdb,w,backendtype=qdisk',
         '/tmp/d/over.qcow2,qcow2,xvdc,w',
         '/tmp/d/refused.raw,raw,xvdf,r,backendtype=qdisk' ]
CONFIG
run out plugin create web
claim "web: it counts" reaches web 2
# By another guest: each run of Xen's block script takes its time, and libxl has not
# much.  In every run it is served by QEMU, for the same reason.
config_own other linux-like
if before_release; then
    has_volume=volume
    config_own volume linux-like
    echo "disk = [ 'phy:/dev/vg0/web,xvda,w' ]" >>/tmp/volume.cfg
    run out plugin create volume
    claim "volume: it counts" reaches volume 2
    echo "disk = [ '/tmp/d/read.raw,raw,xvda,r,script=block' ]" >>/tmp/other.cfg
else
    has_volume=other
    echo "disk = [ '/dev/vg0/web,raw,xvda,w,backendtype=qdisk' ]" \
        >>/tmp/other.cfg
fi
run out plugin create other
claim "other: it counts" reaches other 2

web=$(domid web)
xvda="xvda of web (domain $web)"
xvdb="xvdb of web (domain $web)"
xvdc="xvdc of web (domain $web)"
xvdf="xvdf of web (domain $web)"
volume="xvda of $has_volume (domain $(domid $has_volume))"
loop=$(xenstore-read "/local/domain/0/backend/vbd/$web/51712/node")
claim "web: its first disk is a loop device" test -b "$loop"

# --- what is a disk is never written to

# Whatever is refused below: not a byte of these changes, nor of what else they
# are called.
sync
sha256sum /tmp/d/*.raw /tmp/d/*.qcow2 /tmp/d/pv /dev/vg0/web >/tmp/disks.before
are_unwritten() { # [FILE]: of their sums
    sync
    sha256sum -c "${1:-/tmp/disks.before}"
}

ways="checkpoint --force,exec --force -- timeout 60 xl save"
! before_release || ways="$ways,checkpoint --dry-run,checkpoint --force --keep=2,\
checkpoint,exec -- xl save,exec --force -- xl save -c"

# is_refused TITLE TARGET DISK [WAYS] [DOMAIN]: and it is said whose disk it is
is_refused() {
    old_ifs=$IFS
    IFS=,
    for way in ${4:-checkpoint --force}; do
        IFS=$old_ifs
        # shellcheck disable=SC2086
        run out xen-resumable $way "${5:-other}" "$2"
        claim "$1: $way exits 1" equal "$status" 1
        claim "$1: $way says whose it is" contains out "$3"
    done
    IFS=$old_ifs
}

is_refused "a file by a loop device" /tmp/d/loop.raw "$xvda" "$ways"
is_refused "the guest's own disk" /tmp/d/loop.raw "$xvda" \
    "checkpoint --force" web
is_refused "a file by QEMU" /tmp/d/qdisk.raw "$xvdb" "exec --force -- xl save"
is_refused "what a qcow2 is an overlay of" /tmp/d/over-base.raw "$xvdc"
is_refused "the file below a volume" /tmp/d/pv "$volume"
# QEMU 7.2 opens it, serves no disk that is read-only, and removes its backend.
is_refused "a file that QEMU does not serve" /tmp/d/refused.raw "$xvdf"
ln /tmp/d/qdisk.raw /tmp/d/hard

by_other_names() {
    is_refused "the guest's own disk" /tmp/d/loop.raw "$xvda" \
        "exec --force -- xl save" web
    is_refused "a qcow2" /tmp/d/over.qcow2 "$xvdc" \
        "checkpoint --force,exec -- xl save -c"
    is_refused "a volume" /dev/vg0/web "$volume" \
        "checkpoint --force,exec --force -- xl save"
    is_refused "the loop device itself" "$loop" "$xvda"
    is_refused "the overlay in the middle" /tmp/d/base.qcow2 "$xvdc"
    is_refused "a volume by its other name" /dev/mapper/vg0-web "$volume"
    is_refused "what the volume lies on" /dev/loop7 "$volume"

    ln -s ../d/loop.raw /tmp/e/link
    ln -s link /tmp/e/link-to-link
    : >/tmp/e/bound
    mount --bind /tmp/d/qdisk.raw /tmp/e/bound
    mkdir /tmp/e/folder
    mount --bind /tmp/d /tmp/e/folder
    losetup /dev/loop6 /tmp/d/loop.raw
    mknod /tmp/e/node b $((0x$(stat -Lc %t /dev/vg0/web))) \
        $((0x$(stat -Lc %T /dev/vg0/web)))
    is_refused "another node of a device" /tmp/e/node "$volume"
    is_refused "a symbolic link" /tmp/e/link "$xvda" "exec --force -- xl save"
    is_refused "a link to a link" /tmp/e/link-to-link "$xvda"
    is_refused "a hard link" /tmp/d/hard "$xvdb"
    is_refused "a bind mount of a file" /tmp/e/bound "$xvdb"
    is_refused "a bind mount of a folder" /tmp/e/folder/over.qcow2 "$xvdc"
    is_refused "a second loop device over a disk" /dev/loop6 "$xvda"
    losetup -d /dev/loop6
    umount /tmp/e/bound /tmp/e/folder
}
! before_release || by_other_names
run out sh -c 'xen-resumable checkpoint --force other - >>/tmp/d/qdisk.raw'
claim "standard output to a disk: exit status 1" equal "$status" 1
claim "standard output to a disk: whose it is" contains out "$xvdb"
claim "other: it was never asked to suspend" \
    equal "$(console other | grep -c suspending)" 0
claim "web: nor was it" equal "$(console web | grep -c suspending)" 0
claim "not a byte of any disk is written" are_unwritten
claim "web: it counts on" counts web
claim "$has_volume: it counts on" counts $has_volume

# --- a file or device that is no disk takes --force

is_no_target() { # TITLE TARGET TEXT [ANOTHER WAY]
    before=$(digest "$2")
    for way in checkpoint ${4:+"$4"}; do
        # shellcheck disable=SC2086
        run out xen-resumable $way other "$2"
        claim "$1: $way exits 1" equal "$status" 1
        claim "$1: $way says why, and what helps" contains out "$3"
        claim "$1: $way names --force" contains out "--force"
    done
    claim "$1: it is as it was" equal "$(digest "$2")" "$before"
}
takes_force() { # TITLE TARGET
    run out xen-resumable checkpoint --watch=0 --force other "$2"
    claim "$1: with --force exit status 0" equal "$status" 0
    claim "$1: it is an image" equal "$(head -c 9 "$2")" "Xen saved"
    claim "$1: other counts on" counts other
}
truncate -s 24M /tmp/d/free
losetup /dev/loop5 /tmp/d/free
is_no_target "a block device" /dev/loop5 "is a block device"
takes_force "a block device" /dev/loop5
losetup -d /dev/loop5
rm /tmp/d/free
echo "my novel" >/tmp/d/novel
is_no_target "a text" /tmp/d/novel "is not a save image" "exec -- xl save -c"
! before_release || takes_force "a text" /tmp/d/novel

ln /tmp/d/hard /tmp/d/novel.1
run out xen-resumable checkpoint --keep=1 --force other /tmp/d/novel
claim "a disk in the place of a former image: exit status 1" equal "$status" 1
claim "a disk in the place of a former image: whose it is" contains out "$xvdb"
claim "a disk in the place of a former image: it is there" \
    test /tmp/d/novel.1 -ef /tmp/d/qdisk.raw
rm /tmp/d/novel /tmp/d/novel.1

links_to_images() {
    mkdir /tmp/d/images
    ln -s ../d/images/real /tmp/e/to-image
    run out xen-resumable checkpoint --keep=1 other /tmp/e/to-image
    claim "a link to nothing yet: exit status 0" equal "$status" 0
    claim "a link to nothing yet: the image is there" test -f /tmp/d/images/real
    run out xen-resumable checkpoint --keep=1 other /tmp/e/to-image
    claim "a link to an image: exit status 0" equal "$status" 0
    claim "a link to an image: it stays a link" test -L /tmp/e/to-image
    claim "a link to an image: the images are where it leads to" \
        equal "$(ls -A /tmp/d/images | tr '\n' ' ')" "real real.1 "
    claim "a link to an image: both are sound" \
        xen-resumable verify /tmp/d/images/real
    claim "a link to an image: both are sound, the former, too" \
        xen-resumable verify /tmp/d/images/real.1
    rm -r /tmp/d/images
}
! before_release || links_to_images

# --- a disk in use is not given to a second guest

domains() { xenstore-list /local/domain | wc -l; }
no_copy() { # TITLE TEXT OPTION...
    title=$1
    text=$2
    shift 2
    before=$(domains)
    run out xen-resumable restore "$@" /tmp/d/web.img
    claim "$title: exit status 1" equal "$status" 1
    claim "$title: why" contains out "$text"
    claim "$title: nothing was created" equal "$(domains)" "$before"
}
! before_release || destroy volume
run out xen-resumable checkpoint --watch=0 web /tmp/d/web.img
claim "web: there is an image" equal "$status" 0
claim "web: and it counts on" counts web
run out xen-resumable check --image /tmp/d/web.img --here
claim "check: no" equal "$status" 1
if before_release; then
    run json xen-resumable check --image /tmp/d/web.img --here --format=json
    claim "check: in JSON, too" contains json '"reason": "disk-in-use"'
fi
for dev in xvda xvdb xvdc; do
    claim "check: $dev is in use" \
        contains out "$dev of web (domain $web)"
done
claim "check: what both only read is free" contains out \
    "/tmp/d/refused.raw is there, and free"
! before_release || no_copy "beside web" "of web (domain" --name=copy
no_copy "beside web, as they are" "of web (domain" --name=copy \
    --disks=as-they-are
claim "web: it counts on beside that" counts web

destroy web
no_copy "without web" "--disks=as-they-are" --name=copy
run out xen-resumable restore --name=copy --disks=as-they-are /tmp/d/web.img
claim "as they are: exit status 0" equal "$status" 0
claim "as they are: it counts" counts copy
! before_release || no_copy "a second copy" "of copy (domain" --name=second \
    --disks=as-they-are
no_copy "web itself, beside the copy" "of copy (domain"
claim "the copy counts on" counts copy
destroy copy
if before_release; then
    run out xen-resumable restore /tmp/d/web.img
    claim "web alone: exit status 0" equal "$status" 0
    claim "web alone: it counts" counts web
    destroy web
fi

both_read() {
    run out xen-resumable checkpoint other /tmp/d/other.img
    claim "other: there is an image" equal "$status" 0
    run out xen-resumable restore --name=other-2 /tmp/d/other.img
    claim "other: a disk that both read is shared" equal "$status" 0
    claim "other: both count" counts other
    claim "other: both count, the second, too" counts other-2
    destroy other-2
}
! before_release || both_read

# A disk of a driver domain: nothing is known of it, and that is said.
of_a_driver_domain() {
    config_length=$(hexdump -s 48 -n 4 -e '1/4 "%u"' /tmp/d/other.img)
    le32() {
        # shellcheck disable=SC2059
        printf "$(printf '\\%03o\\%03o\\%03o\\%03o' $(($1 & 255)) \
            $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24 & 255)))"
    }
    tail -c +53 /tmp/d/other.img | head -c "$config_length" | tr -d '\000' |
        sed 's|"pdev_path"|"backend_domname": "storage", "pdev_path"|' >/tmp/json
    json_length=$(wc -c </tmp/json)
    {
        head -c 44 /tmp/d/other.img
        le32 $((json_length + 4))
        le32 "$json_length"
        cat /tmp/json
        tail -c +$((config_length + 53)) /tmp/d/other.img
    } >/tmp/d/driver.img
    run out xen-resumable check --image /tmp/d/driver.img --here
    claim "a driver domain: unknown, exit status 3" equal "$status" 3
    claim "a driver domain: it is named" contains out "domain storage serves it"
}
! before_release || of_a_driver_domain

destroy other

# --- and every disk is whole

# No guest here writes; QEMU may, to a qcow2 of its own.
grep -v qcow2 /tmp/disks.before >/tmp/disks.raw
claim "not a byte of any disk has been written" are_unwritten /tmp/disks.raw

lvremove -qq -y vg0
losetup -d /dev/loop7
umount /tmp/d
rm -rf /tmp/d /tmp/e
