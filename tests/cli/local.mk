# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The command as a user meets it: arguments in, output and exit status out.
CLI_TESTS = \
	tests/cli/check.sh \
	tests/cli/changed.sh \
	tests/cli/checkpoint.sh \
	tests/cli/completion.sh \
	tests/cli/configuration.sh \
	tests/cli/drivers.sh \
	tests/cli/foreign.sh \
	tests/cli/format.sh \
	tests/cli/hostile.sh \
	tests/cli/inherited.sh \
	tests/cli/json.sh \
	tests/cli/list.sh \
	tests/cli/memory.sh \
	tests/cli/notes.sh \
	tests/cli/notes-bombs.sh \
	tests/cli/options.sh \
	tests/cli/copies.sh \
	tests/cli/prune.sh \
	tests/cli/screen.sh \
	tests/cli/seal.sh \
	tests/cli/series.sh \
	tests/cli/show.sh \
	tests/cli/stuck.sh \
	tests/cli/verify.sh
TESTS += $(CLI_TESTS)
EXTRA_DIST += \
	tests/cli/completion.py tests/cli/functions.sh tests/cli/json-keys.sh \
	tests/cli/json_page.py tests/cli/memory_forms.py \
	tests/cli/slow_reader.py \
	tests/cli/stuck_reader.py tests/cli/terminal.py $(CLI_TESTS)
