#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Every fuzz target over its seeds, and over images that mkimage makes.
set -eu
b=$top_builddir/tests
data=$top_srcdir/tests/data
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT

for shape in '' narrow big 'narrow section' guest none 'align8' 'far'; do
    # shellcheck disable=SC2086
    "$b/images/mkimage" elf $shape 2000 > "$made/elf-$(echo $shape | tr ' ' -)"
done
gzip -n < "$made/elf-" | "$b/images/mkimage" bzimage > "$made/bzimage"
"$b/images/mkimage" pe .linux < "$made/bzimage" > "$made/uki"

"$b/fuzz/fuzz-configuration" "$data/configurations"
# 40 vCPUs that may run on CPUs 2 to 127.
awk 'BEGIN {
    printf "{\"b_info\":{\"vcpu_hard_affinity\":["
    for (vcpu = 0; vcpu < 40; vcpu++)
        for (cpu = 2; cpu < 128; cpu++)
            printf("%s%d%s", (cpu > 2) ? "," : (vcpu ? ",[" : "["), cpu,
                (cpu == 127) ? "]" : "")
    print "]}}"
}' > "$made/domain-json"
"$b/fuzz/fuzz-config-edit" "$data/domains" "$made/domain-json"
"$b/fuzz/fuzz-flatten" "$data/domains" "$made/domain-json"
"$b/fuzz/fuzz-image" "$data/images" "$made"
"$b/fuzz/fuzz-notes" "$data/notes"
"$b/fuzz/fuzz-note-scan" "$data/notes" "$made"
"$b/fuzz/fuzz-list" "$data/lists"
"$b/fuzz/fuzz-options" "$data/options"
"$b/fuzz/fuzz-qcow2" "$data/disks"
"$b/fuzz/fuzz-request" "$data/requests"
"$b/fuzz/fuzz-save" "$data/saves"
"$b/fuzz/fuzz-table" "$data/table"
"$b/fuzz/fuzz-wire" "$data/wire"

for words in xl 'xl hvm' 'libvirt metadata' 'libxl live' 'libxc version2' \
    'libxc metadata' 'xl seal metadata vcpus=3' 'xl flat seal live' \
    'libvirt flat hvm seal metadata' 'libxc flat'; do
    # shellcheck disable=SC2086
    "$b/streams/mkstream" $words pages=7 batch=3 \
        > "$made/save-$(echo "$words" | tr ' ' -)"
done
"$b/fuzz/fuzz-diff" "$data/saves" "$made"/save-*
"$b/fuzz/fuzz-flat" "$data/saves" "$made"/save-*
"$b/fuzz/fuzz-memory" "$data/saves" "$made"/save-*
"$b/fuzz/fuzz-verify" "$data/saves" "$made"/save-*
"$b/fuzz/fuzz-record-finder" "$data/saves" "$made"/save-*
