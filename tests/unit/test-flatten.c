/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Configurations become lists of paths, also hostile ones.  If this fails,
 * diff and the pre-flight compare and look for the wrong things.
 */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/keylist.h"
#include "lib/domain_config.h"
#include "lib/flatten.h"
#include "util/cleanup.h"

static void expect(const char *text, bool xml, const char *expected)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    CLEANUP_VALUES struct values values = { 0 };
    CLEANUP_BUFFER struct buffer out = { 0 };
    uint32_t i;

    assert_int_equal(xml ? flatten_xml(text, &values, NULL)
                         : flatten_json(text, strlen(text) + 1, &values,
                                        NULL), 0);
    for (i = 0; i < values.count; i++) {
        CLEANUP_BUFFER struct buffer path = { 0 };

        if (!value_of(&values, i))
            continue;
        value_path(&values, i, &path);
        assert_int_equal(keylist_set(&list, path.data, value_of(&values, i),
                                     values.nodes[i].value_length), 0);
        if (i)
            assert_int_equal(values_find(&values, path.data), i);
    }
    keylist_print(&list, &out);
    assert_string_equal(out.data ? out.data : "", expected);
}

static void flattens_json(void **state)
{
    (void)state;
    expect("{\"c\":{\"name\":\"web\",\"n\":1},\"on\":true}\n", false,
           "c.name=web,c.n=1,on=true");
    expect("{\"d\":[{\"v\":\"a\"},{\"v\":\"b\"}],\"e\":[1,[2,3]],\"f\":null}",
           false, "d[0].v=a,d[1].v=b,e[0]=1,e[1][0]=2,e[1][1]=3,f=null");
    expect("{\"a=b,c\":\"x\"}", false, "a?b?c=x");
    expect("7", false, "value=7");
    expect("{}", false, "");
}

static void flattens_xml(void **state)
{
    (void)state;
    expect("<?xml version='1.0'?>\n<domain type='xen' id='3'>\n"
           "  <name>web</name>\n  <vcpu placement='static'>2</vcpu>\n"
           "  <devices>\n    <disk type='file'><source file='/a'/></disk>\n"
           "    <disk type='block'><source dev=\"/b\"/></disk>\n"
           "  </devices>\n</domain>\n", true,
           "domain@type=xen,domain@id=3,domain/name=web,"
           "domain/vcpu=2,domain/vcpu@placement=static,"
           "domain/devices/disk@type=file,domain/devices/disk/source@file=/a,"
           "domain/devices/disk[2]@type=block,"
           "domain/devices/disk[2]/source@dev=/b");
    expect("", true, "");
    expect("<", true, "");
    expect("<>", true, "");
    expect("</a></b>", true, "");
    expect("<a b", true, "");
    expect("<a b=>x", true, "a=x");
    expect("<a b='>x", true, "a=x,a@b=");
    expect("no xml", true, "");
    expect("<d f='/x&amp;y &#60;&#x1F600;'>a &lt; b &bogus; &#0; &#xd800; &"
           "</d>", true, "d=a < b &bogus; &#0; &#xd800; &,"
           "d@f=/x&y <\\xf0\\x9f\\x98\\x80");
}

static void refuses_what_is_too_much(void **state)
{
    CLEANUP_VALUES struct values values = { 0 };
    CLEANUP_FREE char *deep = malloc(4000001);
    struct xr_error err;
    size_t i;

    (void)state;
    memset(deep, '[', 1000000);
    assert_int_equal(flatten_json(deep, 1000000, &values, &err), -E2BIG);
    assert_int_equal(err.offset, FLATTEN_DEPTH_MAX + 1);
    for (i = 0; i < 300000; i++)
        memcpy(deep + 3 * i, "<a>", 3);
    deep[900000] = '\0';
    assert_int_equal(flatten_xml(deep, &values, NULL), -E2BIG);
    deep[0] = '[';
    for (i = 0; i < 1999999; i++)
        memcpy(deep + 1 + 2 * i, "1,", 2);
    assert_int_equal(flatten_json(deep, 3999999, &values, NULL), -E2BIG);
    assert_null(values.nodes);
}

static uint32_t has_values(const struct values *v)
{
    uint32_t i, n = 0;

    for (i = 0; i < v->count; i++)
        n += v->nodes[i].has_value;
    return n;
}

/* An element without anything in it counts, but has no value. */
static void bears_many_siblings(void **state)
{
    CLEANUP_VALUES struct values values = { 0 };
    CLEANUP_BUFFER struct buffer xml = { 0 }, path = { 0 };
    size_t i;

    (void)state;
    for (i = 0; i < 100000; i++)
        buffer_puts(&xml, i % 2 ? "<a/>" : "<a>x</a>");
    assert_int_equal(flatten_xml(xml.data, &values, NULL), 0);
    assert_int_equal(has_values(&values), 50000);
    value_path(&values, values.count - 1, &path);
    assert_string_equal(path.data, "a[100000]");
    assert_string_equal(values_get(&values, "a[99999]"), "x");
    assert_null(values_get(&values, "a[100000]"));
    assert_null(values_get(&values, "a[100001]"));
}

/* 40 vCPUs that may run on CPUs 2 to 127, and far more. */
static void bears_many_values(void **state)
{
    CLEANUP_VALUES struct values values = { 0 };
    CLEANUP_BUFFER struct buffer json = { 0 };
    int vcpu, cpu;

    (void)state;
    buffer_puts(&json, "{\"b_info\":{\"hard\":[");
    for (vcpu = 0; vcpu < 128; vcpu++) {
        buffer_puts(&json, vcpu ? ",[0" : "[0");
        for (cpu = 1; cpu < 1024; cpu++)
            buffer_printf(&json, ",%d", cpu);
        buffer_puts(&json, "]");
    }
    buffer_puts(&json, "]}}");
    assert_int_equal(flatten_json(json.data, json.length, &values, NULL), 0);
    assert_int_equal(has_values(&values), 128 * 1024);
    assert_string_equal(values_get(&values, "b_info.hard[127][1023]"),
                        "1023");
    assert_null(values_get(&values, "b_info.hard[128][0]"));
}

/*
 * Two levels per bit of the count at most, in whatever order names come; that
 * is what keeps the steps of finding one few.
 */
static unsigned int height(const struct values *v, uint32_t node)
{
    unsigned int left, right;

    if (!node)
        return 0;
    left = height(v, v->nodes[node].left);
    right = height(v, v->nodes[node].right);
    return 1 + (left > right ? left : right);
}

static void stays_low(void **state)
{
    int order;

    (void)state;
    for (order = 0; order < 4; order++) {
        CLEANUP_VALUES struct values values = { 0 };
        uint32_t i, n = 1 << 16, node;
        char name[16];

        for (i = 0; i < n; i++) {
            snprintf(name, sizeof(name), "%08x",
                     order == 0 ? i : order == 1 ? n - i
                     : order == 2 ? i * 2654435761U
                     : i & 1 ? i : n - i);
            assert_int_equal(values_name(&values, 0, VALUE_NAME, name, 8,
                                         &node), 0);
            assert_int_equal(node, i + 1);
        }
        assert_in_range(height(&values, values.top), 17, 34);
        assert_int_equal(values_name(&values, 0, VALUE_NAME, name, 8, &node),
                         0);
        assert_int_equal(node, n);
    }
}

static void takes_the_last_of_one_name(void **state)
{
    (void)state;
    expect("{\"a\":{\"x\":1},\"b\":2,\"a\":{\"x\":3,\"y\":4}}", false,
           "a.x=3,b=2,a.y=4");
    expect("{\"\":{\"\":1}}", false, "?.?=1");
    expect("{\"b\":{\"type\":1,\"type.pv\":{\"x\":2}}}", false,
           "b.type=1,b.type.pv.x=2");
}

static void finds_what_counts(void **state)
{
    static const char json[] =
        "{\"c_info\":{\"name\":\"web\",\"uuid\":\"u\"},"
        "\"b_info\":{\"max_vcpus\":4,\"max_memkb\":1024},"
        "\"disks\":[{\"pdev_path\":\"/dev/a\",\"vdev\":\"xvda\"},"
        "{\"pdev_path\":\"/b.img\"}]}";
    static const char xml[] =
        "<domain><name>web</name><uuid>u</uuid><vcpu>4</vcpu>"
        "<memory unit='KiB'>1024</memory><devices>"
        "<disk type='block'><source dev='/dev/a'/></disk>"
        "<disk type='file'><source file='/b.img'/></disk></devices></domain>";
    int i;

    (void)state;
    for (i = 0; i < 2; i++) {
        CLEANUP_DOMAIN_CONFIG struct domain_config config = { 0 };

        assert_int_equal(i ? domain_config_from_xml(xml, &config, NULL)
                           : domain_config_from_json(json, sizeof(json),
                                                     &config, NULL), 0);
        assert_string_equal(config.name, "web");
        assert_string_equal(config.uuid, "u");
        assert_int_equal(config.max_vcpus, 4);
        assert_int_equal(config.memory_kib, 1024);
        assert_int_equal(config.disk_count, 2);
        assert_string_equal(config.disks[0].path, "/dev/a");
        assert_string_equal(config.disks[1].path, "/b.img");
    }
}

static void expect_disk(const struct domain_disk *disk, const char *path,
                        const char *dev, const char *format, bool written)
{
    assert_string_equal(disk->path, path);
    assert_string_equal(disk->dev, dev);
    assert_string_equal(disk->format, format);
    assert_int_equal(disk->written, written);
}

static void reads_disks_of_libxl(void **state)
{
    static const char json[] =
        "{\"disks\":["
        "{\"pdev_path\":\"/a\",\"vdev\":\"xvda\",\"format\":\"qcow2\","
        "\"readwrite\":1},"
        "{\"vdev\":\"hdc\",\"format\":\"empty\",\"is_cdrom\":1},"
        "{\"pdev_path\":\"/b\",\"vdev\":\"xvdb\",\"format\":\"raw\","
        "\"backend_domid\":3},"
        "{\"pdev_path\":\"/c\",\"vdev\":\"xvdc\",\"format\":\"raw\","
        "\"readwrite\":1,\"backend_domname\":\"storage\"},"
        "{\"pdev_path\":\"/d\",\"vdev\":\"xvdd\",\"format\":\"raw\","
        "\"readwrite\":0,\"backend_domname\":\"Domain-0\"}],"
        "\"disksize\":[{\"pdev_path\":\"/e\"}]}";
    CLEANUP_DOMAIN_CONFIG struct domain_config config = { 0 };

    (void)state;
    assert_int_equal(domain_config_from_json(json, sizeof(json) - 1, &config,
                                             NULL), 0);
    assert_int_equal(config.disk_count, 4);
    expect_disk(&config.disks[0], "/a", "xvda", "qcow2", true);
    assert_null(config.disks[0].backend);
    expect_disk(&config.disks[1], "/b", "xvdb", "raw", false);
    assert_string_equal(config.disks[1].backend, "3");
    expect_disk(&config.disks[2], "/c", "xvdc", "raw", true);
    assert_string_equal(config.disks[2].backend, "storage");
    expect_disk(&config.disks[3], "/d", "xvdd", "raw", false);
    assert_null(config.disks[3].backend);
}

/* A disk that nobody looks at could be another domain's. */
static void says_if_there_are_more_disks(void **state)
{
    CLEANUP_DOMAIN_CONFIG struct domain_config config = { 0 };
    CLEANUP_BUFFER struct buffer json = { 0 };
    int i;

    (void)state;
    buffer_puts(&json, "{\"disks\":[{}");
    for (i = 0; i < DOMAIN_CONFIG_DISKS_MAX; i++)
        buffer_printf(&json, ",{\"pdev_path\":\"/%d\"}", i);
    buffer_puts(&json, "]}");
    assert_int_equal(domain_config_from_json(json.data, json.length, &config,
                                             NULL), 0);
    assert_int_equal(config.disk_count, DOMAIN_CONFIG_DISKS_MAX);
    assert_false(config.more_disks);
    domain_config_free(&config);
    json.length -= 2;
    buffer_puts(&json, ",{\"pdev_path\":\"/x\"}]}");
    assert_int_equal(domain_config_from_json(json.data, json.length, &config,
                                             NULL), 0);
    assert_int_equal(config.disk_count, DOMAIN_CONFIG_DISKS_MAX);
    assert_true(config.more_disks);
}

static void reads_disks_of_libvirt(void **state)
{
    static const char xml[] =
        "<domain type='xen'><devices>"
        "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/>"
        "<source file='/a'/><target dev='xvda' bus='xen'/>"
        "<backingStore type='file'><source file='/base'/></backingStore></disk>"
        "<disk type='file' device='cdrom'><target dev='hdc'/><readonly/></disk>"
        "<disk type='block' device='disk'><driver name='phy' type='raw'/>"
        "<source dev='/b'/><target dev='xvdb'/><readonly/></disk>"
        "<disk type='block' device='disk'><driver name='phy' type='raw'/>"
        "<source dev='/c'/><target dev='xvdc'/><shareable/>"
        "<backenddomain name='storage'/></disk>"
        "<disk type='file' device='cdrom'><driver name='qemu' type='raw'/>"
        "<source file='/d'/><target dev='hdd'/></disk>"
        "</devices></domain>";
    CLEANUP_DOMAIN_CONFIG struct domain_config config = { 0 };

    (void)state;
    assert_int_equal(domain_config_from_xml(xml, &config, NULL), 0);
    assert_int_equal(config.disk_count, 4);
    expect_disk(&config.disks[0], "/a", "xvda", "qcow2", true);
    assert_false(config.disks[0].shared);
    expect_disk(&config.disks[1], "/b", "xvdb", "raw", false);
    expect_disk(&config.disks[2], "/c", "xvdc", "raw", true);
    assert_true(config.disks[2].shared);
    assert_string_equal(config.disks[2].backend, "storage");
    expect_disk(&config.disks[3], "/d", "hdd", "raw", false);
}

static void expect_pci(const struct domain_pci *pci, unsigned int bus,
                       unsigned int dev, unsigned int func)
{
    assert_int_equal(pci->domain, 0);
    assert_int_equal(pci->bus, bus);
    assert_int_equal(pci->dev, dev);
    assert_int_equal(pci->func, func);
}

static void reads_devices_of_libxl(void **state)
{
    static const char json[] =
        "{\"c_info\":{\"type\":\"pvh\"},\"b_info\":{\"max_memkb\":2048,"
        "\"target_memkb\":1024},\"nics\":[{\"bridge\":\"br1\"},{},"
        "{\"bridge\":\"br1\",\"script\":\"/etc/xen/scripts/vif-route\"},"
        "{\"backend_domname\":\"net\"}],\"pcidevs\":[{\"bus\":3,\"dev\":2,"
        "\"func\":1},{\"bdf\":{\"bus\":4}}]}";
    CLEANUP_DOMAIN_CONFIG struct domain_config config = { 0 };

    (void)state;
    assert_int_equal(domain_config_from_json(json, sizeof(json), &config,
                                             NULL), 0);
    assert_string_equal(config.type, "pvh");
    assert_int_equal(config.memory_kib, 1024);
    assert_int_equal(config.vif_count, 3);
    assert_string_equal(config.vifs[0].bridge, "br1");
    assert_null(config.vifs[0].backend);
    assert_string_equal(config.vifs[1].bridge, "xenbr0");
    assert_string_equal(config.vifs[2].backend, "net");
    assert_int_equal(config.pci_count, 2);
    expect_pci(&config.pci[0], 3, 2, 1);
    expect_pci(&config.pci[1], 4, 0, 0);
}

static void reads_devices_of_libvirt(void **state)
{
    static const char xml[] =
        "<domain><memory unit='GiB'>2</memory>"
        "<currentMemory unit='MiB'>1</currentMemory><os><type>xenpvh</type>"
        "</os><devices><interface type='network'><source network='n'/>"
        "</interface><interface type='bridge'><source bridge='br1'/>"
        "<backenddomain name='net'/></interface>"
        "<hostdev mode='subsystem' type='usb'/><hostdev type='pci'><source>"
        "<address domain='0x0000' bus='0x1f' slot='0x02' function='0x1'/>"
        "</source></hostdev></devices></domain>";
    CLEANUP_DOMAIN_CONFIG struct domain_config config = { 0 };

    (void)state;
    assert_int_equal(domain_config_from_xml(xml, &config, NULL), 0);
    assert_string_equal(config.type, "pvh");
    assert_int_equal(config.memory_kib, 1024);
    assert_int_equal(config.vif_count, 1);
    assert_string_equal(config.vifs[0].bridge, "br1");
    assert_string_equal(config.vifs[0].backend, "net");
    assert_int_equal(config.pci_count, 1);
    expect_pci(&config.pci[0], 0x1f, 2, 1);
}

/* A disk that the toolstack sees, and we do not, could be another domain's. */
static void hides_no_disk(void **state)
{
    static const char twice[] =
        "{\"disks\":[{\"pdev_path\":\"/a\",\"pdev_path\":\"/b\"}]}";
    static const char xml[] =
        "<domain><!-- > <a b='> --><devices><disk type='file' a='>'>"
        "<source b='/>' file='/a'/></disk><![CDATA[ > <devices> ]]>"
        "</devices></domain>";
    CLEANUP_DOMAIN_CONFIG struct domain_config config = { 0 };

    (void)state;
    assert_int_equal(domain_config_from_json(twice, sizeof(twice), &config,
                                             NULL), -EINVAL);
    assert_int_equal(domain_config_from_xml(xml, &config, NULL), 0);
    assert_int_equal(config.disk_count, 1);
    assert_string_equal(config.disks[0].path, "/a");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(flattens_json),
        cmocka_unit_test(flattens_xml),
        cmocka_unit_test(refuses_what_is_too_much),
        cmocka_unit_test(bears_many_siblings),
        cmocka_unit_test(bears_many_values),
        cmocka_unit_test(stays_low),
        cmocka_unit_test(takes_the_last_of_one_name),
        cmocka_unit_test(finds_what_counts),
        cmocka_unit_test(reads_disks_of_libxl),
        cmocka_unit_test(says_if_there_are_more_disks),
        cmocka_unit_test(reads_disks_of_libvirt),
        cmocka_unit_test(reads_devices_of_libxl),
        cmocka_unit_test(reads_devices_of_libvirt),
        cmocka_unit_test(hides_no_disk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
