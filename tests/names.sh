#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Fails if two files of plugin/ define functions of the same name, since a
# backtrace then does not say where it is; or if a function or a file has grown
# too long to be read in one go.
set -eu
top=${top_srcdir:-$(cd "$(dirname "$0")/.." && pwd)}

FUNCTION_MAX=60
FILE_MAX=400

# Names that stand in two files all the same: of the library and of the Python
# module, or of two programs.
exceptions="
    main seal_image seal_value verify_image
"

# A function's braces stand alone at the start of a line.  Above the first one
# are the name and the parameters; only lines that continue them are indented.
measure() { # FILE...
    awk -v function_max=$FUNCTION_MAX -v file_max=$FILE_MAX \
        -v exceptions="$exceptions" '
    function complain(where, what) {
        print where ": " what
        failed = 1
    }
    function end_file() {
        if (lines > file_max)
            complain(file ":" lines, "more than " file_max " lines")
    }
    function note_name(name, where) {
        if (!(name in found)) {
            found[name] = where
            home[name] = file
        } else if (home[name] != file) {
            doubled[name] = 1
            if (!(name in allowed))
                complain(where, name "() is also in " found[name])
        }
    }
    BEGIN {
        n = split(exceptions, words)
        for (i = 1; i <= n; i++)
            allowed[words[i]] = 1
    }
    FNR == 1 { end_file(); file = FILENAME; head = "" }
    { lines = FNR }
    /^[A-Za-z_]/ { head = $0; head_line = FNR }
    /^[{]/ && match(head, /[A-Za-z_][A-Za-z_0-9]*\(/) {
        name = substr(head, RSTART, RLENGTH - 1)
        where = file ":" head_line
        start = FNR
        note_name(name, where)
    }
    /^[}]/ {
        if (start && FNR - start - 1 > function_max)
            complain(where, name "() has more than " function_max " lines")
        start = 0
        head = ""
    }
    END {
        end_file()
        for (name in allowed)
            if (!(name in doubled))
                complain("tests/names.sh", name " is no exception any more")
        exit failed
    }' "$@"
}

# What is wrong in an example must be found.
prove() { # COMPLAINT
    grep -qF -- "$1" <<<"$said" || { echo "not found: $1"; exit 1; }
}

example=$(mktemp -d)
trap 'rm -rf "$example"' EXIT
printf 'static int look(int a,\n                int b)\n{\n}\n' \
    | tee "$example/a.c" >"$example/b.c"
{ printf 'void stare(void)\n{\n'; yes '    look();' | head -n 61; echo '}'; } \
    >>"$example/b.c"
yes '/* */' | head -n 401 >"$example/c.h"
if said=$(exceptions=unused measure "$example"/*); then
    echo "an example that is wrong passes"
    exit 1
fi
prove "$example/b.c:1: look() is also in $example/a.c:1"
prove "$example/b.c:5: stare() has more than 60 lines"
prove "$example/c.h:401: more than 400 lines"
prove "unused is no exception any more"

mapfile -t files < <(find "$top/plugin" -name '*.[ch]' | sort)
[ ${#files[@]} -gt 30 ] || { echo "only ${#files[@]} files found"; exit 1; }
measure "${files[@]}"
