#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The completion, called as bash calls it, which splits words at each of
# COMP_WORDBREAKS.  If this fails, TAB offers what is not understood, or nothing.
# That bash itself does with the replies what it should is seen by completion.py.
set -u
. "$top_srcdir/tests/cli/functions.sh"

mkdir -p bin folder/sub
touch image.img 'my file.img' a:b.img web@mon.img eq=x.img folder/in.img
cat >bin/xl <<'XL'
#!/bin/sh
cat <<LIST
Name                ID   Mem VCPUs      State   Time(s)
Domain-0             0  1024     2     r-----       1.0
web-one              3   512     1     -b----       1.0
we\$(>here)           4   512     1     -b----       1.0
mail                 5   512     1     -b----       1.0
LIST
XL
chmod +x bin/xl
PATH=$(dirname "$program"):$scratch/bin:$PATH

. "$top_srcdir/plugin/cli/completion.bash"
compopt() { [ "$1" = -o ] && compopts+=" $2"; }

# What bash would put a reply in the place of.  An "@" belongs to it.
typed() {
    local word=${COMP_WORDS[COMP_CWORD]}
    [[ $word =~ ^[=:]+$ ]] && word=''
    [ "${COMP_WORDS[COMP_CWORD-1]}" = @ ] && word=@$word
    printf '%s' "${word#[\"\']}"
}

# COMP_WORDS of a line whose words have neither blanks nor quotes in them, but
# for the last one, which is given.
split() { # LINE LAST-WORD
    local word pattern="([^$COMP_WORDBREAKS]+|[$COMP_WORDBREAKS]+)(.*)"
    COMP_LINE=$1$2 COMP_POINT=${#COMP_LINE} COMP_WORDS=()
    for word in $1; do
        while [[ $word =~ $pattern ]]; do
            COMP_WORDS+=("${BASH_REMATCH[1]}")
            word=${BASH_REMATCH[2]}
        done
    done
    [[ $1 =~ [[:space:]]$ || -n $2 ]] && COMP_WORDS+=("$2")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
}

# The replies, sorted, between blanks; +OPTION for what compopt was told.  Where
# "=" does not split, a value's have "--NAME=" before them.
completes() { # LINE REPLIES [LAST-WORD]
    local got option last
    split "$1" "${3:-}"
    compopts=''
    _xen_resumable "${COMP_WORDS[0]}" "$(typed)" "${COMP_WORDS[COMP_CWORD-1]}"
    last=${COMP_WORDS[COMP_CWORD]}
    [[ $last != --*=* ]] || COMPREPLY=("${COMPREPLY[@]#"${last%%=*}="}")
    got=$(printf '%s\n' "${COMPREPLY[@]}" | sort | paste -sd ' ')
    for option in $compopts; do got+=" +$option"; done
    got=${got# }
    [ "$got" = "$2" ] || fail "$1${3:-}: $got, not $2"
}

every_word() { # WHICH OF COMP_WORDS IS BEHIND "xen-resumable exec --watch=3 --"
    local verbs
    verbs=$("$program" --options | cut -f 1 | paste -sd ' ')
    completes 'xen-resumable ' \
        "$(printf '%s\n' $verbs --help --version | sort | paste -sd ' ')"
    completes 'xen-resumable che' 'check checkpoint'
    completes 'xen-resumable checkp' 'checkpoint'
    completes 'xen-resumable --v' '--version'
    completes 'xen-resumable no-such --f' ''

    # Options, each once, if it counts once.
    completes 'xen-resumable restore --' '--as-it-is= --bridge= --color= --config= '\
'--disk= --disks= --dry-run --format= --help --mac= --name= --paused --progress '\
'--uuid= --watch='
    completes 'xen-resumable restore --disk=xvda=/a --disk' '--disk= --disks='
    completes 'xen-resumable restore --uuid=new --u' ''
    completes 'xen-resumable check --format' '--format= +nospace'
    completes 'xen-resumable check --e' '--evidence'
    completes 'xen-resumable check --evidence --e' ''
    completes 'xen-resumable check -e --e' ''
    completes 'xen-resumable checkpoint --lab' '--label= +nospace'
    completes 'xen-resumable checkpoint --label=a=b --lab' '--label= +nospace'
    completes 'xen-resumable check -- --e' '+filenames'
    completes 'xen-resumable doctor ' '--color= --format= --help'
    completes 'xen-resumable seal image.img ' \
        '--color= --flat --format= --help --progress'

    # Values, behind "=" and behind a blank.
    completes 'xen-resumable check --format=' 'json jsonl text'
    completes 'xen-resumable check --format ' 'json jsonl text'
    completes 'xen-resumable check --format j' 'json jsonl'
    completes 'xen-resumable notes --format=' 'json jsonl list text'
    completes 'xen-resumable exec --on-unknown=' 'hold proceed refuse'
    completes 'xen-resumable checkpoint --on-unknown re' 'refuse restore'
    completes 'xen-resumable checkpoint --live=' 'auto no yes'
    completes 'xen-resumable restore --disks=' 'as-they-are back copies'
    completes 'xen-resumable show --extract x' 'xml'
    completes 'xen-resumable checkpoint --hook fo' 'folder +filenames'
    completes 'xen-resumable check -k im' 'image.img +filenames'
    completes 'xen-resumable checkpoint --keep=' ''
    completes 'xen-resumable check --evidence=' ''
    completes 'xen-resumable check --no-such=' ''

    # Operands, by their places.
    completes 'xen-resumable checkpoint w' 'we$(>here) web-one +filenames'
    completes 'xen-resumable checkpoint --keep=3 --seal m' 'mail +filenames'
    completes 'xen-resumable checkpoint --keep 3 m' 'mail +filenames'
    completes 'xen-resumable checkpoint mail im' 'image.img +filenames'
    completes 'xen-resumable seal - we' ''
    completes 'xen-resumable check mail m' 'mail +filenames'
    completes 'xen-resumable diff image.img im' 'image.img +filenames'
    completes 'xen-resumable restore --config im' 'image.img +filenames'
    completes 'xen-resumable restore --name copy fo' 'folder +filenames'
    completes 'xen-resumable verify ' 'my file.img +filenames' 'my\ f'
    completes 'xen-resumable verify ' 'my file.img +filenames' '"my f'

    # Another's command.
    completes 'xen-resumable exec --f' '--force'
    completes 'xen-resumable exec -' \
        '-- --color= --force --help --on-not-resumable= --on-unknown= --watch='
    completes 'xen-resumable exec --watch=3 xen-resum' 'xen-resumable'
    completes 'xen-resumable exec -- xen-resum' 'xen-resumable'
    completes 'xen-resumable exec -- xl save --f' '+filenames'
    _command_offset() { COMPREPLY=("offset $1"); }
    completes 'xen-resumable exec -- xl sa' 'offset 3'
    completes 'xen-resumable exec xl sa' 'offset 2'
    completes 'xen-resumable exec --watch=3 -- xl sa' "offset $1"
    unset -f _command_offset
}

# File names with what bash splits at: it wants the rest behind that.
COMP_WORDBREAKS='=:@'
every_word 6
completes 'xen-resumable checkpoint --hook=folder/' 'folder/sub +filenames'
completes 'xen-resumable check --image=im' 'image.img +filenames'
completes 'xen-resumable check --image=a:' 'b.img +filenames'
completes 'xen-resumable check --image=eq=' 'x.img +filenames'
completes 'xen-resumable verify web@' '@mon.img +filenames'
completes 'xen-resumable verify a:' 'b.img +filenames'
# Some have it without "=", so that others' completions work.
COMP_WORDBREAKS=':@'
every_word 4
completes 'xen-resumable checkpoint --hook=folder/' \
    'folder/sub/ +filenames +nospace'
[ ! -e here ] || fail "a domain's name was run"

"${PYTHON:-python3}" "$top_srcdir/tests/cli/completion.py" \
    "$top_srcdir/plugin/cli/completion.bash" || fail "in bash itself"
finish
