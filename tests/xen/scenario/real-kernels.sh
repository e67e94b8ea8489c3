# SPDX-License-Identifier: LGPL-2.1-or-later
# The notes of Debian's kernels, 11 to sid, are for us what they are for the
# domain builder that loads them; the build hook keeps just those.
#
# Before a release only: tests/images holds them against that builder, too.
#
# boot: disk
# suites: none
# release: 4.17
# needs: images
# takes: 40

# The builder's own words: "ELF: note: NAME = VALUE", strings in quotes.
# It keeps L1_MFN_VALID back, and does not know PHYS32_RELOC before 4.20.
builder_says() { # FILE
    sed -n 's/.*ELF: note: \([A-Z0-9_]*\) = \(.*\)$/\1=\2/p' "$1" |
        tr -d '"\r' | sed 's/=0$/=0x0/' | sort -u
}
we_say() { # KERNEL
    xen-resumable notes "$1" | tr ',' '\n' |
        grep -v -e ^L1_MFN_VALID= -e ^PHYS32_RELOC= | sort
}

tried=0
for kernel in /lab/images/vmlinuz-*; do
    name=${kernel##*/vmlinuz-}
    tried=$((tried + 1))
    config real pv "$kernel" 192 'extra = "console=hvc0"'
    run out plugin xl -vvv create -p /tmp/real.cfg
    claim "$name: the builder loads it" equal "$status" 0
    builder_says out >theirs
    we_say "$kernel" >ours
    claim "$name: $(wc -l <ours) values as Xen's builder has them" \
        cmp theirs ours
    claim "$name: among them SUSPEND_CANCEL" contains theirs SUSPEND_CANCEL=0x1
    claim "$name: image/suspend-cancel in xenstore" \
        equal "$(image_node real suspend-cancel)" 1
    destroy real
done
claim "four kernels were tried" equal "$tried" 4
