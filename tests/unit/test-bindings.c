/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, doctor calls a host sound whose toolstack passes the plugin
 * by, or the other way round; or it starts the linker once for each question,
 * which takes a slow dom0 a quarter of a minute.
 *
 * The program that is looked at is this one: it is linked with libxenguest, as
 * xl is, and runs no line of main() under the linker's tracing.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"
#include "engine/bindings.h"
#include "util/cleanup.h"

#define STUB "/plugin/hook/.libs/xen-resumable-preload.so"

static char program[4096];

/* Their names count here, wherever a release's headers and libraries have them. */
int xc_dom_boot_image(void);
int xc_domain_resume(void);
int xc_domain_pause(void);

/* Never called: what it calls is bound all the same. */
__attribute__((used))
static int call_behind_doors(void)
{
    return xc_dom_boot_image() + xc_domain_resume() + xc_domain_pause();
}

static struct bindings look(const char *path)
{
    struct bindings b;

    assert_int_equal(bindings_read(path, &b, NULL), 0);
    return b;
}

static void one_trace_tells_release_and_symbols(void **state)
{
    CLEANUP_BINDINGS struct bindings b = look(program);

    (void)state;
    assert_string_equal(b.release, XEN_RELEASE);
    assert_true(bindings_have(&b, "xc_domain_resume"));
    assert_true(bindings_have(&b, "xc_dom_boot_image"));
}

static void a_symbol_that_is_no_door_goes_elsewhere(void **state)
{
    CLEANUP_BINDINGS struct bindings b = look(program);

    (void)state;
    assert_false(bindings_have(&b, "xc_domain_pause"));
    assert_false(bindings_have(&b, "xc_domain_res"));
    assert_false(bindings_have(&b, "xc_domain_resume_any"));
    assert_false(bindings_have(&b, ""));
}

static void without_the_stub_nothing_goes_there(void **state)
{
    const char *stub = getenv("XR_PRELOAD");
    CLEANUP_FREE char *kept = stub ? strdup(stub) : NULL;
    CLEANUP_BINDINGS struct bindings b = { .release = "" };

    (void)state;
    assert_int_equal(setenv("XR_PRELOAD", "/nonexistent/stub.so", 1), 0);
    b = look(program);
    assert_int_equal(setenv("XR_PRELOAD", kept ? kept : "", 1), 0);
    assert_string_equal(b.release, XEN_RELEASE);
    assert_false(bindings_have(&b, "xc_domain_resume"));
}

static void a_program_may_load_nothing_of_xen(void **state)
{
    CLEANUP_BINDINGS struct bindings b = look("/bin/sh");

    (void)state;
    assert_string_equal(b.release, "");
    assert_false(bindings_have(&b, "xc_domain_resume"));
}

static void a_program_that_is_not_there_binds_nothing(void **state)
{
    CLEANUP_BINDINGS struct bindings b = look("/nonexistent/xl");

    (void)state;
    assert_string_equal(b.release, "");
    assert_false(bindings_have(&b, "xc_domain_resume"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_trace_tells_release_and_symbols),
        cmocka_unit_test(a_symbol_that_is_no_door_goes_elsewhere),
        cmocka_unit_test(without_the_stub_nothing_goes_there),
        cmocka_unit_test(a_program_may_load_nothing_of_xen),
        cmocka_unit_test(a_program_that_is_not_there_binds_nothing),
    };
    const char *tree = getenv("abs_top_builddir");
    CLEANUP_FREE char *stub = NULL;

    if (!tree || readlink("/proc/self/exe", program, sizeof(program) - 1) < 0)
        return 77;
    stub = malloc(strlen(tree) + sizeof(STUB));
    if (!stub)
        return 1;
    strcat(strcpy(stub, tree), STUB);
    setenv("XR_PRELOAD", stub, 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
