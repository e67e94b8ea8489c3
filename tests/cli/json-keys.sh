#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# json-keys.sh PAGE: what xen-resumable-json.pod documents, in lines
# "VERB KEY TYPE": all verbs' keys are those of "all", events' those of "events".
exec awk '
    /^=head/ { verb = "" }
    /^=head1 EVENTS/ { verb = "events" }
    /^=head2 Keys of all verbs/ { verb = "all"; next }
    /^=head2 Keys of / { verb = $4 }
    verb != "" && /^=item C</ {
        key = $2
        sub(/^C</, "", key)
        sub(/>:$/, "", key)
        type = $0
        sub(/^[^ ]* [^ ]* /, "", type)
        print verb, key, type
    }' "$1"
