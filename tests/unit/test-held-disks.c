/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a file or device that a running domain writes is taken for
 * free: under another name, as a layer of the disk, or behind another backend.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "unit.h"
#include "domain/held_disks.h"
#include "fake_xen.h"

#define BACKEND "/local/domain/0/backend"

static char root[PATH_MAX / 4];
static struct store *store;

/* A path below the test's own folder; in one of a few buffers. */
__attribute__((format(printf, 1, 2)))
static const char *at(const char *format, ...)
{
    static char paths[8][PATH_MAX];
    static unsigned int next;
    char *path = paths[next++ % COUNT(paths)];
    va_list ap;
    int n = snprintf(path, PATH_MAX, "%s/", root);

    va_start(ap, format);
    vsnprintf(path + n, PATH_MAX - (size_t)n, format, ap);
    va_end(ap);
    return path;
}

static void put(const char *path, const void *bytes, size_t n)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, n), n);
    close(fd);
}

static void put_text(const char *path, const char *text)
{
    put(path, text, strlen(text));
}

static void folder(const char *path)
{
    assert_true(!mkdir(path, 0700) || errno == EEXIST);
}

static int begin(void **state)
{
    (void)state;
    snprintf(root, sizeof(root), "/tmp/held-disks.XXXXXX");
    assert_non_null(mkdtemp(root));
    folder(at("sys"));
    folder(at("sys/dev"));
    folder(at("sys/dev/block"));
    folder(at("sys/devices"));
    folder(at("proc"));
    fake_reset();
    store = store_open();
    assert_non_null(store);
    return 0;
}

static int end(void **state)
{
    char command[PATH_MAX];

    (void)state;
    store_close(store);
    snprintf(command, sizeof(command), "rm -rf '%s'", root);
    return system(command);
}

/* A device in sysfs: "devices/sda", "devices/sda/sda1". */
static void device(const char *path, const char *number, bool partition)
{
    folder(at("sys/devices/%s", path));
    put_text(at("sys/devices/%s/dev", path), number);
    if (partition)
        put_text(at("sys/devices/%s/partition", path), "1\n");
    assert_int_equal(symlink(at("sys/devices/%s", path),
                             at("sys/dev/block/%s", number)), 0);
}

static void slave(const char *device, const char *of)
{
    folder(at("sys/devices/%s/slaves", of));
    assert_int_equal(symlink(at("sys/devices/%s", device),
                             at("sys/devices/%s/slaves/%s", of, device)), 0);
}

/* Of domain 7. */
static void backend(const char *kind, const char *node, const char *value)
{
    char path[256];

    /* xenstored lists what is above a node, too. */
    fake_store_set_path(BACKEND, "");
    snprintf(path, sizeof(path), BACKEND "/%s", kind);
    fake_store_set_path(path, "");
    snprintf(path, sizeof(path), BACKEND "/%s/7", kind);
    fake_store_set_path(path, "");
    snprintf(path, sizeof(path), BACKEND "/%s/7/51712", kind);
    fake_store_set_path(path, "");
    snprintf(path, sizeof(path), BACKEND "/%s/7/51712/%s", kind, node);
    fake_store_set_path(path, value);
}

static void find(struct held_disks *held)
{
    const char *sys = at("sys"), *proc = at("proc");
    const struct held_roots roots = { sys, proc };
    struct xr_error err = { .message = "" };
    xc_interface *xch = xc_interface_open(NULL, NULL, 0);
    int r = held_disks_find(xch, store, &roots, held, &err);

    if (r)
        print_message("%s\n", err.message);
    assert_int_equal(r, 0);
    xc_interface_close(xch);
}

static bool is_hit(const struct storage *storage)
{
    CLEANUP_HELD_DISKS struct held_disks held = { 0 };
    CLEANUP_LAYERS struct layers layers = { 0 };
    const struct held_disk *disk;
    struct xr_error err;

    find(&held);
    assert_int_equal(layers_find(at("sys"), storage, &layers, &err), 0);
    disk = held_disks_hit_by(&held, &layers);
    if (disk)
        assert_int_equal(disk->domid, 7);
    return disk;
}

static bool file_is_hit(const char *path)
{
    struct storage storage;
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    assert_true(storage_of(&st, &storage));
    return is_hit(&storage);
}

static bool device_is_hit(unsigned int high, unsigned int low)
{
    struct storage storage = storage_of_device(makedev(high, low));

    return is_hit(&storage);
}

static bool clashes(const char *path, const char *format, bool written)
{
    CLEANUP_HELD_DISKS struct held_disks held = { 0 };
    CLEANUP_DISK_PARTS struct disk_parts parts = { 0 };
    struct xr_error err;

    find(&held);
    assert_int_equal(disk_parts_add_path(&parts, at("sys"), path, format,
                                         written, &err), 0);
    return held_disks_clash(&held, &parts);
}

static void knows_a_file_by_any_name(void **state)
{
    char params[PATH_MAX + 16];

    (void)state;
    put_text(at("disk"), "x");
    put_text(at("other"), "x");
    assert_int_equal(symlink("disk", at("link")), 0);
    assert_int_equal(link(at("disk"), at("hard")), 0);
    assert_false(file_is_hit(at("disk")));
    backend("qdisk", "mode", "w");
    backend("qdisk", "dev", "xvda");
    snprintf(params, sizeof(params), "aio:%s", at("disk"));
    backend("qdisk", "params", params);
    assert_true(file_is_hit(at("disk")));
    assert_true(file_is_hit(at("link")));
    assert_true(file_is_hit(at("hard")));
    assert_false(file_is_hit(at("other")));
}

static void describes_who_has_it(void **state)
{
    CLEANUP_HELD_DISKS struct held_disks held = { 0 };
    char text[HELD_TEXT_ROOM];

    (void)state;
    put_text(at("disk"), "x");
    fake_store_set("name", "web");
    backend("vbd", "params", at("disk"));
    backend("vbd", "dev", "xvda");
    find(&held);
    assert_int_equal(held.count, 1);
    held_disk_describe(&held.items[0], text);
    assert_string_equal(text, "xvda of web (domain 7)");
}

#define LIBXL "/libxl/7/device/vbd/51712/"

static void libxl(const char *backend_path)
{
    fake_store_set_path("/libxl", "");
    fake_store_set_path("/libxl/7", "");
    fake_store_set_path("/libxl/7/device", "");
    fake_store_set_path("/libxl/7/device/vbd", "");
    fake_store_set_path("/libxl/7/device/vbd/51712", "");
    fake_store_set_path(LIBXL "backend", backend_path);
    fake_store_set_path(LIBXL "params", at("disk"));
    fake_store_set_path(LIBXL "dev", "xvda");
}

/* QEMU has removed the backend; libxl knows of it. */
static void asks_libxl(void **state)
{
    CLEANUP_HELD_DISKS struct held_disks held = { 0 };

    (void)state;
    put_text(at("disk"), "x");
    libxl("/local/domain/5/backend/vbd/7/51712");
    assert_false(file_is_hit(at("disk")));
    libxl(BACKEND "/vbd/7/51712");
    assert_true(file_is_hit(at("disk")));
    backend("vbd", "params", at("disk"));
    backend("vbd", "dev", "xvda");
    find(&held);
    assert_int_equal(held.count, 1);
}

static void a_domain_that_is_gone_has_none(void **state)
{
    (void)state;
    put_text(at("disk"), "x");
    backend("vbd", "params", at("disk"));
    assert_true(file_is_hit(at("disk")));
    fake.domain_exists = false;
    assert_false(file_is_hit(at("disk")));
}

/* A disk, its partition, a volume on that, a snapshot's hidden layers. */
static void put_devices(void)
{
    device("sda", "8:0", false);
    device("sda/sda1", "8:1", true);
    device("sda/sda2", "8:2", true);
    device("dm-0", "253:0", false);
    slave("sda1", "dm-0");
    unlink(at("sys/devices/dm-0/slaves/sda1"));
    assert_int_equal(symlink(at("sys/devices/sda/sda1"),
                             at("sys/devices/dm-0/slaves/sda1")), 0);
    device("dm-1", "253:1", false);
    slave("dm-0", "dm-1");
    device("dm-2", "253:2", false);
    slave("dm-0", "dm-2");
}

static void sees_layers_both_ways(void **state)
{
    (void)state;
    put_devices();
    backend("vbd", "mode", "w");
    backend("vbd", "physical-device", "fd:0"); /* dm-0 */
    assert_true(device_is_hit(253, 0));
    assert_true(device_is_hit(8, 1));  /* below */
    assert_true(device_is_hit(8, 0));
    assert_true(device_is_hit(253, 1)); /* above */
    assert_true(device_is_hit(253, 2));
    assert_false(device_is_hit(8, 2));  /* beside */
    assert_false(device_is_hit(9, 9));  /* unknown to sysfs */
}

static void siblings_do_not_clash(void **state)
{
    (void)state;
    put_devices();
    backend("vbd", "physical-device", "fd:1"); /* dm-1 */
    assert_false(device_is_hit(253, 2));
    assert_true(device_is_hit(253, 0));
}

/* What dom0 has mounted of a disk that a guest writes is no place for images. */
static void a_file_system_on_a_disk(void **state)
{
    struct storage new = { .is_device = false };
    char number[32];
    struct stat st;

    (void)state;
    assert_int_equal(stat(root, &st), 0);
    if (!major(st.st_dev))
        skip();
    new.device = st.st_dev;
    assert_false(is_hit(&new));
    snprintf(number, sizeof(number), "%x:%x", major(st.st_dev),
             minor(st.st_dev));
    backend("vbd", "physical-device", number);
    backend("vbd", "mode", "w");
    assert_true(is_hit(&new));
    backend("vbd", "mode", "r");
    assert_false(is_hit(&new));
    backend("vbd", "mode", "w!");
    assert_false(is_hit(&new));
    assert_true(device_is_hit(major(st.st_dev), minor(st.st_dev)));
}

/* ... and the device that a disk's file is on is none to be written to. */
static void a_disk_in_a_file_system(void **state)
{
    struct stat st;

    (void)state;
    assert_int_equal(stat(root, &st), 0);
    if (!major(st.st_dev))
        skip();
    put_text(at("disk"), "x");
    backend("vbd", "mode", "r");
    backend("vbd", "params", at("disk"));
    assert_true(device_is_hit(major(st.st_dev), minor(st.st_dev)));
}

static void put_seed(const char *name, const char *path)
{
    char from[PATH_MAX], bytes[4096];
    ssize_t n;
    int fd;

    snprintf(from, sizeof(from), "%s/tests/data/disks/%s",
             getenv("top_srcdir"), name);
    fd = open(from, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    n = read(fd, bytes, sizeof(bytes));
    close(fd);
    assert_true(n > 0);
    put(path, bytes, (size_t)n);
}

static void sees_what_an_overlay_is_of(void **state)
{
    char params[PATH_MAX + 16];

    (void)state;
    put_seed("base.qcow2", at("base.qcow2"));
    put_seed("over.qcow2", at("over.qcow2"));
    put_seed("over.qcow2", at("beside.qcow2"));
    put_seed("data.qcow2", at("data.qcow2"));
    put_text(at("web.data"), "x");
    backend("qdisk", "mode", "w");
    snprintf(params, sizeof(params), "qcow2:%s", at("over.qcow2"));
    backend("qdisk", "params", params);
    assert_true(file_is_hit(at("base.qcow2")));
    assert_true(file_is_hit(at("over.qcow2")));
    assert_false(file_is_hit(at("beside.qcow2")));

    /* Two overlays may share what they both only read. */
    assert_false(clashes(at("beside.qcow2"), "qcow2", true));
    assert_true(clashes(at("base.qcow2"), "qcow2", true));
    assert_false(clashes(at("base.qcow2"), "qcow2", false));
    assert_true(clashes(at("over.qcow2"), "qcow2", false));

    snprintf(params, sizeof(params), "qcow2:%s", at("base.qcow2"));
    backend("qdisk", "params", params);
    assert_true(clashes(at("beside.qcow2"), "qcow2", true));

    snprintf(params, sizeof(params), "qcow2:%s", at("data.qcow2"));
    backend("qdisk", "params", params);
    assert_true(file_is_hit(at("web.data")));
    assert_true(clashes(at("web.data"), NULL, false));
}

/* A guest can write any header into its raw disk. */
static void believes_no_raw_disk(void **state)
{
    char params[PATH_MAX + 16];

    (void)state;
    put_seed("base.qcow2", at("base.qcow2"));
    put_seed("over.qcow2", at("over.qcow2"));
    snprintf(params, sizeof(params), "aio:%s", at("over.qcow2"));
    backend("qdisk", "params", params);
    assert_true(file_is_hit(at("over.qcow2")));
    assert_false(file_is_hit(at("base.qcow2")));
}

/* One that is an overlay of itself, and one whose base is nowhere. */
static void bears_bad_chains(void **state)
{
    CLEANUP_DISK_PARTS struct disk_parts parts = { 0 };
    struct xr_error err;

    (void)state;
    put_seed("over.qcow2", at("base.qcow2"));
    assert_int_equal(disk_parts_add_path(&parts, at("sys"), at("base.qcow2"),
                                         "qcow2", true, &err), 0);
    assert_true(parts.unknown);
    disk_parts_free(&parts);
    put_seed("over-2.qcow2", at("lost.qcow2"));
    assert_int_equal(disk_parts_add_path(&parts, at("sys"), at("lost.qcow2"),
                                         "qcow2", true, &err), 0);
    assert_true(parts.unknown);
    disk_parts_free(&parts);
    assert_int_equal(disk_parts_add_path(&parts, at("sys"), at("lost.qcow2"),
                                         "qed", true, &err), 0);
    assert_true(parts.unknown);
    disk_parts_free(&parts);
    assert_int_equal(disk_parts_add_path(&parts, at("sys"), at("nowhere"),
                                         "qcow2", true, &err), -ENOENT);
    assert_int_equal(disk_parts_add_path(&parts, at("sys"), "/dev/null", NULL,
                                         true, &err), -EINVAL);
    assert_int_equal(parts.count, 0);
}

static void clashes_where_one_writes(void **state)
{
    (void)state;
    put_text(at("disk"), "x");
    backend("vbd", "params", at("disk"));
    backend("vbd", "mode", "r");
    assert_false(clashes(at("disk"), NULL, false));
    assert_true(clashes(at("disk"), NULL, true));
    backend("vbd", "mode", "w");
    assert_true(clashes(at("disk"), NULL, false));
    backend("vbd", "mode", "w!");
    assert_false(clashes(at("disk"), NULL, true));
    assert_true(file_is_hit(at("disk")));
}

/* What is no file of this host is nobody's, and an empty drive, too. */
static void passes_over_what_is_no_file(void **state)
{
    static const char *const params[] = {
        "", "nbd://host/export", "qcow2:nbd://host/export", "rbd:pool/disk",
        "qcow2:relative", "/no/such/file", ":/", "a:b:/",
    };
    size_t i;

    (void)state;
    put_text(at("disk"), "x");
    for (i = 0; i < COUNT(params); i++) {
        backend("qdisk", "params", params[i]);
        assert_false(file_is_hit(at("disk")));
    }
    backend("qdisk", "physical-device", "rubbish");
    assert_false(file_is_hit(at("disk")));
    fake_store_set_path(BACKEND "/vif", "");
    fake_store_set_path(BACKEND "/vif/7", "");
    fake_store_set_path(BACKEND "/vif/7/0", "");
    fake_store_set_path(BACKEND "/vif/7/0/script", "/etc/xen/vif");
    assert_false(file_is_hit(at("disk")));
}

/* QEMU's own descriptors: what xenstore does not name, or names no longer. */
static void asks_the_device_model(void **state)
{
    static const char words[] = "qemu\0-xen-domid\0" "7\0";
    static const char others[] = "qemu\0-xen-domid\0" "8\0";

    (void)state;
    put_text(at("nvme.img"), "x");
    put_text(at("read.iso"), "x");
    put_text(at("log"), "x");
    folder(at("proc/99"));
    folder(at("proc/99/fd"));
    folder(at("proc/99/fdinfo"));
    put(at("proc/99/cmdline"), words, sizeof(words) - 1);
    assert_int_equal(symlink(at("log"), at("proc/99/fd/1")), 0);
    assert_int_equal(symlink(at("nvme.img"), at("proc/99/fd/11")), 0);
    put_text(at("proc/99/fdinfo/11"), "pos:\t0\nflags:\t0100002\n");
    assert_int_equal(symlink(at("read.iso"), at("proc/99/fd/12")), 0);
    put_text(at("proc/99/fdinfo/12"), "pos:\t0\nflags:\t0100000\n");
    assert_false(file_is_hit(at("nvme.img")));
    fake_store_set("image/device-model-pid", "99");
    assert_true(file_is_hit(at("nvme.img")));
    assert_true(clashes(at("nvme.img"), NULL, false));
    assert_false(clashes(at("read.iso"), NULL, false));
    assert_true(clashes(at("read.iso"), NULL, true));
    assert_false(file_is_hit(at("log")));
    put(at("proc/99/cmdline"), others, sizeof(others) - 1);
    assert_false(file_is_hit(at("nvme.img")));
}

/* A real loop device, whose file has another name by now. */
static void asks_the_loop_driver(void **state)
{
    int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
    int number = control < 0 ? -1 : ioctl(control, LOOP_CTL_GET_FREE);
    char path[64], text[32];
    int loop, file;
    struct held_roots roots = { 0 };
    CLEANUP_HELD_DISKS struct held_disks held = { 0 };
    CLEANUP_LAYERS struct layers layers = { 0 };
    struct storage storage;
    struct stat st;

    (void)state;
    put(at("disk"), path, 0);
    assert_int_equal(truncate(at("disk"), 1 << 20), 0);
    file = open(at("disk"), O_RDWR | O_CLOEXEC);
    snprintf(path, sizeof(path), "/dev/loop%d", number);
    loop = number < 0 ? -1 : open(path, O_RDWR | O_CLOEXEC);
    if (loop < 0 || ioctl(loop, LOOP_SET_FD, file)) {
        print_message("no loop devices here\n");
        skip();
    }
    assert_int_equal(rename(at("disk"), at("renamed")), 0);
    put_text(at("disk"), "another one");
    assert_int_equal(fstat(loop, &st), 0);
    snprintf(text, sizeof(text), "%x:%x", major(st.st_rdev),
             minor(st.st_rdev));
    backend("vbd", "physical-device", text);
    assert_int_equal(held_disks_find((xc_interface *)&st, store, &roots, &held,
                                     NULL), 0);
    assert_int_equal(stat(at("renamed"), &st), 0);
    assert_true(storage_of(&st, &storage));
    assert_int_equal(layers_find(NULL, &storage, &layers, NULL), 0);
    assert_non_null(held_disks_hit_by(&held, &layers));
    layers_free(&layers);
    assert_int_equal(stat(at("disk"), &st), 0);
    assert_true(storage_of(&st, &storage));
    assert_int_equal(layers_find(NULL, &storage, &layers, NULL), 0);
    assert_null(held_disks_hit_by(&held, &layers));
    ioctl(loop, LOOP_CLR_FD, 0);
    close(loop);
    close(file);
    close(control);
}

/* Who cannot be asked has not said that all is free. */
static void every_failure_is_one(void **state)
{
    const char *sys, *proc;
    struct held_roots roots;
    struct xr_error err;
    int n, r;

    (void)state;
    put_text(at("disk"), "x");
    backend("vbd", "params", at("disk"));
    backend("vbd", "dev", "xvda");
    sys = at("sys");
    proc = at("proc");
    roots = (struct held_roots){ sys, proc };
    for (n = 1;; n++) {
        CLEANUP_HELD_DISKS struct held_disks held = { 0 };

        fake.calls = 0;
        fake.fail_call = n;
        r = held_disks_find((xc_interface *)&n, store, &roots, &held, &err);
        if (fake.calls < n)
            break;
        /* A name that is missing is all that may be. */
        if (!r)
            assert_int_equal(held.count, 1);
        else
            assert_int_equal(r, -EIO);
    }
    assert_int_equal(r, 0);
    assert_true(n > 8);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(knows_a_file_by_any_name),
        TEST(describes_who_has_it),
        TEST(asks_libxl),
        TEST(a_domain_that_is_gone_has_none),
        TEST(sees_layers_both_ways),
        TEST(siblings_do_not_clash),
        TEST(a_file_system_on_a_disk),
        TEST(a_disk_in_a_file_system),
        TEST(sees_what_an_overlay_is_of),
        TEST(believes_no_raw_disk),
        TEST(bears_bad_chains),
        TEST(clashes_where_one_writes),
        TEST(passes_over_what_is_no_file),
        TEST(asks_the_device_model),
        TEST(asks_the_loop_driver),
        TEST(every_failure_is_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
