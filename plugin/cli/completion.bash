# SPDX-License-Identifier: LGPL-2.1-or-later
# bash completion for xen-resumable

# Names of domains that begin like the word.  Never through "compgen -W", which
# would run what a name hides in $().
_xen_resumable_domains()
{
    local name
    while read -r name; do
        [[ $name != "$cur"* ]] || printf '%q\n' "$name"
    done < <(xl list 2>/dev/null | awk 'NR > 1 && $2 > 0 { print $1 }')
}

_xen_resumable()
{
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
    local verb=${COMP_WORDS[1]} words='' i
    local -a files=()

    [ "$prev" != = ] || prev=${COMP_WORDS[COMP_CWORD-2]}
    [ "$cur" != = ] || cur=''
    if [ "$COMP_CWORD" = 1 ]; then
        words='exec checkpoint restore check show verify diff seal notes'
        words+=' doctor --help --version'
    elif [ "$prev" = --format ]; then
        words='text json'
        [ "$verb" != notes ] || words="list $words"
    elif [ "$prev" = --on-not-resumable ]; then
        words='refuse hold force'
        [ "$verb" != checkpoint ] || words="restore $words"
    elif [ "$prev" = --on-unknown ]; then
        words='proceed refuse hold'
        [ "$verb" != checkpoint ] || words="restore force $words"
    elif [ "$prev" = --live ]; then
        words='auto yes no'
    elif [ "$prev" = --disks ]; then
        words='as-they-are'
    elif [ "$prev" = --hook ]; then
        mapfile -t files < <(compgen -d -- "$cur")
    elif [ "$prev" = --extract ]; then
        words='config metadata xml'
    elif [[ $prev =~ ^(-k|-i|--kernel|--image)$ ]]; then
        mapfile -t files < <(compgen -f -- "$cur")
    else
        case $verb in
        exec)
            for ((i = 2; i < COMP_CWORD; i++)); do
                if [ "${COMP_WORDS[i]}" = -- ] &&
                    declare -F _command_offset >/dev/null; then
                    _command_offset $((i + 1))
                    return
                fi
            done
            words='--on-not-resumable= --on-unknown= --watch= --force'
            words+=' --help --' ;;
        checkpoint)
            words='--live= --max-freeze= --on-not-resumable= --on-unknown='
            words+=' --same-domid --hook= --watch= --label= --keep= --force'
            words+=' --seal --dry-run --progress --format= --help'
            if [[ $cur != -* ]]; then
                words=''
                mapfile -t files < <(_xen_resumable_domains
                    compgen -f -- "$cur")
            fi ;;
        restore)
            words='--name= --disks= --paused --watch= --dry-run --progress'
            words+=' --format= --help'
            [[ $cur == -* ]] || mapfile -t files < <(compgen -f -- "$cur") ;;
        check)
            words='--all --kernel --image --here --evidence'
            words+=' --scan-memory --format= --help'
            if [[ $cur != -* ]]; then
                words=''
                mapfile -t files < <(_xen_resumable_domains)
            fi ;;
        show)
            words='--records --extract= --format= --help'
            [[ $cur == -* ]] || mapfile -t files < <(compgen -f -- "$cur") ;;
        verify)
            words='--structure --progress --format= --help'
            [[ $cur == -* ]] || mapfile -t files < <(compgen -f -- "$cur") ;;
        diff)
            words='--progress --format= --help'
            [[ $cur == -* ]] || mapfile -t files < <(compgen -f -- "$cur") ;;
        seal)
            words='--progress --format= --help'
            [[ $cur == -* ]] || mapfile -t files < <(compgen -f -- "$cur") ;;
        notes)
            words='--format= --help'
            [[ $cur == -* ]] || mapfile -t files < <(compgen -f -- "$cur") ;;
        doctor)
            words='--format= --help' ;;
        esac
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
    COMPREPLY+=("${files[@]}")
    [[ ${COMPREPLY[0]:-} != *= ]] || compopt -o nospace
}
complete -o filenames -F _xen_resumable xen-resumable
