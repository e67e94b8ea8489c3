#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Every option of every verb, by the command's own tables: --help fits a terminal,
# and a value that is not understood is named, with what is expected.  If this
# fails, a slip of the pen is taken for an order, or a user is left guessing.
set -u
. "$top_srcdir/tests/cli/functions.sh"
export XR_PRELOAD=$top_builddir/plugin/hook/.libs/xen-resumable-preload.so
options=0

# The verb refuses it before it does anything, says why, and where the help is.
refused() { # VERB TEXT WORD...
    local verb=$1 text=$2 got=0
    shift 2
    "$program" "$verb" "$@" >out 2>err </dev/null || got=$?
    [ $got = 2 ] || fail "$verb $*: exit status $got"
    [ ! -s out ] || fail "$verb $*: it printed: $(cat out)"
    [ "$(cat err)" = "xen-resumable: $text
Try 'xen-resumable $verb --help'." ] || fail "$verb $*: it said: $(cat err)"
}

# "a, b or c" of a|b|c.
spoken() { sed 's/|\([^|]*\)$/ or \1/; s/|/, /g' <<<"$1"; }

flag() { refused "$1" "$2: no value is expected" "$2=x"; }

choice() { # VERB OPTION WORDS
    local expected
    expected="$(spoken "$3") is expected"
    refused "$1" "$2=: $expected" "$2="
    refused "$1" "$2=no-such: $expected" "$2=no-such"
    refused "$1" "$2=${3%%|*}x: $expected" "$2" "${3%%|*}x"
    refused "$1" "$2: $expected" "$2"
}

number() { # VERB OPTION MIN-MAX
    local min=${3%-*} max=${3#*-} bad
    for bad in '' x 1x -1 1.5 ' 1' 0x $((max + 1)) 4294967296 \
        18446744073709551617; do
        refused "$1" "$2=$bad: $min to $max is expected" "$2=$bad"
    done
    [ "$min" = 0 ] || refused "$1" "$2=$((min - 1)): $min to $max is expected" \
        "$2=$((min - 1))"
    refused "$1" "$2: $min to $max is expected" "$2"
}

check_option() { # VERB NAME LETTER WORD KIND RANGE
    local verb=$1 name=$2 letter=$3 word=$4 kind=$5 range=$6
    options=$((options + 1))
    grep -qE -e "^ .* $name(=|\$| )" help || fail "$verb --help: no $name"
    [ "$letter" = - ] || grep -q "^  $letter, $name" help ||
        fail "$verb --help: no $letter"
    case $kind in
    flag)   flag "$verb" "$name" ;;
    choice) choice "$verb" "$name" "$word" ;;
    number) number "$verb" "$name" "$range" ;;
    text|custom)
        refused "$verb" "$name: $word is expected" "$name"
        [ "$letter" = - ] ||
            refused "$verb" "$name: $word is expected" "$letter" ;;
    *) fail "$verb $name: what is $kind?" ;;
    esac
}

prints() { # FILE COMMAND LINE...
    local file=$1
    shift
    "$program" "$@" >"$file" 2>err || fail "$*: exit status $?"
    [ ! -s err ] || fail "$*: it complains: $(cat err)"
    full_device "$@"
    said 'standard output: No space left on device'
}

helps() { # COMMAND LINE...
    prints help "$@"
    ! grep -nE '^.{80}| $' help || fail "$*: too long, or blanks at the end"
}

prints verbs --options
while IFS=$'\t' read -r verb _ summary; do
    helps --help
    grep -qF " $summary" help || fail "--help: nothing of $verb"
    helps "$verb" -h
    mv help short
    helps "$verb" --help
    cmp help short || fail "$verb: -h is another help"
    grep -q "^Usage: xen-resumable $verb \[OPTIONS\]" help ||
        fail "$verb --help: no usage"
    grep -q '^Exit status: ' help || fail "$verb --help: no exit statuses"
    prints table --options "$verb"
    while IFS=$'\t' read -r name letter word kind range _; do
        [ "$kind" = operand ] ||
            check_option "$verb" "$name" "$letter" "$word" "$kind" "$range"
    done <table
    refused "$verb" "$verb: --no-such: unknown option" --no-such
    refused "$verb" "$verb: --no-such=1: unknown option" --no-such=1
    refused "$verb" "$verb: -Z: unknown option" -Z
    refused "$verb" "--help: no value is expected" --help=me
done <verbs
[ "$options" -ge 40 ] || fail "only $options options found"
refused verify '--format=list: text, json or jsonl is expected' --format=list image

# What is short for several options, or none of them.
refused checkpoint 'checkpoint: --s could be any of --same-domid, --seal' --s
refused checkpoint '--keep=x: 0 to 1000 is expected' --ke=x
refused check 'check: -q: unknown option' -aq
# A slip of the pen: the message says what was meant, and does not do it.
refused prune 'prune: --keep-dialy=7: unknown option; did you mean --keep-daily?' \
    --keep-dialy=7
refused checkpoint 'checkpoint: --seel: unknown option; did you mean --seal?' --seel
# An option that this verb does not have: the message says which have it.
refused seal 'seal: --keep: unknown option; checkpoint has it' --keep image
refused seal 'seal: --keep=3: unknown option; checkpoint has it' --keep=3 image
refused diff 'diff: --dir: unknown option; checkpoint, list and prune have it' --dir
refused verify 'verify: --keep-daily=1: unknown option; prune has it' --keep-daily=1
refused rollback 'rollback: --force: unknown option; checkpoint, memory and exec have it' \
    --force web
refused seal 'seal: --kee: unknown option' --kee image
for slip in chekpoint:checkpoint rollbak:rollback verfy:verify lsit:list seal1:seal; do
    expect "${slip%:*}" 2 '' -- "${slip%:*}" image
    grep -qx "xen-resumable: ${slip%:*}: no such verb; did you mean ${slip#*:}?" \
        .stderr || fail "it said: $(cat .stderr)"
done
for word in save help '' x "$(printf '%040d' 0)"; do
    expect "no verb: $word" 2 '' -- "$word"
    grep -qx "xen-resumable: $word: no such verb" .stderr ||
        fail "it said: $(cat .stderr)"
done
expect 'no such verb' 2 '' -- --options no-such
said 'no-such: no such verb'

# How many operands, and which of them go together.
for verb in show verify; do
    refused "$verb" "$verb: an image is expected"
done
refused show 'show --extract: one image is expected' --extract=xml one two
for verb in seal restore; do
    refused "$verb" "$verb: one image is expected"
    refused "$verb" "$verb: one image is expected" one two
done
refused diff 'diff: two images are expected' one
refused diff 'diff: only one image can come from standard input' - -
refused checkpoint 'checkpoint: a domain and a file are expected, or --dir or --all' web
refused notes 'notes: a kernel is expected'
refused doctor 'doctor: more: no operand is expected' more
refused exec 'exec: a command is expected'
refused exec 'exec: a command is expected' --force --
refused check 'check: a domain is expected'
refused check 'check --scan-memory: a domain is expected' --scan-memory -i image
refused check 'check --here: one --image is expected, and no domain or --kernel' --here
refused check 'check --here: one --image is expected, and no domain or --kernel' \
    --here -i image web

# Behind the operands, and behind "--"; the last of two counts.
kernel=$top_srcdir/tests/data/images/debian-6.1.elf
json() { grep -q '^{' <<<"$("$program" "$@")"; }
lists() { grep -q '^SUSPEND_CANCEL=' <<<"$("$program" "$@" | tr ',' '\n')"; }
json notes "$kernel" --format json || fail "an option behind an operand"
json notes --format=list --format=json "$kernel" || fail "the last one counts"
lists notes --format=json --format=list "$kernel" || fail "not the first one"
cp "$kernel" ./--format=json
lists notes -- --format=json || fail "no option behind --"
got=$("$program" exec -- echo --force -- --no-such 2>err) || true
case " $SANITIZE_FLAGS " in
*-fsanitize*) ;;
*) [ "$got" = '--force -- --no-such' ] || fail "exec: it ran: $got" ;;
esac
finish
