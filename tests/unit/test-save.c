/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, the record is written at the wrong moment, twice or not at
 * all; or a save that must fail does not; or a callback of the toolstack's
 * gets lost behind ours.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <xenctrl.h>
#include <xenguest.h>

#include "unit.h"
#include "fake_xen.h"
#include "domain/lock.h"
#include "domain/request.h"
#include "format/libxc.h"
#include "format/record.h"
#include "hook/save.h"
#include "util/bytes.h"

/* What the toolstack's callbacks saw; its data pointer is &seen. */
static struct {
    int suspends, precopies, postcopies, checkpoints, waits, logdirties;
    int suspend_result, precopy_result;
    /* What the domain's lock says as it is asked to suspend, and once it has. */
    enum lock_state asked, then;
    bool loses_log; /* meanwhile */
} seen;

/* What becomes of a disk until the guest stands still; NULL: nothing. */
static const char *disk_path;

static void write_to_disk(time_t at)
{
    const struct timespec times[2] = { { at, 5 }, { at, 5 } };

    if (disk_path)
        assert_int_equal(utimensat(AT_FDCWD, disk_path, times, 0), 0);
}

/* In the place of the C library's: to what this process has set its priority. */
static int priorities[8];
static size_t priority_changes;

int setpriority(__priority_which_t which, id_t who, int priority)
{
    assert_int_equal(which, PRIO_PROCESS);
    assert_int_equal(who, 0);
    assert_true(priority_changes < COUNT(priorities));
    priorities[priority_changes++] = priority;
    return 0;
}

static int on_suspend(void *data)
{
    assert_ptr_equal(data, &seen);
    seen.suspends++;
    seen.asked = lock_state(FAKE_UUID);
    fake.log_dirty = fake.log_dirty && !seen.loses_log;
    write_to_disk(86400);
    return seen.suspend_result;
}

static int on_precopy(struct precopy_stats stats, void *data)
{
    (void)stats;
    assert_ptr_equal(data, &seen);
    seen.precopies++;
    return seen.precopy_result;
}

static int on_postcopy(void *data)
{
    assert_ptr_equal(data, &seen);
    return ++seen.postcopies;
}

static int on_checkpoint(void *data)
{
    assert_ptr_equal(data, &seen);
    return ++seen.checkpoints;
}

static int on_wait_checkpoint(void *data)
{
    assert_ptr_equal(data, &seen);
    return ++seen.waits;
}

static int on_logdirty(uint32_t domid, unsigned int enable, void *data)
{
    assert_ptr_equal(data, &seen);
    assert_int_equal(domid, FAKE_DOMID);
    assert_int_equal(enable, 1);
    return ++seen.logdirties;
}

/* libxc, as far as a stream's framing goes: "H" header, "P" a page. */
static int libxc_calls;

static int plain_save(struct xc_interface_core *xch, int io_fd, uint32_t dom,
                      uint32_t flags, struct save_callbacks *cb,
                      unsigned int stream_type, int recv_fd)
{
    (void)xch;
    (void)dom;
    (void)flags;
    (void)stream_type;
    (void)recv_fd;
    libxc_calls++;
    if (write(io_fd, "H", 1) < 0)
        return -1;
    if (!cb->suspend(cb->data))
        return -1;
    seen.then = lock_state(FAKE_UUID);
    return write(io_fd, "P", 1) == 1 ? 0 : -1;
}

static int live_save(struct xc_interface_core *xch, int io_fd, uint32_t dom,
                     uint32_t flags, struct save_callbacks *cb,
                     unsigned int stream_type, int recv_fd)
{
    struct precopy_stats stats = { .dirty_count = 1000 };

    (void)xch;
    (void)dom;
    (void)flags;
    (void)stream_type;
    (void)recv_fd;
    if (write(io_fd, "H", 1) < 0)
        return -1;
    for (;; stats.iteration++) {
        int policy = cb->precopy_policy(stats, cb->data);

        if (policy == XGS_POLICY_ABORT)
            return -1;
        if (write(io_fd, "P", 1) < 0)
            return -1;
        if (policy == XGS_POLICY_STOP_AND_COPY)
            break;
    }
    if (!cb->suspend(cb->data))
        return -1;
    return write(io_fd, "P", 1) == 1 ? 0 : -1;
}

static struct save_callbacks callbacks(void)
{
    return (struct save_callbacks){
        .suspend = on_suspend,
        .data = &seen,
    };
}

static int fresh(void **state)
{
    (void)state;
    fake_reset();
    fake_store_set("name", "web");
    fake_store_set("image/suspend-cancel", "1");
    memset(&seen, 0, sizeof(seen));
    seen.suspend_result = 1;
    libxc_calls = 0;
    disk_path = NULL;
    unsetenv("XR_INTENT");
    unsetenv("XR_ON_NOT_RESUMABLE");
    request_withdraw();
    return 0;
}

static int save(door_save *libxc, int fd, struct save_callbacks *cb)
{
    int r = hook_save(libxc, NULL, fd, FAKE_DOMID, 0, cb, XC_STREAM_PLAIN,
                      -1);

    assert_int_equal(fake.open_connections, 0);
    return r;
}

/* Where in the file the record stands; its list goes to *list. */
static size_t find_record(int fd, uint8_t *bytes, size_t room, size_t *size,
                          struct keylist *list)
{
    uint8_t type[4];
    struct xr_error err;
    uint8_t *at;
    ssize_t n = pread(fd, bytes, room, 0);

    assert_true(n > 0);
    *size = (size_t)n;
    store_le32(type, RECORD_TYPE);
    at = memmem(bytes, *size, type, sizeof(type));
    assert_non_null(at);
    assert_int_equal(record_decode(at + 8, load_le32(at + 4), NULL, list,
                                   &err), 0);
    return (size_t)(at - bytes);
}

static void before_the_first_page(void **state)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    struct save_callbacks cb = callbacks();
    int fd = memfd_create("stream", MFD_CLOEXEC);
    uint8_t bytes[4096];
    size_t size;

    (void)state;
    assert_int_equal(save(plain_save, fd, &cb), 0);
    assert_int_equal(seen.suspends, 1);
    assert_int_equal(find_record(fd, bytes, sizeof(bytes), &size, &list), 1);
    assert_int_equal(bytes[0], 'H');
    assert_int_equal(bytes[size - 1], 'P');
    assert_int_equal((size - 2) % 8, 0);
    assert_string_equal(keylist_get(&list, "image.SUSPEND_CANCEL"), "0x1");
    assert_string_equal(keylist_get(&list, "domain.name"), "web");
    assert_string_equal(keylist_get(&list, "domain.type"), "pv");
    assert_string_equal(keylist_get(&list, "saved.xen"), "4.17.7");
    assert_string_equal(keylist_get(&list, "saved.intent"), "unknown");
    assert_string_equal(keylist_get(&list, "suspend.resumable"), "yes");
    close(fd);
}

/* Notes that no record could hold: it is written, and has what decides. */
static void more_than_a_record_holds(void **state)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    struct save_callbacks cb = callbacks();
    int fd = memfd_create("stream", MFD_CLOEXEC);
    static uint8_t bytes[1 << 17];
    char node[32], value[3001];
    size_t size;
    int i;

    (void)state;
    memset(value, 'x', sizeof(value) - 1);
    value[sizeof(value) - 1] = '\0';
    for (i = 100; i < 150; i++) {
        snprintf(node, sizeof(node), "image/note-%d", i);
        fake_store_set(node, value);
    }
    fake_store_set("image/loader", "generic");
    assert_int_equal(save(plain_save, fd, &cb), 0);
    find_record(fd, bytes, sizeof(bytes), &size, &list);
    assert_string_equal(keylist_get(&list, "image.SUSPEND_CANCEL"), "0x1");
    assert_string_equal(keylist_get(&list, "image.LOADER"), "generic");
    assert_string_equal(keylist_get(&list, "suspend.resumable"), "yes");
    assert_null(keylist_get(&list, "image.NOTE_149"));
    close(fd);
}

/* A guest with a disk that it writes to, and one that it reads. */
#define DISK(number, dev, mode, path) do { \
    fake_store_set_path("/libxl/7/device/vbd/" number, ""); \
    fake_store_set_path("/libxl/7/device/vbd/" number "/backend", \
                        "/local/domain/0/backend/vbd/7/" number); \
    fake_store_set_path("/local/domain/0/backend/vbd/7/" number "/dev", dev); \
    fake_store_set_path("/local/domain/0/backend/vbd/7/" number "/mode", \
                        mode); \
    fake_store_set_path("/local/domain/0/backend/vbd/7/" number "/params", \
                        path); \
} while (0)

static void save_with_disks(uint32_t flags, door_save *libxc,
                            struct keylist *list)
{
    char path[] = "/tmp/disk-XXXXXX";
    struct save_callbacks cb = callbacks();
    int disk = mkstemp(path), fd = memfd_create("stream", MFD_CLOEXEC);
    static uint8_t bytes[1 << 16];
    size_t size;

    assert_true(disk >= 0);
    assert_int_equal(write(disk, "disk", 4), 4);
    close(disk);
    DISK("51712", "xvda", "w", path);
    DISK("51728", "xvdb", "r", path);
    disk_path = path;
    write_to_disk(0);
    assert_int_equal(hook_save(libxc, NULL, fd, FAKE_DOMID, flags, &cb,
                               XC_STREAM_PLAIN, -1), 0);
    find_record(fd, bytes, sizeof(bytes), &size, list);
    close(fd);
    unlink(path);
    assert_string_equal(keylist_get(list, "disk.xvda.kind"), "file");
    assert_string_equal(keylist_get(list, "disk.xvda.target"), path);
    assert_string_equal(keylist_get(list, "disk.xvda.size"),
                        "00000000000000000004");
    assert_null(keylist_get(list, "disk.xvda.copy"));
}

/* What they were when the guest stood still, not a moment before. */
static void disks_of_a_guest_that_stands_still(void **state)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };

    (void)state;
    save_with_disks(0, plain_save, &list);
    assert_string_equal(keylist_get(&list, "disk.xvda.mtime"),
                        "1970-01-02T00:00:00.000000005Z");
    assert_null(keylist_get(&list, "checkpoint.id"));
}

/* The record is written before that: of what is not known nothing is said. */
static void disks_of_a_guest_that_runs(void **state)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };

    (void)state;
    save_with_disks(XCFLAGS_LIVE, live_save, &list);
    assert_null(keylist_get(&list, "disk.xvda.mtime"));
    assert_non_null(keylist_get(&list, "disk.xvdb.mtime"));
}

/* Once, before the first page, and libxc's own rule for when to stop. */
static void live_without_policy(void **state)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    struct save_callbacks cb = callbacks();
    int fd = memfd_create("stream", MFD_CLOEXEC);
    uint8_t bytes[4096];
    size_t size;

    (void)state;
    assert_int_equal(save(live_save, fd, &cb), 0);
    assert_int_equal(find_record(fd, bytes, sizeof(bytes), &size, &list), 1);
    /* Iterations 0 to 5, and the last pages after the suspend. */
    assert_memory_equal(bytes + size - 7, "PPPPPPP", 7);
    assert_int_equal(bytes[size - 8], 0);
    close(fd);
}

static void live_with_policy(void **state)
{
    struct save_callbacks cb = callbacks();
    int fd = memfd_create("stream", MFD_CLOEXEC);

    (void)state;
    cb.precopy_policy = on_precopy;
    seen.precopy_result = XGS_POLICY_STOP_AND_COPY;
    assert_int_equal(save(live_save, fd, &cb), 0);
    assert_int_equal(seen.precopies, 1);
    close(fd);
}

static void guest_does_not_suspend(void **state)
{
    struct save_callbacks cb = callbacks();
    int fd = memfd_create("stream", MFD_CLOEXEC);

    (void)state;
    seen.suspend_result = 0;
    assert_int_equal(save(plain_save, fd, &cb), -1);
    assert_int_equal(lseek(fd, 0, SEEK_END), 1);
    close(fd);
}

/* An fd that takes nothing more: the stream is still stock, libxc decides. */
static void nothing_written(void **state)
{
    struct save_callbacks cb = callbacks();
    int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(save(plain_save, fd, &cb), -1);
    close(fd);
}

static struct rlimit room_again;

/* There is room again for what would come behind half a record. */
static int save_into_room(struct xc_interface_core *xch, int io_fd, uint32_t dom,
                          uint32_t flags, struct save_callbacks *cb,
                          unsigned int stream_type, int recv_fd)
{
    (void)xch;
    (void)dom;
    (void)flags;
    (void)stream_type;
    (void)recv_fd;
    if (write(io_fd, "H", 1) < 0 || !cb->suspend(cb->data))
        return -1;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &room_again), 0);
    return write(io_fd, "P", 1) == 1 ? 0 : -1;
}

/* A pipe that is cut off in the middle of the record. */
static void written_in_part(void **state)
{
    struct save_callbacks cb = callbacks();
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    int fd = memfd_create("stream", MFD_CLOEXEC);
    struct rlimit limit = { .rlim_cur = 100, .rlim_max = RLIM_INFINITY };

    (void)state;
    sigaction(SIGXFSZ, &ignore, NULL);
    getrlimit(RLIMIT_FSIZE, &room_again);
    limit.rlim_max = room_again.rlim_max;
    setrlimit(RLIMIT_FSIZE, &limit);
    assert_int_equal(save(save_into_room, fd, &cb), -1);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &room_again), 0);
    /* It was suspended, so libxl resumes it: no page was written. */
    assert_int_equal(seen.suspends, 1);
    assert_int_equal(lseek(fd, 0, SEEK_END), 100);
    close(fd);
}

static int call_everything(struct xc_interface_core *xch, int io_fd,
                           uint32_t dom, uint32_t flags,
                           struct save_callbacks *cb,
                           unsigned int stream_type, int recv_fd)
{
    (void)xch;
    (void)io_fd;
    (void)stream_type;
    assert_int_equal(flags, XCFLAGS_DEBUG);
    assert_int_equal(recv_fd, 5);
    assert_int_equal(cb->postcopy(cb->data), 1);
    assert_int_equal(cb->checkpoint(cb->data), 1);
    assert_int_equal(cb->wait_checkpoint(cb->data), 1);
    assert_int_equal(cb->switch_qemu_logdirty(dom, 1, cb->data), 1);
    return 0;
}

static void callbacks_arrive(void **state)
{
    struct save_callbacks cb = {
        .postcopy = on_postcopy,
        .checkpoint = on_checkpoint,
        .wait_checkpoint = on_wait_checkpoint,
        .switch_qemu_logdirty = on_logdirty,
        .data = &seen,
    };

    (void)state;
    assert_int_equal(hook_save(call_everything, NULL, -1, FAKE_DOMID,
                               XCFLAGS_DEBUG, &cb, XC_STREAM_COLO, 5), 0);
}

/* The toolstack's NULL callbacks must stay NULL: libxc looks at them. */
static int expect_nulls(struct xc_interface_core *xch, int io_fd,
                        uint32_t dom, uint32_t flags,
                        struct save_callbacks *cb, unsigned int stream_type,
                        int recv_fd)
{
    (void)xch;
    (void)io_fd;
    (void)dom;
    (void)flags;
    (void)stream_type;
    (void)recv_fd;
    assert_null(cb->postcopy);
    assert_null(cb->checkpoint);
    assert_null(cb->wait_checkpoint);
    assert_null(cb->switch_qemu_logdirty);
    return 0;
}

static void nulls_stay(void **state)
{
    struct save_callbacks cb = callbacks();

    (void)state;
    assert_int_equal(save(expect_nulls, -1, &cb), 0);
}

/* Known to be a checkpoint, and deadly: not even suspended. */
static void checkpoint_is_refused(void **state)
{
    struct save_callbacks cb = callbacks();

    (void)state;
    fake_store_set("image/suspend-cancel", "0");
    setenv("XR_INTENT", "checkpoint", 1);
    assert_int_equal(save(plain_save, -1, &cb), -1);
    assert_int_equal(errno, EOPNOTSUPP);
    assert_int_equal(libxc_calls, 0);
    unsetenv("XR_INTENT");
    assert_int_equal(hook_save(plain_save, NULL, -1, FAKE_DOMID, 0, &cb,
                               XC_STREAM_REMUS, -1), -1);
    assert_int_equal(libxc_calls, 0);
}

static void plain_save_is_not_refused(void **state)
{
    struct save_callbacks cb = callbacks();
    int fd = memfd_create("stream", MFD_CLOEXEC);

    (void)state;
    fake_store_set("image/suspend-cancel", "0");
    assert_int_equal(save(plain_save, fd, &cb), 0);
    assert_int_equal(libxc_calls, 1);
    close(fd);
}

/* Through a file, as the administrator writes it. */
static void configure(const char *text)
{
    char path[] = "/tmp/test-save.XXXXXX";
    int fd = mkostemp(path, O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    setenv("XR_CONFIG", path, 1);
}

static int forget_configuration(void **state)
{
    (void)state;
    unlink(getenv("XR_CONFIG"));
    setenv("XR_CONFIG", "/nonexistent", 1);
    return 0;
}

static void record_is_left_out(void **state)
{
    struct save_callbacks cb = callbacks();
    int fd = memfd_create("stream", MFD_CLOEXEC);

    (void)state;
    configure("record = 0\n");
    assert_int_equal(save(plain_save, fd, &cb), 0);
    assert_int_equal(lseek(fd, 0, SEEK_END), 2);
    fake_store_set("image/suspend-cancel", "0");
    setenv("XR_INTENT", "checkpoint", 1);
    assert_int_equal(save(plain_save, fd, &cb), -1);
    assert_int_equal(errno, EOPNOTSUPP);
    close(fd);
}

static void override_decides(void **state)
{
    struct save_callbacks cb = callbacks();

    (void)state;
    configure("resumable = [ \"web=no\" ]\n");
    setenv("XR_INTENT", "checkpoint", 1);
    assert_int_equal(save(plain_save, -1, &cb), -1);
    assert_int_equal(errno, EOPNOTSUPP);
    assert_int_equal(libxc_calls, 0);
}

/* Whatever call fails: the save goes on as stock, perhaps without a record. */
static void every_fault_is_stock(void **state)
{
    struct save_callbacks cb = callbacks();
    int n;

    (void)state;
    for (n = 1;; n++) {
        int fd = memfd_create("stream", MFD_CLOEXEC);

        fake.fail_call = n;
        fake.calls = 0;
        libxc_calls = 0;
        assert_int_equal(save(plain_save, fd, &cb), 0);
        assert_int_equal(libxc_calls, 1);
        close(fd);
        if (fake.calls < n)
            break;
    }
    assert_true(n > 7);
}

static const struct request checkpoint_request = {
    .intent = INTENT_CHECKPOINT,
    .policies = { POLICY_REFUSE, POLICY_PROCEED },
    .progress_fd = -1,
    .stages_fd = -1,
};

/* What people have set does not count beside it. */
static void request_is_heeded(void **state)
{
    struct request request = checkpoint_request;
    struct save_callbacks cb = callbacks();
    CLEANUP_KEYLIST struct keylist list = { 0 };
    int fd = memfd_create("stream", MFD_CLOEXEC);
    uint8_t bytes[4096];
    size_t size;

    (void)state;
    fake_store_set("image/suspend-cancel", "0");
    setenv("XR_INTENT", "save", 1);
    setenv("XR_ON_NOT_RESUMABLE", "force", 1);
    assert_int_equal(request_announce(&request, NULL), 0);
    assert_int_equal(save(plain_save, fd, &cb), -1);
    assert_int_equal(errno, EOPNOTSUPP);
    assert_int_equal(libxc_calls, 0);

    request.policies.on_not_resumable = POLICY_HOLD;
    request.labels = "user.why=because\\,user.who=me,other=lost";
    assert_int_equal(request_announce(&request, NULL), 0);
    assert_int_equal(save(plain_save, fd, &cb), 0);
    find_record(fd, bytes, sizeof(bytes), &size, &list);
    assert_string_equal(keylist_get(&list, "saved.intent"), "checkpoint");
    assert_string_equal(keylist_get(&list, "user.why"), "because,user.who=me");
    assert_null(keylist_get(&list, "other"));
    close(fd);
}

/*
 * By the command of another release: a checkpoint would lack its hooks, so the
 * guest is not even suspended.  Any other save goes on as without the command.
 */
static void request_of_another_version(void **state)
{
    static const char *const bad[] = {
        "version=2,intent=checkpoint",
        "version=99,intent=checkpoint,new=1",
        "version=1,intent=checkpoint",
        "version=1,intent=checkpoint,on-not-resumable=refuse,"
        "on-unknown=proceed,live=perhaps",
    };
    static const char *const harmless[] = {
        "version=2,intent=save",
        "version=2,intent=unknown,new=1",
        "version=2",
        "what is this?",
        "",
    };
    struct save_callbacks cb = callbacks();
    int remus = memfd_create("stream", MFD_CLOEXEC);
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(bad); i++) {
        setenv("XR_REQUEST", bad[i], 1);
        assert_int_equal(save(plain_save, -1, &cb), -1);
        assert_int_equal(errno, EIO);
        assert_int_equal(libxc_calls, 0);
    }
    for (i = 0; i < COUNT(harmless); i++) {
        CLEANUP_KEYLIST struct keylist list = { 0 };
        int fd = memfd_create("stream", MFD_CLOEXEC);
        uint8_t bytes[4096];
        size_t size;

        setenv("XR_REQUEST", harmless[i], 1);
        assert_int_equal(save(plain_save, fd, &cb), 0);
        find_record(fd, bytes, sizeof(bytes), &size, &list);
        assert_string_equal(keylist_get(&list, "saved.intent"), "unknown");
        close(fd);
    }
    /* Remus is Remus, whoever asked for what. */
    setenv("XR_REQUEST", bad[0], 1);
    libxc_calls = 0;
    assert_int_equal(hook_save(plain_save, NULL, remus, FAKE_DOMID, 0, &cb,
                               XC_STREAM_REMUS, -1), 0);
    assert_int_equal(libxc_calls, 1);
    close(remus);
}

/* What the command hears of a checkpoint, without times and numbers of rounds. */
static void hear(door_save *libxc, int result, char *words, size_t room)
{
    struct request request = checkpoint_request;
    struct save_callbacks cb = callbacks();
    int fd = memfd_create("stream", MFD_CLOEXEC), ends[2];
    char told[256], *line, *rest = told;
    ssize_t n;

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    request.progress_fd = ends[1];
    assert_int_equal(request_announce(&request, NULL), 0);
    assert_int_equal(save(libxc, fd, &cb), result);
    close(ends[1]);
    n = read(ends[0], told, sizeof(told) - 1);
    assert_true(n > 0);
    told[n] = '\0';
    *words = '\0';
    while ((line = strsep(&rest, " \n")) && rest) {
        if (*line < 'a')
            continue;
        assert_true(strlen(words) + strlen(line) + 2 < room);
        strcat(strcat(words, line), " ");
    }
    close(ends[0]);
    close(fd);
}

static int fail_at_the_end(struct xc_interface_core *xch, int io_fd,
                           uint32_t dom, uint32_t flags,
                           struct save_callbacks *cb,
                           unsigned int stream_type, int recv_fd)
{
    plain_save(xch, io_fd, dom, flags, cb, stream_type, recv_fd);
    errno = ENOSPC;
    return -1;
}

/*
 * By "written" the command lets the guest go on: never before libxc's last byte,
 * and not where that was not written.
 */
static void says_what_is_written(void **state)
{
    char words[128];

    (void)state;
    hear(plain_save, 0, words, sizeof(words));
    assert_string_equal(words, "begun suspended written ");
    hear(fail_at_the_end, -1, words, sizeof(words));
    assert_string_equal(words, "begun suspended ");
    seen.suspend_result = 0;
    hear(plain_save, -1, words, sizeof(words));
    assert_string_equal(words, "begun ");
}

/*
 * While the command resumes the guest, which it hears of by "written", this process is
 * not in its way; afterwards it is as before.  Where nobody resumes it before the end
 * of this process, it does not stand back.
 */
static void stands_back_while_the_guest_waits(void **state)
{
    struct request request = checkpoint_request;
    struct save_callbacks cb = callbacks();
    int fd = memfd_create("stream", MFD_CLOEXEC);
    int before = getpriority(PRIO_PROCESS, 0);
    char words[128];

    (void)state;
    priority_changes = 0;
    hear(plain_save, 0, words, sizeof(words));
    assert_int_equal(priority_changes, 2);
    assert_true(priorities[0] > before);
    assert_int_equal(priorities[1], before);

    priority_changes = 0;
    hear(fail_at_the_end, -1, words, sizeof(words));
    assert_int_equal(request_announce(&request, NULL), 0);
    assert_int_equal(save(plain_save, fd, &cb), 0);
    assert_int_equal(priority_changes, 0);
    close(fd);
}

/*
 * An announced checkpoint is not taken without its hooks: a snapshot that was
 * never made would be found missing when it is needed.
 */
static void no_hook_is_passed_over(void **state)
{
    struct save_callbacks cb = callbacks();
    char folder[] = "/tmp/save-hooks.XXXXXX", script[64], told[64];
    struct request request = checkpoint_request;
    FILE *f;
    int n;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(script, sizeof(script), "%s/10-tell", folder);
    snprintf(told, sizeof(told), "%s/told.log", folder);
    f = fopen(script, "w");
    assert_non_null(f);
    fprintf(f, "#!/bin/sh\necho $XR_STAGE >%s\n", told);
    fclose(f);
    assert_int_equal(chmod(script, 0700), 0);
    request.hook_dir = folder;
    assert_int_equal(request_announce(&request, NULL), 0);
    for (n = 1;; n++) {
        int fd = memfd_create("stream", MFD_CLOEXEC), r;

        fake.fail_call = n;
        fake.calls = 0;
        libxc_calls = 0;
        r = save(plain_save, fd, &cb);
        assert_true(r || libxc_calls == 1);
        assert_int_equal(unlink(told), r ? -1 : 0);
        close(fd);
        if (fake.calls < n)
            break;
    }
    request_withdraw();
    assert_int_equal(unlink(script), 0);
    assert_int_equal(rmdir(folder), 0);
    assert_true(n > 7);
}

/* --- who has the domain */

static const struct lock_wish wish = {
    .uuid = FAKE_UUID,
    .domid = FAKE_DOMID,
};

static int save_suspended(void)
{
    struct save_callbacks cb = callbacks();
    int fd = memfd_create("stream", MFD_CLOEXEC), r;

    fake.shutdown = true;
    fake.shutdown_reason = SHUTDOWN_suspend;
    r = save(plain_save, fd, &cb);
    close(fd);
    return r;
}

/* By somebody else, who may let it go on at any time: libxl has to say so. */
static void suspended_is_not_held(void **state)
{
    (void)state;
    seen.suspend_result = 0;
    assert_int_equal(save_suspended(), -1);
    assert_int_equal(seen.suspends, 1);
}

static void held_is_not_asked_again(void **state)
{
    struct save_callbacks cb = callbacks();
    int fd = memfd_create("stream", MFD_CLOEXEC);
    struct lock lock;

    (void)state;
    assert_int_equal(lock_take(&wish, &lock, NULL), 0);
    assert_int_equal(lock_set_state(FAKE_UUID, LOCK_HELD, NULL), 0);
    lock_release(&lock);
    assert_int_equal(save_suspended(), 0);
    assert_int_equal(seen.suspends, 0);
    assert_int_equal(save_suspended(), 0);
    assert_int_equal(seen.suspends, 0);
    /* One that runs again is no longer held. */
    fake.shutdown = false;
    assert_int_equal(save(plain_save, fd, &cb), 0);
    close(fd);
    assert_int_equal(seen.suspends, 1);
    seen.suspend_result = 0;
    assert_int_equal(save_suspended(), -1);
    assert_int_equal(seen.suspends, 2);
}

static void not_without_the_lock(void **state)
{
    struct save_callbacks cb = callbacks();
    int ready[2];
    char byte;
    pid_t pid;

    (void)state;
    configure("lock_timeout = 0\n");
    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    pid = fork();
    if (!pid) {
        struct lock lock;

        if (!lock_take(&wish, &lock, NULL) && write(ready[1], "", 1) == 1)
            pause();
        _exit(1);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(save(plain_save, -1, &cb), -1);
    assert_int_equal(errno, EBUSY);
    assert_int_equal(libxc_calls, 0);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    close(ready[0]);
    close(ready[1]);
}

static int live(struct save_callbacks *cb)
{
    int fd = memfd_create("stream", MFD_CLOEXEC);
    int r = hook_save(live_save, NULL, fd, FAKE_DOMID, XCFLAGS_LIVE, cb,
                      XC_STREAM_PLAIN, -1);

    close(fd);
    return r;
}

/* Who may resume it is decided by that. */
static void its_lock_says_what_it_is(void **state)
{
    struct save_callbacks cb = callbacks();
    int fd = memfd_create("stream", MFD_CLOEXEC);

    (void)state;
    assert_int_equal(save(plain_save, fd, &cb), 0);
    assert_int_equal(seen.asked, LOCK_ASKED);
    assert_int_equal(seen.then, LOCK_SUSPENDED);
    close(fd);
}

/* Somebody has turned it off: then libxc hears of no page that was written. */
static void lost_log_of_dirty_pages(void **state)
{
    struct save_callbacks cb = callbacks();

    (void)state;
    fake.hvm = true;
    assert_int_equal(live(&cb), 0);
    fake.log_dirty = false;
    assert_int_equal(live(&cb), -1);
    assert_int_equal(seen.suspends, 1);
    /* In the last moment, behind the last round. */
    fake.log_dirty = seen.loses_log = true;
    assert_int_equal(live(&cb), -1);
    assert_int_equal(seen.suspends, 2);
    seen.loses_log = false;
    /* An emulated display shares the log, and may have turned it on. */
    fake.emulated = true;
    fake.log_dirty = false;
    assert_int_equal(live(&cb), 0);
    assert_false(fake.log_dirty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(before_the_first_page, fresh),
        cmocka_unit_test_setup(more_than_a_record_holds, fresh),
        cmocka_unit_test_setup(disks_of_a_guest_that_stands_still, fresh),
        cmocka_unit_test_setup(disks_of_a_guest_that_runs, fresh),
        cmocka_unit_test_setup(live_without_policy, fresh),
        cmocka_unit_test_setup(live_with_policy, fresh),
        cmocka_unit_test_setup(guest_does_not_suspend, fresh),
        cmocka_unit_test_setup(nothing_written, fresh),
        cmocka_unit_test_setup(written_in_part, fresh),
        cmocka_unit_test_setup(callbacks_arrive, fresh),
        cmocka_unit_test_setup(nulls_stay, fresh),
        cmocka_unit_test_setup(checkpoint_is_refused, fresh),
        cmocka_unit_test_setup(plain_save_is_not_refused, fresh),
        cmocka_unit_test_setup_teardown(record_is_left_out, fresh,
                                        forget_configuration),
        cmocka_unit_test_setup_teardown(override_decides, fresh,
                                        forget_configuration),
        cmocka_unit_test_setup(every_fault_is_stock, fresh),
        cmocka_unit_test_setup(request_is_heeded, fresh),
        cmocka_unit_test_setup(request_of_another_version, fresh),
        cmocka_unit_test_setup(says_what_is_written, fresh),
        cmocka_unit_test_setup(stands_back_while_the_guest_waits, fresh),
        cmocka_unit_test_setup(no_hook_is_passed_over, fresh),
        cmocka_unit_test_setup(suspended_is_not_held, fresh),
        cmocka_unit_test_setup(held_is_not_asked_again, fresh),
        cmocka_unit_test_setup_teardown(not_without_the_lock, fresh,
                                        forget_configuration),
        cmocka_unit_test_setup(its_lock_says_what_it_is, fresh),
        cmocka_unit_test_setup(lost_log_of_dirty_pages, fresh),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
