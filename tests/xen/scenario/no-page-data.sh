# SPDX-License-Identifier: LGPL-2.1-or-later
# No page data passes through the plugin: libxl-save-helper reads and writes the
# same number of bytes with and without it, but for the record and xenstore.
#
# boot: matrix
# takes: 25

calls=execve,read,readv,pread64,preadv,write,writev,pwrite64,pwritev,splice
calls=$calls,tee,vmsplice,sendfile,copy_file_range,process_vm_readv

# traced PRELOAD COMMAND...: a trace for each of its processes.
traced() {
    preload=$1
    shift
    rm -f /tmp/trace.*
    strace -ff --seccomp-bpf -o /tmp/trace -s 0 -e "trace=$calls" \
        -E "LD_PRELOAD=$preload" "$@"
}

# What the helper's traced calls moved, all together.
moved() {
    helper=$(grep -l '^execve.*libxl-save-helper.* = 0$' /tmp/trace.*)
    [ -n "$helper" ] || { echo "no helper was traced" >&2; return 1; }
    awk '/^execve/ { next }
         / = [0-9]+$/ { n = split($0, word, " "); sum += word[n] }
         END { printf "%d\n", sum }' "$helper"
}

# about A B ROOM: does B exceed A by at most ROOM, and is A not nothing?
about() {
    echo "stock: $1 bytes, under the plugin: $2, a difference of $(($2 - $1))"
    [ "$1" -gt 20000000 ] && [ $(($2 - $1)) -le "$3" ] &&
        [ $(($1 - $2)) -le "$3" ]
}

# restore -e: the process that watches the domain would keep strace waiting.
config_own heavy linux-like 24
run out plugin xl create -q /tmp/heavy.cfg
claim "the guest starts" reaches heavy 2

run out traced "" xl save -c heavy /tmp/stock.save
claim "stock xl save -c succeeds" equal "$status" 0
claim "and the guest counts on" counts heavy
stock_save=$(moved)
rm /tmp/stock.save
run out traced "$stub" xl save -c heavy /tmp/plugin.save
claim "xl save -c under the plugin succeeds" equal "$status" 0
plugin_save=$(moved)
claim "and its image carries the record" \
    record_has /tmp/plugin.save domain.name=heavy
claim "save: the helper moves as many bytes, to within 16 KiB" \
    about "$stock_save" "$plugin_save" 16384
destroy heavy

run out traced "" xl restore -e /tmp/plugin.save
claim "stock xl restore succeeds" equal "$status" 0
claim "and the guest counts" comes_back heavy
stock_restore=$(moved)
destroy heavy
run out traced "$stub" xl restore -e /tmp/plugin.save
claim "xl restore under the plugin succeeds" equal "$status" 0
plugin_restore=$(moved)
claim "restore: the helper moves as many bytes, to within 16 KiB" \
    about "$stock_restore" "$plugin_restore" 16384
remark "save: $stock_save bytes, $plugin_save under the plugin;" \
    "restore: $stock_restore, $plugin_restore"
