#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# alerts.sh FOLDER: Prometheus' own promtool reads examples/alerts.yml, plays nights
# through it (alerts-test.yml), and reads metrics of every kind.  If this fails, an alert
# does not come, or comes for nothing.
#
# Part of "make check-images": promtool is in Debian's package prometheus, of which
# nothing is installed; FOLDER keeps the program.
set -eu
folder=$1
top=$(cd "${top_srcdir:-.}" && pwd)
metrics=${abs_top_builddir:-$top}/packaging/series/xen-resumable-metrics
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

promtool=$(command -v promtool || echo "$folder/promtool")
if [ ! -x "$promtool" ]; then
    (cd "$work" && apt-get -qq download prometheus) ||
        { echo "the package prometheus could not be fetched"; exit 77; }
    mkdir -p "$folder"
    dpkg-deb --fsys-tarfile "$work"/prometheus_*.deb |
        tar -x -O ./usr/bin/promtool >"$work/promtool"
    chmod +x "$work/promtool"
    mv "$work/promtool" "$promtool"
fi

cp "$top/examples/alerts.yml" "$top/tests/packaging/alerts-test.yml" "$work"
cd "$work"
"$promtool" check rules alerts.yml
"$promtool" test rules alerts-test.yml
# Each alert is played at least once.
for alert in $(sed -n 's/.*- alert: //p' alerts.yml); do
    grep -A 2 "alertname: $alert\$" alerts-test.yml | grep -q exp_alerts ||
        { echo "$alert is never raised"; exit 1; }
done
# An alert that says nothing any more is seen.
sed 's/run_status > 0/run_status > 9/' alerts.yml >silent.yml
sed 's/alerts.yml/silent.yml/' alerts-test.yml >silent-test.yml
! "$promtool" test rules silent-test.yml >/dev/null 2>&1 ||
    { echo "a silent alert is not seen"; exit 1; }

# Every metric, as promtool wants them.
cat >check <<'JSON'
{"ok":true,"domains":[{"target":"a\"\\b","resumable":"no","source":"image"}]}
JSON
cat >checkpoint <<'JSON'
{"ok":true,"dir":"/","domains":[{"domain":"a\"\\b","ok":true,"total_ms":7,
 "freeze_us":5,"bytes_written":3}]}
JSON
cat >list <<'JSON'
{"ok":true,"dir":"/","images":[{"file":"/b","name":"a\"\\b","container":"xl",
 "saved_at":"2026-11-27T03:00:07Z","bytes_occupied":5}]}
JSON
echo '{"ok":true,"removed":1}' >prune
echo '{"ok":true,"images":[{"image":"/b","ok":true}]}' >verify
"$metrics" --status=0 check=check checkpoint=checkpoint list=list prune=prune \
    verify=verify >all.prom
for metric in $(sed -n 's/^ *\.name = "\([a-z_]*\)".*/\1/p' \
    "$top/plugin/cli/metrics_lines.c"); do
    grep -q "^xen_resumable_${metric}[ {]" all.prom || { echo "no $metric"; exit 1; }
done
"$promtool" check metrics <all.prom
