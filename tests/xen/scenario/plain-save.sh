# SPDX-License-Identifier: LGPL-2.1-or-later
# A plain save ends the domain as under stock xl, its image carries the record
# with the right intent, and a restore brings the guest back with what is known.
#
# boot: matrix
# takes: 20

config_own plain linux-like
run out plugin xl create -q /tmp/plain.cfg
claim "the guest starts" reaches plain 2

run out plugin xl save plain /tmp/plain.save
claim "xl save succeeds" equal "$status" 0
claim "the domain is gone, as it should be" gone plain
claim "the image carries the record" \
    record_has /tmp/plain.save image.SUSPEND_CANCEL=0x1
claim "without exec, nobody knows what the save is for" \
    record_has /tmp/plain.save saved.intent=unknown
claim "the plugin has nothing to complain of" equal "$(said out)" 0

run out plugin xl restore /tmp/plain.save
claim "the image restores" equal "$status" 0
claim "the guest counts on" comes_back plain
claim "its knowledge is back" equal "$(image_node plain suspend-cancel)" 1

run out xen-resumable exec -- xl save plain /tmp/plain.save
claim "exec: xl save succeeds" equal "$status" 0
claim "exec: the domain is gone" gone plain
claim "exec: the record says that it is a plain save" \
    record_has /tmp/plain.save saved.intent=save
