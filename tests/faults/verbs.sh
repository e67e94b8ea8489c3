#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The images and the toolstack for verbs.py, which says what breaks.
# FAULT_STEPS=N takes the first N steps of a walk, and then ever longer ones.
set -eu
. "$top_srcdir/tests/cli/functions.sh"

mkstream=$top_builddir/tests/streams/mkstream
"$mkstream" xl pages=5 batch=3 metadata vcpus=1 >image
"$mkstream" xl pages=6 batch=3 metadata vcpus=2 >other
"$mkstream" libvirt hvm pages=2 metadata >vm
head -c 9000 image >short
cp image sealed
"$program" seal sealed >/dev/null
"$mkstream" xl flat pages=20 batch=3 seal >flat
echo '{"c_info":{"type":"pv","name":"web"},"disks":[{"vdev":"xvda"}],
    "nics":[{"bridge":"br0"}]}' >json
echo "<domain><name>web</name><uuid>u</uuid><os><type>linux</type></os><devices>
    <disk type='file'><target dev='xvda'/></disk><interface type='bridge'><source
    bridge='br0'/></interface></devices></domain>" >xml
"$mkstream" xl pages=2 vcpus=1 config=json >web.img
"$mkstream" libvirt pages=2 vcpus=1 config=xml >web.save
"$mkimage" elf 2000 >elf
gzip -n <elf | "$mkimage" bzimage >bz
mkdir -p series/web
cp image series/web/2020-11-26T030005Z.img
cp image series/web/2020-11-27T030005Z.img
echo 'resumable = [ "os:linux=yes" ]' >conf
cat >xl <<'XL'
#!/bin/sh
echo "$*, $XR_REQUEST, $LD_PRELOAD"
XL
chmod +x xl

export XR_RUN_DIR=$scratch/locks XR_COPIES_DIR=$scratch/copies
export XR_PROGRAM=$program
export FAIL_LIBRARY=$top_builddir/tests/faults/.libs/fail-nth.so
export XR_STUB=$top_builddir/plugin/hook/.libs/xen-resumable-preload.so
# A sanitizer wants to come first, and does so in what it is linked into.
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0
export ASAN_OPTIONS=$ASAN_OPTIONS:allocator_may_return_null=1
# With one, a run takes ten times as long.
case " $SANITIZE_FLAGS " in *-fsanitize*) steps=3 ;; *) steps=0 ;; esac
exec "${PYTHON:-python3}" "$top_srcdir/tests/faults/verbs.py" \
    "${FAULT_STEPS:-$steps}"
