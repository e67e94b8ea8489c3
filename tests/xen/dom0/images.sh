# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
#
# What every scenario has of images, and of what the command prints as JSON: a part of
# lib.sh.

# --- images

# Has the image a record with this text in its list?
record_has() {
    [ -s "$1" ] || { echo "there is no image $1"; return 127; }
    record "$1" >/tmp/record
    grep -qF -- "$2" /tmp/record && return
    tr ',' '\n' </tmp/record | cut -c 1-200
    return 1
}

# The list in an image's record, which stands before the first page.
record() { head -c 2000000 "$1" | strings -n 16 | grep -m 1 domain.uuid=; }

digest() { sha256sum <"$1"; }

image_node() { xenstore-read "/local/domain/$(domid "$1")/image/$2"; }

# Xen's own checker over an image (# needs: python).  It does not know libvirt's
# header, and from a pipe it takes a short read for the end: peer FILE
peer() {
    peer_file=$1
    peer_format=xl
    if [ "$(head -c 7 "$1")" = libvirt ]; then
        peer_from=$(xen-resumable show --records "$1" |
            awk '$2 == "libxl" { print $1 - 16; exit }')
        tail -c +$((peer_from + 1)) "$1" >/tmp/peer.save
        peer_file=/tmp/peer.save
        peer_format=libxl
    fi
    PYTHONPATH=$(echo /usr/lib/xen-*/lib/python) \
        python3 /usr/lib/xen-*/bin/verify-stream-v2 -f $peer_format \
        -i "$peer_file"
}

# --- JSON

# What --format=json has printed to FILE, among other lines: has each key a line in
# xen-resumable-json(5), and are these there?  json_keys_are_documented FILE VERB KEY...
# tests/cli/json.sh reads the keys of these lines: it counts them as seen.
json_keys_are_documented() {
    sed -n '/^{$/,/^}$/p' "$1" | awk -f /lab/json-paths.awk | sort -u \
        >/tmp/json.printed
    cat /tmp/json.printed
    json_verb=$2
    shift 2
    for json_key in ok "$@"; do
        grep -qxF -- "$json_key" /tmp/json.printed || {
            echo "$json_key: not printed"
            return 1
        }
    done
    awk -v verb="$json_verb" '
        NR == FNR && ($1 == verb || $1 == "all") { known[$2] = 1 }
        NR != FNR && !($0 in known) {
            open_ended = $0
            sub(/\.[^.]*$/, ".*", open_ended)
            if (!(open_ended in known)) { print $0 ": not documented"; bad = 1 }
        }
        END { exit bad }' /lab/json-keys /tmp/json.printed
}
