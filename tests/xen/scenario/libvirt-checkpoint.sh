# SPDX-License-Identifier: LGPL-2.1-or-later
# A checkpoint of libvirt's guest is an image that virsh restore takes, and libvirt has
# of the guest what it had: its XML, its definition, its autostart, and that it runs,
# also if libvirtd was killed and started while the guest was suspended, and, before a
# release, the checkpoint was killed, too.  If libvirtd does not answer, neither guest
# nor former image notices anything.
#
# boot: libvirt
# needs: libvirt
# suites: 4.17
# release: 4.20
# takes: 100

mkdir -p /run/libvirt /etc/libvirt /tmp/hooks
export LIBVIRT_DEFAULT_URI=xen:///system
echo 'hook_timeout = 300' >/etc/xen/xen-resumable.conf # for a machine that is busy

cat >/tmp/libvirtd.sh <<'SH'
LD_PRELOAD=$1 setsid libvirtd >>/tmp/libvirtd.log 2>&1 </dev/null &
until timeout 10 virsh list >/dev/null 2>&1; do sleep 0.5; done
SH
start_libvirtd() {
    claim "libvirtd answers" within 60 sh /tmp/libvirtd.sh "$stub"
}
kill_libvirtd() {
    kill -9 "$(cat /run/libvirtd.pid)"
    rm -f /run/libvirtd.pid
}

image=/tmp/web.img
take() { # [OPTION]...
    run out xen-resumable checkpoint --watch=0 --format=json "$@" web $image
}

# What libvirt has of it, but for the number in its list: how it is, in one process.
without_number() { sed "s/ id='[0-9]*'//"; }
definition() { virsh dumpxml "$@" --security-info web | without_number; }
libvirt_says() { equal "$(virsh domstate web | head -n 1)" "$1"; }
all_that_libvirt_has() {
    virsh "dominfo web; dumpxml --security-info web;
        dumpxml --inactive --security-info web" | grep -v '^CPU time'
}

# Nothing of it has changed, but that there is an image.
as_before() { # TEXT
    claim "$1: it counts on" counts web
    claim "$1: libvirt has of it what it had" \
        equal "$(all_that_libvirt_has)" "$had"
}

# is_back TEXT: from the image, not from the start.
is_back() {
    claim "$1: exit status 0" equal "$status" 0
    claim "$1: it counts" counts web
    claim "$1: not from the start" test "$(first_tick web)" -gt 1
    claim "$1: libvirt says that it runs" libvirt_says running
    claim "$1: its definition is as it was" \
        equal "$(definition --inactive)" "$kept"
    claim "$1: it is one domain" \
        equal "$(xl list | grep -c ' web \|^web ')" 1
}
ends() { # it is off, and forgotten by Xen
    run out virsh destroy web
    claim "it is destroyed: exit status 0" equal "$status" 0
    anew web
}

start_libvirtd
virsh_domain web /lab/guest/linux-like 16 >/tmp/web.xml
virsh define /tmp/web.xml
virsh autostart web
run out virsh start web
claim "it counts" reaches web 2
had=$(all_that_libvirt_has)
echo "$had" >/tmp/had
claim "libvirt says that it runs" grep -qx 'State: *running' /tmp/had
claim "it is kept" grep -qx 'Persistent: *yes' /tmp/had
claim "it starts with the host" grep -qx 'Autostart: *enable' /tmp/had
kept=$(definition --inactive)

# --- the image is libvirt's

take
claim "checkpoint: exit status 0" equal "$status" 0
claim "checkpoint: for libvirt" contains out '"container": "libvirt"'
claim "checkpoint: its keys are documented" \
    json_keys_are_documented out checkpoint container layout
claim "checkpoint: no warning" not contains out warning
as_before checkpoint
claim "the image is sound" xen-resumable verify $image
claim "its XML is what libvirt has" equal \
    "$(xen-resumable show --extract=xml $image | without_number)" "$(definition)"

# --- libvirtd is killed and started anew while the guest is suspended

cat >/tmp/hooks/10-restart <<'SH'
#!/bin/sh
[ "$XR_STAGE" = suspended ] || exit 0
kill -9 "$(cat /run/libvirtd.pid)"
rm -f /run/libvirtd.pid
SH
echo "sh /tmp/libvirtd.sh $stub; virsh domstate web >/tmp/domstate" \
    >>/tmp/hooks/10-restart
chmod 755 /tmp/hooks/10-restart
take --hook=/tmp/hooks
claim "restarted: exit status 0" equal "$status" 0
claim "restarted: it has taken it for suspended" \
    contains /tmp/domstate pmsuspended
as_before restarted

# The checkpoint is killed as well: its guardian tells libvirt; and what nobody has told
# it, the next checkpoint does.
killed_or_left() {
    run out env XR_FAULT="the resume" XR_FAULT_KILL=checkpoint xen-resumable \
        checkpoint --watch=0 --hook=/tmp/hooks web $image
    claim "restarted, killed: it was killed" equal "$status" 137
    claim "restarted, killed: libvirt says that it runs" \
        within 60 libvirt_says running
    as_before "restarted, killed"
    run out xen-resumable checkpoint --watch=0 --hook=/tmp/hooks --container=xl web \
        /tmp/xl.img
    claim "left: libvirt takes it for suspended" libvirt_says pmsuspended
    claim "left: it counts on" counts web
    take
    claim "left: the next checkpoint: exit status 0" equal "$status" 0
    claim "left: which says so" contains out "says again that it runs"
    as_before left
    rm /tmp/xl.img
}
! before_release || killed_or_left

# --- libvirtd is down

before=$(digest $image)
kill_libvirtd
take
claim "down: exit status 1" equal "$status" 1
claim "down: it says why" contains out '"code": "no-libvirt"'
claim "down: and what to do" contains out "--container=xl"
claim "down: the guest counts on" counts web
claim "down: the former image is as it was" equal "$(digest $image)" "$before"
run out xen-resumable checkpoint --watch=0 --container=xl web /tmp/xl.img
claim "down: an image for xl can be had" equal "$status" 0
claim "down: the guest counts on after it" counts web
claim "down: it is xl's" contains /tmp/xl.img "Xen saved domain, xl format"
rm /tmp/xl.img
start_libvirtd
as_before "up again"

# --- virsh, while the guest is suspended

meanwhile() { # COMMAND...
    printf '#!/bin/sh\n[ "$XR_STAGE" = suspended ] || exit 0\n' \
        >/tmp/hooks/10-restart
    echo "$* >/tmp/meanwhile 2>&1; echo \$? >/tmp/status" >>/tmp/hooks/10-restart
    before=$(digest $image)
    take --hook=/tmp/hooks
    remark "meanwhile, $*: $(tr '\n' ' ' </tmp/meanwhile)"
}
others_meanwhile() {
    meanwhile virsh save web /tmp/other
    claim "saved meanwhile: exit status 0" equal "$status" 0
    claim "saved meanwhile: virsh save has failed" not equal "$(cat /tmp/status)" 0
    as_before "saved meanwhile"
    rm -f /tmp/other
    meanwhile virsh destroy web
    claim "destroyed meanwhile: exit status 1" equal "$status" 1
    claim "destroyed meanwhile: virsh destroy has not failed" \
        equal "$(cat /tmp/status)" 0
    claim "destroyed meanwhile: the former image is as it was" \
        equal "$(digest $image)" "$before"
    claim "destroyed meanwhile: libvirt says that it is off" \
        within 20 libvirt_says "shut off"
    claim "destroyed meanwhile: the domain is gone" within 20 gone web
    anew web
    run out virsh start web
    claim "destroyed meanwhile: it starts again" reaches web 2
}
! before_release || others_meanwhile

# --- who takes the image

ends
run out virsh restore $image
is_back "virsh restore"

run out virsh managedsave web
claim "managedsave: exit status 0" equal "$status" 0
anew web
run out virsh start web
is_back "start from the managed save"

ends
run out xen-resumable restore --watch=0 $image
is_back "xen-resumable restore"
again() {
    run out xen-resumable list $image
    claim "list knows whose it is" grep -qw web out
    had=$(all_that_libvirt_has)
    take --dry-run
    claim "dry run: the image is for libvirt" contains out '"container": "libvirt"'
    take
    claim "again: exit status 0" equal "$status" 0
    as_before again
}
! before_release || again

# --- and libvirt hears of its end

was=$(domid web)
run out virsh reboot web
is_new() { [ "$(domid web)" -gt "$was" ] && counts web; }
claim "reboot: it runs in a new domain" within 60 is_new
run out virsh shutdown web
claim "shutdown: libvirt says that it is off" within 60 libvirt_says "shut off"
claim "shutdown: the domain is gone" gone web
claim "shutdown: its definition is as it was" \
    equal "$(definition --inactive)" "$kept"
claim "no warning of the plugin's in libvirtd's log" \
    equal "$(warnings /tmp/libvirtd.log)" 0

# --- from a managed save that is our image

put_as_managed_save() {
    virsh autostart --disable web
    kill "$(cat /run/libvirtd.pid)"
    within 20 test ! -e /run/libvirtd.pid
    mkdir -p /var/lib/libvirt/libxl/save
    cp $image /var/lib/libvirt/libxl/save/web.save
    anew web
    start_libvirtd
    run out virsh start web
    is_back "start from our image"
    ends
}
! before_release || put_as_managed_save

kill "$(cat /run/libvirtd.pid)"
wait
