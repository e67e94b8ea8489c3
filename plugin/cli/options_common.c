/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/options_common.h"

const struct choice format_choices[] = {
    { "list", FORMAT_LIST },
    { "text", FORMAT_TEXT },
    { "json", FORMAT_JSON },
    { "jsonl", FORMAT_JSONL },
    { NULL, 0 },
};

const struct choice policy_choices[] = {
    { "proceed", POLICY_PROCEED },
    { "refuse", POLICY_REFUSE },
    { "restore", POLICY_RESTORE },
    { "hold", POLICY_HOLD },
    { "force", POLICY_FORCE },
    { NULL, 0 },
};
