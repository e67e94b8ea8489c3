/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a toolstack that is short of memory, or whose disk or Xen
 * fails for once, crashes in a hook, loses the real call behind it, or gets a
 * stream that is no stream.
 *
 * Every hook, while the Nth allocation, read, write or system call fails, for
 * N = 1, 2, 3 ... until none is left (tests/faults).  The Nth call of Xen's
 * libraries does so too.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <xenctrl.h>
#include <xenguest.h>

#include "unit.h"
#include "fail_nth.h"
#include "fake_xen.h"
#include "image_builder.h"
#include "libxc_stream.h"
#include "format/record.h"
#include "hook/build.h"
#include "hook/restore.h"
#include "hook/resume.h"
#include "hook/save.h"
#include "util/bytes.h"

enum { HANG = 1200, STEPS_MAX = 5000 };

/* What the real functions saw. */
static struct {
    int calls, fast, suspends;
    struct buffer got;
} real;

/* Those of the test itself do not count. */
static ssize_t put(int fd, const void *bytes, size_t n)
{
    return syscall(SYS_write, fd, bytes, n);
}

static int next_fd(void)
{
    long fd = syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY, 0);

    syscall(SYS_close, fd);
    return (int)fd;
}

static void begin(void)
{
    fake_reset();
    fake_store_set("name", "web");
    fake_store_set("image/suspend-cancel", "1");
    real.calls = real.suspends = 0;
    real.fast = -1;
    real.got.length = 0;
}

/* Once with a failure: true if it came to that. */
static bool with_failure(void (*once)(bool failed, const char *kind),
                         const char *kind, long n)
{
    int fd = next_fd();
    bool failed;

    begin();
    if (!strcmp(kind, "xen"))
        fake.fail_call = (int)n;
    else
        assert_true(fail_arm(kind, n));
    once(false, kind);
    failed = fail_disarm();
    if (!strcmp(kind, "xen"))
        failed = fake.calls >= n;
    once(true, kind);
    assert_int_equal(real.calls, 1);
    assert_int_equal(fake.open_connections, 0);
    assert_int_equal(next_fd(), fd);
    return failed;
}

static void walk(void (*once)(bool done, const char *kind))
{
    static const char *const kinds[] = {
        "memory", "read", "write", "call", "short", "xen",
    };
    size_t i;
    long n;

    for (i = 0; i < COUNT(kinds); i++) {
        for (n = 1; with_failure(once, kinds[i], n); n++)
            assert_true(n < STEPS_MAX);
        print_message("%s: %ld\n", kinds[i], n - 1);
    }
}

/* build */

/* Where the structure is not public, xen/dom_image.c has its own idea of it. */
#ifdef HAVE_XC_DOM_IMAGE
static struct buffer kernel;

static int real_build(struct xc_dom_image *dom)
{
    (void)dom;
    real.calls++;
    return 0;
}

static void build_once(bool done, const char *kind)
{
    static struct xc_dom_image dom;
    static int r;
    const char *node;

    if (!done) {
        dom.kernel_blob = kernel.data;
        dom.kernel_size = kernel.length;
        dom.guest_domid = FAKE_DOMID;
        fake_store_set("image/suspend-cancel", "7");
        r = hook_build(real_build, &dom);
        return;
    }
    (void)kind;
    assert_int_equal(r, 0);
    node = fake_store_get("image/suspend-cancel");
    assert_true(!strcmp(node, "7") || !strcmp(node, "1"));
}

static void build(void **state)
{
    const struct image_shape shape = { .place = IMAGE_SEGMENT };
    struct buffer notes = { 0 };

    (void)state;
    image_linux_notes(&notes, &shape);
    image_elf(&kernel, &shape, &notes);
    buffer_free(&notes);
    walk(build_once);
    buffer_free(&kernel);
}
#endif

/* save */

static int on_suspend(void *data)
{
    (void)data;
    real.suspends++;
    return 1;
}

static int real_save(struct xc_interface_core *xch, int io_fd, uint32_t dom,
                     uint32_t flags, struct save_callbacks *cb,
                     unsigned int stream_type, int recv_fd)
{
    (void)xch;
    (void)dom;
    (void)flags;
    (void)stream_type;
    (void)recv_fd;
    real.calls++;
    put(io_fd, "HHHHHHHH", 8);
    if (!cb->suspend(cb->data))
        return -1;
    put(io_fd, "PPPPPPPP", 8);
    return 0;
}

/* Between libxc's bytes there is nothing, or our record and nothing else. */
static void is_stream(int fd)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    static uint8_t bytes[65536];
    ssize_t n = pread(fd, bytes, sizeof(bytes), 0);
    uint32_t length;

    assert_true(n >= 16 && n < (ssize_t)sizeof(bytes));
    assert_memory_equal(bytes, "HHHHHHHH", 8);
    assert_memory_equal(bytes + n - 8, "PPPPPPPP", 8);
    if (n == 16)
        return;
    assert_int_equal(load_le32(bytes + 8), RECORD_TYPE);
    length = load_le32(bytes + 12);
    assert_int_equal(n, 16 + 8 + (length + 7) / 8 * 8);
    assert_int_equal(record_decode(bytes + 16, length, NULL, &list, NULL), 0);
    assert_string_equal(keylist_get(&list, "image.SUSPEND_CANCEL"), "0x1");
    assert_string_equal(keylist_get(&list, "suspend.resumable"), "yes");
}

static int stream_fd;

static int save_plainly(void)
{
    struct save_callbacks cb = { .suspend = on_suspend };

    syscall(SYS_ftruncate, stream_fd, 0L);
    syscall(SYS_lseek, stream_fd, 0L, SEEK_SET);
    return hook_save(real_save, NULL, stream_fd, FAKE_DOMID, 0, &cb,
                     XC_STREAM_PLAIN, -1);
}

static void save_once(bool done, const char *kind)
{
    static int r;

    if (!done) {
        r = save_plainly();
        return;
    }
    (void)kind;
    assert_int_equal(r, 0);
    assert_int_equal(real.suspends, 1);
    is_stream(stream_fd);
}

static void save(void **state)
{
    (void)state;
    stream_fd = memfd_create("stream", MFD_CLOEXEC);
    walk(save_once);
    close(stream_fd);
}

/* resume: nothing is known of the guest, or that it takes a 1. */

static int real_resume(struct xc_interface_core *xch, uint32_t domid,
                       int fast)
{
    (void)xch;
    (void)domid;
    real.calls++;
    real.fast = fast;
    return 0;
}

static void resume_once(bool done, const char *kind)
{
    static int r;

    if (!done) {
        fake.shutdown = true;
        fake.shutdown_reason = SHUTDOWN_suspend;
        r = hook_resume(real_resume, NULL, FAKE_DOMID, 1);
        return;
    }
    (void)kind;
    assert_int_equal(r, 0);
    assert_int_equal(real.fast, 1);
}

static void resume(void **state)
{
    (void)state;
    walk(resume_once);
}

/* restore, from a file and from a pipe, of a stream with a tail behind it. */

static struct buffer stream;
static int fresh_fd;

static int real_restore(int io_fd, void *data)
{
    static char bytes[65536];
    ssize_t n = 1;

    (void)data;
    real.calls++;
    /* As libxc: to the END record's last byte and no further. */
    while (n > 0 && real.got.length < stream.length) {
        n = syscall(SYS_read, io_fd, bytes, stream.length - real.got.length);
        if (n > 0) {
            memcpy(real.got.data + real.got.length, bytes, (size_t)n);
            real.got.length += (size_t)n;
        }
    }
    return real.got.length == stream.length ? 0 : -1;
}

static int restore(void)
{
    return hook_restore(real_restore, NULL, fresh_fd, FAKE_DOMID,
                        XC_STREAM_PLAIN);
}

/* What libxl reads on from is where libxc has stopped. */
static void is_restored(int r)
{
    char tail[8] = "";
    const char *node = fake_store_get("image/suspend-cancel");

    assert_memory_equal(real.got.data, stream.data, real.got.length);
    assert_true(!strcmp(node, "7") || !strcmp(node, "1"));
    if (r)
        return;
    assert_int_equal(real.got.length, stream.length);
    assert_int_equal(read(fresh_fd, tail, sizeof(tail)), 4);
    assert_string_equal(tail, "TAIL");
}

static void file_once(bool done, const char *kind)
{
    static int r;

    if (!done) {
        fake_store_set("image/suspend-cancel", "7");
        syscall(SYS_lseek, fresh_fd, 0L, SEEK_SET);
        r = restore();
        return;
    }
    (void)kind;
    assert_int_equal(r, 0);
    is_restored(r);
}

static void from_file(void **state)
{
    (void)state;
    fresh_fd = memfd_create("image", MFD_CLOEXEC);
    put(fresh_fd, stream.data, stream.length);
    put(fresh_fd, "TAIL", 4);
    walk(file_once);
    close(fresh_fd);
}

/*
 * The pump's thread may find that the stream cannot be read or passed on: then
 * the restore fails, as it would without it.  Before a byte of it is taken a
 * failure leaves libxc with the stream itself.
 */
static void pipe_once(bool done, const char *kind)
{
    static int r, ends[2];

    if (!done) {
        fake_store_set("image/suspend-cancel", "7");
        syscall(SYS_pipe2, ends, O_CLOEXEC);
        put(ends[1], stream.data, stream.length);
        put(ends[1], "TAIL", 4);
        syscall(SYS_close, ends[1]);
        fresh_fd = ends[0];
        r = restore();
        return;
    }
    if (!strcmp(kind, "memory") || !strcmp(kind, "xen")
        || !strcmp(kind, "short"))
        assert_int_equal(r, 0);
    is_restored(r);
    syscall(SYS_close, fresh_fd);
}

static void from_pipe(void **state)
{
    (void)state;
    walk(pipe_once);
}

static int set_up(void **state)
{
    (void)state;
    alarm(HANG);
    unsetenv("XR_INTENT");
    make_stream(&stream, 8192);
    real.got.data = malloc(stream.length);
    return !real.got.data;
}

static int tear_down(void **state)
{
    (void)state;
    buffer_free(&stream);
    free(real.got.data);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
#ifdef HAVE_XC_DOM_IMAGE
        cmocka_unit_test(build),
#endif
        cmocka_unit_test(save),
        cmocka_unit_test(resume),
        cmocka_unit_test(from_file),
        cmocka_unit_test(from_pipe),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
