# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Shared by the lab's host side: messages, the suite table, the cache.

die() { echo "lab: $*" >&2; exit 1; }
note() { [ -n "${lab_quiet:-}" ] || echo "lab: $*" >&2; }

lab_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
lab_cache=${XDG_CACHE_HOME:-$HOME/.cache}/xen-resumable/lab

# The names of all suites, the first of them the one that runs everything.
suite_names() { awk '!/^#/ && NF { print $1 }' "$lab_dir/suites"; }

# suite_load NAME: sets suite_name, suite_debian, suite_pockets, suite_xen and
# suite_xen_arguments from the table.
suite_load() {
    local line
    line=$(grep -E "^${1//./\\.}[[:blank:]]" "$lab_dir/suites") ||
        die "no suite $1 in $lab_dir/suites"
    # shellcheck disable=SC2034
    read -r suite_name suite_debian suite_pockets suite_xen \
        suite_xen_arguments <<<"$line"
    [ "$suite_xen_arguments" != - ] || suite_xen_arguments=
}
