#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Images made to hurt who looks at them.  If this fails, looking at an image
# from a stranger takes all memory, all day, or the terminal.
set -eu
. "$top_srcdir/tests/cli/functions.sh"

python=${PYTHON:-python3}
mkstream=$top_builddir/tests/streams/mkstream
limit_memory 262144

# More than the million records that are listed.
blocks=17
# The same code makes json of many records and jsonl; and for each format an image is
# read in the same way, which is what a sanitizer is to see.
much='text jsonl' all='text json jsonl'
case " $SANITIZE_FLAGS " in
*-fsanitize*) much=jsonl all='text jsonl' ;;
esac

# Bytes that steer a terminal, in one of these files?
steers() { LC_ALL=C grep -qaP '[\x00-\x09\x0b-\x1f\x7f]|\xc2\x9b' "$@"; }
for bytes in '\033[2J' '\r' '\302\233'; do
    # shellcheck disable=SC2059
    printf "as text\n$bytes\n" >steering
    steers steering || fail "nobody would see $bytes"
done

# All verbs that read images, in every format, with a limit of time; whatever
# they say, they end by themselves and print no byte that steers a terminal.
ask() { # WHAT FILE
    local what=$1 file=$2 formats=$all verb format got
    case $file in many-*|wide-*) formats=$much ;; esac
    for verb in show "show --records" verify diff "check --image" \
        "memory --dry-run"
    do
        case $verb in
        diff)    set -- "$file" "$file" ;;
        memory*) set -- "$file" nowhere ;;
        *)       set -- "$file" ;;
        esac
        for format in $formats; do
            got=0
            # shellcheck disable=SC2086
            timeout 600 "$program" $verb --format=$format "$@" \
                >out 2>err || got=$?
            [ $got -le 3 ] || fail "$what: $verb --format=$format: $got"
            ! grep "^Try 'xen-resumable" err ||
                fail "$what: $verb --format=$format was not understood"
            ! steers out err || fail "$what: $verb --format=$format steers"
            cat out err | iconv -f UTF-8 -t UTF-8 >/dev/null ||
                fail "$what: $verb --format=$format: no UTF-8"
        done
    done
}

"$python" - $blocks <<'PY'
import struct, sys
le = lambda *n: struct.pack("<%dI" % len(n), *n)

libxl = b"LibxlFmt" + struct.pack(">II", 2, 0) + le(1, 0)
libxc = (b"\xff" * 8 + struct.pack(">IIHHI", 0x58454E46, 3, 0, 0, 0)
         + struct.pack("<IHHII", 1, 12, 0, 4, 17))
def xl(config, optional=None, length=None):
    length = len(config) if length is None else length
    optional = length + 4 if optional is None else optional
    return (b"Xen saved domain, xl format\n \0 \r" + le(0x01020304, 3, 0,
            optional & 0xffffffff, length & 0xffffffff) + config)
def libvirt(xml, length=None):
    return (b"libvirt-xml\n \0 \r" + le(2, len(xml) if length is None
            else length) + bytes(40) + xml)
def write(name, *parts):
    with open(name, "wb") as file:
        for part in parts:
            file.write(part)

many = le(0x80000000 | 0x12345678, 0) * (1 << 16)
with open("many-records", "wb") as file:
    file.write(libxc)
    for i in range(int(sys.argv[1])):
        file.write(many)
write("many-emulators", libxl[:16], le(2, 0) * (1 << 20))
write("long-config", xl(b"{}", length=0xffffffff, optional=3))
write("longer-config", xl(b"{}", length=0xfffffffb))
write("long-xml", libvirt(b"<domain/>", 0xffffffff))
write("long-record", libxc, le(1, 0xffffffff))
write("long-libxl-record", libxl[:16], le(2, 0xffffffff))
write("long-pages", libxc, le(1, 0x08000000, 0xffffffff, 0))
write("long-p2m", libxc, le(2, 8, 0x0408, 0, 3, 12 + 4096, 0, 0xffffffff))
# Pages so far apart that each wants memory of its own, and one at 16 TiB.
entry = lambda *n: struct.pack("<%dQ" % len(n), *(i | 14 << 60 for i in n))
apart = entry(*range(0, 4096 * 60000, 4096))
write("far-apart", libxc, le(1, 8 + len(apart), len(apart) // 8, 0), apart,
      le(0, 0))
write("far-away", libxc, le(1, 16, 1, 0), entry((1 << 32) - 1), le(0, 0))
write("far-list", libxc, le(1, 8 + 8 * 70000, 70000, 0), entry(0) * 70000,
      le(0, 0))
write("long-metadata", libxc, le(0xd8524d44, 20) + b"XENRMETA"
      + struct.pack("<HHI", 1, 0, 0xffffffff) + le(0))
with open("far", "wb") as file:
    file.write(libxc)
    for i in range(8192):
        file.write(le(0xffffffff, 0x08000000))
        file.seek(0x08000000, 1)
write("deep-json", xl(b"[" * (1 << 20)), libxl)
write("deep-maps", xl(b'{"a":' * (1 << 17)), libxl)
write("wide-json", xl(b"[" + b"1," * (1 << 19) + b"1]"), libxl)
write("deep-xml", libvirt(b"<a>" * (1 << 18)), libxl)
write("wide-xml", libvirt(b"<a/>" * (1 << 18)), libxl)
write("entities", libvirt(b"<!DOCTYPE a [<!ENTITY b 'x'><!ENTITY c "
      b"'&b;&b;&b;'>]><a>&c;</a>"), libxl)
write("steering.json", b'{"c_info":{"name":"\\u001b[2J\x1b]0;x\x07\\u009b\xc2\x9b'
      b'\x7f","\\u001b[1m":"y\\u0000"},"disks":[{"pdev_path":"/\\u001b[3m"}]}')
write("steering.xml", b"<domain><name>\x1b[2J\xc2\x9b</name>"
      b"<\x1b[1m>\x07</\x1b[1m></domain>")
PY
for kind in xl/json libvirt/xml; do
    "$mkstream" "${kind%/*}" pages=2 metadata config="steering.${kind#*/}" \
        >"steering-${kind%/*}"
done
# A record's values are text like any other.
escape=$'\033'
sed "s/domain.name=web/domain.name=${escape}[2/" \
    "$top_srcdir/tests/data/saves/xl-pv-4.17.img" >steering-metadata
cp steering-xl "${escape}[2Jname"

began=$SECONDS
for file in many-* long* far deep-* wide-* entities steering-*; do
    case $file in steering-*.*) continue ;; esac
    ask "$file" "$file"
done
# Of a pipe, too, and into a file: a page at 16 TiB is a hole.
for file in far-* long-pages; do
    for form in raw elf xen; do
        for input in "$file" -; do
            got=0
            # shellcheck disable=SC2002
            cat "$file" | timeout 600 "$program" memory --force --as=$form \
                "$input" memory.out >out 2>err || got=$?
            [ $got = 0 ] || [ $got = 2 ] ||
                fail "$file: memory --as=$form $input: $got"
            [ ! -e memory.out ] || [ "$(stat -c %b memory.out)" -lt 4096 ] ||
                fail "$file: memory --as=$form $input takes room"
            rm -f memory.out
        done
    done
done
# None of them costs more memory than an honest image of a guest with 16 GiB: that of
# one with 1 GiB, and the tables that few pages, far apart, may have (lib/page_map.h).
# A sanitizer has its own of it.
case " $SANITIZE_FLAGS " in
*-fsanitize*) ;;
*)
    "$mkstream" xl metadata holes pages=262144 1<>honest
    "$python" - "$unlimited" honest far-* long-pages long-p2m <<'PY' ||
import os, sys
program, honest, *files = sys.argv[1:]
def peak(form, source, file):
    child = os.fork()
    if not child:
        for fd, path, how in ((0, file, os.O_RDONLY), (1, "out", os.O_WRONLY),
                              (2, "err", os.O_WRONLY)):
            os.dup2(os.open(path, how | (os.O_CREAT if fd else 0)), fd)
        if source == "-":  # a pipe
            ends = os.pipe()
            if not os.fork():
                os.dup2(ends[1], 1)
                os.execvp("cat", ["cat"])
            os.close(ends[1])
            os.dup2(ends[0], 0)
        os.execv(program, [program, "memory", "--force", "--as=" + form,
                           source if source == "-" else file, "memory.out"])
    return os.wait4(child, 0)[2].ru_maxrss
worse = 0
for form in "raw", "elf", "xen":
    for source in "file", "-":
        most = peak(form, source, honest) + 36864
        for file in files:
            is_now = peak(form, source, file)
            if is_now > most:
                print("%s as %s of %s: %d KiB, not %d" % (file, form, source,
                                                          is_now, most))
                worse += 1
sys.exit(worse > 0)
PY
        fail "a hostile image costs more memory than an honest one" ;;
esac
rm -f memory.out honest
ask "a file's own name" "${escape}[2Jname"
echo "ok: $((SECONDS - began)) s for all of them"

# Configurations of 300 KB, to be compared: a name that stands in the path of
# each value, a path of many long names, many names, many values.  What they are to
# show is time and memory, which a sanitizer has its own of.
compare='name path names values element elements'
case " $SANITIZE_FLAGS " in *-fsanitize*) compare='' ;; esac
"$python" - <<'PY'
def write(name, text):
    with open(name, "w") as file:
        file.write(text)
for n in "12":
    many = "%s," % n
    write("name%s.json" % n, '{"%s":[%s1]}' % (100000 * "k", 100000 * many))
    write("path%s.json" % n,
          60 * ('{"%s":' % (56 * "k")) + "[" + 140000 * many + "1]" + 60 * "}")
    write("names%s.json" % n,
          "{" + ",".join('"%d":%s' % (i, n) for i in range(30000)) + "}")
    write("values%s.json" % n, "[" + 150000 * many + "1]")
    write("element%s.xml" % n, "<domain><%s>" % (100000 * "k")
          + 20000 * ("<a>%s</a>" % n))
    write("elements%s.xml" % n, "<domain>" + 20000 * ("<a b='%s'/>" % n))
PY
limit_memory 131072
for file in $compare; do
    kind=xl/json
    case $file in element*) kind=libvirt/xml ;; esac
    for n in 1 2; do
        "$mkstream" "${kind%/*}" pages=2 config="$file$n.${kind#*/}" \
            >"$file$n.img"
    done
    for format in text json; do
        got=0
        (ulimit -t 30; exec "$program" diff --format=$format "$file"1.img \
            "$file"2.img >out 2>err) || got=$?
        [ $got = 1 ] || fail "$file: diff --format=$format: $got, $(cat err)"
        [ "$(stat -c %s out)" -lt 20000000 ] || fail "$file: a long answer"
    done
done

# Records without an end, in a pipe: the list of them has one.
endless() {
    head -c 40 many-records
    tail -c +41 many-records >body
    while cat body; do :; done
}
got=0
timeout 600 "$program" show --records - < <(endless 2>/dev/null) >out 2>err ||
    got=$?
[ "$got" = 2 ] || fail "an endless pipe: exit status $got"
grep -q 'too many records' err || fail "an endless pipe: $(tail -n 1 err)"
finish
