/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "verdict/action.h"

#include <string.h>

const struct policies default_policies = {
    .on_not_resumable = POLICY_REFUSE,
    .on_unknown = POLICY_PROCEED,
};

static const char *const names[] = {
    [POLICY_REFUSE] = "refuse",
    [POLICY_RESTORE] = "restore",
    [POLICY_HOLD] = "hold",
    [POLICY_FORCE] = "force",
    [POLICY_PROCEED] = "proceed",
};

bool policy_from_name(const char *name, enum policy *out)
{
    enum policy policy;

    for (policy = POLICY_REFUSE; policy <= POLICY_PROCEED; policy++) {
        if (!strcmp(name, names[policy])) {
            *out = policy;
            return true;
        }
    }
    return false;
}

const char *policy_name(enum policy policy)
{
    return names[policy];
}

enum policy checkpoint_policy(enum verdict_answer resumable,
                              const struct policies *policies)
{
    switch (resumable) {
    case VERDICT_YES:
        return POLICY_PROCEED;
    case VERDICT_NO:
        return policies->on_not_resumable;
    case VERDICT_UNKNOWN:
        break;
    }
    return policies->on_unknown;
}

enum ending policy_ending(enum policy policy, bool saved)
{
    switch (policy) {
    case POLICY_PROCEED:
    case POLICY_FORCE:
        return ENDING_RESUME;
    case POLICY_RESTORE:
        return saved ? ENDING_RESTORE : ENDING_HOLD;
    case POLICY_REFUSE:
    case POLICY_HOLD:
        break;
    }
    return ENDING_HOLD;
}

bool policy_always_resumes(enum policy policy)
{
    return policy_ending(policy, true) == ENDING_RESUME
           && policy_ending(policy, false) == ENDING_RESUME;
}

bool policy_needs_file(enum policy policy)
{
    return policy == POLICY_RESTORE;
}

/*
 * On 4.13 and 4.14 the guest that cannot take a 1 gets the 0 it wants, unless
 * somebody has said that it is not to be resumed at all.
 */
static bool takes_mistaken_0(enum verdict_answer resumable,
                             enum policy policy)
{
    return policy == POLICY_PROCEED || policy == POLICY_FORCE
           || (resumable == VERDICT_NO && policy == POLICY_REFUSE);
}

/* Who takes a 1 need not take a 0: Linux does not. */
enum ending mistaken_0_ending(enum verdict_answer resumable,
                              enum policy policy)
{
    return resumable == VERDICT_NO && takes_mistaken_0(resumable, policy)
               ? ENDING_RESUME : ENDING_HOLD;
}

enum resume_action resume_action(enum verdict_answer resumable, int asked,
                                 bool mistaken_0,
                                 const struct policies *policies)
{
    enum policy policy = checkpoint_policy(resumable, policies);

    /* A deliberate 0 (COLO) is the toolstack's business. */
    if (!asked && !mistaken_0)
        return RESUME_AS_ASKED;
    if (resumable == VERDICT_YES)
        return RESUME_RETURN_1;
    if (!asked)
        return takes_mistaken_0(resumable, policy) ? RESUME_AS_ASKED
                                                   : RESUME_HOLD;
    return policy_ending(policy, false) == ENDING_RESUME ? RESUME_AS_ASKED
                                                         : RESUME_HOLD;
}

