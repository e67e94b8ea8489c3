# SPDX-License-Identifier: LGPL-2.1-or-later
# A restore with changes makes a domain that is as was asked for: with another disk,
# on another bridge, with another address, beside the domain that goes on; the image's
# configuration can be edited and given back, and so can what xl create takes.  What
# xl would fail of is refused before there is a domain.  (What the image cannot be
# restored with is in tests/cli/changed.sh.)  Before a release with more of what is
# refused, and with the configuration given back as it was.
#
# boot: disk
# needs: disks firmware
# memory: 3584
# dom0: 1792
# takes: 113

image=/tmp/d/web.img
mkdir -p /tmp/d
mount -t tmpfs -o size=400m disks /tmp/d
net_begin
for module in loop xen-gntdev; do
    insmod "/lib/modules/$module.ko" 2>/dev/null
done
for name in web copy; do
    echo "the disk of $name" >/tmp/d/$name.raw
    truncate -s 4M /tmp/d/$name.raw
done
for bridge in xenbr0 test; do
    run out brctl addbr $bridge
    claim "there is a bridge $bridge" equal "$status" 0
done

# Xen's own script for disks takes its time, too: the disk is QEMU's.
config_own web linux-like
cat >>/tmp/web.cfg <<'CONFIG'
disk = [ '/tmp/d/web.raw,raw,xvda,w,backendtype=qdisk' ]
vif = [ 'bridge=xenbr0,mac=00:16:3e:00:00:01,script=/tmp/vif-bridge' ]
CONFIG
run out plugin create web
claim "web: it counts" reaches web 2
run out xen-resumable checkpoint --watch=0 web $image
claim "web: there is an image" equal "$status" 0
before=$(digest $image)
domains() { xl list | wc -l; }

# Of a domain's first disk, and of its first interface.
disk_of() {
    xenstore-read "/local/domain/0/backend/qdisk/$(domid "$1")/51712/params" |
        sed 's/^[a-z]*://'
}
vif_of() { # NAME NODE
    xenstore-read "/local/domain/0/backend/vif/$(domid "$1")/0/$2"
}
uuid_of() { xl vm-list | awk -v name="$1" '$3 == name { print $1 }'; }

# --- what does not fit is refused

there_are=$(domains)
refuses() { # TITLE STATUS TEXT OPTION...
    title=$1 wanted=$2 text=$3
    shift 3
    run out xen-resumable restore --format=json "$@" $image
    claim "$title: exit status $wanted" equal "$status" "$wanted"
    claim "$title: $text" contains out "$text"
    claim "$title: nothing was created" equal "$(domains)" "$there_are"
}
refuses "a copy that writes its disk" 1 '"code": "disk-in-use"' --name=copy
refuses "no such bridge" 1 '"code": "bridge-missing"' --name=copy \
    --disk=xvda=/tmp/d/copy.raw --bridge=xenbr0=nowhere
ln /tmp/d/web.raw /tmp/d/link.raw
refuses "the same disk by another name" 1 '"code": "disk-in-use"' --name=copy \
    --disk=xvda=/tmp/d/link.raw
refuses_more() {
    refuses "no such file" 1 '"code": "disk-missing"' --name=copy \
        --disk=xvda=/tmp/d/no.raw
    refuses "its own uuid" 1 '"code": "uuid-in-use"' --name=copy \
        --uuid="$(uuid_of web)" --disk=xvda=/tmp/d/copy.raw
    refuses "its own name" 1 '"code": "name-in-use"' --uuid=new \
        --disk=xvda=/tmp/d/copy.raw
}
! before_release || refuses_more

# --- a copy beside the domain that goes on

with="--name=copy --disk=xvda=/tmp/d/copy.raw --bridge=xenbr0=test --mac=new"
# shellcheck disable=SC2086
run out xen-resumable restore --dry-run --format=json $with $image
claim "dry run: it would do" equal "$status" 0
claim "dry run: its keys are documented" json_keys_are_documented out restore \
    dry_run changes changes[].what changes[].of changes[].from changes[].to
claim "dry run: it says to what the disk is changed" contains out \
    '"to": "/tmp/d/copy.raw"'
claim "dry run: nothing was created" equal "$(domains)" "$there_are"
# shellcheck disable=SC2086
run out xen-resumable restore $with $image
claim "copy: exit status 0" equal "$status" 0
claim "copy: it is said what was changed" contains out \
    "disk xvda: /tmp/d/web.raw -> /tmp/d/copy.raw"
claim "copy: it counts" comes_back copy
claim "copy: web counts on" counts web
claim "copy: it has its own disk" equal "$(disk_of copy)" /tmp/d/copy.raw
claim "copy: web has that which it had" equal "$(disk_of web)" /tmp/d/web.raw
claim "copy: it is on the other bridge" equal "$(vif_of copy bridge)" test
claim "copy: which has its interface" test -e \
    "/sys/class/net/test/brif/vif$(domid copy).0"
claim "copy: and web's has web's" test -e \
    "/sys/class/net/xenbr0/brif/vif$(domid web).0"
claim "copy: it has an address of its own" differs "$(vif_of copy mac)" \
    "$(vif_of web mac)"
claim "copy: and a uuid" differs "$(uuid_of copy)" "$(uuid_of web)"
claim "copy: what is known of its kernel is there" \
    equal "$(image_node copy suspend-cancel)" 1
claim "copy: the image is as it was" equal "$(digest $image)" "$before"
destroy copy
destroy web

# --- the image's configuration, edited and given back

run out xen-resumable show --extract=config $image
cp out /tmp/web.json
as_it_was() {
    run out xen-resumable restore --watch=0 --config=/tmp/web.json $image
    claim "given back: exit status 0" equal "$status" 0
    claim "given back: it counts" comes_back web
    claim "given back: it has its disk" equal "$(disk_of web)" /tmp/d/web.raw
    claim "given back: and its address" \
        equal "$(vif_of web mac)" 00:16:3e:00:00:01
    destroy web
}
! before_release || as_it_was
sed 's/web\.raw/copy.raw/; s/xenbr0/test/' /tmp/web.json >/tmp/edited.json
run out xen-resumable restore --watch=0 --config=/tmp/edited.json \
    --mac=0=00:16:3e:00:00:02 $image
claim "edited: exit status 0" equal "$status" 0
claim "edited: it counts" comes_back web
claim "edited: it has the other disk" equal "$(disk_of web)" /tmp/d/copy.raw
claim "edited: it is on the other bridge" equal "$(vif_of web bridge)" test
claim "edited: it has the address of the option" \
    equal "$(vif_of web mac)" 00:16:3e:00:00:02
destroy web

# --- what xl create takes

sed 's/web\.raw/copy.raw/; s/xenbr0/test/' /tmp/web.cfg >/tmp/edited.cfg
run out xen-resumable restore --watch=0 --config=/tmp/edited.cfg $image
claim "xl's: exit status 0" equal "$status" 0
claim "xl's: it counts" comes_back web
claim "xl's: it has the other disk" equal "$(disk_of web)" /tmp/d/copy.raw
claim "xl's: it is on the other bridge" equal "$(vif_of web bridge)" test
destroy web
there_are=$(domains)
echo "vcpus = 2" >>/tmp/edited.cfg
refuses "xl's, with more vCPUs" 2 "the guest has 1 vCPUs, and not 2" \
    --config=/tmp/edited.cfg
sed 's/^memory.*/memory = 8/' /tmp/web.cfg >/tmp/edited.cfg
refuses "xl's, with less memory" 2 "its pages take" --config=/tmp/edited.cfg
a_mistake() {
    echo "no such thing" >>/tmp/edited.cfg
    refuses "xl's, with a mistake" 2 "xl does not take it" \
        --config=/tmp/edited.cfg
}
! before_release || a_mistake
umount /tmp/d
