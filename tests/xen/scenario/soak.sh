# SPDX-License-Identifier: LGPL-2.1-or-later
# After days of checkpoints and migrations nothing has leaked: no memory or fds of
# a process that stays, no domain, no node in xenstore, no file.  Half an hour:
# only for "make soak".
#
# suites: none
# boot: soak
# needs: libvirt
# takes: 5400
# silence: 5400

checkpoints=200
migrations=50
virsh_rounds=20
rss_margin=256 # KiB: what an allocator may need to settle, of each thread's arena

fds_of() { ls "/proc/$1/fd" | wc -l; }
rss_of() { awk '/^VmRSS:/ { print $2 }' "/proc/$1/status"; }
nodes() { xenstore-ls -f | grep -c .; }
xenstored_rss() { rss_of "$(pidof xenstored)"; }
free_mib() { xl info | awk '/^free_memory/ { print $3 }'; }
# All but those that a scenario itself makes.
files() {
    find /tmp /etc /run /var/lib /usr /root -xdev -type f |
        grep -v '^/tmp/\(out\|[a-z]*\.out\|ssh\|files\.[a-z]*\)$' | sort
}
no_new_files() { ! grep -vxFf /tmp/files.before /tmp/files.after; }
watcher() { pidof xl; }
one_watcher() { equal "$(pidof xl | wc -w)" "$1"; }
domains() { xl list | awk 'NR > 1 && $2 > 0 { print $1 }'; }
at_most() { echo "$1, at most $2"; [ "$1" -le "$2" ]; }
at_least() { echo "$1, at least $2"; [ "$1" -ge "$2" ]; }
freed() { at_least "$(free_mib)" "$free_before"; }
# Every tenth time, for it takes its seconds: does the guest count on?
lives() { [ $((n % 10)) != 0 ] || counts busy 1 30; }
progress() { # DONE OF WHAT
    uptime_seconds
    [ $(($1 % 25)) != 0 ] || remark "$1 of $2 $3 after" \
        "$((uptime_seconds - began)) s; the watcher: fds" \
        "$(fds_of "$(pidof xl)"), RSS $(rss_of "$(pidof xl)") KiB"
}

# In ssh's place; both ends are under the plugin.
cat >/tmp/ssh <<SSH
#!/bin/sh
shift
LD_PRELOAD=$stub exec "\$@"
SSH
chmod +x /tmp/ssh

# With both of its consoles' logs anew: one is of a guest that arrives.
begin_guest() {
    anew busy
    config_linux busy pvh 128
    sed -i 's/quiet/& dirty/' /tmp/busy.cfg
    plugin create busy
    reaches busy 2 120
}
checkpoint_by_xl() { plugin xl save -c busy /tmp/busy.save; }
checkpoint_ours() { xen-resumable checkpoint --watch=0 busy /tmp/busy.img; }
migrate() { plugin xl migrate -s /tmp/ssh busy localhost; }

# fails COMMAND...: with its output in the log
fails() {
    "$@" >/tmp/once.out 2>&1 && return 1
    tail -n 20 /tmp/once.out
}

# --- once, so that what is made once is there

claim "a guest that writes its memory all the time" begin_guest
checkpoint_by_xl >/dev/null 2>&1
checkpoint_ours >/dev/null 2>&1
migrate >/dev/null 2>&1
claim "it lives after one of each" counts busy
destroy busy
rm -f /tmp/busy.*
claim "no xl is left" within 20 one_watcher 0
nodes_before=$(nodes)
free_before=$(free_mib)
xenstored_before=$(xenstored_rss)
files >/tmp/files.before
remark "before: $nodes_before nodes in xenstore, $free_before MiB free," \
    "xenstored's RSS $xenstored_before KiB"

# --- checkpoints, by xl under the plugin and by our command in turn, one watcher

claim "the guest starts" begin_guest
pid=$(watcher)
was=$(domid busy)
failed=0
for n in 1 2 3 4 5 6; do checkpoint_by_xl >/dev/null 2>&1; done
fds=$(fds_of "$pid")
rss=$(rss_of "$pid")
uptime_seconds
began=$uptime_seconds
n=0
while [ "$n" -lt "$checkpoints" ]; do
    n=$((n + 1))
    once=checkpoint_ours
    if [ $((n % 2)) = 0 ]; then once=checkpoint_by_xl; fi
    if fails $once || ! lives; then
        failed=$((failed + 1))
        echo "checkpoint $n ($once) failed"
    fi
    progress "$n" "$checkpoints" checkpoints
done
uptime_seconds
seconds=$((uptime_seconds - began))
rss_after=$(rss_of "$pid")
fds_after=$(fds_of "$pid")
remark "$checkpoints checkpoints in $seconds s; the watcher: fds $fds to" \
    "$fds_after, RSS $rss to $rss_after KiB"
claim "$checkpoints checkpoints: none failed" equal "$failed" 0
claim "the guest counts on, in the same domain" counts busy
claim "it is the same domain" equal "$(domid busy)" "$was"
claim "the watcher is the same process" equal "$(watcher)" "$pid"
claim "its fds are as many" equal "$fds_after" "$fds"
claim "its memory has not grown" at_most "$rss_after" $((rss + rss_margin))
claim "the last image of xl's is sound" xen-resumable verify /tmp/busy.save
claim "the last one of ours is sound" xen-resumable verify /tmp/busy.img
rm -f /tmp/busy.save /tmp/busy.img

# --- live migrations to this host, each to a new domain with a new watcher

failed=0
uptime_seconds
began=$uptime_seconds
if fails migrate; then failed=1; fi
within 20 one_watcher 1
fds=$(fds_of "$(watcher)")
rss=$(rss_of "$(watcher)")
n=1
while [ "$n" -lt "$migrations" ]; do
    n=$((n + 1))
    if fails migrate || ! lives; then
        failed=$((failed + 1))
        echo "migration $n failed"
    fi
    within 20 one_watcher 1
    progress "$n" "$migrations" migrations
done
within 20 one_watcher 1
uptime_seconds
seconds=$((uptime_seconds - began))
rss_after=$(rss_of "$(watcher)")
fds_after=$(fds_of "$(watcher)")
remark "$migrations migrations in $seconds s, to domain $(domid busy); the" \
    "receiver's watcher: fds $fds to $fds_after, RSS $rss to $rss_after KiB"
claim "$migrations migrations: none failed" equal "$failed" 0
claim "the guest counts on" counts busy
claim "it was started once" equal "$(starts_of busy)" 1
claim "of all watchers one is left" one_watcher 1
claim "which has as many fds as the first" equal "$fds_after" "$fds"
claim "and no more memory" at_most "$rss_after" $((rss + rss_margin))
claim "the last domain knows what the first one did" \
    equal "$(image_node busy suspend-cancel)" 1
destroy busy
rm -f /tmp/busy.cfg

# --- what is left

claim "no watcher is left" within 20 one_watcher 0
claim "no domain is left" equal "$(domains)" ""
nodes_after=$(nodes)
xenstored_after=$(xenstored_rss)
remark "after: $nodes_after nodes in xenstore, $(free_mib) MiB free," \
    "xenstored's RSS $xenstored_after KiB"
claim "xenstore has as many nodes" equal "$nodes_after" "$nodes_before"
claim "Xen has as much free memory" within 20 freed
claim "xenstored has not grown" at_most "$xenstored_after" \
    $((xenstored_before + rss_margin))
files >/tmp/files.after
rm -f /tmp/busy.cfg
claim "no file is left" no_new_files

# --- libvirtd, which stays for years: as stock, and under the plugin

virsh_round() {
    virsh save shop /tmp/shop.save && virsh restore /tmp/shop.save
    rm -f /tmp/shop.save
}

# libvirtd_grows stock|plugin: sets grown (KiB) and opened (fds)
libvirtd_grows() {
    $1 libvirtd >/tmp/libvirtd.log 2>&1 &
    claim "$1: libvirtd answers" within 60 timeout 10 virsh list
    libvirtd_pid=$(pidof libvirtd)
    virsh create /tmp/shop.xml >/dev/null 2>&1
    claim "$1: a guest" reaches shop 2
    for round in 1 2 3 4; do virsh_round >/dev/null 2>&1; done
    rss=$(rss_of "$libvirtd_pid")
    fds=$(fds_of "$libvirtd_pid")
    failed=0
    round=0
    while [ "$round" -lt "$virsh_rounds" ]; do
        round=$((round + 1))
        if fails virsh_round; then failed=$((failed + 1)); fi
    done
    grown=$(($(rss_of "$libvirtd_pid") - rss))
    opened=$(($(fds_of "$libvirtd_pid") - fds))
    remark "libvirtd, $1: $virsh_rounds saves and restores: RSS $rss KiB" \
        "and $grown more, fds $fds and $opened more"
    claim "$1: none failed" equal "$failed" 0
    claim "$1: the guest counts on" comes_back shop
    virsh destroy shop >/dev/null 2>&1
    claim "$1: no domain is left" within 10 gone shop
    anew shop
    kill "$libvirtd_pid"
    claim "$1: libvirtd ends" within 20 not pidof libvirtd
}

mkdir -p /run/libvirt /etc/libvirt
export LIBVIRT_DEFAULT_URI=xen:///system
virsh_domain shop /lab/guest/linux-like 24 >/tmp/shop.xml
libvirtd_grows stock
stock_grown=$grown
stock_opened=$opened
libvirtd_grows plugin
claim "libvirtd has opened no more fds than stock" \
    at_most "$opened" "$stock_opened"
# Each of the two runs has libvirtd's threads settle anew.
claim "and grown no more than stock" \
    at_most "$grown" $((stock_grown + 2 * rss_margin))
