# SPDX-License-Identifier: LGPL-2.1-or-later
# The memory that comes out of an image is the guest's: no page is missing, none is as it
# was before the last round of a live checkpoint.  Each form is looked at, PVH, PV and HVM:
# with a guest that knows what stands in its memory, and against what xl dump-core says,
# page by page.
#
# xl dumps the guest that stock xl has restored, paused; of a PV guest, in which it finds
# no P2M before it has run, the one that is saved, while it stands still for that.  Every
# run writes all forms of a flat image of a PVH guest, for all that a form has of an image
# is where its pages are; before a release it is all forms of each, HVM compared, and a PV
# guest that was restored and has run.
#
# boot: flat
# needs: firmware python
# dom0: 1600
# memory: 2560
# takes: 90
# silence: 2400

look() { python3 -S /lab/memory-pages.py "$@"; }
all_forms='raw elf lime xen'
compared=xen
! before_release || compared=$all_forms

# get WHAT IMAGE FORMS: /tmp/memory.FORM of each form; before a release of all.
get() {
    forms=$3
    ! before_release || forms=$all_forms
    for form in $forms; do
        run out xen-resumable memory --force --as=$form --format=json "$2" \
            /tmp/memory.$form
        claim "$1, $form: exit status 0" equal "$status" 0
    done
    remark "$1: $(grep -e '"pages"' -e '"ranges"' -e '"vcpus"' out | tr -d '\n ')"
}

# Each of the guest's pages with the pattern: has_pattern WHAT
has_pattern() {
    for form in $forms; do
        claim "$1, $form: each page is what the guest wrote last" \
            look pattern "$(pattern_pages)" $form /tmp/memory.$form
    done
}
pattern_pages() {
    console web | sed -n 's/.*pattern: of \([0-9]*\) pages.*/\1/p' | tail -n 1
}

# is_as_dumped WHAT IMAGE MOST: no more than MOST pages differ from /tmp/dumped, beside
# those that libxc writes anew when it restores the image.
is_as_dumped() {
    for form in $compared; do
        run differs look differ $form /tmp/memory.$form /tmp/dumped "$2"
        remark "$1, $form: $(tr '\n' ';' <differs)"
        claim "$1, $form: both can be read" equal "$status" 0
        claim "$1, $form: pages are compared" \
            test "$(words_of pages differs)" -gt 1000
        claim "$1, $form: xl has no page that is not in the image" \
            test "$(words_of only-there differs)" -le 1
        claim "$1, $form: $3 pages differ, at most" \
            test "$(words_of others differs)" -le "$3"
    done
    rm -f /tmp/dumped
}

# Restored by stock xl, and paused: restored_is_as_dumped WHAT NAME IMAGE MIB.  A few pages
# of an HVM guest may be other ones: those that its device model shares with it.
restored_is_as_dumped() {
    destroy "$2"
    run out stock xl restore -p "$3"
    claim "$1: stock xl restores it, paused" equal "$status" 0
    run out env FRAMES=$(($4 * 256)) LD_PRELOAD=/lab/few-frames.so \
        xl dump-core "$2" /tmp/dumped
    claim "$1: xl dumps its core" equal "$status" 0
    is_as_dumped "$1" "$3" 4
}
words_of() { awk -v word="$1" '$1 == word { print $2 }' "$2"; }

# --- PVH, live, with pages that are written while it is saved

config_pvh web "pattern=1 dirty=1"
sed -i 's/^memory = .*/memory = 32/' /tmp/web.cfg
as_people_have web
run out plugin create web
claim "PVH: it knows its memory" knows_its_memory web
for layout in stream flat; do
    wanted=raw
    [ $layout = stream ] || wanted=$all_forms
    run out xen-resumable checkpoint --layout=$layout --live=yes --max-freeze=1 \
        --watch=0 --format=json web /tmp/web.img
    claim "PVH, $layout: exit status 0" equal "$status" 0
    claim "PVH, $layout: it took several rounds" \
        test "$(sed -n 's/.*"rounds": \([0-9]*\).*/\1/p' out)" -gt 1
    get "PVH, $layout" /tmp/web.img "$wanted"
    has_pattern "PVH, $layout"
done
run out xen-resumable memory --dry-run --format=json /tmp/web.img /tmp/nothing
claim "the keys are documented" json_keys_are_documented out memory as pages \
    ranges vcpus dry_run
through_a_pipe() {
    xen-resumable memory --as=elf - - </tmp/web.img | look same /tmp/memory.elf
}
claim "from a pipe it is the same" through_a_pipe
claim "the vCPU that is off has no registers" contains out '"vcpus": 3'
restored_is_as_dumped PVH web /tmp/web.img 36
destroy web

# --- PV

config_own linux-like linux-like
as_people_have linux-like
run out plugin create linux-like
claim "PV: it counts" reaches linux-like 2
mkdir -p /tmp/hooks
cat >/tmp/hooks/10-dump <<'HOOK'
#!/bin/sh
[ "$XR_STAGE" != suspended ] || xl dump-core "$XR_DOMID" /tmp/dumped
HOOK
chmod +x /tmp/hooks/10-dump
echo "hook_timeout = 3600" >/etc/xen/xen-resumable.conf
run out xen-resumable checkpoint --watch=0 --hook=/tmp/hooks linux-like /tmp/pv.img
claim "PV: exit status 0" equal "$status" 0
claim "PV: it counts on" counts linux-like
get PV /tmp/pv.img "elf xen"
# The rings, which dom0 may read meanwhile.
is_as_dumped "PV, as it was saved" /tmp/pv.img 2
destroy linux-like

# What it does until it is paused is written to a few pages.
pv_has_run() {
    run out stock xl restore /tmp/pv.img
    claim "PV: stock xl restores it" equal "$status" 0
    claim "PV: it counts on" comes_back linux-like
    xl pause linux-like
    run out xl dump-core linux-like /tmp/dumped
    claim "PV: xl dumps its core" equal "$status" 0
    is_as_dumped "PV, restored" /tmp/pv.img 40
    destroy linux-like
}
! before_release || pv_has_run

# --- HVM: the firmware alone, which has nothing to boot

config_hvm firmware 32
echo 'serial = "pty"' >>/tmp/firmware.cfg
run out plugin create firmware
claim "HVM: it starts" equal "$status" 0
run out xen-resumable checkpoint --watch=0 --live=no --on-unknown=refuse \
    firmware /tmp/hvm.img
claim "HVM: exit status 0" equal "$status" 0
get HVM /tmp/hvm.img "elf xen"
! before_release || restored_is_as_dumped HVM firmware /tmp/hvm.img 32
destroy firmware
rm -f /tmp/memory.* /tmp/web.img /tmp/pv.img /tmp/hvm.img
