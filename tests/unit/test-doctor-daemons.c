/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, doctor calls a libvirtd sound that has not the installed plugin, or
 * does not say what to do.
 */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/daemon_maps.h"
#include "engine/doctor.h"
#include "engine/plugin_files.h"
#include "unit.h"
#include "virt/virt.h"

#define STUB "/usr/lib/xen-resumable/xen-resumable-preload.so"

static struct virt_process processes[DAEMONS_MAX];
static size_t process_count;
static bool is_installed;
static int answer;

size_t daemons_find(const char *proc, struct virt_process out[DAEMONS_MAX])
{
    assert_null(proc);
    memcpy(out, processes, sizeof(processes));
    return process_count;
}

bool mapped_file_is(const struct mapped_file *m, const char *path)
{
    (void)path;
    return is_installed && !m->is_gone;
}

const char *plugin_stub_path(void)
{
    return STUB;
}

char *plugin_core_path(const char *release)
{
    assert_string_equal(release, "4.17");
    return strdup("/core");
}

int virt_read_daemon(struct virt_daemon *out, struct xr_error *err)
{
    *out = (struct virt_daemon){ .daemon = "9.0.0", .uri = VIRT_URI };
    return answer ? error_because(err, XR_REASON_NO_LIBVIRT, answer, "down")
                  : 0;
}

void diagnose(struct diagnosis *e, const char *name, enum finding finding,
              const char *format, ...)
{
    struct examination *c = &e->items[e->count++];
    va_list ap;

    c->name = name;
    c->finding = finding;
    va_start(ap, format);
    vsnprintf(c->detail, sizeof(c->detail), format, ap);
    va_end(ap);
}

static struct diagnosis examine(size_t count)
{
    struct diagnosis d = { .count = 0 };

    examine_daemons(&d);
    assert_int_equal(d.count, count);
    return d;
}

static int one_with_all(void **state)
{
    (void)state;
    memset(processes, 0, sizeof(processes));
    processes[0] = (struct virt_process){
        .name = "libvirtd", .pid = 12, .is_readable = true, .has_libxl = true,
        .stub.path = STUB,
        .core.path = "/usr/lib/xen-resumable/4.17/xen-resumable-core.so",
    };
    process_count = 1;
    is_installed = true;
    answer = 0;
    return 0;
}

static void expect(const struct diagnosis *d, size_t i, enum finding finding,
                   const char *text)
{
    if (d->items[i].finding != finding || !strstr(d->items[i].detail, text))
        fail_msg("%s: %d %s", d->items[i].name, (int)d->items[i].finding,
                 d->items[i].detail);
}

static void one_that_has_all_is_sound(void **state)
{
    struct diagnosis d = examine(2);

    (void)state;
    expect(&d, 0, FINDING_OK, "process 12 has the plugin, with the core for "
           "Xen 4.17");
    expect(&d, 1, FINDING_OK, "libvirt 9.0.0 answers at xen:///system");
    processes[0].core.path[0] = '\0';
    d = examine(2);
    expect(&d, 0, FINDING_OK, "loads a core with its first guest");
}

static void an_older_plugin_is_not_the_installed_one(void **state)
{
    struct diagnosis d;

    (void)state;
    processes[0].stub.is_gone = true;
    d = examine(2);
    expect(&d, 0, FINDING_BAD, "which was replaced. systemctl restart libvirtd");
    processes[0].stub.is_gone = false;
    processes[0].core.is_gone = true;
    d = examine(2);
    expect(&d, 0, FINDING_BAD, "systemctl restart libvirtd");
    is_installed = false;
    d = examine(2);
    expect(&d, 0, FINDING_BAD, "another plugin than the one that is installed");
}

/* What is bad of it depends on this host's systemd. */
static void one_without_is_told(void **state)
{
    struct diagnosis d;

    (void)state;
    processes[0].stub.path[0] = '\0';
    d = examine(2);
    assert_int_not_equal(d.items[0].finding, FINDING_OK);
    assert_non_null(strstr(d.items[0].detail, "runs without the plugin"));
    processes[0].is_readable = false;
    d = examine(2);
    expect(&d, 0, FINDING_NOTE, "cannot be read");
}

static void who_has_no_xen_is_left_alone(void **state)
{
    struct diagnosis d;

    (void)state;
    answer = ECONNREFUSED;
    processes[0].has_libxl = false;
    d = examine(1);
    expect(&d, 0, FINDING_OK, "does not look after Xen's guests");
    process_count = 0;
    d = examine(1);
    expect(&d, 0, FINDING_OK, "neither libvirtd nor virtxend runs");
}

static void one_that_does_not_answer_is_bad(void **state)
{
    struct diagnosis d;

    (void)state;
    answer = ETIMEDOUT;
    d = examine(2);
    expect(&d, 1, FINDING_BAD, "down");
    answer = EOPNOTSUPP;
    d = examine(2);
    expect(&d, 1, FINDING_NOTE, "down");
}

#define TEST(name) cmocka_unit_test_setup(name, one_with_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_that_has_all_is_sound),
        TEST(an_older_plugin_is_not_the_installed_one),
        TEST(one_without_is_told),
        TEST(who_has_no_xen_is_left_alone),
        TEST(one_that_does_not_answer_is_bad),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
