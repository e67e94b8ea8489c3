/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * future-caller TEST: a toolstack of a Xen that does not exist, under the stub
 * and before future-libxenguest.S.  What is wrong ends it with a message.
 */
#include "config.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <unwind.h>

#include "hook/future.h"

enum { THREADS = 8, CALLS = 125000 };

static const char *const door_names[] = {
#define DOOR(name, library) #name,
    HOOK_DOORS(DOOR)
#undef DOOR
};

static void die(const char *what)
{
    fprintf(stderr, "future-caller: %s\n", what);
    _exit(1);
}

void future_same(const char *what, const void *is, const void *should,
                 size_t size)
{
    if (memcmp(is, should, size))
        die(what);
}

static void *symbol(const char *name)
{
    void *found = dlsym(RTLD_DEFAULT, name);

    if (!found)
        die(name);
    return found;
}

void future_leads_to(hook_function *target)
{
    *(hook_function **)symbol("future_target") = target;
}

static hook_function *door(size_t number)
{
    hook_function *function;

    *(void **)&function = symbol(door_names[number]);
    return function;
}

/* Each in a process of its own, so that its first call is the door's, too. */
static bool passes(const struct prototype *p, size_t number)
{
    pid_t child = fork();
    int status;

    if (!child) {
        p->call(door(number));
        _exit(0);
    }
    return waitpid(child, &status, 0) == child && !status;
}

static void test_prototypes(void)
{
    size_t i, passed = 0, impossible = 0;

    for (i = 0; i < prototypes_count; i++) {
        const struct prototype *p = &prototypes[i];

        if (p->is_possible && !p->is_possible())
            impossible++;
        else if (passes(p, i % HOOK_DOOR_COUNT))
            passed++;
        else
            die(p->name);
    }
    printf("%zu prototypes, %zu not of this processor\n", passed, impossible);
}

/* Of future-registers.S. */
struct registers {
    uint64_t r[14];
};
void registers_call(hook_function *function, const struct registers *sent);
void registers_dump(void);
extern struct registers registers_seen;
extern uint64_t registers_called, registers_stack;

static void test_registers(void)
{
    struct registers sent;
    size_t i, number;

    future_leads_to(registers_dump);
    for (number = 0; number < HOOK_DOOR_COUNT * 2; number++) {
        for (i = 0; i < sizeof(sent.r) / sizeof(sent.r[0]); i++)
            sent.r[i] = 0x0123456789abcdefU * (i + 3) + number;
        errno = ENOTBLK;
        registers_call(door(number / 2), &sent);
        if (errno != ENOTBLK)
            die("errno is changed");
        future_same("registers", &registers_seen, &sent, sizeof(sent));
        future_same("stack", &registers_stack, &registers_called,
                    sizeof(registers_stack));
    }
    printf("%d doors\n", HOOK_DOOR_COUNT);
}

static pthread_barrier_t barrier;
static unsigned long counted;

typedef long counting(unsigned long thread, double half, unsigned long a,
                      unsigned long b, unsigned long c, unsigned long d,
                      unsigned long e, unsigned long n);

static long count(unsigned long thread, double half, unsigned long a,
                  unsigned long b, unsigned long c, unsigned long d,
                  unsigned long e, unsigned long n)
{
    if (half + half != (double)n || a + b + c + d + e != 5 * thread)
        die("a call of a thread's went astray");
    __atomic_add_fetch(&counted, 1, __ATOMIC_RELAXED);
    return (long)(thread ^ n);
}

static void *call_often(void *data)
{
    unsigned long t = (unsigned long)(uintptr_t)data, n;
    counting *function = (counting *)door(t % HOOK_DOOR_COUNT);

    pthread_barrier_wait(&barrier);
    for (n = 0; n < CALLS; n++)
        if (function(t, (double)n / 2, t, t, t, t, t, n) != (long)(t ^ n))
            die("a result went astray");
    return NULL;
}

/* Two threads each begin by the same door. */
static void test_threads(void)
{
    pthread_t threads[THREADS];
    uintptr_t i;

    future_leads_to((hook_function *)count);
    pthread_barrier_init(&barrier, NULL, THREADS);
    for (i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, call_often, (void *)(i / 2)))
            die("no thread");
    for (i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    printf("%lu calls\n", counted);
}

static bool cleaned_up;

static void clean_up(int *unused)
{
    (void)unused;
    cleaned_up = true;
}

__attribute__((noinline))
static void *call_door(void *unused)
{
    __attribute__((cleanup(clean_up))) int here = 0;

    (void)unused;
    (void)here;
    door(0)();
    return NULL;
}

static _Unwind_Reason_Code visit(struct _Unwind_Context *context, void *data)
{
    bool *found = data;

    /* As a debugger: by the function that an address is in. */
    if (_Unwind_FindEnclosingFunction((void *)_Unwind_GetIP(context))
        == (void *)call_door)
        *found = true;
    return _URC_NO_REASON;
}

static unsigned int backtraces;

static void look_back(void)
{
    bool found = false;

    _Unwind_Backtrace(visit, &found);
    if (!found)
        die("no way back to the caller");
    backtraces++;
}

static void cancel_myself(void)
{
    pthread_cancel(pthread_self());
    pthread_testcancel();
    die("not cancelled");
}

static void is_cancelled(void)
{
    pthread_t thread;
    void *result;

    cleaned_up = false;
    if (pthread_create(&thread, NULL, call_door, NULL)
        || pthread_join(thread, &result) || result != PTHREAD_CANCELED
        || !cleaned_up)
        die("not cleaned up");
}

static void core_calls(hook_function *function)
{
    *(hook_function **)symbol("future_core") = function;
}

/*
 * First while the door waits for the core to be loaded, then in the function
 * that it leads to.
 */
static void test_unwinding(void)
{
    core_calls(cancel_myself);
    is_cancelled();
    core_calls(look_back);
    future_leads_to(look_back);
    call_door(NULL);
    call_door(NULL);
    future_leads_to(cancel_myself);
    is_cancelled();
    printf("%u backtraces\n", backtraces);
}

/* Where there is no libxenguest. */
static void test_missing(void)
{
    int (*function)(int) = (int (*)(int))door(0);
    int r;

    errno = 0;
    r = function(7);
    printf("%d %s\n", r, errno == ENOSYS ? "ENOSYS" : "another error");
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*test)(void);
    } tests[] = {
        { "prototypes", test_prototypes },
        { "registers", test_registers },
        { "threads", test_threads },
        { "unwinding", test_unwinding },
        { "missing", test_missing },
    };
    size_t i;

    for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        if (argc == 2 && !strcmp(argv[1], tests[i].name)) {
            tests[i].test();
            return 0;
        }
    return 2;
}
