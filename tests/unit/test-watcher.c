/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, xl crashes or hangs over an event of its domain, sees a
 * suspend that it leaves for, or leaks an event with every checkpoint.
 *
 * Behind the doors is a libxl of which every fault can be had.
 */
#include "config.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <libxl.h>

#include "unit.h"
#include "hook/deaths.h"
#include "hook/watcher.h"

enum { DOMID = 7, USER = 3, LOG_ROOM = 64, THREADS = 4, ROUNDS = 2000 };

struct libxl__evgen_domain_death {
    uint32_t domid;
};

/* Both are only told apart by their address. */
static char contexts[2];
#define CTX ((struct libxl__ctx *)&contexts[0])
#define OTHER_CTX ((struct libxl__ctx *)&contexts[1])

/* Several threads use it, and the last members in turn. */
static struct {
    int enabled; /* evgens that live */
    int events;  /* events that live */
    int enable_error;
    bool no_memory;
    const struct libxl_event *queue; /* what comes next; an error, if none */
    size_t left;
    int error;
    char log[LOG_ROOM]; /* e: enable, d: disable, f: free an event */
} libxl;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
    return libxl.no_memory ? NULL : __real_malloc(size);
}

static void note(char what)
{
    size_t length = strlen(libxl.log);

    if (length + 1 < sizeof(libxl.log))
        libxl.log[length] = what;
}

static int enable(struct libxl__ctx *ctx, uint32_t domid, uint64_t user,
                  struct libxl__evgen_domain_death **out)
{
    (void)ctx;
    (void)user;
    if (libxl.enable_error)
        return libxl.enable_error;
    note('e');
    *out = calloc(1, sizeof(**out));
    (*out)->domid = domid;
    libxl.enabled++;
    return 0;
}

/* What is no evgen, or one that was freed, the sanitizers find. */
static void disable(struct libxl__ctx *ctx,
                    struct libxl__evgen_domain_death *evgen)
{
    (void)ctx;
    assert_int_equal(evgen->domid, DOMID);
    note('d');
    libxl.enabled--;
    free(evgen);
}

static void event_free(struct libxl__ctx *ctx, struct libxl_event *event)
{
    (void)ctx;
    note('f');
    libxl.events--;
    free(event);
}

static int next_event(struct libxl__ctx *ctx, struct libxl_event **out,
                      uint64_t types, libxl_event_predicate *wanted, void *user)
{
    (void)ctx;
    (void)types;
    (void)wanted;
    (void)user;
    if (!libxl.left)
        return libxl.error;
    *out = calloc(1, sizeof(**out));
    **out = *libxl.queue++;
    libxl.left--;
    libxl.events++;
    return 0;
}

static const struct libxl_functions functions = {
    .death_enable = enable,
    .death_disable = disable,
    .event_free = event_free,
};

static struct libxl_event shutdown_of(uint32_t domid, uint64_t user,
                                      libxl_shutdown_reason reason)
{
    struct libxl_event event;

    memset(&event, 0, sizeof(event));
    event.type = LIBXL_EVENT_TYPE_DOMAIN_SHUTDOWN;
    event.domid = domid;
    event.for_user = user;
    event.u.domain_shutdown.shutdown_reason = (uint8_t)reason;
    return event;
}

static struct libxl_event suspends(void)
{
    return shutdown_of(DOMID, USER, LIBXL_SHUTDOWN_REASON_SUSPEND);
}

static struct libxl_event reboots(void)
{
    return shutdown_of(DOMID, USER, LIBXL_SHUTDOWN_REASON_REBOOT);
}

static int empty(void **state)
{
    (void)state;
    setenv("XR_CONFIG", "/nonexistent", 1);
    memset(&libxl, 0, sizeof(libxl));
    libxl.error = ERROR_NOT_READY;
    return 0;
}

static int nothing_left(void **state)
{
    (void)state;
    libxl.no_memory = false;
    return libxl.enabled || libxl.events;
}

static struct libxl__evgen_domain_death *watch(void)
{
    struct libxl__evgen_domain_death *handle = NULL;

    assert_int_equal(hook_death_enable(enable, CTX, DOMID, USER, &handle), 0);
    assert_non_null(handle);
    return handle;
}

static void unwatch(struct libxl__evgen_domain_death *handle)
{
    hook_death_disable(disable, CTX, handle);
}

static int wait_event(struct libxl_event **out)
{
    return hook_event(next_event, &functions, CTX, out, 0, NULL, NULL);
}

static void queue(const struct libxl_event *events, size_t count)
{
    libxl.queue = events;
    libxl.left = count;
}

/* The next event that xl sees, and its end. */
static libxl_shutdown_reason seen(void)
{
    libxl_shutdown_reason reason;
    struct libxl_event *event;

    assert_int_equal(wait_event(&event), 0);
    assert_int_equal(event->type, LIBXL_EVENT_TYPE_DOMAIN_SHUTDOWN);
    reason = (libxl_shutdown_reason)event->u.domain_shutdown.shutdown_reason;
    event_free(CTX, event);
    return reason;
}

static void suspend_is_not_seen(void **state)
{
    const struct libxl_event events[] = { suspends(), reboots() };
    struct libxl__evgen_domain_death *handle = watch();

    (void)state;
    queue(events, COUNT(events));
    assert_int_equal(seen(), LIBXL_SHUTDOWN_REASON_REBOOT);
    unwatch(handle);
    /* Never without an event: libxl would find the same suspend again. */
    assert_string_equal(libxl.log, "eedffd");
}

static void every_checkpoint_is_the_first(void **state)
{
    const struct libxl_event events[] = { suspends(), suspends(), suspends(),
                                          suspends(), reboots() };
    struct libxl__evgen_domain_death *handle = watch();

    (void)state;
    queue(events, COUNT(events));
    assert_int_equal(seen(), LIBXL_SHUTDOWN_REASON_REBOOT);
    assert_int_equal(libxl.enabled, 1);
    unwatch(handle);
}

static void other_ends_are_seen(void **state)
{
    static const libxl_shutdown_reason reasons[] = {
        LIBXL_SHUTDOWN_REASON_POWEROFF, LIBXL_SHUTDOWN_REASON_REBOOT,
        LIBXL_SHUTDOWN_REASON_CRASH,    LIBXL_SHUTDOWN_REASON_WATCHDOG,
        LIBXL_SHUTDOWN_REASON_SOFT_RESET,
    };
    struct libxl__evgen_domain_death *handle = watch();
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(reasons); i++) {
        struct libxl_event event = shutdown_of(DOMID, USER, reasons[i]);

        queue(&event, 1);
        assert_int_equal(seen(), reasons[i]);
    }
    unwatch(handle);
    assert_string_equal(libxl.log, "efffffd");
}

/* Its union has other members: no reason is read out of it. */
static void other_types_are_seen(void **state)
{
    struct libxl__evgen_domain_death *handle = watch();
    struct libxl_event death = suspends();
    struct libxl_event *event;

    (void)state;
    death.type = LIBXL_EVENT_TYPE_DOMAIN_DEATH;
    queue(&death, 1);
    assert_int_equal(wait_event(&event), 0);
    assert_int_equal(event->type, LIBXL_EVENT_TYPE_DOMAIN_DEATH);
    event_free(CTX, event);
    unwatch(handle);
}

static void what_cannot_be_enabled_again_is_seen(void **state)
{
    struct libxl__evgen_domain_death *handle = watch();
    const struct libxl_event events[] = { suspends(), suspends(), reboots() };

    (void)state;
    queue(events, COUNT(events));
    libxl.enable_error = ERROR_NOMEM;
    assert_int_equal(seen(), LIBXL_SHUTDOWN_REASON_SUSPEND);
    assert_string_equal(libxl.log, "ef");
    libxl.enable_error = 0;
    assert_int_equal(seen(), LIBXL_SHUTDOWN_REASON_REBOOT);
    unwatch(handle);
}

static void another_domain_is_none_of_ours(void **state)
{
    const struct libxl_event events[] = {
        shutdown_of(DOMID + 1, USER, LIBXL_SHUTDOWN_REASON_SUSPEND),
        shutdown_of(DOMID, USER + 1, LIBXL_SHUTDOWN_REASON_SUSPEND),
    };
    struct libxl__evgen_domain_death *handle = watch();
    const struct libxl_event ours = suspends();
    struct libxl_event *event;
    size_t i;

    (void)state;
    queue(events, COUNT(events));
    for (i = 0; i < COUNT(events); i++)
        assert_int_equal(seen(), LIBXL_SHUTDOWN_REASON_SUSPEND);
    queue(&ours, 1);
    assert_int_equal(hook_event(next_event, &functions, OTHER_CTX, &event, 0,
                                NULL, NULL), 0);
    event_free(OTHER_CTX, event);
    unwatch(handle);
    assert_string_equal(libxl.log, "efffd");
}

static void disabled_means_stock(void **state)
{
    const struct libxl_event event = suspends();

    (void)state;
    unwatch(watch());
    queue(&event, 1);
    assert_int_equal(seen(), LIBXL_SHUTDOWN_REASON_SUSPEND);
}

static void errors_are_handed_on(void **state)
{
    struct libxl__evgen_domain_death *handle = watch();
    const struct libxl_event event = suspends();
    struct libxl_event *out = NULL;

    (void)state;
    assert_int_equal(wait_event(&out), ERROR_NOT_READY);
    libxl.error = ERROR_FAIL;
    assert_int_equal(wait_event(&out), ERROR_FAIL);
    queue(&event, 1);
    assert_int_equal(wait_event(&out), ERROR_FAIL);
    assert_null(out); /* and no event that was freed */
    unwatch(handle);
}

static void failed_enable_is_handed_on(void **state)
{
    struct libxl__evgen_domain_death *handle = NULL;

    (void)state;
    libxl.enable_error = ERROR_FAIL;
    assert_int_equal(hook_death_enable(enable, CTX, DOMID, USER, &handle),
                     ERROR_FAIL);
    assert_null(handle);
}

/* Also a handle of the time before the plugin ran out of memory, or after. */
static void without_memory_all_is_stock(void **state)
{
    const struct libxl_event event = suspends();
    struct libxl__evgen_domain_death *handle;

    (void)state;
    libxl.no_memory = true;
    handle = watch();
    libxl.no_memory = false;
    assert_int_equal(handle->domid, DOMID); /* libxl's own */
    queue(&event, 1);
    assert_int_equal(seen(), LIBXL_SHUTDOWN_REASON_SUSPEND);
    unwatch(handle);
    assert_string_equal(libxl.log, "efd");
}

/* libxl reports the same end once for each. */
static void enabled_twice_suspends_twice(void **state)
{
    const struct libxl_event events[] = { suspends(), suspends(), reboots() };
    struct libxl__evgen_domain_death *handles[2] = { watch(), watch() };

    (void)state;
    queue(events, COUNT(events));
    assert_int_equal(seen(), LIBXL_SHUTDOWN_REASON_REBOOT);
    assert_int_equal(libxl.enabled, 2);
    unwatch(handles[0]);
    unwatch(handles[1]);
}

/* A libxl without a queue of its own: each thread has its domain. */
static int threads_enabled;

static int threads_enable(struct libxl__ctx *ctx, uint32_t domid,
                          uint64_t user,
                          struct libxl__evgen_domain_death **out)
{
    (void)ctx;
    (void)user;
    *out = calloc(1, sizeof(**out));
    (*out)->domid = domid;
    __atomic_add_fetch(&threads_enabled, 1, __ATOMIC_RELAXED);
    return 0;
}

static void threads_disable(struct libxl__ctx *ctx,
                            struct libxl__evgen_domain_death *evgen)
{
    (void)ctx;
    free(evgen);
    __atomic_sub_fetch(&threads_enabled, 1, __ATOMIC_RELAXED);
}

static void threads_free(struct libxl__ctx *ctx, struct libxl_event *event)
{
    (void)ctx;
    free(event);
}

/* First a suspend, then a reboot. */
static int threads_event(struct libxl__ctx *ctx, struct libxl_event **out,
                         uint64_t types, libxl_event_predicate *wanted, void *user)
{
    unsigned int *calls = user;

    (void)ctx;
    (void)wanted;
    *out = calloc(1, sizeof(**out));
    **out = shutdown_of((uint32_t)types, types,
                        (*calls)++ % 2 ? LIBXL_SHUTDOWN_REASON_REBOOT
                                       : LIBXL_SHUTDOWN_REASON_SUSPEND);
    return 0;
}

static void *watch_and_unwatch(void *data)
{
    static const struct libxl_functions threads = {
        .death_enable = threads_enable,
        .death_disable = threads_disable,
        .event_free = threads_free,
    };
    uint32_t domid = *(uint32_t *)data;
    uintptr_t wrong = 0;
    int i;

    for (i = 0; i < ROUNDS; i++) {
        struct libxl__evgen_domain_death *handle;
        struct libxl_event *event = NULL;
        unsigned int calls = 0;

        hook_death_enable(threads_enable, CTX, domid, domid, &handle);
        hook_event(threads_event, &threads, CTX, &event, domid, NULL, &calls);
        wrong += calls != 2;
        threads_free(CTX, event);
        hook_death_disable(threads_disable, CTX, handle);
    }
    return (void *)wrong;
}

static void threads_do_not_meet(void **state)
{
    pthread_t threads[THREADS];
    uint32_t domids[THREADS];
    void *wrong;
    uint32_t i;

    (void)state;
    for (i = 0; i < THREADS; i++) {
        domids[i] = DOMID + i;
        assert_int_equal(pthread_create(&threads[i], NULL, watch_and_unwatch,
                                        &domids[i]), 0);
    }
    for (i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], &wrong), 0);
        assert_null(wrong);
    }
    assert_int_equal(threads_enabled, 0);
}

/* Words are separated by a | here, by a NUL in /proc. */
static void who_is_a_watcher(void **state)
{
    static const struct {
        bool is;
        const char *program;
        const char *arguments;
    } rows[] = {
        { true, "xl", "xl|create|web.cfg|" },
        { true, "xl", "/usr/lib/xen-4.17/bin/xl|-vvv|-f|create|web.cfg|" },
        { true, "xl", "xl|restore|web.save|" },
        { true, "xl", "xl|migrate-receive|" },
        { true, "xl", "xl|cr|web.cfg|" }, /* xl completes it */
        { false, "xl", "xl|shutdown|-w|create|" },
        { false, "xl", "xl|shutdown|--wait|web|" },
        { false, "xl", "xl|reboot|-w|web|" },
        { false, "xl", "xl|save|-c|web|web.save|" },
        { false, "xl", "xl|created|" },
        { false, "xl", "xl||" },
        { false, "xl", "xl|-v|" },
        { false, "xl", "xl|" },
        { false, "xl", "xl" },
        { false, "xl", "xl|create" }, /* cut off */
        { false, "xl", "" },
        { false, "libvirtd", "libvirtd|create|" },
        { false, "xl-monitor", "xl-monitor|create|" },
    };
    char arguments[100];
    size_t i, j, length;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        length = strlen(rows[i].arguments);
        for (j = 0; j < length; j++)
            arguments[j] = rows[i].arguments[j] == '|'
                               ? '\0' : rows[i].arguments[j];
        if (watcher_is(rows[i].program, arguments, length) != rows[i].is)
            fail_msg("%s: %s", rows[i].program, rows[i].arguments);
    }
}

/* This very process is none. */
static void a_test_is_no_watcher(void **state)
{
    (void)state;
    assert_false(watcher_leaves_too_early());
}

#define TEST(function) \
    cmocka_unit_test_setup_teardown(function, empty, nothing_left)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(suspend_is_not_seen),
        TEST(every_checkpoint_is_the_first),
        TEST(other_ends_are_seen),
        TEST(other_types_are_seen),
        TEST(what_cannot_be_enabled_again_is_seen),
        TEST(another_domain_is_none_of_ours),
        TEST(disabled_means_stock),
        TEST(errors_are_handed_on),
        TEST(failed_enable_is_handed_on),
        TEST(without_memory_all_is_stock),
        TEST(enabled_twice_suspends_twice),
        TEST(threads_do_not_meet),
        TEST(who_is_a_watcher),
        TEST(a_test_is_no_watcher),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
