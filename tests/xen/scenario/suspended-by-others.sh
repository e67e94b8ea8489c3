# SPDX-License-Identifier: LGPL-2.1-or-later
# Whoever saves a guest while another one has it suspended waits for him, and
# nobody resumes a guest that he has not suspended: what ends with exit status 0
# has left an image that restores to a guest that counts.
#
# boot: checkpoint
# takes: 34

printf 'lock_timeout = 300\nhook_timeout = 300\n' >/etc/xen/xen-resumable.conf
mkdir -p /tmp/hooks

start() {
    config_own linux-like linux-like
    run out plugin create linux-like
    claim "it counts" reaches linux-like 2
}
goes_on() { # TEXT IMAGE
    claim "$1: the image is sound" xen-resumable verify "$2"
    claim "$1: the guest is gone" within 20 gone linux-like
    anew linux-like
    run out plugin xl restore "$2"
    claim "$1: it is restored" equal "$status" 0
    claim "$1: it counts" comes_back linux-like
    rm -f "$2"
}
ended() { within 60 test -e /tmp/beside.status; }

# --- xl save begins while a checkpoint has the guest suspended

start
cat >/tmp/hooks/save <<HOOK
#!/bin/sh
[ \$XR_STAGE = suspended ] || exit 0
{ LD_PRELOAD=$stub xl save linux-like /tmp/saved >/tmp/beside.out 2>&1
  echo \$? >/tmp/beside.status; } </dev/null >/dev/null 2>&1 &
until grep -q 'waiting for' /tmp/beside.out || [ -e /tmp/beside.status ]; do
    sleep 0.1
done
HOOK
chmod 755 /tmp/hooks/save
run out xen-resumable checkpoint --watch=0 --hook=/tmp/hooks linux-like /tmp/image
claim "save in a checkpoint: the checkpoint is done" equal "$status" 0
claim "save in a checkpoint: xl save has waited" contains /tmp/beside.out \
    "waiting for xen-resumable checkpoint (pid"
claim "save in a checkpoint: and has ended" ended
claim "save in a checkpoint: with exit status 0" equal "$(cat /tmp/beside.status)" 0
goes_on "save in a checkpoint" /tmp/saved
claim "save in a checkpoint: the other image is sound, too" \
    xen-resumable verify /tmp/image

# Where it does not wait, it fails, and what the checkpoint has suspended stays so
# until the checkpoint resumes it.
printf 'lock_timeout = 0\nhook_timeout = 300\n' >/etc/xen/xen-resumable.conf
rm -f /tmp/beside.*
sed -i 's/grep -q .waiting for. .tmp.beside.out .. //' /tmp/hooks/save
run out xen-resumable checkpoint --watch=0 --hook=/tmp/hooks linux-like /tmp/image
claim "no patience: the checkpoint is done" equal "$status" 0
claim "no patience: xl save has failed" equal "$(cat /tmp/beside.status)" 1
claim "no patience: it says who has the guest" contains /tmp/beside.out \
    "locked by xen-resumable checkpoint (pid"
claim "no patience: it was not allowed to resume the guest" contains \
    /tmp/beside.out "is not resumed"
claim "no patience: the guest counts on" counts linux-like
run out xen-resumable verify /tmp/image
claim "no patience: the image is sound" equal "$status" 0
printf 'lock_timeout = 300\nhook_timeout = 300\n' >/etc/xen/xen-resumable.conf
rm -f /tmp/saved /tmp/hooks/save

# --- a checkpoint begins while xl save has the guest suspended

mkfifo /tmp/fifo
in_a_save() {
    rm -f /tmp/beside.*
    { dd bs=64k count=20 2>/dev/null
      { xen-resumable checkpoint linux-like /tmp/image >/tmp/beside.out 2>&1
        echo $? >/tmp/beside.status; } </dev/null >/dev/null 2>&1 &
      until grep -q 'waiting for' /tmp/beside.out || [ -e /tmp/beside.status ]; do
          sleep 0.1
      done
      cat; } </tmp/fifo >/tmp/saved &
    run out plugin xl save linux-like /tmp/fifo
    claim "checkpoint in a save: xl save is done" equal "$status" 0
    claim "checkpoint in a save: the checkpoint has ended" ended
    deny "checkpoint in a save: not with 0" equal "$(cat /tmp/beside.status)" 0
    claim "checkpoint in a save: it has waited" contains /tmp/beside.out \
        "waiting for xl save (pid"
    goes_on "checkpoint in a save" /tmp/saved
}
! before_release || in_a_save

# The same beside a saver without the plugin, which takes no lock.
rm -f /tmp/beside.*
{ dd bs=64k count=20 2>/dev/null
  { xen-resumable checkpoint linux-like /tmp/image >/tmp/beside.out 2>&1
    echo $? >/tmp/beside.status; } </dev/null >/dev/null 2>&1 &
  until grep -q 'waiting for' /tmp/beside.out || [ -e /tmp/beside.status ]; do
      sleep 0.1
  done
  cat; } </tmp/fifo >/tmp/saved &
run out stock xl save linux-like /tmp/fifo
claim "checkpoint in a stock save: xl save is done" equal "$status" 0
claim "checkpoint in a stock save: the checkpoint has ended" ended
claim "checkpoint in a stock save: it has waited" contains /tmp/beside.out \
    "waiting for a save by xl (pid"
goes_on "checkpoint in a stock save" /tmp/saved

# --- stock xl saves right behind a checkpoint that has failed

rm -f /tmp/beside.*
{ XR_FAULT=5 xen-resumable checkpoint --watch=60 linux-like /tmp/image \
      >/tmp/beside.out 2>&1
  echo $? >/tmp/beside.status; } &
claim "after a failure: the checkpoint fails" within 60 \
    contains /tmp/beside.out "on purpose"
run out stock xl save linux-like /tmp/saved
claim "after a failure: stock xl save is done" equal "$status" 0
claim "after a failure: nobody has resumed its guest" gone linux-like
claim "after a failure: the checkpoint has ended" ended
if before_release; then
    goes_on "after a failure" /tmp/saved
    destroy linux-like
else
    claim "after a failure: the image is sound" xen-resumable verify /tmp/saved
fi

# --- guests that somebody else has suspended are nobody's to save as they are

claim "no lock is left" equal \
    "$(tail -v -n 5 /run/xen-resumable/* 2>/dev/null)" ""
rm -rf /tmp/hooks /tmp/fifo /tmp/image /tmp/beside.* /etc/xen/xen-resumable.conf
