/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * xen-resumable: the table of verbs, and the way to one of them.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

const struct verb verbs[] = {
    { "exec", cmd_exec, "-- COMMAND...",
      "run a toolstack command under the plugin" },
    { "checkpoint", cmd_checkpoint, "DOMAIN FILE",
      "write an image of a domain that goes on running" },
    { "restore", cmd_restore, "IMAGE",
      "restore a domain, if image and host are fit for it" },
    { "check", cmd_check, "DOMAIN... | --all | --kernel FILE | --image FILE",
      "can this guest be checkpointed and go on?" },
    { "show", cmd_show, "IMAGE",
      "what a save image is and carries" },
    { "verify", cmd_verify, "IMAGE",
      "is a save image complete and sound?" },
    { "diff", cmd_diff, "IMAGE IMAGE",
      "what differs between two save images" },
    { "seal", cmd_seal, "IMAGE",
      "append a digest to a save image" },
    { "notes", cmd_notes, "KERNEL...",
      "the Xen notes of a kernel image" },
    { "doctor", cmd_doctor, "",
      "is everything in place on this host?" },
    { NULL, NULL, NULL, NULL },
};

static void print_help(void)
{
    const struct verb *verb;

    printf("Usage: xen-resumable VERB [OPTIONS] ...\n"
           "Checkpoints of Xen guests that do not kill them.\n"
           "\n");
    for (verb = verbs; verb->name; verb++)
        printf("  %-8s %s\n           %s\n", verb->name, verb->synopsis,
               verb->summary);
    printf("\n"
           "  --help     this text; after a VERB, that of the verb\n"
           "  --version  the version\n"
           "\n"
           "Exit status: 0 yes or done, 1 no or refused, 2 error, "
           "3 unknown.\n");
}

int main(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : NULL;
    const struct verb *verb;

    if (word && (!strcmp(word, "--help") || !strcmp(word, "-h"))) {
        print_help();
        return finish_output(STATUS_YES);
    }
    if (word && !strcmp(word, "--version")) {
        printf("%s\n", PACKAGE_STRING);
        return finish_output(STATUS_YES);
    }
    for (verb = verbs; word && verb->name; verb++)
        if (!strcmp(word, verb->name))
            return verb->run(argc - 1, argv + 1);
    if (word)
        complain("%s: no such verb", word);
    fprintf(stderr, "Usage: xen-resumable VERB [OPTIONS] ...\n"
            "Try 'xen-resumable --help'.\n");
    return STATUS_ERROR;
}
