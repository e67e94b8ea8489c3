# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
# one-scenario.sh NAME: runs it; a scenario that claims nothing fails.
# shellcheck source=/dev/null
. /lab/lib.sh
scenario=$1
# Read by lib.sh, and on its other end by run-scenarios.sh.
# shellcheck disable=SC2034
results_port=/run/lab-reports
echo $$ >/run/lab-session
claims=0
cd /tmp || exit 1
# shellcheck source=/dev/null
. "/lab/scenario/$scenario.sh"
[ "$claims" -gt 0 ]
