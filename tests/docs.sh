#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Fails if a verb or an option stands in only some of: --help, the man page's
# source, the bash completion, the README.
set -u
top=${top_srcdir:-$(cd "$(dirname "$0")/.." && pwd)}
command=${abs_top_builddir:-$top}/plugin/cli/xen-resumable
pod=$top/plugin/cli/xen-resumable.pod
completion=$top/plugin/cli/completion.bash
status=0
options=0

complain() { echo "$*"; status=1; }

# The POD section of a verb.
section() { sed -n "/^=head2 $1\b/,/^=head[12]/p" "$pod" | tr -d '<>' |
    sed 's/B--/--/g'; }

# The completion's words for a verb.
completed() { sed -n "/^        $1)/,/;;/p" "$completion"; }

verbs=$("$command" --help | sed -n 's/^  \([a-z]\+\) .*/\1/p; s/^  \([a-z]\+\)$/\1/p')
[ -n "$verbs" ] || { echo "no verbs in --help"; exit 1; }
for verb in $verbs; do
    help=$("$command" "$verb" --help) || complain "$verb --help fails"
    [ -n "$(section "$verb")" ] || complain "$verb: not in the man page"
    grep -q "words+\?='.*\b$verb\b" "$completion" ||
        complain "$verb: not in the completion"
    grep -q "xen-resumable $verb" "$top/README.md" ||
        complain "$verb: not in README.md"
    for option in $(grep -oE -e '--[a-z-]+[a-z]' <<<"$help" | sort -u); do
        options=$((options + 1))
        [ "$option" = --help ] || section "$verb" | grep -q -- "$option" ||
            complain "$verb $option: not in the man page"
        completed "$verb" | grep -q -- "$option" ||
            complain "$verb $option: not in the completion"
    done
    for option in $(section "$verb" | grep -E '^=item' |
        grep -oE -e '--[a-z-]+[a-z]' | sort -u); do
        grep -q -- "$option" <<<"$help" ||
            complain "$verb $option: not in --help"
    done
done
[ "$options" -ge 12 ] || complain "only $options options found"
exit $status
