/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, libvirtd does not hear that a guest has ended which suspended
 * before, hears of it twice, or has no rest while a guest stays suspended.
 *
 * Behind the doors is a libxl that reports as the real one does: one shutdown
 * for each enabled death event and then its death, whenever xenstored says that
 * some domain has ended, and when its watch of that is new.
 */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <libxl.h>
#include <xenctrl.h>

#include "unit.h"
#include "hook/callbacks.h"
#include "hook/deaths.h"
#include "hook/door_lock.h"

enum { DOMID = 7, USER = 3, EVENTS_MAX = 16, THREADS = 4, ROUNDS = 500 };

struct libxl__evgen_domain_death {
    struct libxl__evgen_domain_death *next;
    uint32_t domid;
    uint64_t user;
    bool shutdown_reported, death_reported;
};

/* Both are only told apart by their address. */
static char contexts[2];
#define CTX ((struct libxl__ctx *)&contexts[0])
#define OTHER_CTX ((struct libxl__ctx *)&contexts[1])

static struct {
    const libxl_event_hooks *hooks;
    void *hooks_user;
    struct libxl__evgen_domain_death *first;
    bool watch_is_new; /* it fires at once */
    int evgens;        /* that live */
    int events;        /* that live */
    int enables;
    int enable_error;
    bool no_memory;
    struct libxl_event *queue[EVENTS_MAX]; /* that libxl calls for next */
    size_t queued;
} libxl;

/* The domain, to libxl and to us. */
static struct domain domain;
static int domain_error;

/* What libvirt's driver sees. */
static struct {
    char seen[64]; /* s: suspend, r: reboot, o: off, d: death, ?: another */
    int disasters;
    libxl_event_hooks hooks;
} driver;
static char driver_data;

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
    if (libxl.no_memory)
        return NULL;
    /* An event of the plugin's, which libxl is to free. */
    if (size == sizeof(struct libxl_event))
        libxl.events++;
    return __real_calloc(count, size);
}

int __wrap_door_lock_find(uint32_t domid, struct domain *out);
int __wrap_door_lock_find(uint32_t domid, struct domain *out)
{
    *out = domain;
    out->domid = domid;
    return domain_error;
}

static struct libxl_event *new_event(libxl_event_type type, uint32_t domid,
                                     uint64_t user, unsigned int reason)
{
    struct libxl_event *event = __real_calloc(1, sizeof(*event));

    event->type = type;
    event->domid = domid;
    event->for_user = user;
    event->u.domain_shutdown.shutdown_reason = (uint8_t)reason;
    return event;
}

static void occurred(libxl_event_type type,
                     const struct libxl__evgen_domain_death *evgen)
{
    assert_true(libxl.queued < EVENTS_MAX);
    libxl.events++;
    libxl.queue[libxl.queued++] = new_event(
        type, evgen->domid, evgen->user,
        type == LIBXL_EVENT_TYPE_DOMAIN_SHUTDOWN ? domain.shutdown_reason : 0);
}

/* xenstored's @releaseDomain arrives. */
static void look(void)
{
    struct libxl__evgen_domain_death *e;

    libxl.watch_is_new = false;
    for (e = libxl.first; e; e = e->next) {
        if (domain.dying && !e->death_reported) {
            e->death_reported = true;
            occurred(LIBXL_EVENT_TYPE_DOMAIN_DEATH, e);
        } else if (!domain.dying && domain.shutdown
                   && !e->shutdown_reported) {
            e->shutdown_reported = true;
            occurred(LIBXL_EVENT_TYPE_DOMAIN_SHUTDOWN, e);
        }
    }
}

/* The end of whatever thread has looked. */
static void call_back(void)
{
    while (libxl.queued) {
        struct libxl_event *event = libxl.queue[0];

        memmove(libxl.queue, libxl.queue + 1,
                --libxl.queued * sizeof(libxl.queue[0]));
        libxl.hooks->event_occurs(libxl.hooks_user, event);
    }
}

/* Until nothing is left to do, which must come to pass. */
static void run(void)
{
    int i;

    look();
    call_back();
    for (i = 0; libxl.watch_is_new; i++) {
        assert_true(i < 10);
        look();
        call_back();
    }
}

static int enable(struct libxl__ctx *ctx, uint32_t domid, uint64_t user,
                  struct libxl__evgen_domain_death **out)
{
    (void)ctx;
    if (libxl.enable_error)
        return libxl.enable_error;
    *out = __real_calloc(1, sizeof(**out));
    **out = (struct libxl__evgen_domain_death){
        .next = libxl.first, .domid = domid, .user = user,
    };
    if (!libxl.first)
        libxl.watch_is_new = true;
    libxl.first = *out;
    libxl.evgens++;
    libxl.enables++;
    return 0;
}

/* What is no evgen, or one that was freed, is not found. */
static void disable(struct libxl__ctx *ctx,
                    struct libxl__evgen_domain_death *evgen)
{
    struct libxl__evgen_domain_death **link = &libxl.first;

    (void)ctx;
    while (*link && *link != evgen)
        link = &(*link)->next;
    assert_non_null(*link);
    *link = evgen->next;
    libxl.evgens--;
    free(evgen);
}

static void event_free(struct libxl__ctx *ctx, struct libxl_event *event)
{
    (void)ctx;
    __atomic_sub_fetch(&libxl.events, 1, __ATOMIC_RELAXED);
    free(event);
}

static void register_callbacks(struct libxl__ctx *ctx,
                               const libxl_event_hooks *hooks, void *user)
{
    (void)ctx;
    libxl.hooks = hooks;
    libxl.hooks_user = user;
}

static const struct libxl_functions functions = {
    .death_enable = enable,
    .death_disable = disable,
    .event_free = event_free,
};

static char letter(const struct libxl_event *event)
{
    if (event->type == LIBXL_EVENT_TYPE_DOMAIN_DEATH)
        return 'd';
    if (event->type != LIBXL_EVENT_TYPE_DOMAIN_SHUTDOWN)
        return '?';
    switch (event->u.domain_shutdown.shutdown_reason) {
    case LIBXL_SHUTDOWN_REASON_SUSPEND:  return 's';
    case LIBXL_SHUTDOWN_REASON_REBOOT:   return 'r';
    case LIBXL_SHUTDOWN_REASON_POWEROFF: return 'o';
    default:                             return '!';
    }
}

static void driver_hears(void *user, struct libxl_event *event)
{
    size_t length = strlen(driver.seen);

    assert_ptr_equal(user, &driver_data);
    assert_int_equal(event->domid, DOMID);
    assert_int_equal(event->for_user, USER);
    assert_true(length + 1 < sizeof(driver.seen));
    driver.seen[length] = letter(event);
    event_free(CTX, event);
}

static void driver_despairs(void *user, libxl_event_type type,
                            const char *message, int errnoval)
{
    assert_ptr_equal(user, &driver_data);
    assert_int_equal(type, LIBXL_EVENT_TYPE_DOMAIN_DEATH);
    assert_string_equal(message, "no memory");
    assert_int_equal(errnoval, ENOMEM);
    driver.disasters++;
}

static void set_callbacks(const struct libxl_functions *some,
                          const libxl_event_hooks *hooks)
{
    hook_register_callbacks(register_callbacks, some, CTX, hooks,
                            &driver_data);
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

static void goes_on(void)
{
    domain.shutdown = domain.dying = false;
}

static void shuts_down(unsigned int reason)
{
    domain.shutdown = true;
    domain.shutdown_reason = reason;
}

static void suspends(void)
{
    shuts_down(SHUTDOWN_suspend);
    run();
}

static void reboots(void)
{
    shuts_down(SHUTDOWN_reboot);
    run();
}

static void dies(void)
{
    domain.dying = true;
    run();
}

static int fresh(void **state)
{
    (void)state;
    setenv("XR_CONFIG", "/nonexistent", 1);
    memset(&libxl, 0, sizeof(libxl));
    memset(&domain, 0, sizeof(domain));
    memset(&driver, 0, sizeof(driver));
    domain_error = 0;
    driver.hooks.event_occurs_mask = LIBXL_EVENTMASK_ALL;
    driver.hooks.event_occurs = driver_hears;
    driver.hooks.disaster = driver_despairs;
    set_callbacks(&functions, &driver.hooks);
    return 0;
}

static int nothing_left(void **state)
{
    (void)state;
    return libxl.evgens || libxl.events;
}

static void the_end_is_heard_after_a_suspend(void **state)
{
    struct libxl__evgen_domain_death *handle = watch();

    (void)state;
    suspends();
    goes_on();
    reboots();
    dies();
    assert_string_equal(driver.seen, "srd");
    unwatch(handle);
}

/* As without the plugin: one suspend is heard of. */
static void and_after_many(void **state)
{
    struct libxl__evgen_domain_death *handle = watch();
    int i;

    (void)state;
    for (i = 0; i < 5; i++) {
        suspends();
        goes_on();
        run();
    }
    shuts_down(SHUTDOWN_poweroff);
    run();
    run();
    assert_string_equal(driver.seen, "so");
    assert_int_equal(libxl.evgens, 1);
    unwatch(handle);
}

static void without_a_suspend_all_is_stock(void **state)
{
    struct libxl__evgen_domain_death *handle = watch();

    (void)state;
    reboots();
    run();
    dies();
    run();
    assert_string_equal(driver.seen, "rd");
    assert_int_equal(libxl.enables, 1);
    unwatch(handle);
}

/* xenstored's watch tells of every domain that ends; this one stays as it is. */
static void a_suspended_guest_leaves_it_in_peace(void **state)
{
    struct libxl__evgen_domain_death *handle = watch();
    int i;

    (void)state;
    suspends();
    assert_int_equal(libxl.enables, 2);
    assert_false(libxl.watch_is_new);
    for (i = 0; i < 20; i++)
        run();
    assert_int_equal(libxl.enables, 22);
    assert_string_equal(driver.seen, "s");
    dies();
    assert_string_equal(driver.seen, "sd");
    unwatch(handle);
}

/* What libvirt does when it wakes a guest up. */
static void who_enables_it_anew_hears_once(void **state)
{
    struct libxl__evgen_domain_death *handle = watch();

    (void)state;
    suspends();
    goes_on();
    unwatch(handle);
    handle = watch();
    run();
    assert_string_equal(driver.seen, "s");
    suspends(); /* of the new one it is the first */
    goes_on();
    reboots();
    run();
    assert_string_equal(driver.seen, "ssr");
    unwatch(handle);
}

/* One that is still suspended, as libxl reports it then. */
static void enabled_anew_while_suspended(void **state)
{
    struct libxl__evgen_domain_death *handle = watch();

    (void)state;
    suspends();
    unwatch(handle);
    handle = watch();
    run();
    goes_on();
    reboots();
    assert_string_equal(driver.seen, "ssr");
    unwatch(handle);
}

/* Another thread takes the word of the end before the suspend is dealt with. */
static void an_end_meanwhile_is_heard_once(void **state)
{
    struct libxl__evgen_domain_death *handle = watch();

    (void)state;
    shuts_down(SHUTDOWN_suspend);
    look();
    shuts_down(SHUTDOWN_reboot);
    look();
    assert_int_equal(libxl.queued, 1);
    call_back();
    assert_string_equal(driver.seen, "sr");
    run();
    dies();
    run();
    assert_string_equal(driver.seen, "srd");
    unwatch(handle);
}

/* It cannot be made without memory; nor where Xen does not answer. */
static void an_end_meanwhile_that_is_not_found(void **state)
{
    struct libxl__evgen_domain_death *handle;

    (void)state;
    for (domain_error = -EIO; domain_error <= 0; domain_error += EIO) {
        handle = watch();
        shuts_down(SHUTDOWN_suspend);
        look();
        shuts_down(SHUTDOWN_reboot);
        look();
        libxl.no_memory = !domain_error;
        call_back();
        libxl.no_memory = false;
        assert_string_equal(driver.seen, "s");
        run(); /* as soon as any other domain ends */
        assert_string_equal(driver.seen, "sr");
        unwatch(handle);
        memset(driver.seen, 0, sizeof(driver.seen));
    }
}

static void a_death_meanwhile_is_heard_once(void **state)
{
    struct libxl__evgen_domain_death *handle = watch();

    (void)state;
    shuts_down(SHUTDOWN_suspend);
    look();
    domain.dying = true;
    look();
    assert_int_equal(libxl.queued, 2);
    call_back();
    run();
    assert_string_equal(driver.seen, "sd");
    unwatch(handle);
}

/* The thread with the death was quicker. */
static void a_late_suspend_of_a_dead_domain(void **state)
{
    struct libxl__evgen_domain_death *handle = watch();
    struct libxl_event *suspend;

    (void)state;
    shuts_down(SHUTDOWN_suspend);
    look();
    suspend = libxl.queue[0];
    libxl.queued = 0;
    dies();
    libxl.hooks->event_occurs(libxl.hooks_user, suspend);
    run();
    assert_string_equal(driver.seen, "ds");
    assert_int_equal(libxl.enables, 1);
    unwatch(handle);
}

static void what_cannot_be_enabled_again_is_stock(void **state)
{
    struct libxl__evgen_domain_death *handle = watch();

    (void)state;
    libxl.enable_error = ERROR_NOMEM;
    suspends();
    libxl.enable_error = 0;
    goes_on();
    reboots();
    assert_string_equal(driver.seen, "s");
    dies();
    assert_string_equal(driver.seen, "sd");
    unwatch(handle);
}

static void enabled_twice_all_is_heard_twice(void **state)
{
    struct libxl__evgen_domain_death *handles[2] = { watch(), watch() };
    int i;

    (void)state;
    for (i = 0; i < 3; i++) {
        suspends();
        goes_on();
    }
    reboots();
    run();
    dies();
    run();
    assert_string_equal(driver.seen, "ssrrdd");
    unwatch(handles[0]);
    unwatch(handles[1]);
}

/* A handle of libxl's own, for want of memory, or of another ctx. */
static void unknown_handles_are_stock(void **state)
{
    struct libxl__evgen_domain_death *own = NULL, *other = NULL;

    (void)state;
    enable(CTX, DOMID, USER, &own);
    assert_int_equal(hook_death_enable(enable, OTHER_CTX, DOMID, USER,
                                       &other), 0);
    suspends();
    assert_string_equal(driver.seen, "ss");
    assert_int_equal(libxl.enables, 2);
    unwatch(own);
    hook_death_disable(disable, OTHER_CTX, other);
}

/* An event that was on its way when its handle went. */
static void disabled_meanwhile_is_stock(void **state)
{
    struct libxl__evgen_domain_death *handle = watch();

    (void)state;
    shuts_down(SHUTDOWN_suspend);
    look();
    unwatch(handle);
    call_back();
    assert_string_equal(driver.seen, "s");
    assert_int_equal(libxl.enables, 1);
}

static void other_types_pass(void **state)
{
    (void)state;
    libxl.events++;
    libxl.hooks->event_occurs(
        libxl.hooks_user,
        new_event(LIBXL_EVENT_TYPE_OPERATION_COMPLETE, DOMID, USER, 2));
    assert_string_equal(driver.seen, "?");
}

static void disasters_pass(void **state)
{
    (void)state;
    libxl.hooks->disaster(libxl.hooks_user, LIBXL_EVENT_TYPE_DOMAIN_DEATH,
                          "no memory", ENOMEM);
    assert_int_equal(driver.disasters, 1);
    driver.hooks.disaster = NULL;
    set_callbacks(&functions, &driver.hooks);
    assert_null(libxl.hooks->disaster);
}

static void assert_stock(const libxl_event_hooks *hooks)
{
    assert_ptr_equal(libxl.hooks, hooks);
    assert_ptr_equal(libxl.hooks_user, &driver_data);
    assert_false(callbacks_hear(CTX));
}

static void who_is_not_called_for_shutdowns_is_stock(void **state)
{
    struct libxl_functions lacks = functions;

    (void)state;
    assert_true(callbacks_hear(CTX));
    assert_false(callbacks_hear(OTHER_CTX));
    set_callbacks(&functions, NULL);
    assert_stock(NULL);
    driver.hooks.event_occurs_mask = 1UL << LIBXL_EVENT_TYPE_DOMAIN_DEATH;
    set_callbacks(&functions, &driver.hooks);
    assert_stock(&driver.hooks);
    driver.hooks.event_occurs_mask = LIBXL_EVENTMASK_ALL;
    driver.hooks.event_occurs = NULL;
    set_callbacks(&functions, &driver.hooks);
    assert_stock(&driver.hooks);
    driver.hooks.event_occurs = driver_hears;
    lacks.event_free = NULL;
    set_callbacks(&lacks, &driver.hooks);
    assert_stock(&driver.hooks);
    set_callbacks(&functions, &driver.hooks);
    assert_true(callbacks_hear(CTX));
}

static void without_memory_it_is_stock(void **state)
{
    (void)state;
    libxl.no_memory = true;
    hook_register_callbacks(register_callbacks, &functions, OTHER_CTX,
                            &driver.hooks, &driver_data);
    libxl.no_memory = false;
    assert_ptr_equal(libxl.hooks, &driver.hooks);
    assert_false(callbacks_hear(OTHER_CTX));
}

/* A ctx that is told its callbacks has no death events: these were another's. */
static void a_former_ctx_is_forgotten(void **state)
{
    struct libxl__evgen_domain_death *former = watch();

    (void)state;
    set_callbacks(&functions, &driver.hooks);
    suspends();
    goes_on();
    reboots();
    assert_string_equal(driver.seen, "s");
    assert_int_equal(libxl.enables, 1);
    unwatch(former);
}

/* Each thread has domains of its own, and is libxl's and the driver's. */
struct thread {
    pthread_t id;
    uint32_t domid;
    char seen[4];
};
static struct thread threads[THREADS];
static int threads_evgens;

static int threads_enable(struct libxl__ctx *ctx, uint32_t domid,
                          uint64_t user,
                          struct libxl__evgen_domain_death **out)
{
    (void)ctx;
    *out = __real_calloc(1, sizeof(**out));
    (*out)->domid = domid;
    (*out)->user = user;
    __atomic_add_fetch(&threads_evgens, 1, __ATOMIC_RELAXED);
    return 0;
}

static void threads_disable(struct libxl__ctx *ctx,
                            struct libxl__evgen_domain_death *evgen)
{
    (void)ctx;
    free(evgen);
    __atomic_sub_fetch(&threads_evgens, 1, __ATOMIC_RELAXED);
}

static void threads_hear(void *user, struct libxl_event *event)
{
    struct thread *t = &threads[event->domid - DOMID];

    (void)user;
    t->seen[strlen(t->seen)] = letter(event);
    event_free(CTX, event);
}

static void tell(const struct thread *t, unsigned int reason)
{
    __atomic_add_fetch(&libxl.events, 1, __ATOMIC_RELAXED);
    libxl.hooks->event_occurs(
        libxl.hooks_user, new_event(LIBXL_EVENT_TYPE_DOMAIN_SHUTDOWN,
                                    t->domid, USER, reason));
}

static void *suspend_and_reboot(void *data)
{
    struct thread *t = data;
    uintptr_t wrong = 0;
    int i;

    for (i = 0; i < ROUNDS; i++) {
        struct libxl__evgen_domain_death *handle;

        memset(t->seen, 0, sizeof(t->seen));
        hook_death_enable(threads_enable, CTX, t->domid, USER, &handle);
        tell(t, SHUTDOWN_suspend);
        tell(t, SHUTDOWN_suspend);
        tell(t, SHUTDOWN_reboot);
        hook_death_disable(threads_disable, CTX, handle);
        wrong += strcmp(t->seen, "sr") != 0;
    }
    return (void *)wrong;
}

static void threads_do_not_meet(void **state)
{
    static const struct libxl_functions own = {
        .death_enable = threads_enable,
        .death_disable = threads_disable,
        .event_free = event_free,
    };
    void *wrong;
    uint32_t i;

    (void)state;
    driver.hooks.event_occurs = threads_hear;
    set_callbacks(&own, &driver.hooks);
    for (i = 0; i < THREADS; i++) {
        threads[i].domid = DOMID + i;
        assert_int_equal(pthread_create(&threads[i].id, NULL,
                                        suspend_and_reboot, &threads[i]), 0);
    }
    for (i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i].id, &wrong), 0);
        assert_null(wrong);
    }
    assert_int_equal(threads_evgens, 0);
}

#define TEST(function) \
    cmocka_unit_test_setup_teardown(function, fresh, nothing_left)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_end_is_heard_after_a_suspend),
        TEST(and_after_many),
        TEST(without_a_suspend_all_is_stock),
        TEST(a_suspended_guest_leaves_it_in_peace),
        TEST(who_enables_it_anew_hears_once),
        TEST(enabled_anew_while_suspended),
        TEST(an_end_meanwhile_is_heard_once),
        TEST(an_end_meanwhile_that_is_not_found),
        TEST(a_death_meanwhile_is_heard_once),
        TEST(a_late_suspend_of_a_dead_domain),
        TEST(what_cannot_be_enabled_again_is_stock),
        TEST(enabled_twice_all_is_heard_twice),
        TEST(unknown_handles_are_stock),
        TEST(disabled_meanwhile_is_stock),
        TEST(other_types_pass),
        TEST(disasters_pass),
        TEST(who_is_not_called_for_shutdowns_is_stock),
        TEST(without_memory_it_is_stock),
        TEST(a_former_ctx_is_forgotten),
        TEST(threads_do_not_meet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
