/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a domain is restored with another disk, bridge, name or MAC
 * address than was asked for, or with something else changed; or an image whose
 * configuration two readers understand differently is changed all the same.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "unit.h"
#include "lib/config_edit.h"
#include "lib/xml_text.h"

/* What an edit is made of. */
struct wish {
    enum config_edit_kind kind;
    const char *word;
};

static int change(enum config_syntax syntax, const char *text,
                  const struct wish *wishes, size_t count,
                  struct config_edited *out, struct xr_error *err)
{
    struct config_edit edits[8];
    size_t i;

    assert_true(count <= COUNT(edits));
    for (i = 0; i < count; i++)
        assert_int_equal(config_edit_parse(wishes[i].kind, wishes[i].word,
                                           &edits[i], err), 0);
    return config_edit(syntax, text, strlen(text), edits, count, out, err);
}

static void becomes(enum config_syntax syntax, const char *text,
                    const struct wish *wishes, size_t count,
                    const char *expected)
{
    CLEANUP_CONFIG_EDITED struct config_edited edited = { 0 };
    struct xr_error err = { .code = 0 };

    if (change(syntax, text, wishes, count, &edited, &err))
        fail_msg("%s: %s", text, err.message);
    assert_string_equal(edited.text, expected);
}

static void one(enum config_syntax syntax, const char *text,
                enum config_edit_kind kind, const char *word,
                const char *expected)
{
    const struct wish wish = { kind, word };

    becomes(syntax, text, &wish, 1, expected);
}

static void refuses(enum config_syntax syntax, const char *text,
                    enum config_edit_kind kind, const char *word, int code,
                    const char *why)
{
    CLEANUP_CONFIG_EDITED struct config_edited edited = { 0 };
    const struct wish wish = { kind, word };
    struct xr_error err = { .code = 0 };
    int r = change(syntax, text, &wish, 1, &edited, &err);

    if (r != -code)
        fail_msg("%s: %d, not %d: %s", text, r, -code,
                 r ? err.message : edited.text);
    if (!strstr(err.message, why))
        fail_msg("%s: it says %s", text, err.message);
}

#define UUID "1afefa87-b46a-4215-9cc6-e2ed1d40cc38"

static void only_the_words_of_json(void **state)
{
    static const struct wish wishes[] = {
        { CONFIG_EDIT_NAME, "copy" },
        { CONFIG_EDIT_UUID, UUID },
        { CONFIG_EDIT_DISK, "xvdb=/dev/vg/b" },
        { CONFIG_EDIT_BRIDGE, "br0=br1" },
        { CONFIG_EDIT_MAC, "1=00:16:3e:00:00:01" },
    };

    (void)state;
    becomes(CONFIG_JSON,
            "{ \"name\":\"no\",\"c_info\" :{\"x\":{\"name\":\"no\"},"
            "\"name\" : \"w\\u0065b\\n\", \"uuid\":null}, \"disks\":[\n"
            "{\"vdev\":\"xvda\",\"pdev_path\":\"/a\"},"
            "{\"pdev_path\":\"/b\",\"vdev\":\"xv\\u0064b\",\"s\":[{}]}],"
            "\"nics\":[{\"bridge\":\"br0\"},{\"mac\":\"1\","
            "\"bridge\":\"br2\"},{\"bridge\":\"br\\u0030\"}],\"z\":1.50}\n",
            wishes, COUNT(wishes),
            "{ \"name\":\"no\",\"c_info\" :{\"x\":{\"name\":\"no\"},"
            "\"name\" : \"copy\", \"uuid\":\"" UUID "\"}, \"disks\":[\n"
            "{\"vdev\":\"xvda\",\"pdev_path\":\"/a\"},"
            "{\"pdev_path\":\"/dev/vg/b\",\"vdev\":\"xv\\u0064b\","
            "\"s\":[{}]}],"
            "\"nics\":[{\"bridge\":\"br1\"},"
            "{\"mac\":\"00:16:3e:00:00:01\",\"bridge\":\"br2\"},"
            "{\"bridge\":\"br1\"}],\"z\":1.50}\n");
}

static void only_the_words_of_xml(void **state)
{
    static const struct wish wishes[] = {
        { CONFIG_EDIT_NAME, "a&b" },
        { CONFIG_EDIT_UUID, UUID },
        { CONFIG_EDIT_DISK, "xvda=/dev/'b'" },
        { CONFIG_EDIT_BRIDGE, "br0=br1" },
        { CONFIG_EDIT_MAC, "0=00:16:3e:00:00:01" },
    };

    (void)state;
    becomes(CONFIG_XML,
            "<?xml version='1.0'?><!-- <name>no</name> -->\n"
            "<domain id='3'><metadata><name>no</name></metadata>"
            "<name>we&#98;</name><uuid>u</uuid><devices>"
            "<disk type='file' a='>'><backingStore><source file='/no'/>"
            "</backingStore><source file='/a'/><target dev='xvda'/></disk>"
            "<interface type='bridge'><mac address='1'/>"
            "<source bridge=\"br&#x30;\"/></interface>"
            "<interface type='network'><source network='n' bridge='br0'/>"
            "</interface></devices></domain>\n",
            wishes, COUNT(wishes),
            "<?xml version='1.0'?><!-- <name>no</name> -->\n"
            "<domain id='3'><metadata><name>no</name></metadata>"
            "<name>a&amp;b</name><uuid>" UUID "</uuid><devices>"
            "<disk type='file' a='>'><backingStore><source file='/no'/>"
            "</backingStore><source file='/dev/&apos;b&apos;'/>"
            "<target dev='xvda'/></disk>"
            "<interface type='bridge'><mac address='00:16:3e:00:00:01'/>"
            "<source bridge=\"br1\"/></interface>"
            "<interface type='network'><source network='n' bridge='br0'/>"
            "</interface></devices></domain>\n");
}

static void what_was_not_said_is_added(void **state)
{
    static const struct wish vif[] = {
        { CONFIG_EDIT_MAC, "0=00:16:3e:00:00:01" },
        { CONFIG_EDIT_BRIDGE, "xenbr0=br1" },
    };

    (void)state;
    one(CONFIG_JSON, "{\"c_info\":{}}", CONFIG_EDIT_NAME, "web",
        "{\"c_info\":{\"name\": \"web\"}}");
    one(CONFIG_JSON, "{\"c_info\":{ \"a\":1}}", CONFIG_EDIT_UUID, UUID,
        "{\"c_info\":{\"uuid\": \"" UUID "\",  \"a\":1}}");
    becomes(CONFIG_JSON, "{\"nics\":[{}]}", vif, COUNT(vif),
            "{\"nics\":[{\"bridge\": \"br1\", "
            "\"mac\": \"00:16:3e:00:00:01\"}]}");
    one(CONFIG_JSON, "{\"disks\":[{\"vdev\":\"hdc\",\"format\":\"empty\"}]}",
        CONFIG_EDIT_DISK, "hdc=/a.iso",
        "{\"disks\":[{\"pdev_path\": \"/a.iso\", \"vdev\":\"hdc\","
        "\"format\":\"raw\"}]}");
    one(CONFIG_XML, "<domain><title/></domain>", CONFIG_EDIT_UUID, UUID,
        "<domain><uuid>" UUID "</uuid><title/></domain>");
    one(CONFIG_XML, "<domain><name></name></domain>", CONFIG_EDIT_NAME, "web",
        "<domain><name>web</name></domain>");
    one(CONFIG_XML, "<domain><devices><disk type='file'><target dev='hdc'/>"
        "</disk></devices></domain>", CONFIG_EDIT_DISK, "hdc=/a.iso",
        "<domain><devices><disk type='file'><source file='/a.iso'/>"
        "<target dev='hdc'/></disk></devices></domain>");
}

/* Else the domain would want the number of the one beside it. */
static void another_domain_has_another_number(void **state)
{
    (void)state;
    one(CONFIG_JSON, "{\"c_info\":{\"domid\":7,\"name\":\"web\"}}",
        CONFIG_EDIT_NAME, "copy",
        "{\"c_info\":{\"domid\":0,\"name\":\"copy\"}}");
    one(CONFIG_JSON, "{\"c_info\":{\"domid\":7},\"nics\":[{\"mac\":1}]}",
        CONFIG_EDIT_MAC, "0=00:16:3e:00:00:01",
        "{\"c_info\":{\"domid\":7},\"nics\":[{\"mac\":"
        "\"00:16:3e:00:00:01\"}]}");
}

static void texts_are_escaped(void **state)
{
    (void)state;
    one(CONFIG_JSON, "{\"disks\":[{\"vdev\":\"a\",\"pdev_path\":\"/\"}]}",
        CONFIG_EDIT_DISK, "a=/\"},{\\\xc3\xa4",
        "{\"disks\":[{\"vdev\":\"a\","
        "\"pdev_path\":\"/\\\"},{\\\\\xc3\xa4\"}]}");
    one(CONFIG_XML, "<domain><name>web</name></domain>", CONFIG_EDIT_NAME,
        "<x a='1' b=\"2\">&", "<domain><name>&lt;x a=&apos;1&apos; "
        "b=&quot;2&quot;&gt;&amp;</name></domain>");
}

/* libxl goes by the first of two, others by the last. */
static void json_that_is_not_clear(void **state)
{
    static const char *const bad[] = {
        "{\"c_info\":{\"name\":\"a\",\"name\":\"b\"}}",
        "{\"c_info\":{\"name\":\"a\",\"n\\u0061me\":\"b\"}}",
        "{\"c_info\":{\"name\":\"a\"},\"c_info\":{}}",
        "{\"c_info\":{\"name\\u0000\":\"a\"}}",
        "{\"c_info\":{\"name\":{}}}",
        "{\"c_info\":{\"name\":[\"a\"]}}",
        "{\"c_info\":{\"name\":\"a\"}} {}",
        "{\"c_info\":{\"name\":\"a\"}",
        "[]", "", "{}", "{\"c_info\":[{\"name\":\"a\"}]}", "web",
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(bad); i++)
        refuses(CONFIG_JSON, bad[i], CONFIG_EDIT_NAME, "copy", EINVAL,
                "configuration");
}

static void xml_that_is_not_clear(void **state)
{
    static const char *const bad[] = {
        "<domain><name>a</name><name>b</name></domain>",
        "<domain><name>a<!-- -->b</name></domain>",
        "<domain><name><![CDATA[a]]></name></domain>",
        "<domain><name>a</nam></domain>", "<domain><name>a</name>",
        "<domain><name>a</name></domain><domain/>",
        "<domain><name>a</name></domain>x",
        "<domain a='1' a='2'><name>a</name></domain>",
        "<domain a=1><name>a</name></domain>",
        "<domain a='<'><name>a</name></domain>",
        "<domain a='1'b='2'><name>a</name></domain>",
        "<domain><!-- <name>a</name></domain>",
        "<!DOCTYPE domain [<!ENTITY a 'b'>]><domain><name>a</name></domain>",
        "<domain><name/></domain>", "<domain><uuid/></domain>",
        "<domain><name></name><name>a</name></domain>", "<other><name>a</name></other>", "", "a",
        "<", "<domain", "<domain ", "<domain a", "<domain a=", "<domain a='",
        "<domain>", "<domain></", "<![CDATA[", "<domain><![CDATA[", "<?",
        "<!--",
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(bad); i++)
        refuses(CONFIG_XML, bad[i], CONFIG_EDIT_NAME, "copy", EINVAL, "");
}

static void what_is_not_there(void **state)
{
    static const char json[] =
        "{\"disks\":[{\"vdev\":\"xvda\",\"pdev_path\":\"/a\"},"
        "{\"vdev\":\"xvdb\"},{\"vdev\":\"c\"},{\"vdev\":\"c\"}],"
        "\"nics\":[{\"bridge\":\"br0\"}]}";

    (void)state;
    refuses(CONFIG_JSON, json, CONFIG_EDIT_DISK, "xvdz=/x", ENOENT,
            "no disk xvdz; it has: xvda, xvdb");
    refuses(CONFIG_JSON, json, CONFIG_EDIT_DISK, "c=/x", EINVAL, "twice");
    refuses(CONFIG_JSON, json, CONFIG_EDIT_DISK, "xvda=x", EINVAL, "absolute path");
    refuses(CONFIG_JSON, json, CONFIG_EDIT_BRIDGE, "br1=br2", ENOENT,
            "no interface on br1; it has: br0");
    refuses(CONFIG_JSON, json, CONFIG_EDIT_MAC, "1=new", ENOENT,
            "no interface 1");
    refuses(CONFIG_JSON, "{}", CONFIG_EDIT_DISK, "xvda=/x", ENOENT,
            "it has: none");
    refuses(CONFIG_XML, "<domain><devices><disk type='network'><source "
            "protocol='rbd'/><target dev='xvda'/></disk></devices></domain>",
            CONFIG_EDIT_DISK, "xvda=/x", EINVAL, "not in a file or device");
}

static void twice_is_a_contradiction(void **state)
{
    static const struct wish wishes[] = {
        { CONFIG_EDIT_DISK, "xvda=/x" }, { CONFIG_EDIT_DISK, "xvda=/y" },
    };
    CLEANUP_CONFIG_EDITED struct config_edited edited = { 0 };
    struct xr_error err;

    (void)state;
    assert_int_equal(change(CONFIG_JSON, "{\"disks\":[{\"vdev\":\"xvda\"}]}",
                            wishes, COUNT(wishes), &edited, &err), -EINVAL);
    assert_non_null(strstr(err.message, "twice"));
}

/* Bridges can change places: what counts is which one each was on. */
static void bridges_are_exchanged(void **state)
{
    static const struct wish wishes[] = {
        { CONFIG_EDIT_BRIDGE, "a=b" }, { CONFIG_EDIT_BRIDGE, "b=a" },
    };

    (void)state;
    becomes(CONFIG_JSON, "{\"nics\":[{\"bridge\":\"a\"},{\"bridge\":\"b\"}]}",
            wishes, COUNT(wishes),
            "{\"nics\":[{\"bridge\":\"b\"},{\"bridge\":\"a\"}]}");
}

static void new_macs_are_of_xen(void **state)
{
    static const struct wish wishes[] = {
        { CONFIG_EDIT_MAC, "new" }, { CONFIG_EDIT_MAC, "1=02:00:00:00:00:01" },
    };
    CLEANUP_CONFIG_EDITED struct config_edited edited = { 0 };
    unsigned int bytes[3];
    struct xr_error err;

    (void)state;
    assert_int_equal(change(CONFIG_JSON, "{\"nics\":[{\"mac\":\"1\"},{},{}]}",
                            wishes, COUNT(wishes), &edited, &err), 0);
    assert_int_equal(edited.count, 3);
    assert_string_equal(edited.changes[0].what, "mac");
    assert_string_equal(edited.changes[0].of, "1");
    assert_null(edited.changes[0].from);
    assert_string_equal(edited.changes[0].to, "02:00:00:00:00:01");
    assert_string_equal(edited.changes[1].of, "0");
    assert_string_equal(edited.changes[1].from, "1");
    assert_int_equal(sscanf(edited.changes[1].to, "00:16:3e:%2x:%2x:%2x",
                            &bytes[0], &bytes[1], &bytes[2]), 3);
    assert_true(bytes[0] < 0x80);
    assert_string_not_equal(edited.changes[1].to, edited.changes[2].to);
    assert_non_null(strstr(edited.text, edited.changes[2].to));
}

static void words_are_checked(void **state)
{
    static const struct wish bad[] = {
        { CONFIG_EDIT_NAME, "" }, { CONFIG_EDIT_NAME, "a/b" },
        { CONFIG_EDIT_NAME, "a\nb" }, { CONFIG_EDIT_NAME, "\xff" },
        { CONFIG_EDIT_UUID, "" }, { CONFIG_EDIT_UUID, UUID "0" },
        { CONFIG_EDIT_UUID, "1afefa87b46a42159cc6e2ed1d40cc38" },
        { CONFIG_EDIT_DISK, "" }, { CONFIG_EDIT_DISK, "xvda" },
        { CONFIG_EDIT_DISK, "xvda=" }, { CONFIG_EDIT_DISK, "=/a" },
        { CONFIG_EDIT_DISK, "xvda=/a\x7f" },
        { CONFIG_EDIT_BRIDGE, "br0" }, { CONFIG_EDIT_BRIDGE, "br0=" },
        { CONFIG_EDIT_MAC, "" }, { CONFIG_EDIT_MAC, "old" },
        { CONFIG_EDIT_MAC, "00:16:3e:00:00:01" },
        { CONFIG_EDIT_MAC, "x=00:16:3e:00:00:01" },
        { CONFIG_EDIT_MAC, "-1=00:16:3e:00:00:01" },
        { CONFIG_EDIT_MAC, "0=01:16:3e:00:00:01" },
        { CONFIG_EDIT_MAC, "0=00:16:3e:00:00" },
        { CONFIG_EDIT_MAC, "0=00:16:3e:00:00:01:02" },
        { CONFIG_EDIT_MAC, "12345678=new" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(bad); i++) {
        struct xr_error err = { .code = 0 };
        struct config_edit edit;

        if (!config_edit_parse(bad[i].kind, bad[i].word, &edit, &err))
            fail_msg("'%s' is taken", bad[i].word);
        assert_int_equal(err.reason, XR_REASON_USAGE);
        assert_true(*err.message);
    }
}

/* Deeper, and with more of it, than anything real. */
static void limits(void **state)
{
    CLEANUP_BUFFER struct buffer deep = { 0 }, many = { 0 };
    size_t i;

    (void)state;
    for (i = 0; i < 100; i++)
        buffer_puts(&deep, "<a>");
    refuses(CONFIG_XML, deep.data, CONFIG_EDIT_NAME, "copy", E2BIG, "levels");
    buffer_puts(&many, "{\"disks\":[{}");
    for (i = 0; i < CONFIG_PLACES_MAX; i++)
        buffer_puts(&many, ",{}");
    buffer_puts(&many, "]}");
    refuses(CONFIG_JSON, many.data, CONFIG_EDIT_NAME, "copy", E2BIG, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_words_of_json),
        cmocka_unit_test(only_the_words_of_xml),
        cmocka_unit_test(what_was_not_said_is_added),
        cmocka_unit_test(another_domain_has_another_number),
        cmocka_unit_test(texts_are_escaped),
        cmocka_unit_test(json_that_is_not_clear),
        cmocka_unit_test(xml_that_is_not_clear),
        cmocka_unit_test(what_is_not_there),
        cmocka_unit_test(twice_is_a_contradiction),
        cmocka_unit_test(bridges_are_exchanged),
        cmocka_unit_test(new_macs_are_of_xen),
        cmocka_unit_test(words_are_checked),
        cmocka_unit_test(limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
