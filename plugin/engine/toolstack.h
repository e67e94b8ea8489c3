/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * xl's command line, as far as it tells what becomes of a domain.
 */
#ifndef ENGINE_TOOLSTACK_H
#define ENGINE_TOOLSTACK_H

#include <stdbool.h>

enum toolstack_intent {
    TOOLSTACK_OTHER,      /* nothing that the plugin must know beforehand */
    TOOLSTACK_SAVE,       /* xl save: the domain is destroyed afterwards */
    TOOLSTACK_CHECKPOINT, /* xl save -c or -p: it goes on */
};

struct toolstack_command {
    enum toolstack_intent intent;
    bool is_xl;         /* the program, whatever it is told to do */
    bool is_sudo;
    const char *domain; /* name or number; borrowed from argv; not for OTHER */
    const char *file;
    bool paused;        /* -p: it goes on when it is unpaused */
};

/*
 * Reads a command line, argv[0] being the program.  What is not understood is
 * TOOLSTACK_OTHER: xl itself will say what is wrong with it.  0 or -ENOMEM.
 */
int toolstack_parse(int argc, char *const argv[],
                    struct toolstack_command *out);

#endif
