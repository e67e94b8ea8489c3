# SPDX-License-Identifier: LGPL-2.1-or-later
# An image that xl or libvirt writes is sound for verify, and Xen's own checker
# agrees.
#
# boot: libvirt
# suites: none
# release: all
# needs: libvirt python
# takes: 400

# Xen's own checker knows no optional record: without ours it takes the rest.
carries_record() { # TEXT FILE
    run out xen-resumable verify "$2"
    claim "$1: sound for verify" equal "$status" 0
    claim "$1: with its record" contains out "Record      sound"
    peer "$2" >/tmp/peer.out 2>&1
    claim "$1: verify-stream-v2 stumbles over the record" contains \
        /tmp/peer.out "Unrecognised record type 0xd8524d44"
    without_record "$2" >/tmp/bare.save
    claim "$1: and takes the image without it" peer /tmp/bare.save
    claim "$1: as verify does" xen-resumable verify /tmp/bare.save
    rm -f /tmp/bare.save
}

without_record() { # FILE: to stdout, what stands before and behind it
    xen-resumable show --records "$1" | awk '$NF == "METADATA" {
        print $1, $1 + 8 + int(($4 + 7) / 8) * 8 }' >/tmp/where
    read -r from to </tmp/where
    head -c "$from" "$1"
    tail -c +$((to + 1)) "$1"
}

bare() { # TEXT FILE: an image of stock Xen's
    claim "$1: sound for verify" xen-resumable verify "$2"
    claim "$1: in a pipe, too" sh -c 'cat "$1" | xen-resumable verify -' \
        sh "$2"
    claim "$1: verify-stream-v2 takes it, too" peer "$2"
}

# Laid out flat in its own place, it is stock xl's as before.
laid_out() { # TEXT NAME FILE: of a guest that is not there any more
    run out xen-resumable seal --flat --format=json "$3"
    claim "$1: seal --flat: exit status 0" equal "$status" 0
    claim "$1: its keys are documented" json_keys_are_documented out seal \
        sealed_before layout bytes bytes_written
    run out xen-resumable verify "$3"
    claim "$1: flat, it is sound" equal "$status" 0
    claim "$1: flat, its digests match" contains out "Seal        match"
    run out stock xl restore "$3"
    claim "$1: flat, stock xl restores it" equal "$status" 0
    claim "$1: flat, the guest counts on" comes_back "$2"
}

# As tee(1) does it, but busybox' takes minutes for a guest in small bites.
cat >/tmp/tee.py <<'PYTHON'
import os
wire = os.open("/tmp/wire", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
while piece := os.read(0, 1 << 20):
    os.write(wire, piece)
    os.write(1, piece)
PYTHON

# A stream as xl sends it, up to its END: what follows is talk between the two.
migrate() { # TEXT KIND NAME
    cat >/tmp/ssh <<'SSH'
#!/bin/sh
shift
python3 -S /tmp/tee.py | "$@"
SSH
    chmod +x /tmp/ssh
    run out $2 xl migrate -s /tmp/ssh "$3" localhost
    # Stock xl has been seen to fail; it is only to give an image here.
    if [ "$2" = stock ] && [ "$status" != 0 ]; then
        remark "$1: failed: $(tail -n 1 out)"
        run out stock xl migrate -s /tmp/ssh "$3" localhost
    fi
    claim "$1: it arrives" equal "$status" 0
    claim "$1: it counts on" comes_back "$3"
    run records xen-resumable show --records /tmp/wire
    head -c "$(awk '$2 == "libxl" && $NF == "END" { print $1 + 8 }' records)" \
        /tmp/wire >/tmp/live.save
    rm -f /tmp/wire
}

# With the plugin and without it, twice over: what was restored is saved again.
rounds="1 2"
[ "$(cat /lab/suite)" = 4.17 ] || rounds=1
config_own gpv linux-like
config_pvh gpvh
for type in pv pvh; do
    run out plugin xl create -q "/tmp/g$type.cfg"
    claim "$type: the guest starts" reaches "g$type" 2
    for round in $rounds; do
        run out plugin xl save "g$type" /tmp/image.save
        carries_record "$type, xl, plugin, save $round" /tmp/image.save
        run out plugin xl restore /tmp/image.save
        claim "$type: it is restored" comes_back "g$type"
    done
    run out plugin xl save -c "g$type" /tmp/image.save
    carries_record "$type, xl, plugin, checkpoint" /tmp/image.save
    run out stock xl save -c "g$type" /tmp/stock.save
    bare "$type, xl, stock, checkpoint" /tmp/stock.save
    # Up to 4.14 that has killed it.
    destroy "g$type"
    laid_out "$type, xl, stock, checkpoint" "g$type" /tmp/stock.save
    rm -f /tmp/stock.save
    destroy "g$type"
    run out plugin xl restore /tmp/image.save
    claim "$type: the checkpoint of the plugin's is restored" \
        comes_back "g$type"
    rm -f /tmp/image.save
done

run out xl info
if grep -q '^virt_caps.*shadow' out; then types="pv pvh"; else types=pvh; fi
remark "live: $types"
for type in $types; do
    migrate "$type, live, plugin" plugin "g$type"
    carries_record "$type, live, plugin" /tmp/live.save
    migrate "$type, live, stock" stock "g$type"
    bare "$type, live, stock" /tmp/live.save
    rm -f /tmp/live.save
done
destroy gpv
destroy gpvh

mkdir -p /run/libvirt /etc/libvirt
export LIBVIRT_DEFAULT_URI=xen:///system
for kind in plugin stock; do
    $kind libvirtd >/tmp/libvirtd.log 2>&1 &
    claim "libvirt, $kind: libvirtd answers" within 60 timeout 10 virsh list
    virsh_domain shop /lab/guest/linux-like 24 >/tmp/shop.xml
    run out virsh create /tmp/shop.xml
    claim "libvirt, $kind: the guest counts" reaches shop 2
    run out virsh save shop /tmp/shop.save
    claim "libvirt, $kind: virsh save succeeds" equal "$status" 0
    if [ $kind = plugin ]; then
        carries_record "libvirt, plugin" /tmp/shop.save
    else
        bare "libvirt, stock" /tmp/shop.save
    fi
    killall libvirtd
    claim "libvirt, $kind: libvirtd ends" within 30 not pidof libvirtd
    rm -f /tmp/shop.save
    anew shop
done

# Linux has more kinds of pages than a guest of ours.
config_linux real pv
run out plugin xl create -q /tmp/real.cfg
claim "Linux: it starts" reaches real 2
run out plugin xl save -c real /tmp/real.save
carries_record "Linux" /tmp/real.save
destroy real
rm -f /tmp/real.save

# Sealed, cut, and saved over.
config_own sealed linux-like 16
run out plugin xl create -q /tmp/sealed.cfg
claim "the guest starts" reaches sealed 2
run out plugin xl save sealed /tmp/sealed.save
run out xen-resumable seal /tmp/sealed.save
claim "an image is sealed" equal "$status" 0
run out xen-resumable verify /tmp/sealed.save
claim "sealed: sound" equal "$status" 0
claim "sealed: the digest matches" contains out "Seal        match"
run out stock xl restore /tmp/sealed.save
claim "sealed: stock xl restores it" equal "$status" 0
claim "sealed: the guest counts on" comes_back sealed
head -c 9000000 /tmp/sealed.save >/tmp/short.save
run out xen-resumable verify /tmp/short.save
claim "a piece of it is not sound" equal "$status" 1
claim "and verify says how far it came" contains out "of the expected"
run out plugin xl save sealed /tmp/sealed.save
run out xen-resumable verify /tmp/sealed.save
claim "saved over, it is sound" equal "$status" 0
claim "saved over, the seal is gone" contains out "Seal        absent"
