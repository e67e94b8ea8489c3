# SPDX-License-Identifier: LGPL-2.1-or-later
# An image of libvirt's is restored with another XML in its head: under another name,
# beside the domain that goes on; and with its own, edited and given back.  libvirtd
# takes no XML beside an image, and reads this one from a pipe.
#
# boot: libvirt
# needs: libvirt
# takes: 52

image=/tmp/web.save
mkdir -p /run/libvirt /etc/libvirt
export LIBVIRT_DEFAULT_URI=xen:///system
plugin libvirtd >/tmp/libvirtd.log 2>&1 &
claim "libvirtd answers" within 60 timeout 10 virsh list

virsh_domain web /lab/guest/linux-like 16 >/tmp/web.xml
run out virsh create /tmp/web.xml
claim "web: it counts" reaches web 2
run out virsh save web $image
claim "web: it is saved" equal "$status" 0
anew web
before=$(digest $image)

run out xen-resumable show --extract=xml $image
sed "s,</name>,</name><title>edited</title>," out >/tmp/edited.xml
run out xen-resumable restore --watch=0 --config=/tmp/edited.xml $image
claim "edited: exit status 0" equal "$status" 0
claim "edited: it counts" comes_back web
run out virsh dumpxml web
claim "edited: libvirt has what was edited" contains out "<title>edited</title>"

run out xen-resumable restore --watch=0 $image
claim "its name is in use: exit status 1" equal "$status" 1
run out xen-resumable restore --watch=0 --name=copy $image
claim "copy: exit status 0" equal "$status" 0
claim "copy: it counts" comes_back copy
claim "copy: web counts on" counts web
run out virsh list --name
claim "copy: libvirt has both" contains out copy
claim "copy: web, too" contains out web
claim "copy: it has a uuid of its own" differs "$(virsh domuuid copy)" \
    "$(virsh domuuid web)"
claim "copy: what is known of its kernel is there" \
    equal "$(image_node copy suspend-cancel)" 1
claim "copy: the image is as it was" equal "$(digest $image)" "$before"
virsh destroy copy
virsh destroy web
kill "$(cat /run/libvirtd.pid)"
wait
