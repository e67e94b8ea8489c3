# SPDX-License-Identifier: LGPL-2.1-or-later
# What the Debian packages install does not work as installed, or apt-get purge
# leaves something of it: xl by its wrapper, xendomains and libvirtd in the
# environment of their drop-ins, the Python module.
#
# boot: installed
# needs: packages libvirt python
# suites: 4.17 4.20
# timeout: 600

folder=/usr/lib/x86_64-linux-gnu/xen-resumable
export LIBVIRT_DEFAULT_URI=xen:///system
mkdir -p /run/libvirt /etc/libvirt /var/lib/xen/save
export PYTHONDONTWRITEBYTECODE=1

# All files but those of daemons, guests and dpkg itself.
everything() {
    find / -xdev \( -path /lab -o -path /var/log -o -path /var/cache \
        -o -path /var/lib/apt -o -path /var/lib/dpkg -o -path /var/lib/xen \
        -o -path /var/lib/libvirt -o -path /etc/libvirt -o -path /root \) \
        -prune -o -print | sort
}

# in_service NAME COMMAND...: with what systemd would put into its environment.
in_service() {
    dropin=/usr/lib/systemd/system/$1.service.d/xen-resumable.conf
    shift
    env "$(sed -n 's/^Environment=//p' "$dropin")" "$@"
}

# As for whoever has the wrapper's folder first in PATH.
wrapped() { PATH=$folder/bin:$PATH "$@"; }

# Begins a console's log anew, for what comes back from an image.
anew() { : >"$consoles/guest-$1.log"; }

everything >before
run out apt-get update
run out apt-get -q -y install xen-resumable python3-xenresumable
claim "apt-get install succeeds" equal "$status" 0
claim "doctor finds nothing wrong" xen-resumable doctor
claim "Python imports the module" python3 -c 'import xenresumable
assert xenresumable.image_notes("/boot/vmlinuz")["SUSPEND_CANCEL"] == 1'
for service in libvirtd virtxend xendomains; do
    claim "$service: its drop-in names the stub" \
        in_service "$service" sh -c 'ls "$LD_PRELOAD"'
done

# xl, by the wrapper.
config_linux web pv
config_own mail netbsd-like
claim "wrapper: xl create" wrapped create web
claim "wrapper: xl create of netbsd-like" wrapped create mail
claim "Linux counts" reaches web 2
claim "netbsd-like counts" reaches mail 2
run out wrapped xl save -c web web.img
claim "wrapper: xl save -c of Linux succeeds" equal "$status" 0
claim "it counts on" counts web
claim "its image carries the record" record_has web.img \
    image.SUSPEND_CANCEL=0x1
run out wrapped xl save -c mail mail.img
claim "wrapper: xl save -c of netbsd-like is refused" equal "$status" 1
claim "it counts on" counts mail
deny "there is no image of it" test -e mail.img
destroy web
run out wrapped xl restore web.img
claim "wrapper: xl restore" equal "$status" 0
claim "Linux counts on from its image" counts web
claim "its knowledge is back" equal "$(image_node web suspend-cancel)" 1

# Debian's xendomains, when the host goes down and comes up.
destroy web
run out in_service xendomains /etc/init.d/xendomains stop
claim "xendomains: netbsd-like is gone" gone mail
claim "xendomains: its image carries the record" \
    record_has /var/lib/xen/save/mail image.GUEST_OS=
anew mail
run out in_service xendomains /etc/init.d/xendomains start
claim "xendomains: it counts on" counts mail
claim "its knowledge is back" equal "$(image_node mail suspend-cancel)" 0
destroy mail

# libvirtd.
in_service libvirtd libvirtd >libvirtd.log 2>&1 &
claim "libvirtd answers" within 60 timeout 10 virsh list
virsh_domain shop /lab/guest/linux-like 32 >shop.xml
run out virsh define shop.xml
run out virsh start shop
claim "virsh: the guest counts" reaches shop 2
run out virsh save shop shop.save
claim "virsh save: the image carries the record" record_has shop.save \
    image.SUSPEND_CANCEL=0x1
anew shop
run out virsh restore shop.save
claim "virsh restore: the guest counts on" counts shop
claim "its knowledge is back" equal "$(image_node shop suspend-cancel)" 1
run out virsh managedsave shop
claim "virsh managedsave: it is gone" gone shop
claim "its image is sound" \
    xen-resumable verify /var/lib/libvirt/libxl/save/shop.save
anew shop
run out virsh start shop
claim "virsh start: it counts on, from there" counts shop
claim "its knowledge is back" equal "$(image_node shop suspend-cancel)" 1
deny "it did not begin anew" equal "$(first_tick shop)" 1
run out virsh dompmsuspend shop mem
claim "virsh dompmsuspend: it is suspended" within 20 is_suspended shop
run out virsh dompmwakeup shop
claim "virsh dompmwakeup: it counts on" counts shop
claim "with a 1" equal "$(returned shop)" 1

# Another libvirtd, with files of its own, in a host's place.
ifconfig lo 127.0.0.1 up
there="xen+unix:///system?socket=/tmp/there/libvirt-sock"
mkdir -p there
cat >there.conf <<'CONF'
unix_sock_dir = "/tmp/there"
host_uuid = "11111111-2222-3333-4444-555555555555"
CONF
in_service libvirtd unshare -m sh -c 'mount -t tmpfs tmpfs /run/libvirt
    mount -t tmpfs tmpfs /var/lib/libvirt
    mount -t tmpfs tmpfs /etc/libvirt
    exec libvirtd -f /tmp/there.conf -p /tmp/there/pid' >there.log 2>&1 &
claim "another libvirtd answers" within 60 timeout 10 virsh -c "$there" list
run out virsh migrate shop "$there" --dname shop-there \
    --migrateuri tcp://127.0.0.1
claim "virsh migrate succeeds" equal "$status" 0
claim "it is gone here" gone shop
claim "it counts on there" counts shop-there
claim "what is known of it has come along" \
    equal "$(image_node shop-there suspend-cancel)" 1
run out virsh -c "$there" destroy shop-there
run out virsh undefine shop
kill "$(cat /run/libvirtd.pid)" "$(cat there/pid)"
wait
for log in libvirtd.log there.log; do
    claim "no warning of the plugin's in $log" equal "$(warnings $log)" 0
done

# And away, with a configuration that has been changed.
echo 'on_unknown = "hold"' >>/etc/xen/xen-resumable.conf
run out apt-get -q -y purge xen-resumable python3-xenresumable \
    libxenresumable0
claim "apt-get purge succeeds" equal "$status" 0
deny "dpkg knows nothing of it" eval 'dpkg -l | grep resumable'
everything >after
claim "no file is left of it" diff before after
config_own last linux-like
claim "a stock xl goes on as before: create" create last
claim "it counts" reaches last 2
run out xl save -c last last.img
claim "xl save -c: it counts on" counts last
