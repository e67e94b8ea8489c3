/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/toolstack.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "util/cleanup.h"
#include "util/path.h"

/* xl takes every unambiguous beginning of a command for the command. */
static bool is_save(const char *word)
{
    size_t n = strlen(word);

    return n >= 2 && n <= 4 && !strncmp(word, "save", n);
}

/* By its own name, or by the one that Debian calls it as well. */
static bool is_xl(const char *program)
{
    return path_names(program, "xl") || path_names(program, "xen");
}

/* Index of the command after xl's global options, 0 if there is none. */
static int find_xl_command(int argc, char **argv)
{
    int option;

    optind = 0;
    opterr = 0;
    while ((option = getopt(argc, argv, "+vftTN")) != -1)
        if (option == '?')
            return 0;
    return optind < argc ? optind : 0;
}

/* The options and operands of "save", in any order, as xl takes them. */
static void parse_save(int argc, char **argv, struct toolstack_command *out)
{
    enum toolstack_intent intent = TOOLSTACK_SAVE;
    bool paused = false;
    int option;

    optind = 0;
    opterr = 0;
    while ((option = getopt(argc, argv, "cpDWh")) != -1) {
        if (option == '?' || option == 'h')
            return;
        if (option == 'c' || option == 'p')
            intent = TOOLSTACK_CHECKPOINT;
        if (option == 'p')
            paused = true;
    }
    if (argc - optind < 2)
        return;
    *out = (struct toolstack_command){
        .intent = intent,
        .is_xl = true,
        .domain = argv[optind],
        .file = argv[optind + 1],
        .paused = paused,
    };
}

int toolstack_parse(int argc, char *const argv[],
                    struct toolstack_command *out)
{
    /* getopt reorders its array; the strings stay the caller's. */
    CLEANUP_FREE char **copy = calloc((size_t)argc + 1, sizeof(*copy));
    int command;

    *out = (struct toolstack_command){ .intent = TOOLSTACK_OTHER };
    if (!copy)
        return -ENOMEM;
    if (argc < 1)
        return 0;
    out->is_sudo = path_names(argv[0], "sudo");
    out->is_xl = is_xl(argv[0]);
    if (!out->is_xl)
        return 0;
    memcpy(copy, argv, (size_t)argc * sizeof(*copy));
    command = find_xl_command(argc, copy);
    if (command && is_save(copy[command]))
        parse_save(argc - command, copy + command, out);
    return 0;
}
