#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Fails if the command's tables of verbs and options (xen-resumable --options)
# and the man pages' sources say different things, or if the README leaves a verb
# out or uses an option that there is not; if a page refers to one that is not
# there; or if a page is not installed.
set -u
top=${top_srcdir:-$(cd "$(dirname "$0")/.." && pwd)}
command=${abs_top_builddir:-$top}/plugin/cli/xen-resumable
main=$top/plugin/cli/xen-resumable.pod
status=0
options=0
links=0

complain() { echo "$*"; status=1; }

# POD without its bold and italics.
plain() { sed 's/[BCFI]<\([^<>]*\)>/\1/g'; }

# The section of a verb, out of the page that has it.
section() { sed -n "/^=head2 $1\b/,/^=head[12]/p" \
    "$top"/plugin/cli/*.pod | plain; }

# A verb's options as an =item of a page has them: "-a, --all", "--keep=N".
items() { # VERB
    "$command" --options "$1" | awk -F '\t' '$1 ~ /^--/ && $1 != "--help" && $1 != "--color" {
        print ($2 == "-" ? "" : $2 ", ") $1 ($3 == "-" ? "" : "=" $3)
    }' | sort
}

words() { grep -oE -e '--[a-z-]+[a-z]' | sort -u; }

aliases=$(grep -ohE '[a-z.-]+\.[1-8]=[a-z.-]+\.[1-8]' \
    "$top"/plugin/*/local.mk)

# PAGE.N: is it made, and distributed, under its own name or another?
is_page() {
    local name=${1%.*} number=${1##*.} file folder
    grep -q "=$1\$" <<<"$aliases" && return
    for file in "$top"/{plugin/*,packaging}/"$name.pod"; do
        folder=${file#"$top/"}
        folder=${folder%/*}
        grep -qs "$folder/$name\.$number\b" "${file%/*}/local.mk" &&
            grep -q "$folder/$name\.pod" "${file%/*}/local.mk" &&
            return
    done
    return 1
}

check_options() { # VERB
    local verb=$1 table page option
    table=$(items "$verb")
    page=$(section "$verb" | sed -n 's/^=item \(-.*\)/\1/p' | sort)
    [ "$table" = "$page" ] ||
        complain "$verb: --help (<) and man page (>) differ:" \
            "$(diff <(echo "$table") <(echo "$page") | grep '^[<>]')"
    options=$((options + $(wc -l <<<"$table")))
    # exec's command line goes on with options of others.
    for option in $(grep -hoE "xen-resumable $verb [^|\`]*" "$top/README.md" \
        "$top"/plugin/*/*.pod | sed 's/ -- .*//' | plain | words); do
        "$command" --options "$verb" | cut -f 1 | grep -qxF -e "$option" ||
            complain "$verb $option: in an example, but not in --help"
    done
}

check_verb() { # VERB SYNOPSIS
    local verb=$1 synopsis=${2:+ $2} pages page
    pages=$(grep -lE "^=head2 $verb\b" "$top"/plugin/cli/*.pod)
    [ "$(wc -w <<<"$pages")" = 1 ] ||
        complain "$verb: not in one man page but in: ${pages:-none}"
    page=$(basename "$pages" .pod)
    section "$verb" | grep -qxF "=head2 $verb$synopsis" ||
        complain "$verb: $page(1) has not the title: $verb$synopsis"
    plain <"$main" | awk -v verb="$verb" -v page="$page(1)" '
        /^=item/ { here = $0 " " ~ "[ ]" verb "[, ]" }
        here && index($0, page) { found = 1 }
        END { exit !found }' ||
        complain "$verb: xen-resumable(1) does not say that it is in $page(1)"
    sed -n '/^=head1 SYN/,/^=head1 DES/p' "$pages" | plain |
        grep -qxF "xen-resumable $verb [OPTIONS]$synopsis" ||
        complain "$verb: not in the synopsis of $page(1):$synopsis"
    is_page "xen-resumable-$verb.1" ||
        complain "$verb: no page is found as xen-resumable-$verb(1)"
    grep -q "xen-resumable $verb" "$top/README.md" ||
        complain "$verb: not in README.md"
    check_options "$verb"
}

verbs=0
while IFS=$'\t' read -r verb synopsis _; do
    verbs=$((verbs + 1))
    [ "$synopsis" != - ] || synopsis=''
    check_verb "$verb" "$synopsis"
done < <("$command" --options)
[ "$verbs" -ge 10 ] || complain "only $verbs verbs found"
[ "$options" -ge 30 ] || complain "only $options options found"

for link in $(cat "$top"/{plugin/*,packaging}/*.pod "$top/include/xenresumable.h" |
    grep -oE '\b(lib)?xen-?resumable[a-z.-]*\([1-8]\)' | sort -u); do
    links=$((links + 1))
    is_page "$(tr '(' . <<<"${link%)}")" || complain "$link: no such page"
done
[ "$links" -ge 8 ] || complain "only $links references between pages found"

for link in $(grep -ohE "man (lib)?xen[a-z.-]*[a-z]" "$top/README.md" |
    sed 's/man //' | sort -u); do
    is_page "$link.1" || is_page "$link.3" || is_page "$link.5" ||
        is_page "$link.7" || complain "man $link: no such page"
done

# Each recipe is run in the lab as it stands there.
recipes=0
while read -r recipe; do
    recipes=$((recipes + 1))
    grep -qxF "    $recipe" "$top/tests/xen/scenario/recipes.sh" ||
        complain "README.md: the lab does not run: $recipe"
done < <(sed -n '/^## Beyond one host/,/^## [^B]/s/^# //p' "$top/README.md")
[ "$recipes" -ge 9 ] || complain "only $recipes recipes found"

# The lab takes the drill's commands out of the page, and knows how many there are.
drill=$(sed -n '/^=head2 A drill/,/^=head[12] [^A]/p' \
    "$top/plugin/domain/xen-resumable-disks.pod" | grep -cE '^    (other)?# ')
grep -qF "wc -l </tmp/drill)\" $drill" "$top/tests/xen/scenario/disks-drill.sh" ||
    complain "xen-resumable-disks(7): the lab expects no $drill commands in the drill"

# What is measured has its row; "notes-$kind" is looked for as notes-.
figures=0
for figure in $({
    grep -ohE '^ *(line|figure) "?[a-z-]+' "$top"/tests/bench/*.sh \
        "$top"/tests/xen/scenario/bench-*.sh
    grep -ohE 'bench-notes" [a-z-]+' "$top"/tests/bench/*.sh
    grep -ohE 'printf\("[a-z-]+\\t' "$top"/tests/bench/*.c
} | sed 's/\\t//; s/.*[ "]//' | sort -u); do
    figures=$((figures + 1))
    grep -q "^| .$figure" "$top/BENCHMARKS.md" ||
        complain "$figure: measured, but not in BENCHMARKS.md"
done
[ "$figures" -ge 20 ] || complain "only $figures figures found"

# What is not reached is explained, and nothing is that is.
lost=$(sed -n '/^## Where we lose/,/^And where/s/^- `\([a-z-]*\)`: .*/\1/p' \
    "$top/BENCHMARKS.md" | sort)
missed=$(sed -n 's/^| `\([a-z-]*\)` .*| \*\*no\*\* |.*/\1/p' \
    "$top/BENCHMARKS.md" | sed 's/-cpu$//' | sort -u)
[ "$lost" = "$missed" ] ||
    complain "BENCHMARKS.md: not reached are: $missed; explained are: $lost"

# A program waits for a stage by its name.
stages=0
told=$(sed -n '/^=item C<stage>: string/,/^=item C<at>/p' \
    "$top/plugin/cli/xen-resumable-json.pod")
for stage in $(grep -ohE 'events_stage\([^;]*"[a-z-]+"\)' "$top"/plugin/*/*.c |
    grep -oE '"[a-z-]+"' | tr -d '"' | sort -u); do
    stages=$((stages + 1))
    grep -qF "C<$stage>" <<<"$told" ||
        complain "the stage $stage is not in xen-resumable-json(5)"
done
[ "$stages" -ge 8 ] || complain "only $stages stages found"

pages=0
for page in "$top"/{plugin/*,packaging}/*.pod; do
    pages=$((pages + 1))
    said=$(podchecker "$page" 2>&1) || complain "$said"
done
[ "$pages" -ge 9 ] || complain "only $pages man pages found"
exit $status
