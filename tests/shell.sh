#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Every shell script through shellcheck, with the dialect it is written in.
# Exceptions stand in the scripts, each with its reason beside it.
set -u
command -v shellcheck >/dev/null || { echo "no shellcheck here"; exit 77; }
cd "${top_srcdir:-$(dirname "$0")/..}" || exit 1

mapfile -t scripts < <(find ./tests -name '*.sh'
    printf '%s\n' quickstart run.in packaging/build-packages packaging/xl/xl.in \
        packaging/series/xen-resumable-night.in \
        tests/xen/lab tests/xen/demo .ci/run tests/xen/dom0/init \
        tests/xen/dom0/linux-guest-init tests/xen/dom0/linux-guest-poweroff \
        plugin/cli/completion.bash plugin/domain/drivers/file \
        plugin/domain/drivers/lvm plugin/domain/drivers/lvm-thin)
[ "${#scripts[@]}" -gt 20 ] || { echo "only ${#scripts[@]} scripts"; exit 1; }

# SC2154: variables that make, lib.sh or the sourcing script sets.
# SC2034: variables that are set for those.
# What a script sources is among the scripts: not again with each.
flags=(-S warning -e SC2034 -e SC2154)
bash=() sh=() own=()
for script in "${scripts[@]}"; do
    case $script in
    ./tests/xen/host/*)     bash+=("$script") ;;
    ./tests/xen/scenario/*) sh+=("$script") ;;
    *)                      own+=("$script") ;;
    esac
done
status=0
shellcheck -s bash "${flags[@]}" "${bash[@]}" || status=1
shellcheck -s sh "${flags[@]}" "${sh[@]}" || status=1
shellcheck "${flags[@]}" "${own[@]}" || status=1
exit $status
