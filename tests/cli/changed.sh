#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# restore with another configuration, as far as no Xen is needed: what the image
# cannot be restored with is refused, and the reason is named.  If this fails, a
# domain is made that dies of it, or that has another disk than was asked for.
# (What becomes of such a domain is in the lab's scenario restore-changed.)
set -u
. "$top_srcdir/tests/cli/functions.sh"

mkstream=$top_builddir/tests/streams/mkstream
xl=/no/xl

config() { # TYPE VCPUS [DISKS]
    printf '{"c_info":{"name":"web","uuid":"u","type":"%s"},"b_info":{"max_vcpus":%s,
        "max_memkb":160},"disks":[%s],"nics":[{"bridge":"br0"}]}\n' "$1" "$2" "${3:-}"
}
config pv 2 '{"vdev":"xvda","pdev_path":"/a","readwrite":1}' >pv.json
config pvh 2 >pvh.json
config pv 3 >vcpus.json
sed 's/160/40/' pv.json >memory.json
sed 's/"name":"web",//' pv.json >nameless.json
sed 's/"web"/"web","name":"b"/' pv.json >twice.json
cat >pv.xml <<'XML'
<domain type='xen'><name>web</name><uuid>u</uuid><memory>160</memory><vcpu>2</vcpu>
<os><type>linux</type></os><devices><disk type='file'><source file='/a'/>
<target dev='xvda'/></disk></devices></domain>
XML
sed 's/linux/xenpvh/' pv.xml >pvh.xml
sed 's/<.domain>//' pv.xml >cut.xml
echo "name = 'web'" >web.cfg
"$mkstream" xl pages=40 batch=9 vcpus=2 metadata config=pv.json >xl.img
"$mkstream" xl pages=40 batch=9 vcpus=2 config=twice.json >twice.img
"$mkstream" libvirt pages=40 vcpus=2 config=pv.xml metadata >libvirt.img

# Nothing was made, and the image is as it was.
refuses() { # STATUS WHAT ARGUMENT... IMAGE
    local status=$1 what=$2 before
    shift 2
    before=$(cat ./* | sha256sum)
    expect "$*" "$status" '' -- restore "$@"
    grep -qF -- "$what" "$scratch/.stderr" ||
        fail "$*: it said $(cat "$scratch/.stderr"), not $what"
    [ "$(cat ./* | sha256sum)" = "$before" ] || fail "$*: something has changed"
}

# What is taken is asked of the host: there is none.
takes() { # ARGUMENT... IMAGE
    local got=0
    "$program" restore --dry-run "$@" >out 2>err || got=$?
    [ $got = 2 ] || fail "$*: exit status $got: $(cat err)"
    grep -q "^xen-resumable: this host: " err || fail "$*: it says $(cat err)"
    rm out err
}
takes xl.img
takes --config=pv.json xl.img
takes --config=<(cat pv.json) xl.img
takes --disk=xvda=/dev/null --bridge=br0=br1 --mac=new --uuid=new xl.img
takes --config=pv.json --name=copy --mac=0=02:00:00:00:00:01 xl.img
takes --config=pv.xml libvirt.img
takes --name=copy --disk=xvda=/dev/null libvirt.img

# Disks of its own: those that the host has noted, as their driver says; nothing is made
# before the host was asked.
uuid=ab000000-0000-4000-8000-000000000001
id=ab000000-0000-4000-8000-000000000002
former=ab000000-0000-4000-8000-000000000003
export XR_COPIES_DIR=$scratch/.ledger XR_DISK_DRIVERS=$scratch/.drivers
mkdir -m 700 .ledger .drivers
cat >.drivers/file <<'SH'
#!/bin/sh
[ "$1 $2 $3 $5" = "copy --check /a /copy" ] || exit 9
[ "$XR_DEVICE" = xvda ] || exit 8
case $XR_NAME in
full)     echo "no room" >&2; exit 1 ;;
nameless) echo "copy /made" ;;
*)        echo "copy /made-$XR_UUID" ;;
esac
SH
chmod 755 .drivers/file
disk=disk.xvda.target=/a,disk.xvda.driver=file,disk.xvda.copy=/copy
"$mkstream" xl pages=40 vcpus=2 metadata config=pv.json \
    record="domain.uuid=$uuid,checkpoint.id=$id,disk.xvda.kind=file,disk.xvda.mode=w,$disk" \
    >kept.img
printf 'id=%s,image=/i,folder=,name=web,uuid=%s,%s,disk.xvda.format=raw\n' \
    "$id" "$uuid" "$disk" >.ledger/$id
: >.ledger/$former.clones
chmod 600 .ledger/*
takes --name=copy --disks=copies kept.img
takes --uuid=new --disks=copies --mac=new kept.img
[ "$(find .ledger -type f | wc -l)" = 2 ] || fail "something was noted"
refuses 1 "xvda: driver file: no room. Nothing was created." --name=full \
    --disks=copies kept.img
refuses 1 "driver file would make /made, a name without the domain's uuid" \
    --name=nameless --disks=copies kept.img
refuses 1 "disks of a former domain with that uuid are there: xen-resumable prune" \
    --uuid=$former --disks=copies kept.img
refuses 1 "the domain has none of the disks whose copies were kept" --name=copy \
    --disks=copies --disk=xvda=/dev/null kept.img
refuses 1 "no copies of its disks were kept" --name=copy --disks=copies xl.img
refuses 2 "the configuration has no uuid" --disks=copies kept.img
rm -r .ledger .drivers

not="is not restored: the configuration is not one of this image: the guest has"
refuses 2 "xl.img $not the type pv, and not pvh. Nothing was created." \
    --config=pvh.json xl.img
refuses 2 "xl.img $not 2 vCPUs, and not 3. Nothing was created." \
    --config=vcpus.json xl.img
refuses 2 "libvirt.img $not the type pv, and not pvh. Nothing was created." \
    --config=pvh.xml libvirt.img
refuses 2 "xl.img is not restored: the configuration does not name the domain." \
    --config=nameless.json xl.img
takes --config=nameless.json --name=web xl.img
refuses 2 "twice.json: a name stands twice in an object of the configuration, at" \
    --config=twice.json xl.img
refuses 2 "pv.xml: this image needs a configuration of xl: JSON, or a file" \
    --config=pv.xml xl.img
refuses 2 "pv.json: this image needs a configuration of libvirt: XML" \
    --config=pv.json libvirt.img
refuses 2 "cut.xml: the configuration is not XML that can be changed, at offset" \
    --config=cut.xml libvirt.img
refuses 2 "nowhere: No such file" --config=nowhere xl.img

refuses 2 "the configuration has no disk xvdb; it has: xvda. Nothing was" \
    --disk=xvdb=/b xl.img
refuses 2 "the configuration has no interface on br1; it has: br0." \
    --bridge=br1=br2 xl.img
refuses 2 "the configuration has no interface 1; it has: none." \
    --mac=1=02:00:00:00:00:01 xl.img
refuses 2 "the same is changed twice" --disk=xvda=/b --disk=xvda=/c xl.img
refuses 2 "a disk's target must be an absolute path" --disk=xvda=b xl.img

# The format is the image's: a guest would see the inside of an image, and write to it.
head -c 4096 /dev/zero >raw
{ printf 'QFI\373\0\0\0\3'; head -c 4096 /dev/zero; } >qcow2
takes --disk=xvda="$PWD/raw" xl.img
refuses 2 "$PWD/qcow2 is a qcow2 image, and the domain would have it as its xvda in \
the format raw: --config=FILE" --disk=xvda="$PWD/qcow2" xl.img
refuses 2 "is a qcow2 image" --disk=xvda="$PWD/qcow2" libvirt.img
sed "s|/a|$PWD/qcow2|; s/\"vdev\"/\"format\":\"qcow2\",&/" pv.json >qcow2.json
takes --config=qcow2.json xl.img
refuses 2 "$PWD/raw is no qcow2 image, and" --config=qcow2.json \
    --disk=xvda="$PWD/raw" xl.img

# An image whose name libxl and others read differently: nothing is changed.
refuses 1 "configuration cannot be read: a name stands twice in an object" \
    --name=copy twice.img
finish
