/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a checkpoint holds more memory than systemd's MemoryMax= lets it
 * have, and is killed while a guest stands still; or a guest waits for the disk
 * though there is memory.
 */
#include "config.h"

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/free_memory.h"

#define MIB (UINT64_C(1) << 20)
#define V2 "sys/fs/cgroup"
#define V1 "sys/fs/cgroup/memory"

static char root[] = "/tmp/test-free-memory.XXXXXX";

/* A file below root, with the folders that lead to it. */
static void put(const char *name, const char *text)
{
    char path[256], *slash;
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", root, name);
    for (slash = path + strlen(root) + 1; (slash = strchr(slash, '/'));) {
        *slash = '\0';
        (void)mkdir(path, 0700);
        *slash++ = '/';
    }
    f = fopen(path, "we");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void clear(void)
{
    char command[64];

    snprintf(command, sizeof(command), "rm -rf %s/*", root);
    assert_int_equal(system(command), 0);
}

/* A host with 64 GiB, of which 4 GiB are available. */
static int setup(void **state)
{
    (void)state;
    clear();
    put("proc/meminfo", "MemTotal:       67108864 kB\n"
        "MemFree:         1048576 kB\nMemAvailable:    4194304 kB\n");
    put("proc/self/cgroup", "0::/system.slice/web.service\n");
    return 0;
}

static void expect(uint64_t mib)
{
    assert_int_equal(free_memory(root) / MIB, mib);
}

static void without_a_limit_it_is_the_hosts(void **state)
{
    (void)state;
    expect(4096);
    put(V2 "/system.slice/web.service/memory.max", "max\n");
    put(V2 "/system.slice/web.service/memory.high", "max\n");
    put(V2 "/system.slice/web.service/memory.current", "1048576\n");
    expect(4096);
    put(V2 "/system.slice/web.service/memory.max", "9223372036854771712\n");
    expect(4096);
}

static void a_limit_is_what_it_leaves(void **state)
{
    (void)state;
    put(V2 "/system.slice/web.service/memory.max", "536870912\n");
    expect(512);
    put(V2 "/system.slice/web.service/memory.current", "134217728\n");
    expect(384);
    /* Of the former images' pages: they go before anybody is killed. */
    put(V2 "/system.slice/web.service/memory.stat",
        "anon 1048576\nfile 104857600\ninactive_file_of_none 5\n"
        "inactive_file 67108864\nactive_file 33554432\n");
    expect(448);
    put(V2 "/system.slice/web.service/memory.stat", "inactive_file 1073741824\n");
    expect(512);
    put(V2 "/system.slice/web.service/memory.current", "1073741824\n");
    put(V2 "/system.slice/web.service/memory.stat", "");
    expect(0);
}

/* Who goes beyond it is slowed down while the guest stands still. */
static void so_is_the_limit_above_which_it_is_slow(void **state)
{
    (void)state;
    put(V2 "/system.slice/web.service/memory.max", "536870912\n");
    put(V2 "/system.slice/web.service/memory.high", "268435456\n");
    put(V2 "/system.slice/web.service/memory.current", "67108864\n");
    expect(192);
}

static void those_above_count_too(void **state)
{
    (void)state;
    put(V2 "/system.slice/web.service/memory.max", "536870912\n");
    put(V2 "/system.slice/memory.max", "1073741824\n");
    put(V2 "/system.slice/memory.current", "1006632960\n");
    expect(64);
    put(V2 "/system.slice/memory.current", "0\n");
    expect(512);
    /* A container's root. */
    put(V2 "/memory.max", "33554432\n");
    expect(32);
    put("proc/self/cgroup", "0::/\n");
    expect(32);
    put("proc/self/cgroup", "0::/../elsewhere\n");
    expect(32);
}

static void the_first_version_has_limits_too(void **state)
{
    (void)state;
    put("proc/self/cgroup", "9:name=systemd:/memory\n3:cpu,memoryless:/x\n"
        "4:blkio,memory:/a:b/web\n0::/\n");
    put(V1 "/x/memory.limit_in_bytes", "1048576\n");
    put(V1 "/memory.limit_in_bytes", "9223372036854771712\n");
    expect(4096);
    put(V1 "/a:b/web/memory.limit_in_bytes", "536870912\n");
    put(V1 "/a:b/web/memory.usage_in_bytes", "268435456\n");
    put(V1 "/a:b/web/memory.stat", "inactive_file 1\n"
        "total_inactive_file 67108864\n");
    expect(320);
    put(V1 "/a:b/memory.limit_in_bytes", "134217728\n");
    expect(128);
}

/* Whoever can make such files is root, or they are none of the kernel's. */
static void what_is_not_understood_is_no_limit(void **state)
{
    static char line[20000];

    (void)state;
    put(V2 "/system.slice/web.service/memory.max", "-1\n");
    expect(4096);
    put(V2 "/system.slice/web.service/memory.max", "");
    expect(4096);
    put(V2 "/system.slice/web.service/memory.max",
        "99999999999999999999999999999999999999999\n");
    expect(4096);
    put("proc/self/cgroup", "\n:\n0:\n::\n");
    expect(4096);
    memset(line, '/', sizeof(line) - 1);
    memcpy(line, "0::", 3);
    put("proc/self/cgroup", line);
    expect(4096);
    put("proc/self/cgroup", "");
    put("proc/meminfo", "MemTotal: 5 kB\n");
    expect(0);
    put("proc/meminfo", "MemAvailable: 99999999999999999999999 kB\n");
    (void)free_memory(root);
    clear();
    expect(0);
}

static void this_host_has_some(void **state)
{
    (void)state;
    assert_true(free_memory("") > 0);
}

static int begin(void **state)
{
    (void)state;
    return !mkdtemp(root);
}

static int end(void **state)
{
    (void)state;
    clear();
    return remove(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(without_a_limit_it_is_the_hosts, setup),
        cmocka_unit_test_setup(a_limit_is_what_it_leaves, setup),
        cmocka_unit_test_setup(so_is_the_limit_above_which_it_is_slow, setup),
        cmocka_unit_test_setup(those_above_count_too, setup),
        cmocka_unit_test_setup(the_first_version_has_limits_too, setup),
        cmocka_unit_test_setup(what_is_not_understood_is_no_limit, setup),
        cmocka_unit_test(this_host_has_some),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
