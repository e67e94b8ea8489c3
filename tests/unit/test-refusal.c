/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a refusal contradicts itself ("it is suspended. It was not
 * suspended."), or says of a file that it was not touched where there is none.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "engine/refusal.h"
#include "unit.h"
#include "util/error.h"
#include "xen/domain.h"

static char said[500];

static void note_said(void *data, enum message_level level, const char *text)
{
    (void)data;
    (void)level;
    snprintf(said, sizeof(said), "%s", text);
}

static const struct events events = { .message = note_said };

static struct judgement web_that_is(struct domain domain)
{
    static char name[] = "web";

    domain.domid = 7;
    return (struct judgement){ .name = name, .domain = domain };
}

/* As engine/checkpoint.c and domain/obstacles.c say it. */
static void refuse_by_state(struct domain domain)
{
    const struct judgement judgement = web_that_is(domain);
    struct xr_error err;

    error_set(&err, EPERM, "it %s already", domain_state(&domain));
    assert_int_equal(refuse_save(&events, &judgement, "checkpointed",
                                 "web.img", &err), -EPERM);
}

static void no_state_contradicts_the_refusal(void **state)
{
    static const struct {
        struct domain domain;
        const char *text;
    } cases[] = {
        { { .pages = 1 }, "it is running already. It was not suspended" },
        { { .paused = true }, "it is paused already. It was not suspended" },
        { { .dying = true }, "it is dying already. Nothing was done to it" },
        { { .shutdown = true, .shutdown_reason = SHUTDOWN_suspend },
          "it is suspended already. Nothing was done to it" },
        { { .shutdown = true, .shutdown_reason = SHUTDOWN_poweroff },
          "it has shut down already. Nothing was done to it" },
        { { .shutdown = true, .shutdown_reason = SHUTDOWN_reboot },
          "it is rebooting already. Nothing was done to it" },
        { { .shutdown = true, .shutdown_reason = SHUTDOWN_crash },
          "it has crashed already. Nothing was done to it" },
        { { .shutdown = true, .shutdown_reason = SHUTDOWN_watchdog },
          "it has stopped already. Nothing was done to it" },
    };
    char whole[300];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        refuse_by_state(cases[i].domain);
        snprintf(whole, sizeof(whole), "web (domain 7) is not checkpointed: "
                 "%s, and web.img was not touched.", cases[i].text);
        assert_string_equal(said, whole);
    }
}

static void standard_output_is_not_touched_but_written(void **state)
{
    const struct judgement web = web_that_is((struct domain){ .pages = 1 });
    struct xr_error err;

    (void)state;
    error_set(&err, EPERM, "why");
    refuse_save(&events, &web, "checkpointed", NULL, &err);
    assert_string_equal(said, "web (domain 7) is not checkpointed: why. It was "
                        "not suspended, and nothing was written.");
    refuse_locked(&events, "web", 7, "checkpointed", NULL, &err);
    assert_string_equal(said, "web (domain 7) is not checkpointed: why. "
                        "Nothing was written.");
    assert_int_equal(err.reason, XR_REASON_LOCKED);
}

/* Who has it may have suspended it. */
static void of_a_locked_one_only_the_file_is_known(void **state)
{
    struct xr_error err;

    (void)state;
    error_set(&err, EBUSY, "it is in the hands of xl");
    refuse_locked(&events, "web", 7, "saved", "web.img", &err);
    assert_string_equal(said, "web (domain 7) is not saved: it is in the hands "
                        "of xl. web.img was not touched.");
}

static void the_step_comes_last(void **state)
{
    const struct judgement web = web_that_is((struct domain){ .paused = true });
    const struct obstacle obstacle = {
        .says = VERDICT_NO,
        .reason = XR_REASON_PAUSED,
        .text = "it is paused",
        .step = "xl unpause web",
    };
    struct xr_error err;

    (void)state;
    assert_int_equal(refuse_save_by(&events, &web, "saved", "web.img",
                                    &obstacle, &err), -EPERM);
    assert_string_equal(said, "web (domain 7) is not saved: it is paused. It "
                        "was not suspended, and web.img was not touched. "
                        "First: xl unpause web");
    assert_int_equal(err.reason, XR_REASON_PAUSED);
    assert_string_equal(err.message, "it is paused; first: xl unpause web");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_state_contradicts_the_refusal),
        cmocka_unit_test(standard_output_is_not_touched_but_written),
        cmocka_unit_test(of_a_locked_one_only_the_file_is_known),
        cmocka_unit_test(the_step_comes_last),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
