/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a guest that cannot be saved is suspended all the same, or one
 * that can is refused.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"
#include "util/reason.h"
#include "fake_xen.h"
#include "domain/device_model.h"
#include "domain/obstacles.h"

static char dir[] = "/tmp/obstacles.XXXXXX";
static char socket_path[sizeof(dir) + 32];

static struct judgement guest; /* as xen/judge.h would have found it */

static int fresh(void **state)
{
    (void)state;
    fake_reset();
    guest = (struct judgement){
        .domain = { .domid = FAKE_DOMID },
        .name = (char *)"web",
        .type = GUEST_PV,
    };
    return 0;
}

static void make_hvm(void)
{
    guest.type = GUEST_HVM;
    guest.domain.hvm = guest.domain.emulated = true;
}

static struct obstacles find(void)
{
    CLEANUP_STORE struct store *store = store_open();
    struct obstacles found = { .count = 99 };
    struct xr_error err;

    assert_non_null(store);
    assert_int_equal(obstacles_find(NULL, store, &guest, dir, &found, &err),
                     0);
    return found;
}

/* One obstacle, and what is said of it; reason NULL: unknown. */
static void expect(const char *reason, const char *text, const char *step)
{
    struct obstacles found = find();
    const struct obstacle *o = &found.items[0];

    assert_int_equal(found.count, 1);
    if (!reason != !o->reason
        || (reason && strcmp(reason_name(o->reason), reason))
        || !strstr(o->text, text) || strcmp(o->step, step))
        fail_msg("%s: %s; first %s", reason_name(o->reason), o->text,
                 o->step);
    assert_int_equal(o->says, reason ? VERDICT_NO : VERDICT_UNKNOWN);
    assert_true(!obstacles_refusal(&found) == !reason);
}

static void expect_none(void)
{
    assert_int_equal(find().count, 0);
}

static void a_running_guest_has_none(void **state)
{
    (void)state;
    expect_none();
    guest.domain.hvm = true;
    guest.type = GUEST_PVH;
    expect_none();
}

static void a_paused_guest_cannot_answer(void **state)
{
    (void)state;
    guest.domain.paused = true;
    expect("paused", "must run", "xl unpause web");
    guest.domain.hvm = true;
    guest.type = GUEST_PVH;
    expect("paused", "must run", "xl unpause web");
}

/* libxl then has Xen suspend it, running or not. */
static void hvm_that_is_not_asked(void **state)
{
    (void)state;
    make_hvm();
    guest.domain.paused = true;
    expect(NULL, "cannot ask its device model", "");
    fake.callback_irq = 1;
    assert_int_equal(find().items[0].reason, XR_REASON_PAUSED);
    fake.sleep_state = 3;
    expect(NULL, "cannot ask its device model", "");
    fake.sleep_state = 0;
    guest.verdict.suspendable = VERDICT_NO;
    assert_int_equal(find().count, 3);
}

static void the_guest_says_no(void **state)
{
    (void)state;
    guest.verdict.suspendable = VERDICT_NO;
    expect("not-suspendable", "control/feature-suspend", "");
    guest.verdict.suspendable = VERDICT_UNKNOWN;
    fake_store_set("data/cant_suspend_reason", "");
    expect_none();
    fake_store_set("data/cant_suspend_reason", "the disk is busy");
    expect("not-suspendable", "the disk is busy", "");
}

static void its_end_comes_before_all(void **state)
{
    (void)state;
    guest.domain.paused = guest.domain.shutdown = true;
    guest.domain.shutdown_reason = SHUTDOWN_crash;
    expect("guest-died", "it has crashed already", "");
}

/* It was asked before; "xl save" is how a held guest gets its image. */
static void one_that_is_suspended_has_none(void **state)
{
    (void)state;
    guest.domain.shutdown = guest.domain.paused = true;
    guest.domain.shutdown_reason = SHUTDOWN_suspend;
    fake_store_set("data/cant_suspend_reason", "no");
    expect_none();
    guest.domain.dying = true;
    assert_int_equal(find().items[0].reason, XR_REASON_GUEST_DIED);
}

static void domain_0(void **state)
{
    (void)state;
    guest.domain.domid = 0;
    expect("is-domain-0", "Domain-0", "");
}

#define PCI "/local/domain/0/backend/pci/7/0/"

static void a_pci_device(void **state)
{
    (void)state;
    fake_store_set_path(PCI "num_devs", "0");
    expect_none();
    fake_store_set_path(PCI "num_devs", "2");
    expect("has-pci-devices", "PCI device", "");
    fake_store_set_path(PCI "dev-0", "0000:00:05.0");
    expect("has-pci-devices", "0000:00:05.0",
           "xl pci-detach web 0000:00:05.0");
    fake_store_set_path(PCI "num_devs", "many");
    expect_none();
}

static void a_virtual_tpm(void **state)
{
    (void)state;
    fake_store_set_path("/libxl/7/device/vtpm/3", "");
    expect("not-suspendable", "virtual TPM", "xl vtpm-detach web 3");
}

static void disks_of_a_driver_domain(void **state)
{
    static const char backend[] = "/libxl/7/device/vbd/51712/backend";

    (void)state;
    fake_store_set_path("/libxl/7/device/vbd/51712", "");
    expect_none();
    fake_store_set_path(backend, "/local/domain/0/backend/vbd/7/51712");
    expect_none();
    fake_store_set_path(backend, "/local/domain/4/backend/vbd/7/51712");
    expect(NULL, "domain 4", "");
    fake_store_set_path(backend, "/local/domain/");
    expect_none();
}

static void what_cannot_be_read_is_an_error(void **state)
{
    CLEANUP_STORE struct store *store = NULL;
    struct obstacles found;
    struct xr_error err;
    int calls;

    (void)state;
    make_hvm();
    fake.callback_irq = 1;
    store = store_open();
    calls = fake.calls;
    assert_int_equal(obstacles_find(NULL, store, &guest, dir, &found, &err),
                     0);
    for (calls = fake.calls - calls; calls; calls--) {
        fake.calls = 0;
        fake.fail_call = calls;
        assert_int_equal(obstacles_find(NULL, store, &guest, dir, &found,
                                        &err), -EIO);
    }
    fake.fail_call = 0;
}

/* QEMU: says each line when it was told one, the first at once. */

static pid_t start_qemu(const char *const lines[])
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int listening = socket(AF_UNIX, SOCK_STREAM, 0);
    char heard[256];
    pid_t pid;

    strcpy(address.sun_path, socket_path);
    unlink(socket_path);
    assert_int_equal(bind(listening, (struct sockaddr *)&address,
                          sizeof(address)), 0);
    assert_int_equal(listen(listening, 1), 0);
    pid = fork();
    if (pid == 0) {
        int fd = accept(listening, NULL, NULL);

        for (; *lines; lines++)
            if (write(fd, *lines, strlen(*lines)) < 0
                || (lines[1] && read(fd, heard, sizeof(heard)) <= 0))
                break;
        _exit(0);
    }
    close(listening);
    return pid;
}

static enum device_model_answer ask_qemu(const char *const lines[],
                                         char text[200])
{
    pid_t pid = start_qemu(lines);
    enum device_model_answer answer = device_model_ask(dir, FAKE_DOMID, text,
                                                       200);

    assert_int_equal(waitpid(pid, NULL, 0), pid);
    return answer;
}

#define GREETING(major) \
    "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 0, \"minor\": 2, " \
    "\"major\": " major "}, \"package\": \"\"}, \"capabilities\": []}}\r\n"
#define EVENT "{\"timestamp\": {\"seconds\": 1}, \"event\": \"RESUME\"}\r\n"
#define DONE "{\"return\": {}}\r\n"
#define SENTENCE "\"The vpc format used by node 'xvda' does not support live " \
    "migration\", "

static void qemu_answers(void **state)
{
    static const struct {
        const char *lines[4];
        enum device_model_answer answer;
        const char *text;
    } rows[] = {
        { { GREETING("7"), DONE, DONE }, DEVICE_MODEL_CAN_SAVE, "" },
        { { GREETING("10"), EVENT DONE, EVENT EVENT DONE },
          DEVICE_MODEL_CAN_SAVE, "" },
        { { GREETING("7"), DONE,
            "{\"return\": {\"blocked-reasons\": [\"non-migratable device: "
            "0000:00:04.0/nvme\", \"9p\"]}}\r\n" },
          DEVICE_MODEL_CANNOT, "04.0/nvme; 9p" },
        { { GREETING("7"), DONE,
            "{\"return\": {\"blocked-reasons\": []}}\n" },
          DEVICE_MODEL_CAN_SAVE, "" },
        { { GREETING("7"), DONE,
            "{\"return\": {\"blocked-reasons\": [\"The vpc format used by node "
            "'xvda' does not support live migration\"]}}\n" },
          DEVICE_MODEL_DOUBTS, "The vpc format" },
        { { GREETING("7"), DONE,
            "{\"return\": {\"blocked-reasons\": [\"a sentence\", "
            "\"non-migratable device: a\"]}}\n" },
          DEVICE_MODEL_CANNOT, "non-migratable device: a; a sentence" },
        { { GREETING("7"), DONE, "{\"return\": {\"blocked-reasons\": ["
            SENTENCE SENTENCE SENTENCE SENTENCE
            "\"non-migratable device: a\"]}}\n" },
          DEVICE_MODEL_CANNOT, "non-migratable device: a; The vpc" },
        { { GREETING("5") }, DEVICE_MODEL_SILENT, "before 6.0" },
        { { GREETING("\"7\"") }, DEVICE_MODEL_SILENT, "before 6.0" },
        { { GREETING("7"), "{\"error\": {\"class\": \"CommandNotFound\"}}\n" },
          DEVICE_MODEL_SILENT, "does not understand" },
        { { GREETING("7"), DONE }, DEVICE_MODEL_SILENT, "" },
        { { "what?\n" }, DEVICE_MODEL_SILENT, "" },
        { { "" }, DEVICE_MODEL_SILENT, "" },
    };
    char text[200];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        enum device_model_answer answer = ask_qemu(rows[i].lines, text);

        if (answer != rows[i].answer || !strstr(text, rows[i].text))
            fail_msg("row %zu: %d, %s", i, answer, text);
    }
}

static void qemu_that_cannot_save(void **state)
{
    static const char *const lines[] = {
        GREETING("7"), DONE,
        "{\"return\": {\"blocked-reasons\": [\"non-migratable device: "
        "0000:00:04.0/nvme\"]}}\r\n",
        NULL,
    };
    pid_t pid;

    (void)state;
    make_hvm();
    pid = start_qemu(lines);
    expect("not-suspendable", "0000:00:04.0/nvme", "");
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

#define STATUS(word) "{\"return\": {\"running\": true, \"status\": \"" word \
    "\"}}\r\n"

/* One that was running goes on, whatever came of the flush; no other does. */
static void qemu_flushes(void **state)
{
    static const struct {
        const char *lines[7];
        bool flushed;
        const char *text;
    } rows[] = {
        { { GREETING("2"), DONE, STATUS("running"), EVENT DONE, DONE }, true,
          "" },
        { { GREETING("7"), DONE, STATUS("paused"), DONE }, true, "" },
        { { GREETING("7"), DONE, STATUS("running"), DONE }, false, "" },
        { { GREETING("7"), DONE, STATUS("running"),
            "{\"error\": {\"class\": \"GenericError\"}}\n", DONE }, false,
          "reports an error" },
        { { GREETING("7"), "{\"error\": {}}\n" }, false, "reports an error" },
        { { "" }, false, "" },
    };
    char text[200] = "";
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        pid_t pid = start_qemu(rows[i].lines);
        bool flushed = device_model_flush(dir, FAKE_DOMID, text,
                                          sizeof(text));

        assert_int_equal(waitpid(pid, NULL, 0), pid);
        if (flushed != rows[i].flushed
            || (!flushed && !strstr(text, rows[i].text)))
            fail_msg("row %zu: %d, %s", i, flushed, text);
    }
    assert_false(device_model_flush("/no/such", FAKE_DOMID, text,
                                    sizeof(text)));
}

/* Only one that was told to stop; who has never run is libxl's. */
static void qemu_goes_on(void **state)
{
    static const struct {
        const char *lines[6];
        bool is_stopped;
    } rows[] = {
        { { GREETING("7"), DONE, STATUS("paused"), EVENT DONE }, true },
        { { GREETING("7"), DONE, STATUS("running") }, false },
        { { GREETING("7"), DONE, STATUS("prelaunch") }, false },
        { { GREETING("7"), DONE, "{\"return\": {}}\n" }, false },
        { { GREETING("7"), "{\"error\": {}}\n" }, false },
        { { "" }, false },
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        pid_t pid = start_qemu(rows[i].lines);

        assert_int_equal(device_model_go_on(dir, FAKE_DOMID),
                         rows[i].is_stopped);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        pid = start_qemu(rows[i].lines);
        assert_int_equal(device_model_is_stopped(dir, FAKE_DOMID),
                         rows[i].is_stopped);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
    }
    assert_false(device_model_go_on("/no/such", FAKE_DOMID));
}

static int make_dir(void **state)
{
    (void)state;
    if (!mkdtemp(dir))
        return -1;
    snprintf(socket_path, sizeof(socket_path), "%s/qmp-libxenstat-%d", dir,
             FAKE_DOMID);
    return 0;
}

static int remove_dir(void **state)
{
    (void)state;
    unlink(socket_path);
    return rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_running_guest_has_none, fresh),
        cmocka_unit_test_setup(a_paused_guest_cannot_answer, fresh),
        cmocka_unit_test_setup(hvm_that_is_not_asked, fresh),
        cmocka_unit_test_setup(the_guest_says_no, fresh),
        cmocka_unit_test_setup(its_end_comes_before_all, fresh),
        cmocka_unit_test_setup(one_that_is_suspended_has_none, fresh),
        cmocka_unit_test_setup(domain_0, fresh),
        cmocka_unit_test_setup(a_pci_device, fresh),
        cmocka_unit_test_setup(a_virtual_tpm, fresh),
        cmocka_unit_test_setup(disks_of_a_driver_domain, fresh),
        cmocka_unit_test_setup(what_cannot_be_read_is_an_error, fresh),
        cmocka_unit_test_setup(qemu_answers, fresh),
        cmocka_unit_test_setup(qemu_that_cannot_save, fresh),
        cmocka_unit_test_setup(qemu_flushes, fresh),
        cmocka_unit_test_setup(qemu_goes_on, fresh),
    };

    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
