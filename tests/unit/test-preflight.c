/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Each thing that can stand against a restore is found and named, and nothing
 * else is.  If this fails, people move guests to hosts that cannot take them,
 * or do not dare to.
 */
#include "config.h"

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "format/cpuid.h"
#include "format/libxc.h"
#include "lib/preflight.h"

static char here[] = "/dev/null";
static char gone[] = "/nonexistent/disk.img";
static char remote[] = "rbd:pool/disk";

struct trial {
    struct save_image image;
    struct domain_config config;
    struct preflight_host host;
    struct domain_disk disks[1];
    struct preflight_disk answers[1];
};

/* A guest and a host that fit. */
static void begin(struct trial *t)
{
    static char name[] = "web", uuid[] = "u-u-i-d";

    memset(t, 0, sizeof(*t));
    t->image.stream_version = 3;
    t->image.domain_type = LIBXC_DOMAIN_X86_PV;
    t->image.xen_major = 4;
    t->image.xen_minor = 17;
    t->image.cpuid.length = 24;
    t->disks[0] = (struct domain_disk){ .path = here, .written = true };
    t->answers[0].use = PREFLIGHT_FREE;
    t->config = (struct domain_config){
        .name = name,
        .uuid = uuid,
        .memory_kib = 1024 * 1024,
        .disks = t->disks,
        .disk_count = 1,
    };
    t->host = (struct preflight_host){
        .xen_major = 4,
        .xen_minor = 17,
        .pv = true,
        .hvm = true,
        .total_mib = 4096,
        .free_mib = 2048,
        .name = PREFLIGHT_FREE,
        .uuid = PREFLIGHT_FREE,
        .cpu = VERDICT_YES,
        .disks = t->answers,
    };
}

/* Nothing but what is said to say so says anything but yes. */
static void expect(const struct trial *t, enum verdict_answer answer,
                   const char *what, const char *detail)
{
    struct preflight p;
    bool found = false;
    size_t i;

    preflight_init(&p);
    preflight_host(&p, &t->image, &t->config, &t->host);
    assert_int_equal(p.answer, answer);
    for (i = 0; i < p.count; i++) {
        if (strcmp(p.findings[i].what, what)) {
            assert_int_equal(p.findings[i].says, VERDICT_YES);
            continue;
        }
        found = true;
        assert_int_equal(p.findings[i].says, answer);
        assert_non_null(strstr(p.findings[i].detail, detail));
    }
    assert_true(found);
}

/* Of the finding that says no. */
static enum xr_reason reason_of(const struct trial *t, const char *what)
{
    struct preflight p;
    size_t i;

    preflight_init(&p);
    preflight_host(&p, &t->image, &t->config, &t->host);
    for (i = 0; i < p.count; i++)
        if (!strcmp(p.findings[i].what, what)
            && p.findings[i].says == VERDICT_NO)
            return p.findings[i].reason;
    return XR_REASON_NONE;
}

static void says_yes_where_all_fits(void **state)
{
    struct trial t;

    (void)state;
    begin(&t);
    expect(&t, VERDICT_YES, "xen", "saved on Xen 4.17, this is 4.17");
    t.host.xen_minor = 20;
    expect(&t, VERDICT_YES, "xen", "this is 4.20");
    t.image.domain_type = LIBXC_DOMAIN_X86_HVM;
    t.host.pv = false;
    expect(&t, VERDICT_YES, "type", "x86 HVM guests run here");
    t.config.memory_kib = t.host.free_mib * 1024;
    expect(&t, VERDICT_YES, "memory", "2048 MiB wanted, 2048 MiB free");
    expect(&t, VERDICT_YES, "disk", "/dev/null is there, and free");
}

static void finds_an_older_xen(void **state)
{
    struct trial t;

    (void)state;
    begin(&t);
    t.image.xen_minor = 20;
    expect(&t, VERDICT_UNKNOWN, "xen", "an older Xen may restore it");
    t.host.xen_minor = 13;
    expect(&t, VERDICT_NO, "xen", "does not read such streams");
    t.image.stream_version = 2;
    t.image.xen_minor = 13;
    expect(&t, VERDICT_YES, "xen", "");
}

static void finds_a_type_that_does_not_run(void **state)
{
    struct trial t;

    (void)state;
    begin(&t);
    t.host.pv = false;
    expect(&t, VERDICT_NO, "type", "this host runs no x86 PV guests");
    t.host.pv = true;
    t.host.hvm = false;
    t.image.domain_type = LIBXC_DOMAIN_X86_HVM;
    expect(&t, VERDICT_NO, "type", "this host runs no x86 HVM guests");
}

static void finds_another_cpu(void **state)
{
    struct trial t;

    (void)state;
    begin(&t);
    t.host.cpu = VERDICT_NO;
    t.host.cpu_reason = "no AVX";
    expect(&t, VERDICT_NO, "cpu", "no AVX");
    t.host.cpu = VERDICT_UNKNOWN;
    expect(&t, VERDICT_UNKNOWN, "cpu", "no AVX");
    t.image.cpuid.length = 0;
    expect(&t, VERDICT_UNKNOWN, "cpu", "does not say what CPU");
}

static void finds_too_little_memory(void **state)
{
    struct trial t;

    (void)state;
    begin(&t);
    t.config.memory_kib = 3000 * 1024;
    expect(&t, VERDICT_UNKNOWN, "memory", "domain 0 would have to give some");
    t.config.memory_kib = 4096 * 1024;
    expect(&t, VERDICT_NO, "memory", "4096 MiB in all");
    t.config.memory_kib = 0;
    expect(&t, VERDICT_UNKNOWN, "memory", "does not say");
}

static void finds_what_is_in_use(void **state)
{
    struct trial t;

    (void)state;
    begin(&t);
    t.host.name = PREFLIGHT_TAKEN;
    expect(&t, VERDICT_NO, "name", "web is in use");
    begin(&t);
    t.host.uuid = PREFLIGHT_TAKEN;
    expect(&t, VERDICT_NO, "uuid", "u-u-i-d is in use");
    begin(&t);
    t.host.name = PREFLIGHT_NOT_ASKED;
    expect(&t, VERDICT_UNKNOWN, "name", "cannot be listed");
}

static void finds_missing_disks(void **state)
{
    struct trial t;

    (void)state;
    begin(&t);
    t.disks[0].path = gone;
    expect(&t, VERDICT_NO, "disk", "No such file or directory");
    assert_int_equal(reason_of(&t, "disk"), XR_REASON_DISK_MISSING);
    t.disks[0].path = remote;
    expect(&t, VERDICT_UNKNOWN, "disk", "is not a path");
}

static void finds_disks_in_use(void **state)
{
    static char driver[] = "storage";
    struct trial t;

    (void)state;
    begin(&t);
    t.answers[0].use = PREFLIGHT_TAKEN;
    strcpy(t.answers[0].holder, "xvda of web (domain 7)");
    expect(&t, VERDICT_NO, "disk", "/dev/null is in use: it is xvda of web "
           "(domain 7)");
    assert_int_equal(reason_of(&t, "disk"), XR_REASON_DISK_IN_USE);
    t.answers[0].use = PREFLIGHT_FREE;
    t.answers[0].incomplete = true;
    expect(&t, VERDICT_UNKNOWN, "disk", "could be found");
    t.answers[0].use = PREFLIGHT_NOT_ASKED;
    expect(&t, VERDICT_UNKNOWN, "disk", "it is unknown whether");
    t.host.disks = NULL;
    expect(&t, VERDICT_UNKNOWN, "disk", "it is unknown whether");
    t.disks[0].path = gone;
    t.disks[0].backend = driver; /* whose files are not this host's */
    expect(&t, VERDICT_UNKNOWN, "disk", "domain storage serves it");
}

/* Memory over another state of a disk destroys what is on it. */
static void finds_changed_disks(void **state)
{
    struct trial t;

    (void)state;
    begin(&t);
    t.answers[0].state = PREFLIGHT_DISK_CHANGED;
    strcpy(t.answers[0].why, "it has another size");
    expect(&t, VERDICT_NO, "disk", "it has another size; restore "
           "--disks=as-they-are");
    assert_int_equal(reason_of(&t, "disk"), XR_REASON_DISK_CHANGED);
    t.answers[0].has_copy = true;
    expect(&t, VERDICT_NO, "disk", "restore --disks=back puts its copy back, "
           "--disks=as-they-are");
    t.answers[0].as_it_is = true;
    expect(&t, VERDICT_YES, "disk", "is taken as it is: it has another size");
    t.answers[0].use = PREFLIGHT_TAKEN;
    expect(&t, VERDICT_NO, "disk", "is in use");
    assert_int_equal(reason_of(&t, "disk"), XR_REASON_DISK_IN_USE);

    /* What the guest only reads ruins nothing: no way back is barred by it. */
    begin(&t);
    t.answers[0].state = PREFLIGHT_DISK_CHANGED;
    strcpy(t.answers[0].why, "it has been written to since");
    t.disks[0].written = false;
    expect(&t, VERDICT_UNKNOWN, "disk", "written to since; the guest only "
           "reads it");

    begin(&t);
    t.answers[0].state = PREFLIGHT_DISK_SAME;
    expect(&t, VERDICT_YES, "disk", "is there, and free");
    t.answers[0].state = PREFLIGHT_DISK_NOT_TOLD;
    expect(&t, VERDICT_UNKNOWN, "disk", "whether it was "
           "written to");
    /* A volume, by which nobody sees that its guest has gone on after the
       checkpoint. */
    t.answers[0].has_copy = true;
    expect(&t, VERDICT_NO, "disk", "may have been written to since the guest "
           "was saved; restore --disks=back puts its copy back");
    assert_int_equal(reason_of(&t, "disk"), XR_REASON_DISK_CHANGED);
    t.answers[0].as_it_is = true;
    expect(&t, VERDICT_YES, "disk", "is there, and free");
    t.answers[0].as_it_is = false;
    t.disks[0].written = false;
    expect(&t, VERDICT_YES, "disk", "is there, and free");
}

static void leaves_disks_to_their_copies(void **state)
{
    struct trial t;

    (void)state;
    begin(&t);
    t.answers[0].state = PREFLIGHT_DISK_PUT_BACK;
    expect(&t, VERDICT_YES, "disk", "its copy is put back");
    t.disks[0].path = gone;
    expect(&t, VERDICT_YES, "disk", "its copy is put back");
    t.answers[0].use = PREFLIGHT_TAKEN;
    expect(&t, VERDICT_NO, "disk", "is in use");
    begin(&t);
    t.disks[0].path = gone;
    t.answers[0].has_copy = true;
    expect(&t, VERDICT_NO, "disk", "restore --disks=back puts its copy back");
    assert_int_equal(reason_of(&t, "disk"), XR_REASON_DISK_MISSING);
}

/* A no counts, even where there is no room to say why. */
static void bears_many_disks(void **state)
{
    struct domain_disk disks[PREFLIGHT_FINDINGS_MAX + 1] = { 0 };
    struct preflight_disk answers[COUNT(disks)] = { 0 };
    struct preflight p;
    struct trial t;
    size_t i;

    (void)state;
    begin(&t);
    for (i = 0; i < COUNT(disks); i++)
        disks[i].path = i < COUNT(disks) - 1 ? here : gone;
    t.host.disks = answers;
    t.config.disks = disks;
    t.config.disk_count = COUNT(disks);
    preflight_init(&p);
    preflight_host(&p, &t.image, &t.config, &t.host);
    assert_int_equal(p.count, PREFLIGHT_FINDINGS_MAX);
    assert_int_equal(p.answer, VERDICT_NO);

    /* Of as many as a configuration has here, each is named. */
    begin(&t);
    disks[DOMAIN_CONFIG_DISKS_MAX - 1].path = gone;
    t.host.disks = answers;
    t.config.disks = disks;
    t.config.disk_count = DOMAIN_CONFIG_DISKS_MAX;
    preflight_init(&p);
    preflight_host(&p, &t.image, &t.config, &t.host);
    assert_int_equal(p.findings[p.count - 1].says, VERDICT_NO);
    assert_int_equal(p.findings[p.count - 1].reason, XR_REASON_DISK_MISSING);
    t.config.disk_count = 0;
    t.config.more_disks = true;
    expect(&t, VERDICT_UNKNOWN, "disk", "more than 256 disks");
}

static void bears_no_configuration(void **state)
{
    struct preflight p;
    struct trial t;

    (void)state;
    begin(&t);
    preflight_init(&p);
    preflight_host(&p, &t.image, NULL, &t.host);
    assert_int_equal(p.answer, VERDICT_UNKNOWN);
    assert_string_equal(p.findings[p.count - 1].what, "configuration");
}

/* The image's own state comes from verify. */
static void looks_at_the_image(void **state)
{
    static const char *const names[] = { "thin-pv-4.20.img", "xl-pv-4.17.img" };
    static const enum verdict_answer answers[] = { VERDICT_YES, VERDICT_NO };
    const char *top = getenv("top_srcdir");
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(names); i++) {
        CLEANUP_SAVE_IMAGE struct save_image image = { 0 };
        struct preflight p;
        char path[4096];
        FILE *file;

        snprintf(path, sizeof(path), "%s/tests/data/saves/%s",
                 top ? top : ".", names[i]);
        file = fopen(path, "rbe");
        assert_non_null(file);
        assert_int_equal(save_image_read(fileno(file), NULL, NULL, &image,
                                         NULL), 0);
        preflight_init(&p);
        preflight_image(&p, &image, fileno(file));
        assert_int_equal(p.answer, answers[i]);
        image.size = 0;
        preflight_init(&p);
        preflight_image(&p, &image, fileno(file));
        assert_int_equal(p.answer, VERDICT_UNKNOWN);
        fclose(file);
    }
}

static void leaf(uint8_t *out, uint32_t number, uint32_t subleaf,
                 unsigned int reg, uint32_t bits)
{
    const uint32_t words[2] = { number, subleaf };
    unsigned int i;

    memset(out, 0, CPUID_LEAF_SIZE);
    for (i = 0; i < 4; i++) {
        out[i] = (uint8_t)(words[0] >> 8 * i);
        out[4 + i] = (uint8_t)(words[1] >> 8 * i);
        out[8 + 4 * reg + i] = (uint8_t)(bits >> 8 * i);
    }
}

static void compares_features(void **state)
{
    uint8_t guest[2 * CPUID_LEAF_SIZE], host[2 * CPUID_LEAF_SIZE];
    struct cpuid_lack lack;

    (void)state;
    leaf(guest, 1, UINT32_MAX, 3, 0x10800201);
    leaf(guest + CPUID_LEAF_SIZE, 7, 0, 1, 0x10020);
    leaf(host, 1, 0, 3, 0x00800001);
    leaf(host + CPUID_LEAF_SIZE, 7, 0, 1, 0x30020);
    assert_false(cpuid_lacks(guest, sizeof(guest), host, sizeof(host),
                             &lack));
    leaf(host + CPUID_LEAF_SIZE, 7, 0, 1, 0x20);
    assert_true(cpuid_lacks(guest, sizeof(guest), host, sizeof(host), &lack));
    assert_int_equal(lack.leaf, 7);
    assert_int_equal(lack.bits, 0x10000);
    assert_string_equal(lack.reg, "ebx");
    /* A leaf that the host has not at all, and one cut short. */
    assert_true(cpuid_lacks(guest, sizeof(guest), NULL, 0, &lack));
    assert_int_equal(lack.leaf, 1);
    assert_int_equal(lack.bits, 0x00800001);
    assert_false(cpuid_lacks(guest, CPUID_LEAF_SIZE - 1, NULL, 0, &lack));
}

static void finds_missing_bridges(void **state)
{
    static char lo[] = "lo", none[] = "no-such-br", tagged[] = "lo.12",
                net[] = "net";
    struct domain_vif vifs[] = { { .bridge = lo }, { .bridge = lo } };
    struct trial t;

    (void)state;
    begin(&t);
    t.config.vifs = vifs;
    t.config.vif_count = 2;
    expect(&t, VERDICT_YES, "bridge", "lo is there");
    vifs[0].bridge = vifs[1].bridge = tagged;
    expect(&t, VERDICT_YES, "bridge", "lo.12 is there");
    vifs[0].bridge = vifs[1].bridge = none;
    expect(&t, VERDICT_NO, "bridge", "there is no no-such-br here");
    assert_int_equal(reason_of(&t, "bridge"), XR_REASON_BRIDGE_MISSING);
    vifs[0].backend = vifs[1].backend = net;
    expect(&t, VERDICT_UNKNOWN, "bridge", "domain net has it");
    vifs[0].backend = vifs[1].backend = NULL;
    vifs[0].bridge = vifs[1].bridge = lo;
    t.config.more_devices = true;
    t.config.vif_count = 0;
    expect(&t, VERDICT_UNKNOWN, "bridge", "were not looked at");
}

static void finds_missing_devices(void **state)
{
    struct domain_pci pci = { .domain = 0xfffe, .bus = 0xff, .dev = 0x1f };
    struct trial t;

    (void)state;
    begin(&t);
    t.config.pci = &pci;
    t.config.pci_count = 1;
    expect(&t, VERDICT_NO, "pci", "there is no device fffe:ff:1f.0 here");
    assert_int_equal(reason_of(&t, "pci"), XR_REASON_DEVICE_MISSING);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_yes_where_all_fits),
        cmocka_unit_test(finds_an_older_xen),
        cmocka_unit_test(finds_a_type_that_does_not_run),
        cmocka_unit_test(finds_another_cpu),
        cmocka_unit_test(finds_too_little_memory),
        cmocka_unit_test(finds_what_is_in_use),
        cmocka_unit_test(finds_missing_disks),
        cmocka_unit_test(finds_missing_bridges),
        cmocka_unit_test(finds_missing_devices),
        cmocka_unit_test(finds_disks_in_use),
        cmocka_unit_test(finds_changed_disks),
        cmocka_unit_test(leaves_disks_to_their_copies),
        cmocka_unit_test(bears_many_disks),
        cmocka_unit_test(bears_no_configuration),
        cmocka_unit_test(looks_at_the_image),
        cmocka_unit_test(compares_features),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
