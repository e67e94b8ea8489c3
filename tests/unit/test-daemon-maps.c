/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, doctor says of a libvirtd that it has the plugin and it has not, or
 * that it has the installed one and it was replaced since.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/daemon_maps.h"
#include "unit.h"

#define STUB "/usr/lib/xen-resumable/xen-resumable-preload.so"
#define CORE "/usr/lib/xen-resumable/4.17/xen-resumable-core.so"
#define LIBXL "/usr/lib/x86_64-linux-gnu/libxenlight.so.4.17.0"
#define LINE "7f0000000000-7f0000001000 r-xp 00000000 fe:01 12          "

static char proc[] = "/tmp/test-daemon-maps.XXXXXX";

/* A file of a process's folder; "": the folder. */
static const char *below(int pid, const char *name)
{
    static char path[4][128];
    static unsigned int next;
    char *out = path[next++ % 4];

    snprintf(out, sizeof(path[0]), "%s/%d/%s", proc, pid, name);
    return out;
}

static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static void make_process(int pid, const char *exe, const char *maps)
{
    mkdir(below(pid, ""), 0700);
    mkdir(below(pid, "map_files"), 0700);
    unlink(below(pid, "exe"));
    assert_int_equal(symlink(exe, below(pid, "exe")), 0);
    if (maps)
        write_file(below(pid, "maps"), maps);
}

static size_t find(struct virt_process found[DAEMONS_MAX])
{
    return daemons_find(proc, found);
}

static struct virt_process one(const char *maps)
{
    struct virt_process found[DAEMONS_MAX];

    make_process(12, "/usr/sbin/libvirtd", maps);
    assert_int_equal(find(found), 1);
    assert_int_equal(found[0].pid, 12);
    return found[0];
}

static void what_is_mapped_is_found(void **state)
{
    struct virt_process p;

    (void)state;
    p = one(LINE LIBXL "\n" LINE STUB "\n" LINE CORE "\n"
            "7ffc00000000-7ffc00001000 rw-p 00000000 00:00 0 [stack]\n");
    assert_true(p.is_readable && p.has_libxl);
    assert_string_equal(p.name, "libvirtd");
    assert_string_equal(p.stub.path, STUB);
    assert_string_equal(p.core.path, CORE);
    assert_false(p.stub.is_gone || p.core.is_gone);
    p = one(LINE LIBXL "\n" LINE STUB " (deleted)\n");
    assert_string_equal(p.stub.path, STUB);
    assert_true(p.stub.is_gone);
    assert_string_equal(p.core.path, "");
    p = one("");
    assert_true(p.is_readable);
    assert_false(p.has_libxl);
}

/* Another file of that name, or that name in another's. */
static void only_the_file_itself_counts(void **state)
{
    struct virt_process p;

    (void)state;
    p = one(LINE "/x/not-xen-resumable-preload.so\n"
            LINE STUB ".bak\n" LINE STUB "/x\n"
            LINE "xen-resumable-preload.so\n"
            "xen-resumable-preload.so /\n\n /\n");
    assert_string_equal(p.stub.path, "");
    assert_false(p.has_libxl);
}

static void long_and_broken_lines_are_passed_over(void **state)
{
    static char maps[100000];
    struct virt_process p;

    (void)state;
    snprintf(maps, sizeof(maps), LINE "/%05000d/xen-resumable-preload.so\n", 1);
    p = one(maps);
    assert_int_equal(strlen(p.stub.path), MAPPED_PATH_ROOM - 1);
    snprintf(maps, sizeof(maps), LINE "/%050000d" LINE STUB "\n" LINE LIBXL
             "\n", 1);
    p = one(maps);
    assert_string_equal(p.stub.path, "");
    assert_true(p.has_libxl);
    p = one(LINE STUB); /* cut off */
    assert_string_equal(p.stub.path, "");
}

static void it_is_the_installed_one_or_is_not(void **state)
{
    char file[64], other[64], link[128];
    struct virt_process p;

    (void)state;
    snprintf(link, sizeof(link), "%s/12/map_files/7f0000000000-7f0000001000",
             proc);
    snprintf(file, sizeof(file), "%s/file.so", proc);
    snprintf(other, sizeof(other), "%s/other.so", proc);
    write_file(file, "1");
    write_file(other, "2");
    p = one(LINE STUB "\n");
    /* Without the link nothing but the name is known. */
    assert_false(p.stub.is_known);
    assert_true(mapped_file_is(&p.stub, STUB) == !access(STUB, F_OK));
    assert_int_equal(symlink(file, link), 0);
    p = one(LINE STUB "\n");
    assert_true(p.stub.is_known);
    assert_true(mapped_file_is(&p.stub, file));
    assert_false(mapped_file_is(&p.stub, other));
    assert_int_equal(rename(other, file), 0);
    assert_false(mapped_file_is(&p.stub, "/nonexistent"));
    p.stub.is_gone = true;
    assert_false(mapped_file_is(&p.stub, file));
    unlink(link);
    unlink(file);
}

static void a_daemon_is_what_it_runs(void **state)
{
    struct virt_process found[DAEMONS_MAX];
    int pid;

    (void)state;
    make_process(12, "/usr/sbin/libvirtd (deleted)", "");
    assert_int_equal(find(found), 1);
    make_process(12, "/usr/sbin/not-libvirtd", "");
    assert_int_equal(find(found), 0);
    make_process(12, "libvirtd", "");
    assert_int_equal(find(found), 0);
    make_process(12, "/usr/sbin/virtxend", NULL);
    unlink(below(12, "maps"));
    assert_int_equal(find(found), 1);
    assert_string_equal(found[0].name, "virtxend");
    assert_false(found[0].is_readable);
    for (pid = 12; pid < 30; pid++)
        make_process(pid, "/usr/sbin/libvirtd", "");
    assert_int_equal(find(found), DAEMONS_MAX);
    assert_int_equal(daemons_find("/nonexistent", found), 0);
}

static int make_proc(void **state)
{
    (void)state;
    return !mkdtemp(proc);
}

static int remove_proc(void **state)
{
    char command[64];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", proc);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_mapped_is_found),
        cmocka_unit_test(only_the_file_itself_counts),
        cmocka_unit_test(long_and_broken_lines_are_passed_over),
        cmocka_unit_test(it_is_the_installed_one_or_is_not),
        cmocka_unit_test(a_daemon_is_what_it_runs),
    };

    return cmocka_run_group_tests(tests, make_proc, remove_proc);
}
