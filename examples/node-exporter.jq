# SPDX-License-Identifier: LGPL-2.1-or-later
#
# "xen-resumable check --all --format=json" as a textfile of Prometheus' node
# exporter, by jq -nrf.  For each domain: 1 yes, 0 no, -1 unknown.  Where "check"
# has failed and knows of none, or there is no input, jq fails, too.
def text: gsub("\\\\"; "\\\\") | gsub("\""; "\\\"") | gsub("\n"; "\\n");
def number: {"yes": 1, "no": 0, "unknown": -1}[.];
"# HELP xen_resumable_domain Can the guest take a resume: 1, 0 or -1 (unknown).",
"# TYPE xen_resumable_domain gauge",
(input |
 if .ok or (.domains // [] | length) > 0 then .
 else error(.error.message) end | .domains[] |
 "xen_resumable_domain{domain=\"\(.target | text)\"," +
 "source=\"\(.source | text)\"} \(.resumable | number)")
