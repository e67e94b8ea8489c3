/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the command line of check says.
 */
#ifndef CLI_CHECK_OPTIONS_H
#define CLI_CHECK_OPTIONS_H

#include <stdbool.h>

#include "cli/cli.h"

struct check_options {
    char **domains;      /* ends with NULL; part of argv */
    bool all;
    bool evidence;
    bool here;
    bool scan_memory;
    bool learn;
    bool dry_run;
    const char *kernel;  /* NULL: none */
    const char *image;   /* NULL: none */
    enum format format;
};

/* 0 to go on, else -1 - exit status. */
int check_options_parse(int argc, char **argv, struct check_options *out);

int cmd_check(int argc, char **argv);

#endif
