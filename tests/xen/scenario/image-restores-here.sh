# SPDX-License-Identifier: LGPL-2.1-or-later
# If check --image --here promises a restore, it succeeds; it finds what is in the
# way, and leaves no traces.  Before a release with all that can be in the way; the
# unit test preflight has each of them, too.
#
# boot: own
# memory: 3072
# takes: 28

image=/tmp/here.save

# asked FILE: exit status in $status, the answer in out
asked() { run out xen-resumable check --image "$1" --here; }

# line WHAT SAYS TEXT: such a line is in the answer
line() {
    cat out
    grep "^$1 *$2 " out | grep -qF -- "$3"
}

le32() {
    # shellcheck disable=SC2059
    printf "$(printf '\\%03o\\%03o\\%03o\\%03o' $(($1 & 255)) \
        $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24 & 255)))"
}
number() { # FILE OFFSET
    hexdump -s "$2" -n 4 -e '1/4 "%u"' "$1"
}
patch() { # FILE OFFSET VALUE
    le32 "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}
record_at() { # NAME: offset and length of its body in the image
    xen-resumable show --records $image |
        awk -v name="$1" '$NF == name { print $1 + 8, $4; exit }'
}

# edited SED: a copy of the image with another configuration.
edited() {
    config_length=$(number $image 48)
    tail -c +53 $image | head -c "$config_length" | tr -d '\000' |
        sed "$1" >/tmp/json
    json_length=$(wc -c </tmp/json)
    {
        head -c 44 $image
        le32 $((json_length + 4))
        le32 "$json_length"
        cat /tmp/json
        tail -c +$((config_length + 53)) $image
    } >/tmp/edited.save
}

world() { # all that a look must not change
    xl list | awk '{ print $1, $2, $3 }'
    xenstore-ls -f / | grep -v '/feature-\|/data/'
    digest $image
}

config_own here linux-like
run out plugin xl create -q /tmp/here.cfg
claim "the guest starts" reaches here 2
run out plugin xl save -c here $image
asked $image
claim "while the guest runs: no" equal "$status" 1
claim "its name is in use" line name no "here is in use"
claim "its uuid is in use" line uuid no "is in use"

renamed() {
    run out xl rename here there
    asked $image
    claim "under another name: still no" equal "$status" 1
    claim "the name is free" line name yes "here is free"
    claim "the uuid is in use" line uuid no "is in use"
}
if before_release; then renamed; fi
xl destroy "$(domid here || domid there)"

sleep 1
world >/tmp/before
asked $image
claim "without it: yes" equal "$status" 0
claim "the image is complete" line image yes "complete, "
claim "this Xen reads it" line xen yes "saved on Xen $(cat /lab/suite)"
claim "memory is there" line memory yes "16 MiB wanted"
claim "this host offers the CPU" line cpu yes "this host has all"
world >/tmp/after
claim "nothing was created or changed" diff /tmp/before /tmp/after
run out xen-resumable check --image $image --here --format=json
claim "as JSON, too" contains out '"restorable": "yes"'
claim "and its keys are documented" json_keys_are_documented out check \
    image restorable checks checks[].what checks[].says checks[].reason \
    checks[].detail
anew here
run out stock xl restore $image
claim "and it does restore" equal "$status" 0
claim "the guest counts on" comes_back here
destroy here

another_has_its_name() {
    config_own here netbsd-like
    run out stock xl create -q /tmp/here.cfg
    asked $image
    claim "while another has its name: no" equal "$status" 1
    claim "the name is in use" line name no "here is in use"
    claim "the uuid is free" line uuid yes "is free"
    run out stock xl restore $image
    claim "and it does not restore" has_failed
    destroy here
}
! before_release || another_has_its_name

edited 's/"target_memkb": [0-9]*/"target_memkb": 2400000/'
asked /tmp/edited.save
claim "more memory than is free: unknown" equal "$status" 3
claim "domain 0 would have to give" line memory unknown "2343 MiB wanted"
more_than_there_is() {
    edited 's/"target_memkb": [0-9]*/"target_memkb": 9000000/'
    asked /tmp/edited.save
    claim "more than there is: no" equal "$status" 1
    claim "the host is too small" line memory no "in all"
}
! before_release || more_than_there_is

disks() {
    : >/tmp/disk.img
    edited '1s|{|{"disks":[{"pdev_path":"/tmp/disk.img"}],|'
    asked /tmp/edited.save
    claim "a disk that is there: yes" equal "$status" 0
    claim "it is named" line disk yes "/tmp/disk.img is there"
    rm /tmp/disk.img
    asked /tmp/edited.save
    claim "a disk that is not: no" equal "$status" 1
    claim "it is named, too" line disk no "/tmp/disk.img: No such file"
}
! before_release || disks

cp $image /tmp/edited.save
read -r at length <<AT
$(record_at LIBXC_CONTEXT)
AT
patch /tmp/edited.save $((at + 36)) 99
asked /tmp/edited.save
claim "from a later Xen: unknown" equal "$status" 3
claim "an older one may do" line xen unknown "saved on Xen 4.99"

cp $image /tmp/edited.save
read -r at length <<AT
$(record_at X86_CPUID_POLICY)
AT
leaf=$(hexdump -v -s "$at" -n "$length" -e '6/4 "%u " "\n"' $image |
    awk '$1 == 7 && $2 == 0 { print NR - 1 }')
patch /tmp/edited.save $((at + leaf * 24 + 12)) 4294967295
asked /tmp/edited.save
claim "from a CPU with more features: no" equal "$status" 1
claim "they are named" line cpu no "leaf 0x7.0, ebx 0x"

half_of_it() {
    head -c 9000000 $image >/tmp/edited.save
    asked /tmp/edited.save
    claim "half an image: no" equal "$status" 1
    claim "it is cut off" line image no "the image is cut off"
}
from_a_pipe() {
    pipe() { cat $image | xen-resumable check --image - --here; }
    run out pipe
    claim "from a pipe: unknown, for not all is read" equal "$status" 3
}
if before_release; then
    half_of_it
    from_a_pipe
fi
rm -f $image /tmp/edited.save

before_release || return 0
config_pvh herepvh
run out stock xl create -q /tmp/herepvh.cfg
claim "a PVH guest starts" reaches herepvh 2
run out stock xl save herepvh $image
asked $image
claim "a PVH guest's image, by stock xl: yes" equal "$status" 0
