/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Configurations become lists of paths, also hostile ones.  If this fails,
 * diff and the pre-flight compare and look for the wrong things.
 */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/domain_config.h"
#include "lib/flatten.h"
#include "util/cleanup.h"

static void expect(const char *text, bool xml, const char *expected)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    CLEANUP_BUFFER struct buffer out = { 0 };

    assert_int_equal(xml ? flatten_xml(text, &list, NULL)
                         : flatten_json(text, strlen(text) + 1, &list, NULL),
                     0);
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
           "domain/vcpu@placement=static,domain/vcpu=2,"
           "domain/devices/disk@type=file,domain/devices/disk/source@file=/a,"
           "domain/devices/disk[2]@type=block,"
           "domain/devices/disk[2]/source@dev=/b");
    expect("", true, "");
    expect("<", true, "");
    expect("<>", true, "");
    expect("</a></b>", true, "");
    expect("<a b", true, "");
    expect("<a b=>x", true, "a=x");
    expect("<a b='>x", true, "a@b=,a=x");
    expect("no xml", true, "");
    expect("<d f='/x&amp;y &#60;&#x1F600;'>a &lt; b &bogus; &#0; &#xd800; &"
           "</d>", true, "d@f=/x&y <\\xf0\\x9f\\x98\\x80,"
           "d=a < b &bogus; &#0; &#xd800; &");
}

static void refuses_what_is_too_much(void **state)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    CLEANUP_FREE char *deep = malloc(2000000);
    size_t i;

    (void)state;
    memset(deep, '[', 1000000);
    assert_int_equal(flatten_json(deep, 1000000, &list, NULL), -E2BIG);
    for (i = 0; i < 300000; i++)
        memcpy(deep + 3 * i, "<a>", 3);
    deep[900000] = '\0';
    assert_int_equal(flatten_xml(deep, &list, NULL), -E2BIG);
    deep[0] = '[';
    for (i = 0; i < 10000; i++)
        memcpy(deep + 1 + 2 * i, "1,", 2);
    assert_int_equal(flatten_json(deep, 20000, &list, NULL), -E2BIG);
    for (i = 0; i < 10000; i++)
        memcpy(deep + 4 * i, "<a/>", 4);
    deep[40000] = '\0';
    assert_int_equal(flatten_xml(deep, &list, NULL), 0);
    assert_int_equal(list.count, 0);
}

/* As many as a list holds, in a moment. */
static void bears_many_siblings(void **state)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    CLEANUP_BUFFER struct buffer xml = { 0 };
    size_t i;

    (void)state;
    for (i = 0; i < KEYLIST_PAIRS_MAX; i++)
        buffer_puts(&xml, "<a>x</a>");
    assert_int_equal(flatten_xml(xml.data, &list, NULL), 0);
    assert_int_equal(list.count, KEYLIST_PAIRS_MAX);
    assert_string_equal(list.pairs[KEYLIST_PAIRS_MAX - 1].key, "a[4096]");
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
        assert_string_equal(config.disks[0], "/dev/a");
        assert_string_equal(config.disks[1], "/b.img");
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(flattens_json),
        cmocka_unit_test(flattens_xml),
        cmocka_unit_test(refuses_what_is_too_much),
        cmocka_unit_test(bears_many_siblings),
        cmocka_unit_test(finds_what_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
