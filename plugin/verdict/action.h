/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Verdict in, action out: the decision table of plugin/verdict/README.md, one
 * function per row.
 */
#ifndef VERDICT_ACTION_H
#define VERDICT_ACTION_H

#include <stdbool.h>

#include "verdict/verdict.h"

/* What to do with a guest that cannot take a 1 (or of which that is unknown). */
enum policy {
    POLICY_REFUSE,  /* do not even suspend it */
    POLICY_RESTORE, /* let it go on in a new domain, from its image */
    POLICY_HOLD,    /* leave it suspended */
    POLICY_FORCE,   /* return 1 all the same */
    POLICY_PROCEED, /* as the toolstack asked */
};

struct policies {
    enum policy on_not_resumable;
    enum policy on_unknown;
};

/* refuse, and proceed: the defaults of xen-resumable.conf. */
extern const struct policies default_policies;

/* "refuse", "restore", ...; false and *out untouched for another word. */
bool policy_from_name(const char *name, enum policy *out);

/* The policies for a guest that cannot take a 1 are the same without proceed. */
#define POLICIES_NOT_RESUMABLE "\"refuse\", \"restore\", \"hold\" or \"force\""
#define POLICIES_UNKNOWN "\"proceed\", " POLICIES_NOT_RESUMABLE

const char *policy_name(enum policy policy);

/*
 * A checkpoint, or the start of Remus or COLO, is about to suspend the guest:
 * POLICY_PROCEED, or what else to do.
 */
enum policy checkpoint_policy(enum verdict_answer resumable,
                              const struct policies *policies);

/* What the command does with the guest once the save has ended. */
enum ending {
    ENDING_RESUME,  /* by a 1 */
    ENDING_HOLD,    /* it stays suspended, with all its memory */
    ENDING_RESTORE, /* it goes on in a new domain, from the image */
};

/*
 * saved: there is an image.  Where there is none, a guest that is not to get a
 * 1 gets none all the same.  (refuse: it should not have come to that.)
 */
enum ending policy_ending(enum policy policy, bool saved);

/*
 * The same where there is no image and libxl would resume by its mistaken 0,
 * for the plugin is not at work to correct that: see resume_action().
 */
enum ending mistaken_0_ending(enum verdict_answer resumable,
                              enum policy policy);

/* Is it resumed whatever becomes of the image?  Then it need not wait for that. */
bool policy_always_resumes(enum policy policy);

/* Is the image read back, which a FIFO or a device cannot be? */
bool policy_needs_file(enum policy policy);

enum resume_action {
    RESUME_AS_ASKED,
    RESUME_RETURN_1,
    RESUME_HOLD,
};

/*
 * The toolstack resumes a domain that is shut down for suspend and asks for
 * the return value asked (0 or 1).  mistaken_0: this release of libxl asks for
 * 0 where it means 1 (Xen 4.13 and 4.14).
 */
enum resume_action resume_action(enum verdict_answer resumable, int asked,
                                 bool mistaken_0,
                                 const struct policies *policies);

#endif
