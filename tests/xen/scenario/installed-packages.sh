# SPDX-License-Identifier: LGPL-2.1-or-later
# What the Debian packages install works as installed, and apt-get purge leaves
# nothing of it: xl by its wrapper, the command, xendomains and libvirtd in the
# environment of their drop-ins, the library, the Python module.  A guest that
# takes a 1 is checkpointed by the wrapper and the module, and restored; one that
# cannot is refused by the wrapper, and saved and restored by xendomains and
# libvirtd.
#
# Before a release the first of them is Linux, which xl migrates; the module takes
# options, is interrupted and is refused a checkpoint; libvirtd keeps a managed image,
# suspends and wakes up, does the same to Linux, and migrates both.
#
# boot: installed
# needs: packages libvirt python
# suites: 4.17
# release: 4.20
# takes: 130

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

# In systemd's place, which dom0 has not got: it notes what it is told.
mkdir -p /run/systemd/system
printf '#!/bin/sh\necho "$*" >>/var/log/systemctl\n' >/usr/bin/systemctl
chmod +x /usr/bin/systemctl

mkdir -p /etc/systemd/system/timers.target.wants /var/lib/systemd/timers \
    /var/lib/prometheus/node-exporter
everything >before
run out apt-get update
claim "apt-get update succeeds" equal "$status" 0
run out apt-get -q -y install xen-resumable python3-xenresumable \
    libxenresumable-dev
claim "apt-get install succeeds" equal "$status" 0
claim "systemd is told of the drop-ins" \
    equal "$(cat /var/log/systemctl)" "--system daemon-reload"
wants=/etc/systemd/system/timers.target.wants
timer=/usr/lib/systemd/system/xen-resumable-checkpoint.timer
claim "there is a timer" test -f "$timer"
deny "it is off" test -e "$wants/xen-resumable-checkpoint.timer"
claim "doctor finds nothing wrong" xen-resumable doctor
claim "Python imports the module" python3 -c 'import xenresumable
assert xenresumable.image_notes("/lab/guest/linux-like")["SUSPEND_CANCEL"] == 1'
libraries=/usr/lib/x86_64-linux-gnu
claim "the library's pkg-config file names it" \
    grep -qx "Libs: -L\${libdir} -lxenresumable" \
    $libraries/pkgconfig/xenresumable.pc
claim "the name to link by leads to it" test -f $libraries/libxenresumable.so
for service in libvirtd virtxend xendomains; do
    claim "$service: its drop-in names the stub" \
        in_service "$service" sh -c 'ls "$LD_PRELOAD"'
done

# xl, by the wrapper.
if before_release; then config_linux web pvh; else config_own web linux-like; fi
config_own mail netbsd-like
claim "wrapper: xl create" wrapped create web
claim "wrapper: xl create of netbsd-like" wrapped create mail
claim "web counts" reaches web 2
claim "netbsd-like counts" reaches mail 2
run out wrapped xl save -c web web.img
claim "wrapper: xl save -c of web succeeds" equal "$status" 0
claim "it counts on" counts web
claim "its image carries the record" record_has web.img \
    image.SUSPEND_CANCEL=0x1
run out wrapped xen save -c mail mail.img
claim "wrapper: xen save -c of netbsd-like is refused" equal "$status" 1
claim "it counts on" counts mail
deny "there is no image of it" test -e mail.img
if before_release; then
    printf '#!/bin/sh\nshift\nexec "$@"\n' >ssh # to this host
    chmod +x ssh
    run out wrapped xl migrate -s "$PWD/ssh" web localhost
    claim "wrapper: xl migrate" equal "$status" 0
    claim "web counts on" counts web
    claim "its knowledge has come along" \
        equal "$(image_node web suspend-cancel)" 1
fi
destroy web
run out wrapped xl restore web.img
claim "wrapper: xl restore" equal "$status" 0
claim "web counts on from its image" counts web
claim "it was not started" equal "$(starts_of web)" 0
claim "its knowledge is back" equal "$(image_node web suspend-cancel)" 1

# The library and the command, by programs that use them.
run out /lab/read-image web.img
claim "read-image: the image is sound" contains out "sound, "
mkdir taken
checkpoint_py=/usr/share/doc/xen-resumable/examples/checkpoint.py
run out python3 "$checkpoint_py" web taken/web.img
claim "checkpoint.py: exit status 0" equal "$status" 0
claim "checkpoint.py: web was frozen for a while" \
    grep -Eq "'freeze_us': [1-9]" out
claim "checkpoint.py: web counts on" counts web

# Options, by the module.
module_options() {
    mkdir hooks
    printf '#!/bin/sh\necho "$XR_STAGE" >>%s/hooked\n' "$PWD" >hooks/here
    chmod 755 hooks/here
    run out python3 -c 'import xenresumable
xenresumable.checkpoint("web", "taken/labelled.img", hook="/tmp/hooks",
                        label=["taken.by=example", "why=test"])'
    claim "options: exit status 0" equal "$status" 0
    claim "options: a label" \
        record_has taken/labelled.img user.taken.by=example
    claim "options: another one" record_has taken/labelled.img user.why=test
    claim "options: the hook was run at each stage" \
        equal "$(tr '\n' ' ' <hooked)" "pre-suspend suspended resumed "
    claim "options: web counts on" counts web
    rm -r taken/labelled.img hooks hooked
}

# What a shell has started with & ignores SIGINT, and so does all that comes of it.
interruptible() {
    python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])' "$@"
}

# Ctrl-C while it stands still: when its bar has moved twice since, the command has
# been told to stop.
module_is_interrupted() {
    was=$(digest taken/web.img)
    mkdir -p /etc/xen/xen-resumable.d
    cat >/etc/xen/xen-resumable.d/50-interrupt <<HOOK
#!/bin/sh
[ "\$XR_STAGE" = suspended ] || exit 0
moves() { tr '\r' '\n' <$PWD/out | grep -c %; }
enough=\$((\$(moves) + 2))
kill -INT \$(pidof python3)
until [ "\$(moves)" -ge \$enough ]; do sleep 0.1; done
HOOK
    chmod 755 /etc/xen/xen-resumable.d/50-interrupt
    run out interruptible python3 "$checkpoint_py" web taken/web.img
    claim "checkpoint.py, Ctrl-C: exit status 1" equal "$status" 1
    claim "checkpoint.py, Ctrl-C: it says so" contains out KeyboardInterrupt
    claim "checkpoint.py, Ctrl-C: web counts on" counts web
    claim "checkpoint.py, Ctrl-C: the former image is as it was" \
        equal "$(digest taken/web.img)" "$was"
    rm /etc/xen/xen-resumable.d/50-interrupt
}

module_refuses_and_restores() {
    run out python3 "$checkpoint_py" mail taken/mail.img
    claim "checkpoint.py: exit status 1 of netbsd-like" equal "$status" 1
    claim "checkpoint.py: netbsd-like is left alone" \
        contains out "stopped: Refused("
    claim "checkpoint.py: netbsd-like counts on" counts mail
    destroy web
    run out python3 "$checkpoint_py" taken/web.img
    claim "checkpoint.py IMAGE: exit status 0" equal "$status" 0
    claim "checkpoint.py IMAGE: web counts on" counts web
    claim "checkpoint.py IMAGE: it was not started" equal "$(starts_of web)" 0
    run out xen-resumable verify taken/web.img
    claim "verify: its seal matches" contains out "match"
    destroy web

    run out xen-resumable checkpoint --on-not-resumable=restore mail mail.img
    claim "checkpoint of netbsd-like by a restore: exit status 0" equal "$status" 0
    claim "it counts on" comes_back mail
}

# A night, by the line of the unit as it is installed.
settings=/etc/default/xen-resumable
unit=/usr/lib/systemd/system/xen-resumable-checkpoint.service
claim "its settings are where the page says" \
    grep -qx "EnvironmentFile=-$settings" $unit
echo 'CHECKPOINT=--watch=0 --live=no' >$settings
night() (
    while IFS= read -r line; do export "${line?}"; done <$settings
    # shellcheck disable=SC2046
    exec $(sed -n 's/^ExecStart=//p' $unit)
)
in_prom() { contains /var/lib/prometheus/node-exporter/xen-resumable.prom "$1"; }
a_night() {
    run out night
    claim "a night: exit status 1, for mail cannot be checkpointed" equal "$status" 1
    claim "a night: which it says" contains out "is not checkpointed: the kernel"
    claim "a night: web has an image where it belongs" \
        xen-resumable verify /var/lib/xen-resumable/web/*Z.img
    claim "a night: the exporter is told" \
        in_prom 'xen_resumable_checkpoint_success{domain="web"} 1'
    claim "a night: of both" in_prom 'xen_resumable_checkpoint_success{domain="mail"} 0'
    claim "a night: web counts on" counts web
    run out xen-resumable list
    claim "a night: it is listed" contains out web/20
    rm -r /var/lib/xen-resumable/*
}

a_night
if before_release; then
    module_options
    module_is_interrupted
    module_refuses_and_restores
else
    destroy web
fi

# Debian's xendomains, when the host goes down and comes up.
run out in_service xendomains /etc/init.d/xendomains stop
claim "xendomains: netbsd-like is gone" gone mail
claim "xendomains: its image carries the record" \
    record_has /var/lib/xen/save/mail image.GUEST_OS=
anew mail
run out in_service xendomains /etc/init.d/xendomains start
claim "xendomains: it counts on" comes_back mail
claim "its knowledge is back" equal "$(image_node mail suspend-cancel)" 0
destroy mail

# --- libvirtd

# save_and_restore NAME NOTE: with an image of its own, and a managed one.
save_and_restore() {
    run out virsh define "$1.xml"
    run out virsh start "$1"
    claim "virsh start: $1 counts" reaches "$1" 2
    run out virsh save "$1" "$1.save"
    claim "virsh save: the image carries the record" record_has "$1.save" \
        "image.SUSPEND_CANCEL=0x$2"
    anew "$1"
    run out virsh restore "$1.save"
    claim "virsh restore: $1 counts on" counts "$1"
    claim "it was not started" equal "$(starts_of "$1")" 0
    claim "its knowledge is back" equal "$(image_node "$1" suspend-cancel)" "$2"
    rm "$1.save"
    before_release || return 0
    run out virsh managedsave "$1"
    claim "virsh managedsave: $1 is gone" gone "$1"
    claim "its image is sound" \
        xen-resumable verify "/var/lib/libvirt/libxl/save/$1.save"
    anew "$1"
    run out virsh start "$1"
    claim "virsh start: $1 counts on, from there" counts "$1"
    claim "its knowledge is back" equal "$(image_node "$1" suspend-cancel)" "$2"
    claim "it was not started either" equal "$(starts_of "$1")" 0
}

in_service libvirtd libvirtd >libvirtd.log 2>&1 &
claim "libvirtd answers" within 60 timeout 10 virsh list

virsh_domain post /lab/guest/netbsd-like 24 >post.xml
save_and_restore post 0
post_is_held() {
    run out virsh dompmsuspend post mem
    claim "virsh dompmsuspend: post is suspended" within 20 is_suspended post
    run out virsh dompmwakeup post
    claim "virsh dompmwakeup: it is held" is_suspended post
    run out wrapped xl save post post.save
    claim "it is saved as it stands" equal "$status" 0
    run out virsh destroy post
    anew post
    run out virsh start post
    claim "virsh start: it begins anew" reaches post 2
}
! before_release || post_is_held

# Linux, before a release.
with_linux() {
    virsh_domain shop /boot/vmlinux 104 "<initrd>/boot/guest.img</initrd>
        <cmdline>console=hvc0 rdinit=/init quiet</cmdline>" |
        sed "s/'xenpv'>linux/'xenpvh'>xenpvh/" >shop.xml
    save_and_restore shop 1
    run out virsh dompmsuspend shop mem
    claim "virsh dompmsuspend: shop is suspended" within 20 is_suspended shop
    run out virsh dompmwakeup shop
    claim "virsh dompmwakeup: it counts on" counts shop
}

# Another libvirtd, with files of its own, in a host's place.
libvirtd_there() {
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
}

goes_there() { # NAME NOTE [--live]
    run out virsh migrate $3 "$1" "$there" --dname "$1-there" \
        --migrateuri tcp://127.0.0.1
    claim "virsh migrate $3 of $1 succeeds" equal "$status" 0
    claim "it is gone here" gone "$1"
    claim "it counts on there" counts "$1-there"
    claim "it was not started there" equal "$(starts_of "$1-there")" 0
    claim "what is known of it has come along" \
        equal "$(image_node "$1-there" suspend-cancel)" "$2"
    run out virsh -c "$there" destroy "$1-there"
    run out virsh undefine "$1"
}

: >there.log
if before_release; then
    with_linux
    libvirtd_there
    goes_there shop 1 --live
    goes_there post 0
    kill "$(cat there/pid)"
else
    run out virsh destroy post
    run out virsh undefine post
fi
kill "$(cat /run/libvirtd.pid)"
wait
for log in libvirtd.log there.log; do
    claim "no warning of the plugin's in $log" equal "$(warnings $log)" 0
done

# And away, with a configuration that has been changed.
echo 'on_unknown = "hold"' >>/etc/xen/xen-resumable.conf
: >/var/log/systemctl
# As "systemctl enable" and "systemctl edit" do it, and a timer that has run.
ln -s "$timer" "$wants/"
ln -s "$timer" "$wants/xen-resumable-checkpoint@web.timer"
for unit in .service .timer @web.service @web.timer; do
    mkdir "/etc/systemd/system/xen-resumable-checkpoint$unit.d"
    echo '[Unit]' >"/etc/systemd/system/xen-resumable-checkpoint$unit.d/override.conf"
done
: >/var/lib/systemd/timers/stamp-xen-resumable-checkpoint.timer
: >/var/lib/prometheus/node-exporter/.xen-resumable.prom.a1B2c3.partial
claim "it has settings" test -s $settings
run out apt-get -q -y purge xen-resumable python3-xenresumable \
    libxenresumable-dev libxenresumable0
claim "apt-get purge succeeds" equal "$status" 0
claim "systemd is told that the drop-ins are gone" \
    contains /var/log/systemctl "--system daemon-reload"
deny "the timer is off again" test -L "$wants/xen-resumable-checkpoint.timer"
deny "so is that of one guest" test -L "$wants/xen-resumable-checkpoint@web.timer"
deny "dpkg knows nothing of it" eval 'dpkg -l | grep resumable'
everything >after
claim "no file is left of it" diff before after
config_own last linux-like
claim "a stock xl goes on as before: create" create last
claim "it counts" reaches last 2
run out xl save -c last last.img
claim "xl save -c: it counts on" counts last
