# SPDX-License-Identifier: LGPL-2.1-or-later
# libvirt's guests go back to an image, by rollback and by --on-not-resumable=restore, and
# libvirt has them afterwards as if nothing had happened: with or without a definition,
# beside a guest of xl's, which stays xl's.  checkpoint --all keeps both.  A rollback that
# cannot end or bring back the guest by libvirt does not begin.  doctor says what the
# running libvirtd has of the plugin.  Before a release also: of a guest without a
# definition, of xl's, and under a libvirtd without the plugin.
#
# boot: libvirt
# needs: libvirt
# suites: 4.17
# release: 4.20
# takes: 90

. /lab/libvirt.sh
mkdir -p /tmp/series
printf '%s\n' 'hook_timeout = 300' 'watch = 0' >/etc/xen/xen-resumable.conf

doctor_says() { # TEXT PATTERN
    run out xen-resumable doctor
    claim "doctor: $1" contains out "$2"
}
define_own() { # NAME KIND
    virsh_domain "$1" "/lab/guest/$2" 16 >"/tmp/$1.xml"
    define "$1"
}

doctor_says "nothing of libvirt runs" "neither libvirtd nor virtxend runs"
start_libvirtd plugin
define_own web linux-like
config_own side linux-like
run out plugin xl create -q /tmp/side.cfg
claim "side: xl's guest counts" reaches side 2
doctor_says "it has the plugin" "has the plugin, with the core for Xen"
doctor_hears_libvirt() { xen-resumable doctor | grep "answers at xen:///system"; }
claim "doctor: and libvirt answers" within 60 doctor_hears_libvirt

# --- checkpoint --all: each in the container of who looks after it

run out xen-resumable checkpoint --all --dir=/tmp/series --format=json
claim "all: exit status 0" equal "$status" 0
web=$(echo /tmp/series/web/*.img)
side=$(echo /tmp/series/side/*.img)
claim "all: web's is libvirt's" equal "$(head -c 7 "$web")" libvirt
claim "all: side's is xl's" contains "$side" "Xen saved domain, xl format"
claim "all: web counts on" counts web
claim "all: side counts on" counts side
has_definition all web
claim "all: libvirt knows nothing of side" not virsh domid side

# --- rollback

here_hears_libvirt() {
    xen-resumable check --image "$web" --here |
        grep "libvirt .*answers at xen:///system"
}
claim "check --here: libvirt answers" within 60 here_hears_libvirt
as_it_is web
run out xen-resumable rollback --dry-run web "$web"
claim "dry run: exit status 0" equal "$status" 0
run out xen-resumable rollback --format=json web "$web"
is_back rollback web
has_definition rollback web
for safety in /tmp/series/web/*.img; do :; done
claim "rollback: what was before is libvirt's, too" \
    equal "$(head -c 7 "$safety")" libvirt
claim "rollback: and another image" differs "$safety" "$web"
back_again() {
    as_it_is web
    run out xen-resumable rollback web "$safety"
    is_back "back again" web
    has_definition "back again" web
}
! before_release || back_again
libvirt_hears "after the rollback" web
is_off "after the rollback" web
claim "side counts on, all the while" counts side

# Of xl's guest, beside it.
xls_goes_back() {
    as_it_is side
    run out xen-resumable rollback --no-safety side "$side"
    claim "side: exit status 0" equal "$status" 0
    claim "side: it counts" comes_back side
    claim "side: in a new domain" test "$(domid side)" -gt "$was"
    claim "side: libvirt knows nothing of it" not virsh domid side
}
! before_release || xls_goes_back

# --- one without a definition

transient() {
    virsh_domain fleeting /lab/guest/linux-like 16 >/tmp/fleeting.xml
    run out virsh create /tmp/fleeting.xml
    claim "fleeting: it counts" reaches fleeting 2
    run out xen-resumable checkpoint fleeting /tmp/fleeting.img
    claim "fleeting: its checkpoint" equal "$status" 0
    as_it_is fleeting
    run out xen-resumable rollback --no-safety fleeting /tmp/fleeting.img
    is_back fleeting fleeting
    run out virsh dominfo fleeting
    claim "fleeting: it has no definition, as before" \
        grep -qx "Persistent: *no" out
    ends fleeting fleeting
    claim "fleeting: libvirt has forgotten it" within 60 not virsh dominfo fleeting
}
! before_release || transient

# --- one that would not take a resume goes on from its image

define_own mail netbsd-like
as_it_is mail
run out xen-resumable checkpoint --on-not-resumable=restore mail /tmp/mail.img
is_back "restore policy" mail
has_definition "restore policy" mail
claim "restore policy: its suspend returned 0" equal "$(returned mail)" 0
libvirt_hears "after the restore policy" mail
is_off "after the restore policy" mail

# --- where libvirt cannot be asked, nothing begins

run out virsh start web
claim "web: it is started again" reaches web 2
live=$(live_xml web)
kept=$(virsh dumpxml --inactive web)
stop_libvirtd
was=$(domid web)
before=$(digest "$web")
run out xen-resumable rollback --format=json web "$web"
claim "down: exit status is not 0" has_failed
claim "down: the reason" contains out '"no-libvirt"'
claim "down: the guest counts on" counts web
claim "down: as the same domain" equal "$(domid web)" "$was"
claim "down: the image is as it was" equal "$(digest "$web")" "$before"
run out xen-resumable restore --format=json /tmp/mail.img
claim "down: a restore is refused" contains out '"no-libvirt"'
claim "down: nothing was made" gone mail
run out xen-resumable check --image /tmp/mail.img --here
claim "down: check --here says no" equal "$status" 1
claim "down: for libvirtd cannot be asked" grep -q "libvirt .*cannot be asked" out

# A libvirtd without the plugin ends and restores guests as well.
by_stock_libvirtd() {
    start_libvirtd stock
    doctor_says "it has no plugin" "runs without the plugin"
    run out xen-resumable checkpoint web /tmp/web.img
    claim "stock libvirtd: it is said that it does not hear of its end" \
        contains out "runs without the plugin, and does not hear"
    as_it_is web
    run out xen-resumable rollback --no-safety web "$web"
    is_back "stock libvirtd" web
    has_definition "stock libvirtd" web
    ends "stock libvirtd" web
    is_off "stock libvirtd" web
    stop_libvirtd
}
! before_release || by_stock_libvirtd
destroy side
gone web || destroy web
