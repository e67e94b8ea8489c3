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
        cmocka_unit_test(names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
