#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# How fast a restore from a pipe gets its stream through the pump.
set -eu
"$top_builddir/tests/bench/bench-pump" "${BENCH_ROUNDS:-7}" 512
