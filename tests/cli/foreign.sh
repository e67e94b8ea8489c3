#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What we do not know, or what is something else, is named, with exit status 2.
# If this fails, somebody's image is called broken because we cannot read it,
# and a checkpoint or a script throws it away.
set -eu
. "$top_srcdir/tests/cli/functions.sh"

python=${PYTHON:-python3}
mkstream=$top_builddir/tests/streams/mkstream

"$mkstream" xl pages=9 metadata >xl
"$mkstream" libvirt pages=9 >libvirt
"$mkstream" libxl pages=9 >libxl
"$mkstream" libxc pages=9 >libxc
"$mkstream" xl pages=9 seal >sealed
"$python" - <<'PY'
import bz2, gzip, lzma, struct, zlib

def read(name):
    with open(name, "rb") as file:
        return bytearray(file.read())
def write(name, text):
    with open(name, "wb") as file:
        file.write(text)
def patch(source, name, form, at, value):
    image = read(source)
    struct.pack_into(form, image, at, value)
    write(name, image)

patch("libvirt", "libvirt-9", "<I", 16, 9)
patch("libxl", "libxl-3", ">I", 8, 3)
patch("libxl", "libxl-big", ">I", 12, 1)
patch("libxc", "libxc-4", ">I", 12, 4)
patch("libxc", "libxc-1", ">I", 12, 1)
patch("libxc", "libxc-big", ">H", 16, 1)
patch("libxc", "libxc-type", "<I", 24, 3)
patch("xl", "xl-big", ">I", 32, 0x01020304)
patch("xl", "xl-flags", "<I", 36, 11)
patch("xl", "xl-legacy", "<I", 36, 1)
write("libxc-legacy", struct.pack("<QQ", 0x8000, 2**64 - 1) + bytes(64))
write("xend", b"LinuxGuestRecord" + bytes(64))

# Records of a bare libxc stream, as they stand there.
stream = read("libxc")
records, at = [], 40
while at < len(stream):
    size = 8 + (struct.unpack_from("<I", stream, at + 4)[0] + 7) // 8 * 8
    records.append(stream[at:at + size])
    at += size
pages = [i for i, r in enumerate(records) if r[:4] == b"\1\0\0\0"]
state = b"".join(records[pages[-1] + 1:-1])
write("remus", stream[:40] + b"".join(records[:-1])
      + struct.pack("<II", 14, 0) + state + records[-1])
later = stream[:36] + struct.pack("<I", 90)
new = struct.pack("<II", 0x77, 0)
write("later", later + b"".join(records))
write("later-record", later + b"".join(records[:-1]) + new + records[-1])
write("known-record", stream[:40] + b"".join(records[:-1]) + new
      + records[-1])

seal = read("sealed")
struct.pack_into("<H", seal, len(seal) - 40, 2)
struct.pack_into("<I", seal, len(seal) - 8, zlib.crc32(seal[-48:-8]))
write("seal-2", seal)

write("deep.json", b'{"a":' * 70 + b"1" + b"}" * 70)
write("long.json", b'{"a":"' + b"x" * (5 << 20) + b'"}')
write("many.json", b"[" + b"1," * 1500000 + b"1]")

image = read("xl")
write("xl.gz", gzip.compress(image, mtime=0))
write("xl.bz2", bz2.compress(image))
write("xl.xz", lzma.compress(image))
write("xl.lzma", lzma.compress(image, lzma.FORMAT_ALONE))
write("empty", b"")
write("few", image[:7])
write("ones", b"\xff" * 24)
write("disk.qcow2", b"QFI\xfb" + bytes(100))
for number, kind in enumerate(["raw", "gzip", "bzip2", "xz", "lzop", "zstd"]):
    write("qemu-" + kind, b"LibvirtQemudSave"
          + struct.pack("<IIII", 2, 100, 1, number) + bytes(64))

def note(kind, text, name=b"Xen\0"):
    pad = lambda b: b.ljust((len(b) + 3) // 4 * 4, b"\0")
    return (struct.pack("<III", len(name), len(text), kind) + pad(name)
            + pad(text))
def elf(*notes, kind=2, tail=b""):
    text = b"".join(notes)
    return (b"\x7fELF\2\1\1" + bytes(9)
            + struct.pack("<HHIQQQIHHHHHH", kind, 62, 1, 0, 64, 0, 0, 64, 56,
                          1, 0, 0, 0)
            + struct.pack("<IIQQQQQQ", 4, 4, 120, 0, 0, len(text), len(text),
                          4) + text + tail)
mini = note(6, b"Mini-OS\0"), note(5, b"xen-3.0\0")
write("mini-os", elf(*mini))
write("pv-grub", elf(*mini, tail=b"\0GNU GRUB  version %s\0menu.lst\0"))
write("pv-grub.gz", gzip.compress(read("pv-grub")))
write("physical", elf(note(18, struct.pack("<I", 0x100020))))
write("mute", elf(note(1, bytes(4), b"GNU\0")))
write("dump-core", elf(note(0x2000000, b""),
                       note(0x2000001, struct.pack("<Q", 0xF00FEBED)),
                       kind=4))
write("vmcore", elf(note(1, bytes(16), b"CORE\0"), kind=4))
boot = bytearray(b"\xff" * 0x1f1 + bytes(0x20f))
boot[0x1f1] = 1
boot[0x1fe:0x200] = b"\x55\xaa"
boot[0x202:0x208] = b"HdrS\x0f\2"
payload = gzip.compress(read("mute"))
struct.pack_into("<II", boot, 0x248, 0, len(payload))
write("bzImage", boot + payload)
PY
"$mkstream" xl pages=9 config=deep.json >deep
"$mkstream" xl pages=9 config=long.json >long
"$mkstream" xl pages=9 config=many.json >many

# A sanitizer wants each file once; the words are the other build's.
foreign() { # FILE WHAT [show may read some of it]
    local before
    before=$(cksum <"$1")
    expect_failure "$1: verify --format=json" 2 cannot-judge -- \
        verify --format=json "$1"
    case " $SANITIZE_FLAGS " in *-fsanitize*) return ;; esac
    for verb in verify seal; do
        expect "$1: $verb" 2 "" -- $verb "$1"
        grep -qE "^xen-resumable: $1: $2(, at offset [0-9]+)?\$" \
            "$scratch/.stderr" || fail "$1: $(cat "$scratch/.stderr")"
    done
    [ "$before" = "$(cksum <"$1")" ] || fail "$1 is not left as it is"
    expect "$1: verify of a pipe" 2 "" -- verify - < <(cat "$1")
}

# An image that cannot be judged; who only looks at its head may read that.
unknown() { # FILE WHY
    foreign "$1" "cannot be judged: $2"
    local got
    for verb in show "restore --dry-run" "check --image"; do
        got=0
        # shellcheck disable=SC2086
        "$program" $verb "$1" >out 2>&1 || got=$?
        [ $got != 1 ] || grep -q 'it is a bare lib.* stream' out ||
            fail "$1: $verb: exit status 1"
    done
}

unknown libvirt-9 "a libvirt file of version 9, not 2 or before"
unknown libxl-3 "a libxl stream of version 3, not 2"
unknown libxl-big "a big-endian libxl stream"
unknown libxc-4 "a libxc stream of version 4, not 2 or 3"
unknown libxc-1 "a libxc stream of version 1, not 2 or 3"
unknown libxc-big "a big-endian libxc stream"
unknown libxc-type "a domain of type 3, which is neither x86 PV nor x86 HVM"
unknown xl-big "a big-endian file of xl's"
unknown xl-flags "a file of xl's with unknown mandatory flags, 0xb"
unknown xl-legacy "the legacy stream format of Xen 4.5 and before"
unknown libxc-legacy \
    "a bare libxc stream in the legacy format of Xen 4.5 and before"
unknown xend "a save image of xend, Xen 4.4 and before"
unknown later-record \
    "a record of unknown type 0x00000077, written on Xen 4.90"
unknown seal-2 "a seal of version 2 with algorithm 1"
unknown deep "a configuration that is nested deeper .*"
unknown many "a configuration that is nested deeper than .* more than 32 MiB"
unknown long "a configuration of 5242.* bytes, where no more than .* are read"
foreign remus \
    "cannot be judged: a stream of Remus or COLO, which xl restore does not take"

for file in xl-legacy libxc-4 deep many; do
    expect "$file: diff" 2 "" -- diff "$file" xl
    expect "$file: diff, the other way round" 2 "" -- diff xl "$file"
done
expect "a later Xen alone is no doubt" 0 "$("$program" verify libxc |
    sed 's/4[.]17/4.90/; s/libxc$/later/')" -- verify later

# What is wrong all the same is the answer.
for file in deep later-record; do
    head -c -9 $file >short
    "$program" verify short >out || [ $? = 1 ] || fail "$file, cut off: $?"
    grep -q 'NOT SOUND' out || fail "$file, cut off, is not called so"
done
"$program" verify known-record >out || [ $? = 1 ] || fail "known-record: $?"
grep -q 'a mandatory record of an unknown type' out ||
    fail "a record that Xen 4.17 does not write"

for tool in gzip:gz bzip2:bz2 xz:xz lzma:lzma; do
    foreign "xl.${tool#*:}" \
        "not a save image, but data compressed by ${tool%:*}: unpack it .*"
done
for tool in zstd:zst lz4:lz4 lzop:lzo; do
    command -v "${tool%:*}" >/dev/null || { skip "no ${tool%:*}"; continue; }
    "${tool%:*}" -c <xl >"xl.${tool#*:}" 2>/dev/null
    foreign "xl.${tool#*:}" \
        "not a save image, but data compressed by ${tool%:*}: unpack it .*"
done
foreign empty "not a save image, but an empty file"
foreign few "not a save image: it has only 7 bytes"
echo hello >text
foreign text "not a save image of xl, libvirt, libxl or libxc"
foreign ones "not a save image of xl, libvirt, libxl or libxc"
foreign disk.qcow2 "not a save image, but a disk .qcow2."
foreign qemu-raw "not a save image, but a save image of libvirt's QEMU driver"
for kind in gzip bzip2 xz lzop zstd; do
    foreign "qemu-$kind" "not a save image, but a save image of libvirt's QEMU \
driver, compressed by $kind"
done
foreign mini-os "not a save image, but a kernel or program .ELF.: \
'xen-resumable notes' reads kernels"
foreign vmcore "not a save image, but a core dump .ELF."
foreign bzImage "not a save image, but a Linux kernel .bzImage.: \
'xen-resumable notes' reads kernels"
mkdir folder
for verb in verify show seal notes "check --image" "check --kernel"; do
    # shellcheck disable=SC2086
    expect "a folder: $verb" 2 "" -- $verb folder
done

# And the other way round.
for file in xl libvirt xl.gz; do
    expect "$file: notes" 2 "" -- notes "$file"
    grep -q "not a kernel image, but a save image of .*: 'xen-resumable show' \
reads save images" "$scratch/.stderr" ||
        fail "notes $file: $(cat "$scratch/.stderr")"
done
expect "a bzImage that begins with ones" 1 "" -- notes bzImage
expect "a core dump of Xen's" 2 "" -- notes dump-core
said "dump-core: not a kernel image, but a core dump of a Xen domain \
(xl dump-core), at offset 16"
expect "a core dump of Linux's" 2 "" -- notes vmcore

kernel() { # FILE STATUS REASON
    local got=0
    "$program" check --kernel "$1" >out 2>&1 || got=$?
    [ $got = "$2" ] || fail "check --kernel $1: exit status $got: $(cat out)"
    grep -qF -- "$3" out || fail "check --kernel $1: $(cat out)"
}
kernel mini-os 1 "the kernel has no SUSPEND_CANCEL note, whose default is 0"
kernel pv-grub 3 "what was loaded is pv-grub, not the guest's kernel"
kernel pv-grub.gz 3 "what was loaded is pv-grub, not the guest's kernel"
kernel physical 3 "perhaps a loader (PHYS32_ENTRY alone)"
kernel mute 3 "nothing is known of the guest's kernel"
kernel dump-core 2 "a core dump of a Xen domain"
kernel vmcore 2 "a core dump"
kernel xl 2 "a save image of xl"
finish
