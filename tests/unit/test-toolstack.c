/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, exec does not see a checkpoint coming, and the guest is
 * suspended before anybody has asked whether it can come back.
 */
#include "config.h"

#include <string.h>

#include "unit.h"
#include "engine/toolstack.h"

struct row {
    const char *argv[10];
    enum toolstack_intent intent;
    const char *domain;
    const char *file;
    bool paused;
};

static const struct row rows[] = {
    { { "xl", "save", "-c", "d", "f" }, TOOLSTACK_CHECKPOINT, "d", "f", 0 },
    { { "/usr/sbin/xl", "save", "-c", "d", "f" },
      TOOLSTACK_CHECKPOINT, "d", "f", 0 },
    { { "xl", "-vvv", "-f", "save", "-p", "d", "f" },
      TOOLSTACK_CHECKPOINT, "d", "f", 1 },
    { { "xl", "save", "d", "f", "-c" }, TOOLSTACK_CHECKPOINT, "d", "f", 0 },
    { { "xl", "save", "-cp", "d", "f", "cfg" },
      TOOLSTACK_CHECKPOINT, "d", "f", 1 },
    { { "xl", "sav", "-c", "d", "f" }, TOOLSTACK_CHECKPOINT, "d", "f", 0 },
    { { "xl", "save", "-cD", "d", "f" }, TOOLSTACK_CHECKPOINT, "d", "f", 0 },
    { { "xl", "save", "--", "-c", "f" }, TOOLSTACK_SAVE, "-c", "f", 0 },
    { { "xl", "save", "d", "f" }, TOOLSTACK_SAVE, "d", "f", 0 },
    { { "xl", "save", "d" }, TOOLSTACK_OTHER, NULL, NULL, 0 },
    { { "xl", "save", "-h" }, TOOLSTACK_OTHER, NULL, NULL, 0 },
    { { "xl", "save", "-x", "d", "f" }, TOOLSTACK_OTHER, NULL, NULL, 0 },
    { { "/usr/sbin/xen", "save", "-c", "d", "f" }, /* Debian's name for it */
      TOOLSTACK_CHECKPOINT, "d", "f", 0 },
    { { "xenstored", "save", "-c", "d", "f" }, TOOLSTACK_OTHER, NULL, NULL, 0 },
    { { "xl", "list" }, TOOLSTACK_OTHER, NULL, NULL, 0 },
    { { "xl" }, TOOLSTACK_OTHER, NULL, NULL, 0 },
    { { "xl", "-q", "save", "-c", "d", "f" }, TOOLSTACK_OTHER, NULL, NULL, 0 },
    { { "saves", "save", "-c", "d", "f" }, TOOLSTACK_OTHER, NULL, NULL, 0 },
};

static bool same(const char *a, const char *b)
{
    return a && b ? !strcmp(a, b) : a == b;
}

static void each_row(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        struct toolstack_command command;
        int argc = 0;

        while (rows[i].argv[argc])
            argc++;
        assert_int_equal(toolstack_parse(argc, (char *const *)rows[i].argv,
                                         &command), 0);
        if (command.intent != rows[i].intent
            || !same(command.domain, rows[i].domain)
            || !same(command.file, rows[i].file)
            || command.paused != rows[i].paused)
            fail_msg("row %zu: intent %d domain %s file %s", i,
                     command.intent, command.domain, command.file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
