# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The path of each key in an object as --format=json prints it: one line for each
# key, two blanks for each level.  "domains[].target", as xen-resumable-json(5)
# writes it.
{
    match($0, /^ */)
    level = RLENGTH / 2
    line = substr($0, RLENGTH + 1)
    path = level > 1 ? inside[level - 1] : ""
    if (line ~ /^"/ && is_object[level - 1]) {
        key = line
        sub(/^"/, "", key)
        sub(/": .*/, "", key)
        path = path (path == "" ? "" : ".") key
        print path
    } else if (level) {
        path = path "[]"
    }
    if (line ~ /[[{]$/ && line !~ /"$/) {
        inside[level] = path
        is_object[level] = line ~ /[{]$/
    }
}
