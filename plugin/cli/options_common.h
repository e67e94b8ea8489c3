/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rows that are the same in the tables of several verbs, and lists of choices.
 */
#ifndef CLI_OPTIONS_COMMON_H
#define CLI_OPTIONS_COMMON_H

#include "cli/cli.h"
#include "cli/options.h"
#include "engine/checkpoint.h"
#include "verdict/action.h"

/* By enum format and enum policy, in the order of --help. */
extern const struct choice format_choices[];
extern const struct choice policy_choices[];

#define FORMATS_ALL_HAVE \
    (ALLOW(FORMAT_TEXT) | ALLOW(FORMAT_JSON) | ALLOW(FORMAT_JSONL))

#define FORMAT_ROW(type, member) { \
        .name = "format", \
        SETS_CHOICE(type, member, format_choices, FORMATS_ALL_HAVE), \
        .help = "text for people, JSON for programs; jsonl: one event a line", \
    }

#define PROGRESS_ROW(type, member) { \
        .name = "progress", SETS_FLAG(type, member), \
        .help = "show a progress bar even without a terminal", \
    }

/* The text has the default of the configuration. */
#define WATCH_ROW(type, member, text) { \
        .name = "watch", .word = "SECONDS", \
        SETS_NUMBER(type, member, 0, CHECKPOINT_WATCH_MAX), .help = text, \
    }

#endif
