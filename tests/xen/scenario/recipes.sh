# SPDX-License-Identifier: LGPL-2.1-or-later
# The commands of README.md's "Beyond one host" do what it says of them, with
# Debian's own programs at the other end: a checkpoint leaves the host through a
# pipe and comes back as a guest that goes on.  tests/docs.sh sees to it that they
# are the same commands.
#
# boot: recipes
# suites: none
# release: 4.17
# needs: recipes
# dom0: 1536
# takes: 600
# shell: busybox sh

# Which has pipefail.
# shellcheck disable=SC3040

begin() {
    config_own web linux-like
    run out plugin create web
    claim "$1: the guest counts" reaches web 2
    before=$(ticks web)
}

# gone, and back by COMMAND: from where it was, and with a 0.
back() { # TEXT COMMAND...
    back_text=$1
    shift
    destroy web
    run out "$@"
    claim "$back_text: xl restore succeeds" equal "$status" 0
    claim "$back_text: the guest goes on" counts web
    claim "$back_text: in a new domain, by a 0" equal "$(returned web)" 0
    claim "$back_text: from where it was" test "$(first_tick web)" -gt "$before"
    destroy web
}

# --- a compressed file

to_zstd() {
    xen-resumable checkpoint web - | zstd -T0 >web.new
    zstd -dc web.new | xen-resumable verify - && mv web.new web.img.zst
}
from_zstd() (
    set -o pipefail
    zstd -dc web.img.zst | xl restore /dev/stdin
)
begin zstd
run out to_zstd
claim "zstd: the checkpoint is taken, and nothing but an image" \
    equal "$status" 0
claim "zstd: the guest counts on" counts web
former=$(digest web.img.zst)
export XR_FAULT=8 # a step in the middle fails
run out to_zstd
unset XR_FAULT
claim "zstd: a checkpoint that fails is seen" has_failed
claim "zstd: and the former image is as it was" \
    equal "$(digest web.img.zst)" "$former"
claim "zstd: the guest counts on after it" counts web
back zstd from_zstd

# --- another host

ifconfig lo 127.0.0.1 up
echo 'sshd:x:2:2::/run/sshd:/bin/false' >>/etc/passwd
mkdir -p /run/sshd /root/.ssh
chmod 700 /root /root/.ssh
ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519
cp /root/.ssh/id_ed25519.pub /root/.ssh/authorized_keys
ssh-keygen -q -t ed25519 -N '' -f /tmp/host_key
printf 'Host backup\nHostName 127.0.0.1\nStrictHostKeyChecking no\n' \
    >/root/.ssh/config
chmod 600 /root/.ssh/*
/usr/sbin/sshd -f /dev/null -h /tmp/host_key -o ListenAddress=127.0.0.1 \
    -o PidFile=/tmp/sshd.pid
claim "ssh: the other host answers" within 60 ssh backup true

to_ssh() {
    xen-resumable checkpoint web - | ssh backup 'cat >web.new'
    ssh backup 'cat web.new' | xen-resumable verify - && ssh backup 'mv web.new web.img'
}
from_ssh() (
    set -o pipefail
    ssh backup 'cat web.img' | xl restore /dev/stdin
)
begin ssh
run out to_ssh
claim "ssh: the checkpoint is taken, and nothing but an image" equal "$status" 0
claim "ssh: the guest counts on" counts web
back ssh from_ssh
begin "ssh that fails"
broken() {
    { xen-resumable checkpoint web -; echo $? >/tmp/its; } |
        ssh backup 'head -c 100000; exit 1'
}
run out broken
deny "ssh that fails: the checkpoint fails" equal "$(cat /tmp/its)" 0
claim "ssh that fails: the guest counts on" counts web
destroy web
kill "$(cat /tmp/sshd.pid)"

# --- a repository of backups

export RESTIC_REPOSITORY=/tmp/repository RESTIC_PASSWORD=lab
export RESTIC_CACHE_DIR=/tmp/restic-cache
run out restic init
claim "restic: there is a repository" equal "$status" 0
to_restic() (
    set -o pipefail
    xen-resumable checkpoint web - | restic backup --stdin --stdin-filename web.img
)
from_restic() (
    set -o pipefail
    restic dump latest web.img | xl restore /dev/stdin
)
begin restic
run out to_restic
claim "restic: the checkpoint is taken" equal "$status" 0
claim "restic: the guest counts on" counts web
look_restic() (
    set -o pipefail
    restic dump latest web.img | xen-resumable verify -
)
claim "restic: what comes back is an image and nothing else" look_restic
back restic from_restic

# --- a table for Prometheus

textfiles=/var/lib/prometheus/node-exporter
mkdir -p $textfiles
export_verdicts() (
    # shellcheck disable=SC2164
    cd /var/lib/prometheus/node-exporter
    filter=/usr/share/doc/xen-resumable/examples/node-exporter.jq
    xen-resumable check --all --format=json | jq -nrf $filter >xen.new && mv xen.new xen.prom
)
begin exporter
config_own mail netbsd-like
run out plugin create mail
claim "exporter: the other guest counts" reaches mail 2
run out export_verdicts
claim "exporter: there is a table" equal "$status" 0
former=$(digest $textfiles/xen.prom)
# No Xen, for whoever asks now.
ways="/dev/xen /proc/xen /run/xenstored"
for way in $ways; do mount -t tmpfs nothing $way; done
run out export_verdicts
for way in $ways; do umount $way; done
claim "exporter: there is no new one where check has failed" has_failed
claim "exporter: the former one stays" \
    equal "$(digest $textfiles/xen.prom)" "$former"
prometheus-node-exporter --collector.disable-defaults --collector.textfile \
    --collector.textfile.directory=$textfiles \
    --web.listen-address=127.0.0.1:9100 >/tmp/exporter.log 2>&1 &
exporter=$!
answers() { wget -qO /tmp/metrics http://127.0.0.1:9100/metrics; }
claim "exporter: it answers" within 60 answers
claim "exporter: one guest can be checkpointed" contains /tmp/metrics \
    'xen_resumable_domain{domain="web",source="image"} 1'
claim "exporter: the other cannot" contains /tmp/metrics \
    'xen_resumable_domain{domain="mail",source="image"} 0'
claim "exporter: it had nothing to complain of" contains /tmp/metrics \
    'node_textfile_scrape_error 0'
kill $exporter
destroy web
destroy mail
