/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a command takes another library for the plugin's stub and runs
 * without the plugin, or starts itself anew for ever.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "engine/plugin_files.h"
#include "unit.h"
#include "util/cleanup.h"

#define STUB "/nonexistent/xen-resumable-preload.so"

static bool is_preloaded_by(const char *list)
{
    assert_int_equal(setenv("LD_PRELOAD", list, 1), 0);
    return plugin_is_preloaded();
}

static void an_entry_is_the_stub_or_is_not(void **state)
{
    (void)state;
    assert_true(is_preloaded_by(STUB));
    assert_true(is_preloaded_by("/a.so:" STUB));
    assert_true(is_preloaded_by(STUB ":/a.so"));
    assert_true(is_preloaded_by("/a.so " STUB " /b.so"));
    assert_true(is_preloaded_by("::" STUB ":"));
    assert_true(is_preloaded_by(STUB ".bak:" STUB));
    assert_false(is_preloaded_by(""));
    assert_false(is_preloaded_by(" :: "));
    assert_false(is_preloaded_by(STUB ".bak"));
    assert_false(is_preloaded_by("/chroot" STUB));
    assert_false(is_preloaded_by("/a.so:/chroot" STUB ":" STUB ".bak"));
    assert_int_equal(unsetenv("LD_PRELOAD"), 0);
    assert_false(plugin_is_preloaded());
}

/* What stands there already stays, behind the stub, which is put there once. */
static void the_stub_is_put_first(void **state)
{
    char program[] = "/proc/self/exe"; /* a file that can be read */

    (void)state;
    assert_int_equal(setenv("XR_PRELOAD", program, 1), 0);
    assert_int_equal(setenv("LD_PRELOAD", "/proc/self/exe.bak", 1), 0);
    assert_int_equal(plugin_preload(NULL), 0);
    assert_string_equal(getenv("LD_PRELOAD"),
                        "/proc/self/exe:/proc/self/exe.bak");
    assert_int_equal(plugin_preload(NULL), 0);
    assert_string_equal(getenv("LD_PRELOAD"),
                        "/proc/self/exe:/proc/self/exe.bak");
    assert_int_equal(unsetenv("LD_PRELOAD"), 0);
}

static int name_stub(void **state)
{
    (void)state;
    return setenv("XR_PRELOAD", STUB, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_entry_is_the_stub_or_is_not, name_stub),
        cmocka_unit_test_setup(the_stub_is_put_first, name_stub),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
