#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# checkpoint and restore before they reach Xen: what is not understood is named
# and nothing is touched.  If this fails, a slip of the pen is taken for an
# order.
set -u
. "$top_srcdir/tests/cli/functions.sh"
no_xen() { # ARGUMENTS...: far enough to miss Xen, or the plugin
    local got=0
    "$program" "$@" >/dev/null 2>"$scratch/.stderr" || got=$?
    [ $got = 2 ] || fail "$*: exit status $got"
    grep -qiE 'try .xen-resumable' "$scratch/.stderr" &&
        fail "$*: it was not understood: $(cat "$scratch/.stderr")"
}
usage() { # WHAT ARGUMENTS...: what is in the way is named
    local what=$1 got=0
    shift
    "$program" "$@" >/dev/null 2>"$scratch/.stderr" || got=$?
    [ $got = 2 ] || fail "$*: exit status $got"
    grep -qF -- "$what" "$scratch/.stderr" ||
        fail "$*: it said: $(cat "$scratch/.stderr")"
    grep -qF "Try 'xen-resumable $1 --help'" "$scratch/.stderr" ||
        fail "$*: no way to the help: $(cat "$scratch/.stderr")"
}

echo former >image
usage 'a domain and a file' checkpoint
usage 'a domain and a file' checkpoint web
usage 'a domain and a file' checkpoint web image more
usage '--live=perhaps' checkpoint --live=perhaps web image
usage '--max-freeze=-1' checkpoint --max-freeze=-1 web image
usage '--max-freeze=3600001' checkpoint --max-freeze=3600001 web image
usage '--max-freeze=' checkpoint --max-freeze= web image
usage '--disks=all' checkpoint --disks=all web image
usage '--disks=' checkpoint --disks= web image
usage '--max-freeze=1s' checkpoint --max-freeze=1s web image
usage '--keep=1001' checkpoint --keep=1001 web image
usage '--watch=3601' checkpoint --watch=3601 web image
usage '--on-not-resumable=proceed' checkpoint --on-not-resumable=proceed \
    web image
usage '--on-unknown=perhaps' checkpoint --on-unknown=perhaps web image
usage '--container=libvirt' checkpoint --container=libvirt web image
usage '--label=why' checkpoint --label=why web image
usage '--label=a b=c' checkpoint '--label=a b=c' web image
usage 'yaml' checkpoint --format=yaml web image
usage '--nothing: unknown option' checkpoint --nothing web image
for option in --live={auto,yes,no} --disks={auto,none,require} --max-freeze={0,3600000} \
    --on-not-resumable={refuse,restore,hold,force} \
    --on-unknown={proceed,refuse,restore,hold,force} --same-domid \
    --hook="$scratch" --watch={0,3600} --label=why=test --keep={0,1000} \
    --container={auto,xl} --force --seal --progress --format={text,json}; do
    no_xen checkpoint --dry-run "$option" no-such-domain image
done

usage 'one image' restore
usage 'one image' restore image more
usage 'a file is expected' restore -
usage '--name=' restore --name= image
usage '--name=a/b' restore --name=a/b image
usage '--watch=3601' restore --watch=3601 image
usage '--disks=away: back, copies or as-they-are is expected' restore --disks=away image
usage '--disk=xvda: VDEV=TARGET is expected' restore --disk=xvda image
usage '--disk==/a: VDEV=TARGET' restore --disk==/a image
usage '--disk=as-they-are: VDEV=TARGET' restore --disk=as-they-are image
usage '--bridge=br0: OLD=NEW' restore --bridge=br0 image
usage '--mac=old: new or VIF=MAC' restore --mac=old image
usage '--mac=0=01:00:00:00:00:01: new or VIF=MAC' restore --mac=0=01:00:00:00:00:01 image
usage '--uuid=old: new or a uuid' restore --uuid=old image
changes=()
for number in {0..64}; do changes+=(--disk="xvd$number=/a"); done
usage 'more than 64 changes' restore "${changes[@]}" image
usage 'yaml' restore --format=yaml image
for option in --name=copy --config=nowhere --disk={xvda=/a,hdc=/a=b} --bridge=a=b \
    --mac={new,0=new,1=00:16:3e:00:00:01} \
    --uuid={new,1afefa87-b46a-4215-9cc6-e2ed1d40cc38} --disks={back,copies,as-they-are} --paused --watch=0 --dry-run --progress \
    --format={text,json}; do
    no_xen restore "$option" image
done
usage 'a domain, and at most one image' rollback
usage 'a domain, and at most one image' rollback web image more
usage 'an image in a file' rollback web -
usage '--watch=3601' rollback --watch=3601 web
usage 'yaml' rollback --format=yaml web
usage '--force: unknown option' rollback --force web
for option in --no-safety --watch={0,3600} --progress --format={text,json,jsonl}; do
    no_xen rollback --dry-run "$option" no-such-domain
    no_xen rollback --dry-run "$option" no-such-domain image
done
expect 'restore: no such file' 2 '' -- restore nowhere
said "nowhere: No such file or directory; 'xen-resumable list' names the images"
[ "$(cat image)" = former ] || fail "the image was touched"
[ "$(echo *)" = image ] || fail "something was left: $(echo *)"
finish
