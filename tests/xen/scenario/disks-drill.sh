# SPDX-License-Identifier: LGPL-2.1-or-later
# The drill of xen-resumable-disks(7) does what the page says of it, word for word: the
# commands are taken out of the installed page, and what each leads to is looked at.
#
# The "other host" is this dom0 when all is gone that it had of the guest; until then
# it is an sshd that has folders of its own.
#
# boot: drill
# suites: none
# release: 4.17
# needs: disks firmware recipes
# memory: 3072
# dom0: 1792
# takes: 150

. /lab/flat.sh
. /lab/disks.sh
disks_begin
net_begin
xfs_begin 600M
mkdir -p /srv /data /other/srv /other/data
mount --bind $xfs /srv
claim "there is a bridge" brctl addbr xenbr0

# --- the other host, as far as it is there yet

ip link set lo up
ifconfig lo 127.0.0.1
echo 'sshd:x:2:2::/run/sshd:/bin/false' >>/etc/passwd
mkdir -p /run/sshd /root/.ssh
ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519
cp /root/.ssh/id_ed25519.pub /root/.ssh/authorized_keys
ssh-keygen -q -t ed25519 -N '' -f /tmp/host_key
printf 'Host other\nHostName 127.0.0.1\nStrictHostKeyChecking no\n' \
    >/root/.ssh/config
chmod 700 /root /root/.ssh
chmod 600 /root/.ssh/*
cat >/tmp/other <<'SCRIPT'
mount --bind /other/srv /srv
mount --bind /other/data /data
exec /usr/sbin/sshd -f /dev/null -h /tmp/host_key \
    -o ListenAddress=127.0.0.1 -o PidFile=/tmp/sshd.pid
SCRIPT
unshare -m sh /tmp/other
claim "the other host answers" within 60 ssh other true

# Nothing of the first host is left on it.
become_other() {
    kill "$(cat /tmp/sshd.pid)"
    destroy web
    cd /
    umount /srv
    rm -rf /var/lib/xen-resumable /run/xen-resumable
    ip link set dev xenbr0 down
    brctl delbr xenbr0
    mount --bind /other/srv /srv
    mount --bind /other/data /data
    claim "the other host has a bridge" brctl addbr br0
}

# --- the guest

# It does not write to its disk: that is done from here.
disk=/srv/web.raw
echo "then" >$disk
truncate -s 4M $disk
config_own web linux-like
cat >>/tmp/web.cfg <<CONFIG
disk = [ '$disk,raw,xvda,w,script=block' ]
vif = [ 'bridge=xenbr0,mac=00:16:3e:00:00:01,script=/tmp/vif-bridge' ]
CONFIG
run out plugin create web
claim "it counts" reaches web 2
then=$(digest $disk)

goes_on() { # TEXT
    claim "$1: the guest counts" counts web
    echo "$1" | dd of=$disk conv=notrunc 2>/dev/null
    since=$(digest $disk)
}
is_back() { # TEXT DISK DIGEST
    claim "$1: the guest counts on" counts web 1
    claim "$1: in a new domain, by a 0" equal "$(returned web)" 0
    claim "$1: its disk is that of the image" equal "$(digest "$2")" "$3"
}

# --- the page

page=/lab/xen-resumable-disks.7
# Each command in a line, behind its "# " or "other# ".
sed -n '/^\.SS .*drill/,/^\.S[SH] .*[Vv]olumes/s/^\\&    *//p' $page |
    sed 's/\\-/-/g; s/\\\*(Aq/'\''/g; s/\\e/\\/g' |
    sed -n -e ':again' -e '/\\$/{N;s/\\\n *//;b again' -e '}' \
        -e '/^\(other\)*# /p' >/tmp/drill
cat /tmp/drill
claim "the page has a drill" equal "$(wc -l </tmp/drill)" 16

before() {
    case ${1#"# "} in
    "xen-resumable rollback web /srv/web.img") goes_on "what is to be gone" ;;
    "xl destroy web") goes_on "what was lost" ;;
    "other# "*" --here") become_other ;;
    esac
}
wanted_status() {
    case $1 in
    "xen-resumable restore /srv/web.img" | *" --here") echo 1 ;;
    *) echo 0 ;;
    esac
}
after() {
    case $1 in
    "xen-resumable checkpoint "*)
        claim "$1: its copy is of then" \
            equal "$(digest "$(copy_of /srv/web.img)")" "$then" ;;
    "xen-resumable show /srv"*)
        claim "$1: it names the copy" contains /tmp/out /srv/web.raw.xr- ;;
    "xen-resumable rollback web /srv/web.img") is_back "$1" $disk "$then" ;;
    *.before-rollback) is_back "$1" $disk "$since" ;;
    "xen-resumable restore /srv/web.img")
        claim "$1: the disk has gone on" contains /tmp/out "--disks=back" ;;
    "xen-resumable restore --disks=back "*) is_back "$1" $disk "$then" ;;
    *" --here")
        claim "$1: the disk is elsewhere" contains /tmp/out /srv/web.raw
        claim "$1: the bridge is another" contains /tmp/out "no xenbr0 here" ;;
    *"restore --disk="*)
        is_back "$1" /data/web.raw "$then"
        claim "$1: it is on the other bridge" test -e \
            "/sys/class/net/br0/brif/vif$(domid web).0" ;;
    esac
}

while read -r line <&8; do
    before "$line"
    command=${line#*# }
    # As it stands there; a console's log begins anew with each domain.
    anew web
    run_out=/tmp/out status=0
    eval "$command" >/tmp/out 2>&1 || status=$?
    echo "+ $line"
    cat /tmp/out
    claim "$line: exit status $(wanted_status "$command")" \
        equal "$status" "$(wanted_status "$command")"
    after "${line#\# }"
done 8</tmp/drill
destroy web
umount /srv /data
xfs_end
