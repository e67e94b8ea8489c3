#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# verify, seal and diff as a user meets them.  If this fails, a script that asks
# whether its backups are sound gets a wrong answer.
set -eu
. "$top_srcdir/tests/cli/functions.sh"

make_image() { "$top_builddir/tests/streams/mkstream" pages=40 batch=9 "$@"; }

for saved in "$top_srcdir"/tests/data/saves/thin-*.img; do
    run 0 verify "$saved"
done

make_image xl metadata vcpus=2 >image
run 0 verify image
has '^Contents +22 records, 40 pages of data, 2 vCPUs$'
has '^Extent +complete, '
has '^Verdict +sound$'
run 0 verify - <image
run 0 verify - < <(cat image)
run 0 verify --format=json image
"${PYTHON:-python3}" - <<PY || fail "the JSON is not as it should be"
import json, os
result = json.loads('''$out''')
assert result["ok"] is True and result["complete"] is True
assert result["bytes"] == os.stat("image").st_size
assert result["seal"] == "absent" and result["problems"] == []
assert result["pages"] == 40 and result["records"] == 22
PY

head -c 100000 image >short
run 1 verify short
has '^Extent +cut off after 97.7 KiB: 27 of the expected 40 pages$'
has '^Verdict +NOT SOUND$'
has '^100000 +the image is cut off$'
run 1 verify - < <(cat short)

run 1 seal short
said "short: the image is not complete: it is not changed
xen-resumable: short: the image is cut off, at offset 100000"
[ "$(stat -c %s short)" = 100000 ] || fail "a refused image is left as it is"

# A flat image has a digest of each page: the damaged one has a name.
make_image xl flat live metadata seal >flat
run 0 verify flat
has '^Seal +match$'
run 0 verify --structure flat
has '^Seal +not checked$'
run 0 seal flat
has '^Was sealed '
cmp flat <(make_image xl flat live metadata seal) || fail "it is as it was"
# Pages are filled with their number.
at=$(LC_ALL=C grep -abo -m1 "$(printf '\021%.0s' {1..64})" flat | head -n 1)
at=${at%%:*}
printf x | dd of=flat bs=1 seek=$((at + 9)) conv=notrunc status=none
run 1 verify flat
has "^$at +page 0x11 is not what was sealed$"
run 1 verify --format=json flat
run 1 seal flat
run 0 verify --structure flat
# Its secret stands behind the pages.
run 2 verify - < <(make_image xl flat seal)
run 0 verify --structure - < <(make_image xl flat seal)
run 0 verify - < <(make_image xl flat)
make_image xl flat seal | head -c -1 >flat
run 1 verify flat
has "^$(stat -c %s flat) +the seal's table is cut off$"

cp image sealed
run 0 seal sealed
has '^Sealed +XXH3-128 [0-9a-f]{32} over '
[ "$(stat -c %s sealed)" = $(($(stat -c %s image) + 48)) ] ||
    fail "a seal is 48 bytes"
run 0 verify sealed
has '^Seal +match$'
run 0 verify - < <(cat sealed)
has '^Seal +match$'
run 0 seal sealed
has '^Was sealed '
run 0 show sealed
has '^Seal +XXH3-128 '
if command -v xxh128sum >/dev/null; then
    sum=$(xxh128sum <image | cut -d' ' -f1)
    has "^Seal +XXH3-128 $sum over"
fi
printf x | dd of=sealed bs=1 seek=90000 conv=notrunc status=none
run 1 verify sealed
has '^Seal +mismatch$'
run 0 verify --structure sealed
run 1 seal sealed
echo "no image" >text
run 2 verify text
said "text: not a save image of xl, libvirt, libxl or libxc"
run 2 seal text
run 2 verify .
said ".: cannot read: it is a folder, not a file"
run 2 seal .
said ".: it is a folder, not a file"
run 2 seal /dev/null
cp image limited
(ulimit -f $(($(stat -c %s image) / 1024)) && run 2 seal limited &&
    [ $failures = 0 ]) || fail "a limit of the length of files"
cmp image limited || fail "half a seal was left"
run 2 verify missing
run 2 verify
run 0 verify image image
[ "$(grep -c '^Verdict  *sound$' <<<"$out")" = 2 ] || fail "both: $out"
run 1 verify short image
has '^Verdict +NOT SOUND$'
has '^Verdict +sound$'
run 2 verify missing short image
has '^Verdict +NOT SOUND$'
said "missing: No such file or directory"
run 2 verify --format=json short missing image
"${PYTHON:-python3}" -c 'import json, sys
result = json.loads(sys.argv[1])
short, missing, image = result["images"]
assert result["ok"] is False and result["error"] == short["error"]
assert short["error"]["code"] == "not-sound" and short["complete"] is False
assert "complete" not in missing and image["ok"] is True
' "$out" || fail "the JSON of three"

run 0 diff image image
has '^The images are the same.$'
make_image xl metadata vcpus=1 >other
run 1 diff image other
has '^X86_PV_VCPU_BASIC\[1\] +[0-9a-f]{16} +-$'
has '^0 of 40 pages differ'
run 1 diff image - < <(cat other)
run 1 diff --format=json image other
"${PYTHON:-python3}" -c 'import json, sys
diff = json.loads(sys.argv[1])
assert diff["same"] is False and diff["config"] == [] == diff["metadata"]
assert [d["key"] for d in diff["vcpus"]] == ["X86_PV_VCPU_BASIC[1]",
    "X86_PV_VCPU_EXTENDED[1]", "X86_PV_VCPU_XSAVE[1]"]
assert diff["pages"] == {"changed": 0, "ranges_found": 0, "ranges": []}
' "$out" || fail "the JSON of diff"
run 2 diff image short
said "short: the input ends early, at offset 100000"
run 2 diff image
run 2 diff - -

full_device verify image
finish
