/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, the decision table is not what plugin/verdict/README.md says.
 */
#include "config.h"

#include "unit.h"
#include "verdict/action.h"

static void default_table(void **state)
{
    static const struct {
        enum verdict_answer resumable;
        int asked;
        bool mistaken_0;
        enum resume_action action;
    } rows[] = {
        { VERDICT_YES, 1, false, RESUME_RETURN_1 },
        { VERDICT_NO, 1, false, RESUME_HOLD },
        { VERDICT_UNKNOWN, 1, false, RESUME_AS_ASKED },
        /* COLO asks for 0 on purpose. */
        { VERDICT_YES, 0, false, RESUME_AS_ASKED },
        { VERDICT_NO, 0, false, RESUME_AS_ASKED },
        { VERDICT_UNKNOWN, 0, false, RESUME_AS_ASKED },
        /* Xen 4.13 and 4.14. */
        { VERDICT_YES, 0, true, RESUME_RETURN_1 },
        { VERDICT_NO, 0, true, RESUME_AS_ASKED },
        { VERDICT_UNKNOWN, 0, true, RESUME_AS_ASKED },
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++)
        assert_int_equal(resume_action(rows[i].resumable, rows[i].asked,
                                       rows[i].mistaken_0,
                                       &default_policies),
                         rows[i].action);
}

/* What a policy does to a checkpoint, and to the resume after one. */
static void policies(void **state)
{
    static const struct {
        enum policy policy;
        enum resume_action resume;
    } rows[] = {
        { POLICY_REFUSE, RESUME_HOLD },
        { POLICY_RESTORE, RESUME_HOLD },
        { POLICY_HOLD, RESUME_HOLD },
        { POLICY_FORCE, RESUME_AS_ASKED },
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        struct policies p = {
            .on_not_resumable = rows[i].policy,
            .on_unknown = POLICY_PROCEED,
        };

        assert_int_equal(checkpoint_policy(VERDICT_NO, &p), rows[i].policy);
        assert_int_equal(checkpoint_policy(VERDICT_YES, &p), POLICY_PROCEED);
        assert_int_equal(checkpoint_policy(VERDICT_UNKNOWN, &p),
                         POLICY_PROCEED);
        assert_int_equal(resume_action(VERDICT_NO, 1, false, &p),
                         rows[i].resume);
        assert_int_equal(resume_action(VERDICT_UNKNOWN, 1, false, &p),
                         RESUME_AS_ASKED);
        p.on_unknown = rows[i].policy;
        assert_int_equal(resume_action(VERDICT_UNKNOWN, 1, false, &p),
                         rows[i].resume);
    }
}

/* A guest that is to be held, or restored, is not resumed before its image is whole. */
static void who_waits_for_the_image(void **state)
{
    (void)state;
    assert_true(policy_always_resumes(POLICY_PROCEED));
    assert_true(policy_always_resumes(POLICY_FORCE));
    assert_false(policy_always_resumes(POLICY_REFUSE));
    assert_false(policy_always_resumes(POLICY_HOLD));
    assert_false(policy_always_resumes(POLICY_RESTORE));
}

/* How a checkpoint ends, by command and by exec, with an image and without. */
enum end { REFUSED, GOES_ON, HELD, RESTORED };

static enum end by_command(enum verdict_answer resumable,
                           const struct policies *p, bool saved)
{
    static const enum end ends[] = {
        [ENDING_RESUME] = GOES_ON,
        [ENDING_HOLD] = HELD,
        [ENDING_RESTORE] = RESTORED,
    };
    enum policy policy = checkpoint_policy(resumable, p);

    return policy == POLICY_REFUSE ? REFUSED
                                   : ends[policy_ending(policy, saved)];
}

/* It is xl that resumes, whatever came of the save. */
static enum end by_exec(enum verdict_answer resumable,
                        const struct policies *p, bool mistaken_0)
{
    if (checkpoint_policy(resumable, p) == POLICY_REFUSE)
        return REFUSED;
    return resume_action(resumable, !mistaken_0, mistaken_0, p) == RESUME_HOLD
               ? HELD : GOES_ON;
}

static void every_policy_every_end(void **state)
{
    static const struct {
        enum verdict_answer resumable;
        enum policy policy;
        enum end saved, failed; /* by the command, or its guardian */
        enum end exec;          /* either */
    } rows[] = {
        { VERDICT_YES, POLICY_REFUSE, GOES_ON, GOES_ON, GOES_ON },
        { VERDICT_YES, POLICY_RESTORE, GOES_ON, GOES_ON, GOES_ON },
        { VERDICT_YES, POLICY_HOLD, GOES_ON, GOES_ON, GOES_ON },
        { VERDICT_YES, POLICY_FORCE, GOES_ON, GOES_ON, GOES_ON },
        { VERDICT_YES, POLICY_PROCEED, GOES_ON, GOES_ON, GOES_ON },
        { VERDICT_NO, POLICY_REFUSE, REFUSED, REFUSED, REFUSED },
        { VERDICT_NO, POLICY_RESTORE, RESTORED, HELD, HELD },
        { VERDICT_NO, POLICY_HOLD, HELD, HELD, HELD },
        { VERDICT_NO, POLICY_FORCE, GOES_ON, GOES_ON, GOES_ON },
        { VERDICT_NO, POLICY_PROCEED, GOES_ON, GOES_ON, GOES_ON },
        { VERDICT_UNKNOWN, POLICY_REFUSE, REFUSED, REFUSED, REFUSED },
        { VERDICT_UNKNOWN, POLICY_RESTORE, RESTORED, HELD, HELD },
        { VERDICT_UNKNOWN, POLICY_HOLD, HELD, HELD, HELD },
        { VERDICT_UNKNOWN, POLICY_FORCE, GOES_ON, GOES_ON, GOES_ON },
        { VERDICT_UNKNOWN, POLICY_PROCEED, GOES_ON, GOES_ON, GOES_ON },
    };
    size_t i;

    (void)state;
    assert_int_equal(COUNT(rows), 3 * (POLICY_PROCEED + 1));
    for (i = 0; i < COUNT(rows); i++) {
        /* What is said of the others makes no difference. */
        const struct policies p = {
            .on_not_resumable = rows[i].resumable == VERDICT_NO
                                    ? rows[i].policy : POLICY_FORCE,
            .on_unknown = rows[i].resumable == VERDICT_UNKNOWN
                              ? rows[i].policy : POLICY_HOLD,
        };

        assert_int_equal(by_command(rows[i].resumable, &p, true),
                         rows[i].saved);
        assert_int_equal(by_command(rows[i].resumable, &p, false),
                         rows[i].failed);
        assert_int_equal(by_exec(rows[i].resumable, &p, false),
                         rows[i].exec);
        assert_int_equal(by_exec(rows[i].resumable, &p, true),
                         rows[i].exec);
    }
}

/* Whatever has failed, what is not to get a 1 gets none. */
static void no_1_after_a_failure(void **state)
{
    enum policy policy;

    (void)state;
    for (policy = POLICY_REFUSE; policy <= POLICY_PROCEED; policy++) {
        const struct policies p = { policy, policy };
        bool resumes = policy_ending(policy, false) == ENDING_RESUME;

        assert_int_equal(resumes, policy == POLICY_FORCE
                                      || policy == POLICY_PROCEED);
        assert_int_equal(resume_action(VERDICT_NO, 1, false, &p)
                             == RESUME_HOLD, !resumes);
        assert_int_equal(resume_action(VERDICT_UNKNOWN, 1, false, &p)
                             == RESUME_HOLD, !resumes);
        assert_int_equal(policy_needs_file(policy),
                         policy_ending(policy, true) == ENDING_RESTORE);
    }
}

/* On Xen 4.14, when nobody makes a 1 of libxl's 0. */
static void no_0_for_who_takes_a_1(void **state)
{
    enum policy policy;

    (void)state;
    for (policy = POLICY_REFUSE; policy <= POLICY_PROCEED; policy++) {
        const struct policies p = { policy, policy };
        enum ending of_no = mistaken_0_ending(VERDICT_NO, policy);

        assert_int_equal(mistaken_0_ending(VERDICT_YES, policy), ENDING_HOLD);
        assert_int_equal(mistaken_0_ending(VERDICT_UNKNOWN, policy),
                         ENDING_HOLD);
        assert_int_equal(of_no == ENDING_RESUME,
                         resume_action(VERDICT_NO, 0, true, &p)
                             == RESUME_AS_ASKED);
        assert_int_not_equal(of_no, ENDING_RESTORE);
    }
}

static void names(void **state)
{
    enum policy policy = POLICY_HOLD;
    enum policy p;

    (void)state;
    for (p = POLICY_REFUSE; p <= POLICY_PROCEED; p++) {
        assert_true(policy_from_name(policy_name(p), &policy));
        assert_int_equal(policy, p);
    }
    assert_false(policy_from_name("", &policy));
    assert_false(policy_from_name("refuse ", &policy));
    assert_int_equal(policy, POLICY_PROCEED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(default_table),
        cmocka_unit_test(policies),
        cmocka_unit_test(who_waits_for_the_image),
        cmocka_unit_test(every_policy_every_end),
        cmocka_unit_test(no_1_after_a_failure),
        cmocka_unit_test(no_0_for_who_takes_a_1),
        cmocka_unit_test(names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
