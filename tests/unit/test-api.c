/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a program that seals, verifies or compares images by
 * libxenresumable gets something else than the header promises.
 */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xenresumable.h>

#include "stream_builder.h"
#include "util/cleanup.h"
#include "util/io.h"

static const struct image_plan plan = { .container = 'x', .metadata = true,
                                        .vcpus = 2 };

static int open_image(const struct buffer *b)
{
    int fd = memfd_create("image", MFD_CLOEXEC);

    assert_int_equal(write_full(fd, b->data, b->length, NULL), 0);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static int open_planned(const struct image_plan *of)
{
    CLEANUP_BUFFER struct buffer b = { 0 };

    build_image(&b, of);
    return open_image(&b);
}

static void the_library_says_the_headers_version(void **state)
{
    char text[40];

    (void)state;
    snprintf(text, sizeof(text), "%d.%d.%d", XR_VERSION_MAJOR,
             XR_VERSION_MINOR, XR_VERSION_MICRO);
    assert_string_equal(xr_version(), text);
}

static void every_name_stands_once(void **state)
{
    int i, j;

    (void)state;
    for (i = XR_REASON_NONE; i <= XR_REASON_WRONG_KERNEL; i++)
        for (j = XR_REASON_NONE; j < i; j++)
            assert_string_not_equal(xr_reason_name((enum xr_reason)i),
                                    xr_reason_name((enum xr_reason)j));
    assert_string_equal(xr_reason_name((enum xr_reason)1000), "system");
    for (i = XR_SOURCE_NONE; i <= XR_SOURCE_HVM; i++)
        for (j = XR_SOURCE_NONE; j < i; j++)
            assert_string_not_equal(xr_source_name((enum xr_source)i),
                                    xr_source_name((enum xr_source)j));
    assert_string_equal(xr_source_name((enum xr_source)1000), "none");
    assert_string_equal(xr_answer_name(XR_YES), "yes");
    assert_string_equal(xr_answer_name((enum xr_answer)9), "unknown");
    assert_string_equal(xr_container_name(XR_CONTAINER_LIBVIRT), "libvirt");
    assert_string_equal(xr_container_name((enum xr_container)99), "unknown");
    assert_string_equal(xr_seal_state_name(XR_SEAL_MISMATCH), "mismatch");
    assert_string_equal(xr_seal_state_name((enum xr_seal_state)9),
                        "not checked");
}

static void null_is_safe(void **state)
{
    struct xr_metadata *list = NULL;
    struct xr_verdict verdict;
    struct xr_error err;
    uint64_t number;
    size_t count;
    char *text;

    (void)state;
    assert_int_equal(xr_metadata_count(NULL), 0);
    assert_null(xr_metadata_name(NULL, 0));
    assert_null(xr_metadata_value(NULL, "GUEST_OS"));
    assert_null(xr_metadata_kernel(NULL));
    assert_int_equal(xr_metadata_number(NULL, "GUEST_OS", &number), -ENOENT);
    assert_int_equal(xr_metadata_pairs(NULL, NULL, NULL, 0, &count), -ENOENT);
    assert_int_equal(xr_metadata_numbers(NULL, NULL, NULL, 1, &count),
                     -EINVAL);
    assert_int_equal(xr_pte_holds_mfn(NULL, 1), -ENOENT);
    assert_int_equal(xr_metadata_kind(NULL), XR_KIND_BYTES);
    text = xr_metadata_to_text(NULL);
    assert_string_equal(text, "");
    free(text);
    assert_int_equal(xr_metadata_from_path(NULL, &list, &err), -EINVAL);
    assert_int_equal(err.reason, XR_REASON_USAGE);
    assert_int_equal(xr_metadata_from_memory(NULL, 4, &list, &err), -EINVAL);
    assert_int_equal(xr_metadata_from_text(NULL, 0, &list, NULL), 0);
    xr_metadata_free(list);
    assert_int_equal(xr_verdict(NULL, &verdict, NULL), 0);
    assert_int_equal(verdict.resumable, XR_UNKNOWN);
    assert_int_equal(xr_verdict(NULL, NULL, NULL), -EINVAL);
    assert_null(xr_save_info(NULL));
    assert_null(xr_save_metadata(NULL));
    assert_null(xr_save_name(NULL));
    assert_null(xr_save_uuid(NULL));
    assert_null(xr_verify_info(NULL));
    assert_null(xr_verify_problem(NULL, 0, NULL));
    assert_null(xr_diff_info(NULL));
    assert_int_equal(xr_save_from_fd(-1, NULL, NULL), -EINVAL);
    assert_int_equal(xr_verify_fd(-1, 0, NULL, NULL, NULL), -EINVAL);
    assert_int_equal(xr_diff_paths(NULL, NULL, 0, NULL, NULL, NULL), -EINVAL);
    xr_save_free(NULL);
    xr_verify_free(NULL);
    xr_diff_free(NULL);
}

static void an_unknown_flag_is_refused(void **state)
{
    struct xr_verify *verify = NULL;
    struct xr_diff *diff = NULL;
    struct xr_error err = { .code = 0 };

    (void)state;
    assert_int_equal(xr_verify_fd(-1, 2, NULL, &verify, &err), -EINVAL);
    assert_int_equal(err.reason, XR_REASON_USAGE);
    assert_string_equal(err.message, "unknown flags: 0x2");
    assert_int_equal(xr_seal_fd(-1, 1, NULL, NULL, NULL), -EINVAL);
    assert_int_equal(xr_seal_fd(-1, 0, NULL, NULL, NULL), -EBADF);
    assert_int_equal(xr_diff_fds(-1, -1, 1, NULL, &diff, NULL), -EINVAL);
    assert_null(verify);
    assert_null(diff);
}

static void an_error_has_a_reason(void **state)
{
    CLEANUP_CLOSE int fd = open_image(&(struct buffer){
        .data = (char[]){ "#!/bin/sh" }, .length = 9 });
    struct xr_save *save = NULL;
    struct xr_error err;

    (void)state;
    assert_int_equal(xr_save_from_fd(fd, &save, &err), -ENOEXEC);
    assert_int_equal(err.code, ENOEXEC);
    assert_int_equal(err.reason, XR_REASON_CANNOT_JUDGE);
    assert_int_equal(xr_save_from_path("/nonexistent", &save, &err), -ENOENT);
    assert_int_equal(err.reason, XR_REASON_SYSTEM);
    assert_int_equal(err.offset, XR_NO_OFFSET);
}

struct a_call {
    const char *path;
    unsigned flags;
    const struct xr_events *events;
    bool out;
};

static int call_metadata(const struct a_call *c, struct xr_error *err)
{
    struct xr_metadata *out = NULL;

    return xr_metadata_from_path(c->path, c->out ? &out : NULL, err);
}

static int call_save(const struct a_call *c, struct xr_error *err)
{
    struct xr_save *out = NULL;

    return xr_save_from_path(c->path, c->out ? &out : NULL, err);
}

static int call_verify(const struct a_call *c, struct xr_error *err)
{
    struct xr_verify *out = NULL;

    return xr_verify_path(c->path, c->flags, c->events, c->out ? &out : NULL,
                          err);
}

static int call_seal(const struct a_call *c, struct xr_error *err)
{
    struct xr_seal out;

    return xr_seal_path(c->path, c->flags, c->events, &out, err);
}

static int call_diff_first(const struct a_call *c, struct xr_error *err)
{
    struct xr_diff *out = NULL;

    return xr_diff_paths(c->path, "/dev/null", c->flags, c->events,
                         c->out ? &out : NULL, err);
}

static int call_diff_second(const struct a_call *c, struct xr_error *err)
{
    struct xr_diff *out = NULL;

    return xr_diff_paths("/dev/null", c->path, c->flags, c->events,
                         c->out ? &out : NULL, err);
}

static const struct {
    int (*call)(const struct a_call *, struct xr_error *);
    bool has_out;   /* which must not be NULL */
    bool has_flags; /* and events */
} path_calls[] = {
    { call_metadata, true, false },
    { call_save, true, false },
    { call_verify, true, true },
    { call_seal, false, true },
    { call_diff_first, true, true },
    { call_diff_second, true, true },
};

static void assert_wrong_usage(size_t i, const struct a_call *c)
{
    struct xr_error err = { .code = 0 };

    assert_int_equal(path_calls[i].call(c, &err), -EINVAL);
    assert_int_equal(err.reason, XR_REASON_USAGE);
    assert_int_equal(path_calls[i].call(c, NULL), -EINVAL);
}

static void arguments_count_before_files(void **state)
{
    const struct xr_events events = { .size = 3 };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(path_calls); i++) {
        assert_wrong_usage(i, &(struct a_call){ .path = NULL, .out = true });
        if (path_calls[i].has_out)
            assert_wrong_usage(i, &(struct a_call){ .path = "/missing" });
        if (!path_calls[i].has_flags)
            continue;
        assert_wrong_usage(i, &(struct a_call){ .path = "/missing",
                                                .flags = 8, .out = true });
        assert_wrong_usage(i, &(struct a_call){ .path = "/missing",
                                                .events = &events,
                                                .out = true });
    }
}

static void a_message_names_the_file(void **state)
{
    static const char missing[] = "/missing/\033[31m";
    static const char shown[] = "/missing/\\x1b[31m: No such file or directory";
    char path[600] = "/missing/", *name = path + strlen(path);
    struct xr_error err = { .code = 0 };
    size_t i;

    (void)state;
    memset(name, 'x', 200);
    strcat(path, "/last");
    for (i = 0; i < COUNT(path_calls); i++) {
        struct a_call c = { .path = missing, .out = true };

        if (path_calls[i].call == call_diff_second)
            continue; /* the first one is to blame */
        assert_int_equal(path_calls[i].call(&c, &err), -ENOENT);
        assert_string_equal(err.message, shown);
        c.path = path;
        assert_int_equal(path_calls[i].call(&c, &err), -ENOENT);
        assert_memory_equal(err.message, "...xxx", 6);
        assert_non_null(strstr(err.message, "x/last: No such file or dir"));
        c.path = "/dev/null";
        assert_true(path_calls[i].call(&c, &err) < 0);
        assert_memory_equal(err.message, "/dev/null: ", 11);
    }
}

/* A first one that is sound, and a second one that is missing, or none. */
static void a_message_names_the_second_file(void **state)
{
    CLEANUP_CLOSE int fd = open_planned(&plan);
    CLEANUP_CLOSE int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    struct xr_diff *diff = NULL;
    struct xr_error err;
    char path[40];

    (void)state;
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    assert_int_equal(xr_diff_paths(path, "/missing", 0, NULL, &diff, &err),
                     -ENOENT);
    assert_string_equal(err.message, "/missing: No such file or directory");
    assert_true(xr_diff_paths(path, "/dev/null", 0, NULL, &diff, &err) < 0);
    assert_memory_equal(err.message, "/dev/null: ", 11);
    assert_true(xr_diff_fds(fd, nothing, 0, NULL, &diff, &err) < 0);
    assert_memory_equal(err.message, "the second image: ", 18);
    assert_null(diff);
}

static void a_records_list_is_typed(void **state)
{
    static const char text[] =
        "image.L1_MFN_VALID=0x1/0x1,image.SUSPEND_CANCEL=0x1,domain.name=a";
    struct xr_metadata *list = NULL;
    struct xr_pair pair;
    uint64_t number = 0;
    size_t count = 0;

    (void)state;
    assert_int_equal(xr_metadata_from_text(text, strlen(text), &list, NULL),
                     0);
    assert_int_equal(xr_metadata_kind("image.SUSPEND_CANCEL"),
                     XR_KIND_NUMBER);
    assert_int_equal(xr_metadata_kind("image.L1_MFN_VALID"), XR_KIND_PAIRS);
    assert_int_equal(xr_metadata_kind("image.GUEST_OS"), XR_KIND_STRING);
    assert_int_equal(xr_metadata_kind("image.NOTE_23"), XR_KIND_BYTES);
    assert_int_equal(xr_metadata_kind("domain.name"), XR_KIND_STRING);
    assert_int_equal(xr_metadata_kind("user.SUSPEND_CANCEL"), XR_KIND_STRING);
    assert_int_equal(xr_metadata_number(list, "image.SUSPEND_CANCEL",
                                        &number), 0);
    assert_int_equal(number, 1);
    assert_int_equal(xr_metadata_pairs(list, "image.L1_MFN_VALID", &pair, 1,
                                       &count), 0);
    assert_int_equal(pair.mask, 1);
    assert_int_equal(xr_pte_holds_mfn(list, 0x1001), 1);
    assert_int_equal(xr_pte_holds_mfn(list, 0x1000), 0);
    xr_metadata_free(list);
}

static void every_image_has_a_name_and_a_uuid(void **state)
{
    static const char *const images[] = {
        "xl-pv-4.17.img", "libvirt-pv-4.20.img", "thin-pv-4.20.img",
    };
    const char *top = getenv("top_srcdir");
    char path[4096];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(images); i++) {
        struct xr_save *save = NULL;

        snprintf(path, sizeof(path), "%s/tests/data/saves/%s",
                 top ? top : ".", images[i]);
        assert_int_equal(xr_save_from_path(path, &save, NULL), 0);
        assert_non_null(xr_save_name(save));
        assert_non_null(xr_save_uuid(save));
        assert_int_equal(strlen(xr_save_uuid(save)), 36);
        xr_save_free(save);
    }
}

/* What is called back, and when it says stop: at the stop-th call. */
struct teller {
    int calls, stop;
    uint64_t first, last, total;
};

static int tell(void *data, uint64_t done, uint64_t total)
{
    struct teller *t = data;

    if (!t->calls++)
        t->first = done;
    t->last = done;
    t->total = total;
    return t->calls == t->stop;
}

static struct xr_events told_to(struct teller *t)
{
    return (struct xr_events){
        .size = sizeof(struct xr_events),
        .data = t,
        .progress = tell,
    };
}

static void progress_tells_beginning_and_end(void **state)
{
    CLEANUP_CLOSE int fd = open_planned(&plan);
    struct teller t = { 0 };
    const struct xr_events events = told_to(&t);
    struct xr_verify *verify = NULL;

    (void)state;
    assert_int_equal(xr_verify_fd(fd, 0, &events, &verify, NULL), 0);
    assert_true(xr_verify_info(verify)->ok);
    assert_true(t.calls >= 2);
    assert_int_equal(t.first, 0);
    assert_int_equal(t.last, t.total);
    assert_int_equal(t.total, lseek(fd, 0, SEEK_END));
    xr_verify_free(verify);
}

static void progress_stops_every_call(void **state)
{
    CLEANUP_CLOSE int fd = open_planned(&plan);
    CLEANUP_CLOSE int other = open_planned(&plan);
    off_t size = lseek(fd, 0, SEEK_END);
    struct xr_verify *verify = NULL;
    struct xr_diff *diff = NULL;
    struct xr_error err;
    int stop;

    (void)state;
    for (stop = 1; stop <= 2; stop++) {
        struct teller t = { .stop = stop };
        const struct xr_events events = told_to(&t);

        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        assert_int_equal(xr_verify_fd(fd, 0, &events, &verify, &err),
                         -ECANCELED);
        assert_int_equal(err.reason, XR_REASON_CANCELLED);
        t.calls = 0;
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        assert_int_equal(xr_diff_fds(fd, other, 0, &events, &diff, &err),
                         -ECANCELED);
        assert_int_equal(err.reason, XR_REASON_CANCELLED);
    }
    {
        struct teller t = { .stop = 1 };
        const struct xr_events events = told_to(&t);

        assert_int_equal(xr_seal_fd(fd, 0, &events, NULL, &err), -ECANCELED);
        assert_int_equal(lseek(fd, 0, SEEK_END), size);
    }
    assert_null(verify);
    assert_null(diff);
}

/* A signal interrupts the read of a pipe that nobody writes to. */
static void on_signal(int number)
{
    (void)number;
}

struct stalled {
    pthread_t reader;
    int calls;
};

static int stop_when_interrupted(void *data, uint64_t done, uint64_t total)
{
    struct stalled *s = data;

    (void)done;
    (void)total;
    __atomic_add_fetch(&s->calls, 1, __ATOMIC_SEQ_CST);
    return s->calls > 1;
}

static void *interrupt(void *data)
{
    struct stalled *s = data;

    while (__atomic_load_n(&s->calls, __ATOMIC_SEQ_CST) < 2) {
        pthread_kill(s->reader, SIGUSR1);
        usleep(1000);
    }
    return NULL;
}

static void a_signal_stops_a_stalled_pipe(void **state)
{
    const struct sigaction action = { .sa_handler = on_signal };
    struct stalled s = { .reader = pthread_self() };
    const struct xr_events events = {
        .size = sizeof(events),
        .data = &s,
        .progress = stop_when_interrupted,
    };
    struct xr_verify *verify = NULL;
    struct xr_error err;
    pthread_t thread;
    int ends[2];

    (void)state;
    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(pthread_create(&thread, NULL, interrupt, &s), 0);
    assert_int_equal(xr_verify_fd(ends[0], 0, &events, &verify, &err),
                     -ECANCELED);
    assert_int_equal(err.reason, XR_REASON_CANCELLED);
    pthread_join(thread, NULL);
    close(ends[0]);
    close(ends[1]);
}

static void events_of_other_versions(void **state)
{
    CLEANUP_CLOSE int fd = open_planned(&plan);
    struct {
        struct xr_events events;
        void *later;
    } newer = { .events = { .size = sizeof(newer) } };
    const struct xr_events older = { .size = 2 * sizeof(void *) };
    const struct xr_events none = { .size = 0 };
    struct xr_verify *verify = NULL;
    struct xr_error err;

    (void)state;
    assert_int_equal(xr_verify_fd(fd, 0, &newer.events, &verify, NULL), 0);
    xr_verify_free(verify);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    assert_int_equal(xr_verify_fd(fd, 0, &older, &verify, NULL), 0);
    xr_verify_free(verify);
    newer.later = &newer;
    assert_int_equal(xr_verify_fd(fd, 0, &newer.events, &verify, &err),
                     -EINVAL);
    assert_int_equal(err.reason, XR_REASON_USAGE);
    assert_int_equal(xr_verify_fd(fd, 0, &none, &verify, &err), -EINVAL);
}

static void a_seal_is_set_once(void **state)
{
    CLEANUP_CLOSE int fd = open_planned(&plan);
    off_t size = lseek(fd, 0, SEEK_END);
    struct xr_verify *verify = NULL;
    struct xr_seal seal, again;

    (void)state;
    assert_int_equal(xr_seal_fd(fd, 0, NULL, &seal, NULL), 0);
    assert_false(seal.was_sealed);
    assert_int_equal(seal.length, size);
    assert_int_equal(strlen(seal.digest), 32);
    assert_int_equal(lseek(fd, 0, SEEK_END), size + 48);
    assert_int_equal(xr_seal_fd(fd, 0, NULL, &again, NULL), 0);
    assert_true(again.was_sealed);
    assert_string_equal(again.digest, seal.digest);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    assert_int_equal(xr_verify_fd(fd, 0, NULL, &verify, NULL), 0);
    assert_int_equal(xr_verify_info(verify)->seal, XR_SEAL_MATCH);
    xr_verify_free(verify);
}

static void what_is_not_sound_is_not_sealed(void **state)
{
    CLEANUP_CLOSE int fd = open_planned(&plan);
    off_t size = lseek(fd, 0, SEEK_END) - 100;
    struct xr_error err;

    (void)state;
    assert_int_equal(ftruncate(fd, size), 0);
    assert_int_equal(xr_seal_fd(fd, 0, NULL, NULL, &err), -EBADMSG);
    assert_int_equal(err.reason, XR_REASON_NOT_SOUND);
    assert_string_equal(err.message,
                        "the image is not complete: the image is cut off");
    assert_true(err.offset <= (uint64_t)size);
    assert_int_equal(lseek(fd, 0, SEEK_END), size);
}

static void what_differs_has_a_part(void **state)
{
    const struct image_plan more = { .container = 'x', .metadata = true,
                                     .vcpus = 3 };
    CLEANUP_CLOSE int a = open_planned(&plan);
    CLEANUP_CLOSE int b = open_planned(&more);
    CLEANUP_CLOSE int again = open_planned(&plan);
    struct xr_diff *diff = NULL;
    struct xr_difference d;
    uint64_t first, last;
    size_t i;

    (void)state;
    assert_int_equal(xr_diff_fds(a, b, 0, NULL, &diff, NULL), 0);
    assert_false(xr_diff_info(diff)->same);
    assert_true(xr_diff_info(diff)->state > 0);
    for (i = 0; i < xr_diff_info(diff)->state; i++) {
        assert_int_equal(xr_diff_get(diff, XR_DIFF_STATE, i, &d), 0);
        assert_non_null(d.key);
        assert_null(d.a);
        assert_non_null(d.b);
    }
    assert_int_equal(xr_diff_get(diff, XR_DIFF_STATE, i, &d), -ENOENT);
    assert_int_equal(xr_diff_get(diff, (enum xr_diff_part)9, 0, &d), -EINVAL);
    assert_int_equal(xr_diff_range(diff, 0, &first, &last), -ENOENT);
    xr_diff_free(diff);
    assert_int_equal(lseek(a, 0, SEEK_SET), 0);
    assert_int_equal(xr_diff_fds(a, again, 0, NULL, &diff, NULL), 0);
    assert_true(xr_diff_info(diff)->same);
    assert_int_equal(xr_diff_info(diff)->pages_total, 3000);
    xr_diff_free(diff);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_library_says_the_headers_version),
        cmocka_unit_test(every_name_stands_once),
        cmocka_unit_test(null_is_safe),
        cmocka_unit_test(an_unknown_flag_is_refused),
        cmocka_unit_test(an_error_has_a_reason),
        cmocka_unit_test(arguments_count_before_files),
        cmocka_unit_test(a_message_names_the_file),
        cmocka_unit_test(a_message_names_the_second_file),
        cmocka_unit_test(a_records_list_is_typed),
        cmocka_unit_test(every_image_has_a_name_and_a_uuid),
        cmocka_unit_test(progress_tells_beginning_and_end),
        cmocka_unit_test(progress_stops_every_call),
        cmocka_unit_test(a_signal_stops_a_stalled_pipe),
        cmocka_unit_test(events_of_other_versions),
        cmocka_unit_test(a_seal_is_set_once),
        cmocka_unit_test(what_is_not_sound_is_not_sealed),
        cmocka_unit_test(what_differs_has_a_part),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
