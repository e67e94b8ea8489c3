# SPDX-License-Identifier: LGPL-2.1-or-later
# libvirt keeps a guest and its definition over fifty checkpoints, saves, managed saves
# and migrations, before which libvirtd is killed twice, once while the guest is
# suspended; libvirtd does not grow.  The guest is a Linux with two vCPUs, two disks and
# a network card, all of them at work, and its memory and its disks agree.  It has memory
# to spare: at each restore a Linux with a network card loses about 1 MB of it, also by
# stock xl.
#
# boot: libvirt-rounds
# needs: libvirt disks
# suites: none
# release: 4.17 4.20
# memory: 3072
# dom0: 1600
# takes: 5000
# silence: 2400

. /lab/disks.sh
disks_begin
for module in llc stp bridge xen-netback; do
    insmod "/lib/modules/$module.ko" 2>/dev/null
done
rounds=${rounds:-50}
export LIBVIRT_DEFAULT_URI=xen:///system
there="xen+unix:///system?socket=/tmp/there/libvirt-sock"
mkdir -p /run/libvirt /etc/libvirt /tmp/there /tmp/hooks
ifconfig lo 127.0.0.1 up

# --- two libvirtds: the second in another host's place, with files of its own

cat >/tmp/libvirtd.sh <<'SH'
LD_PRELOAD=$1 setsid libvirtd >>/tmp/libvirtd.log 2>&1 </dev/null &
until timeout 30 virsh list >/dev/null 2>&1; do sleep 0.5; done
SH
start_libvirtd() {
    claim "libvirtd answers" within 60 sh /tmp/libvirtd.sh "$stub"
}
cat >/tmp/there.conf <<'CONF'
unix_sock_dir = "/tmp/there"
host_uuid = "11111111-2222-3333-4444-555555555555"
CONF
start_libvirtd
LD_PRELOAD=$stub unshare -m sh -c 'mount -t tmpfs tmpfs /run/libvirt
    mount -t tmpfs tmpfs /var/lib/libvirt
    mount -t tmpfs tmpfs /etc/libvirt
    exec libvirtd -f /tmp/there.conf -p /tmp/there/pid' >/tmp/there.log 2>&1 &
claim "the other libvirtd answers" within 60 timeout 30 virsh -c "$there" list

# --- the guest

cat >/tmp/vif <<'SCRIPT'
#!/bin/sh
[ "$1" = online ] || exit 0
ip link set dev "$vif" up
brctl addif "$(xenstore-read "$XENBUS_PATH/bridge")" "$vif"
xenstore-write "$XENBUS_PATH/hotplug-status" connected
SCRIPT
chmod 755 /tmp/vif
brctl addbr xenbr0
ip addr add 10.0.0.1/24 dev xenbr0
ip link set xenbr0 up

make_disk /tmp/a.disk raw
truncate -s 16M /tmp/b.disk
losetup /dev/loop4 /tmp/a.disk
losetup /dev/loop5 /tmp/b.disk
has_ring=1

disk() { # DEVICE NAME
    echo "<disk type='block' device='disk'><driver name='phy' type='raw'/>
      <source dev='$1'/><target dev='$2' bus='xen'/></disk>"
}
cat >/tmp/web.xml <<XML
<domain type='xen'>
  <name>web</name>
  <memory unit='MiB'>256</memory>
  <vcpu>2</vcpu>
  <on_crash>preserve</on_crash>
  <os>
    <type arch='x86_64' machine='xenpv'>linux</type>
    <kernel>/boot/vmlinux</kernel>
    <initrd>/boot/guest.img</initrd>
    <cmdline>console=hvc0 rdinit=/init quiet net files ring $linux_is_quick</cmdline>
  </os>
  <devices>
    $(disk /dev/loop4 xvda)
    $(disk /dev/loop5 xvdb)
    <interface type='bridge'>
      <mac address='00:16:3e:00:00:01'/>
      <source bridge='xenbr0'/>
      <script path='/tmp/vif'/>
    </interface>
    <console type='pty'><target type='xen'/></console>
  </devices>
</domain>
XML
virsh define /tmp/web.xml
virsh autostart web
run out virsh start web
claim "it counts" reaches web 2
claim "it writes" writes_on
claim "it was started once" equal "$(starts_of web)" 1
kept=$(virsh dumpxml --inactive web)
received() { cat /sys/class/net/xenbr0/statistics/rx_packets; }
sends_on() {
    sends_from=$(received)
    within 30 sh -c "[ \$(cat /sys/class/net/xenbr0/statistics/rx_packets) -gt $sends_from ]"
}
claim "it sends" sends_on

# --- a round

is_whole() { # TEXT
    claim "$1: exit status 0" equal "$status" 0
    claim "$1: it writes on" writes_on
    claim "$1: it sends on" sends_on
    claim "$1: it was not started again" equal "$(starts_of web)" 1
    claim "$1: libvirt says that it runs, with both vCPUs" equal \
        "$(virsh "domstate web; vcpucount --live --active web" | xargs)" "running 2"
}
checkpoints() {
    run out xen-resumable checkpoint --watch=0 "$@" web /tmp/web.img
}
by_checkpoint() { checkpoints; }
by_save() {
    run out virsh save web /tmp/web.save
    [ "$status" -ne 0 ] || run out virsh restore /tmp/web.save
    rm -f /tmp/web.save
}
by_managed_save() {
    run out virsh managedsave web
    [ "$status" -ne 0 ] || run out virsh start web
}
# There, and back again.
by_migration() {
    run out virsh migrate web "$there" --dname web-there --persistent \
        --undefinesource --migrateuri tcp://127.0.0.1
    [ "$status" -eq 0 ] || return
    run out virsh -c "$there" migrate web-there "$LIBVIRT_DEFAULT_URI" \
        --dname web --persistent --undefinesource --migrateuri tcp://127.0.0.1
}

# What libvirtd has: kilobytes, files, threads.
has_memory() { awk '/^VmRSS/ { print $2 }' "/proc/$(cat /run/libvirtd.pid)/status"; }
has_files() { ls "/proc/$(cat /run/libvirtd.pid)/fd" | wc -l; }

cat >/tmp/hooks/10-restart <<SH
#!/bin/sh
[ "\$XR_STAGE" = suspended ] || exit 0
kill -9 \$(cat /run/libvirtd.pid)
rm -f /run/libvirtd.pid
sh /tmp/libvirtd.sh $stub
SH
chmod 755 /tmp/hooks/10-restart
checkpoints --hook=/tmp/hooks
is_whole "libvirtd restarted while it was suspended"

kill -9 "$(cat /run/libvirtd.pid)"
rm -f /run/libvirtd.pid
start_libvirtd
round=0
while [ $round -lt "$rounds" ]; do
    round=$((round + 1))
    case $((round % 4)) in
    1) way=checkpoint ;;
    2) way=save ;;
    3) way=managed_save ;;
    0) way=migration ;;
    esac
    by_$way
    is_whole "round $round, $way"
    if [ $round = 12 ]; then
        memory=$(has_memory) files=$(has_files)
    fi
done

remark "libvirtd: $memory kB and $files files after 12 rounds, $(has_memory) kB \
and $(has_files) after $round"
claim "libvirtd does not grow" test "$(has_memory)" -le $((memory * 5 / 4))
claim "nor do its files" test "$(has_files)" -le $((files + 2))
claim "no warning of the plugin's in libvirtd's log" \
    equal "$(warnings /tmp/libvirtd.log)" 0

# --- its end

run out virsh shutdown web
claim "it shuts down" within 60 sh -c "virsh domstate web | grep -q 'shut off'"
claim "its file system is clean" is_clean_as_it_is /dev/loop4
claim "its definition is as it was" equal "$(virsh dumpxml --inactive web)" "$kept"
kill "$(cat /run/libvirtd.pid)" "$(cat /tmp/there/pid)"
wait
losetup -d /dev/loop4
losetup -d /dev/loop5
