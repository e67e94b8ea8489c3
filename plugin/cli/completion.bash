# SPDX-License-Identifier: LGPL-2.1-or-later
# bash completion for xen-resumable
#
# What there is to complete the command says itself: "xen-resumable --options"
# prints its verbs, and "xen-resumable --options VERB" the verb's options and
# operands, of which a line has, between tabs:
#
#   --NAME -LETTER WORD KIND RANGE OFFER once|several
#
# The functions share variables of _xen_resumable, which calls them.

# words: those up to the cursor, as the command would get them, the last one
# only up to there.  firsts: at which of COMP_WORDS each of them begins.  bash
# splits at each of COMP_WORDBREAKS, so that --format=json is three words to it.
_xen_resumable_words()
{
    local line=${COMP_LINE:0:COMP_POINT} gap word i
    for ((i = 0; i <= COMP_CWORD; i++)); do
        gap=${line%%[![:space:]]*}
        line=${line#"$gap"}
        word=${COMP_WORDS[i]}
        [ "$i" -lt "$COMP_CWORD" ] || word=$line
        line=${line#"$word"}
        if [ -z "$gap" ] && [ "$i" -gt 0 ]; then
            words[-1]+=$word
        else
            words+=("$word")
            firsts+=("$i")
        fi
    done
}

# The verb's table.
_xen_resumable_table()
{
    local name letter word kind offer times
    while IFS=$'\t' read -r name letter word kind _ offer times; do
        if [ "$kind" = operand ]; then
            operands+=("$offer")
            last_operand=$times
            continue
        fi
        options+=("$name")
        [ "$letter" = - ] || long_of[$letter]=$name
        values[$name]=$word
        offers[$name]=$offer
        often[$name]=$times
    done < <("$command" --options "$verb" 2>/dev/null)
}

# What the words before the cursor's are: awaited is the option whose value
# comes next, used are the options so far, command_at is where a COMMAND begins.
_xen_resumable_walk()
{
    local i word
    for ((i = 2; i < ${#words[@]} - 1; i++)); do
        word=${words[i]}
        if [ -n "$awaited" ]; then
            awaited=''
        elif "$no_options" || [[ $word != -?* ]]; then
            [ "${operands[0]:-}" != command ] || { command_at=$i; return; }
            count=$((count + 1))
        elif [ "$word" = -- ]; then
            no_options=true
        else
            word=${long_of[$word]:-$word}
            used[${word%%=*}]=1
            [ "${values[$word]:--}" = - ] || awaited=$word
        fi
    done
    if "$no_options" && [ "${operands[0]:-}" = command ]; then
        command_at=$i
    fi
}

# A word without its quotes, as far as one meets them in names.
_xen_resumable_plain()
{
    local word=${1#[\"\']}
    printf '%s' "${word//\\/}"
}

# Names of domains that begin like the word.  Never through "compgen -W", which
# would run what a name hides in $().
_xen_resumable_domains()
{
    local name
    while read -r name; do
        [[ $name != "$1"* ]] || printf '%s\n' "$name"
    done < <(xl list 2>/dev/null | awk 'NR > 1 && $2 > 0 { print $1 }')
}

# Replies for what stands behind the first START characters of the cursor's
# word.  bash puts them in the place of $typed, which is all of the word, or what
# follows the last of COMP_WORDBREAKS in it.
_xen_resumable_offer() # OFFER CHOICES START
{
    local value kept=${cur%"$typed"} front='' reply
    local -a replies=()
    value=$(_xen_resumable_plain "${cur:$3}")
    case $1 in
    choices) mapfile -t replies < <(compgen -W "${2//|/ }" -- "$value") ;;
    files)   mapfile -t replies < <(compgen -f -- "$value") ;;
    folders) mapfile -t replies < <(compgen -d -- "$value") ;;
    domains) mapfile -t replies < <(_xen_resumable_domains "$value") ;;
    esac
    # What has special characters is to be quoted.
    [[ $1 != @(files|folders|domains) ]] || compopt -o filenames
    if [ "${#kept}" -lt "$3" ]; then
        front=${cur:${#kept}:$3-${#kept}}
        kept=''
    else
        kept=$(_xen_resumable_plain "${kept:$3}")
    fi
    for reply in "${replies[@]}"; do
        # Behind "--NAME=" bash does not see that it is a folder.
        if [ -n "$front" ] && [ -d "$reply" ]; then
            reply+=/
            compopt -o nospace
        fi
        COMPREPLY+=("$front${reply#"$kept"}")
    done
}

# The options that may still come.
_xen_resumable_options()
{
    local option
    local -a left=()
    for option in "${options[@]}"; do
        [ -z "${used[$option]:-}" ] || [ "${often[$option]}" = several ] ||
            continue
        [ "${values[$option]}" = - ] || option=$option=
        left+=("$option")
    done
    [ "${operands[0]:-}" != command ] || left+=(--)
    mapfile -t COMPREPLY < <(compgen -W "${left[*]}" -- "$cur")
    if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]]; then
        compopt -o nospace
    fi
}

# A command that is another's, with arguments of its own.
_xen_resumable_command()
{
    if declare -F _command_offset >/dev/null; then
        _command_offset "${firsts[$1]}"
    elif [ "$1" = $((${#words[@]} - 1)) ]; then
        mapfile -t COMPREPLY < <(compgen -c -- "$typed")
    else
        _xen_resumable_offer files '' 0
    fi
}

# An operand.  An option may stand there as well: it is offered where there is
# nothing else, or anything, as a COMMAND.
_xen_resumable_operand()
{
    local offer=${operands[count]:-}
    if [ -z "$offer" ] && [ "${last_operand:-}" = several ]; then
        offer=${operands[-1]}
    fi
    if ! "$no_options" && [ -z "$cur" ] && [[ $offer =~ ^(command)?$ ]]; then
        _xen_resumable_options
    elif [ "$offer" = command ]; then
        _xen_resumable_command $((${#words[@]} - 1))
    elif [ -n "$offer" ]; then
        _xen_resumable_offer "$offer" '' 0
    fi
}

_xen_resumable_verbs()
{
    local verbs
    verbs=$("$command" --options 2>/dev/null | cut -f 1)
    mapfile -t COMPREPLY < <(compgen -W "$verbs --help --version" -- "$cur")
}

_xen_resumable()
{
    local command=${1/#'~/'/"$HOME/"} typed=$2
    local cur verb awaited='' no_options=false count=0 command_at='' last_operand
    local -a words=() firsts=() options=() operands=()
    local -A long_of=() values=() offers=() often=() used=()

    COMPREPLY=()
    _xen_resumable_words
    cur=${words[-1]} verb=${words[1]}
    # bash does not put anything in the place of a character that it splits at.
    [[ ! $typed =~ ^[=:]+$ ]] || typed=''
    if [ "${#words[@]}" = 2 ]; then
        _xen_resumable_verbs
        return
    fi
    _xen_resumable_table
    _xen_resumable_walk
    if [ -n "$command_at" ]; then
        _xen_resumable_command "$command_at"
    elif [ -n "$awaited" ]; then
        _xen_resumable_offer "${offers[$awaited]}" "${values[$awaited]}" 0
    elif ! "$no_options" && [[ $cur == --*=* && -n ${offers[${cur%%=*}]:-} ]]
    then
        awaited=${cur%%=*}
        _xen_resumable_offer "${offers[$awaited]}" "${values[$awaited]}" \
            $((${#awaited} + 1))
    elif ! "$no_options" && [[ $cur == -* ]]; then
        _xen_resumable_options
    else
        _xen_resumable_operand
    fi
}
complete -F _xen_resumable xen-resumable
