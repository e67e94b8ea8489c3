/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Counting, and doing what control/shutdown asks for.
 */

#include "flavour.h"
#include "hypercall.h"
#include "platform.h"

#include <xen/sched.h>

enum {
    NS_PER_MS = 1000000,
    NS_PER_S = 1000000000,
    MS_PER_S = 1000,
    /* Each costs an emulated CPU some milliseconds. */
    STEP_MS = 100,
    WORK_STEP_MS = 50,
    SHORT_STEP_MS = 10,
    /* A test waits for two of them some 200 times. */
    TICK_MS = 500,
    LONG_TICK_MS = 1000,
};

static unsigned int step_ms = STEP_MS;
static unsigned int tick_ms = TICK_MS;

/* "gap=1": the longest gap between two steps is shown. */
static bool shows_gap;

/* "busy=1": a poweroff or reboot is acknowledged, and never comes. */
static bool is_busy;

/* "late=SECONDS": so long after the acknowledgement it suspends, once. */
static uint64_t late;

/* "crash-at-suspend=1": told to suspend, it crashes. */
static bool crashes_at_suspend;

/* Ends of its own: "reboot-after=SECONDS" after a resume. */
static struct end {
    const char *option;
    unsigned int reason;
    uint64_t after;          /* 0: never */
    uint64_t at;             /* in ticks */
} ends[] = {
    { .option = "reboot-after=", .reason = SHUTDOWN_reboot },
    { .option = "crash-after=", .reason = SHUTDOWN_crash },
    { .option = "poweroff-after=", .reason = SHUTDOWN_poweroff },
};
enum { ENDS = sizeof(ends) / sizeof(ends[0]) };

static uint64_t ticks;
static uint64_t last_step;   /* Xen's time, as all of these */
static uint64_t next_tick;
static uint64_t longest_gap; /* since the last tick */

void stop(unsigned int reason)
{
    struct sched_shutdown shutdown = { .reason = reason };

    for (;;)
        hypercall(__HYPERVISOR_sched_op, SCHEDOP_shutdown,
                  (uintptr_t)&shutdown, 0);
}

static bool begins_with(const char *text, const char *word)
{
    while (*word && *text == *word)
        text++, word++;
    return !*word;
}

/* The number behind a word "NAME=" of the command line, else 0. */
static uint64_t option(const char *name)
{
    const char *p = platform.command_line;
    uint64_t number = 0;

    while (*p && !begins_with(p, name)) {
        while (*p && *p != ' ')
            p++;
        while (*p == ' ')
            p++;
    }
    if (*p)
        for (p += strlen(name); *p >= '0' && *p <= '9'; p++)
            number = number * 10 + (uint64_t)(*p - '0');
    return number;
}

/* What no reader should take for a word, and no terminal should get. */
static const char noise[] = "1\033[2J\033]0;evil\a\xff\xfe\r\n";

/* n bytes of it; with_nuls: two words, of which the first is a true one. */
static void make_noise(const char *node, size_t n, bool with_nuls)
{
    static char bytes[4000];
    size_t i;

    for (i = 0; i < n; i++)
        bytes[i] = noise[i % (sizeof(noise) - 1)];
    if (with_nuls)
        bytes[1] = '\0';
    store_write_bytes(node, bytes, n);
}

/*
 * control/feature-resumable, which only a guest can write where the plugin
 * has made the node, and the other node that is asked for, which libxl makes.
 * xenstored refuses the longer noise.
 */
static void say_resumable(void)
{
    if (option("resumable-yes="))
        store_write("control/feature-resumable", "1");
    if (option("resumable-no="))
        store_write("control/feature-resumable", "0");
    if (option("resumable-nuls="))
        make_noise("control/feature-resumable", 100, true);
    if (option("resumable-noise=")) {
        make_noise("control/feature-suspend", 1800, false);
        make_noise("control/feature-resumable", 1800, false);
        make_noise("control/feature-resumable", 4000, false);
    }
}

static void announce(void)
{
    flavour_announce();
    say_resumable();
}

static void end_in_time(void)
{
    struct end *e;

    for (e = ends; e < ends + ENDS; e++)
        if (e->at && ticks == e->at)
            stop(e->reason);
}

static void set_ends(void)
{
    struct end *e;

    for (e = ends; e < ends + ENDS; e++)
        e->at = e->after ? ticks + e->after * MS_PER_S / tick_ms : 0;
}

static void tick(void)
{
    print(NAME ": tick ");
    print_number(++ticks);
    if (shows_gap) {
        print(" gap ");
        print_number(longest_gap / NS_PER_MS);
        print(" ms");
    }
    print("\n");
    longest_gap = 0;
    end_in_time();
}

/* A suspend, and what the flavour makes of the return value. */
static void suspend_and_go_on(void)
{
    uint64_t until = now() + late * NS_PER_S;
    int returned;

    late = 0;
    while (now() < until)
        sleep_until(until);
    vcpus_stand_still();
    print(NAME ": suspending\n");
    returned = suspend();
    print(NAME ": suspend hypercall returned ");
    print_number((uint64_t)returned);
    print("\n");
    flavour_resumed(returned);
    vcpus_go_on();
    if (!returned) {
        store_restart();
        store_watch("control/shutdown");
        announce();
    }
    set_ends();
}

static bool can_obey(const char *order)
{
    return same(order, "suspend") || same(order, "poweroff") ||
           same(order, "halt") || same(order, "reboot");
}

/*
 * Reads the order and acknowledges it in one transaction: the toolstack may
 * withdraw it at that very moment, and then no suspend may follow.
 */
static bool take_order(char *order, size_t room)
{
    bool taken;

    do {
        store_begin();
        taken = store_read("control/shutdown", order, room) &&
                can_obey(order);
        if (taken)
            store_write("control/shutdown", "");
    } while (!store_commit());
    return taken;
}

static void obey(void)
{
    char order[32];

    if (!take_order(order, sizeof(order)))
        return;
    if (same(order, "suspend") && crashes_at_suspend)
        stop(SHUTDOWN_crash);
    else if (same(order, "suspend"))
        suspend_and_go_on();
    else if (is_busy)
        print(NAME ": busy\n");
    else if (same(order, "reboot"))
        stop(SHUTDOWN_reboot);
    else
        stop(SHUTDOWN_poweroff);
}

/*
 * Where the clock went back, this is another host: the gap is unknown, and
 * the next tick would be far away.
 */
static void keep_time(void)
{
    uint64_t t = now();

    if (t < last_step)
        next_tick = t + (uint64_t)tick_ms * NS_PER_MS;
    else if (t - last_step > longest_gap)
        longest_gap = t - last_step;
    last_step = t;
}

/* Or less, where xenstore speaks. */
static void step(void)
{
    sleep_until(last_step + (uint64_t)step_ms * NS_PER_MS);
    keep_time();
    if (store_poll() && ACKNOWLEDGES)
        obey();
    keep_time();
}

static void read_options(void)
{
    struct end *e;

    shows_gap = option("gap=");
    is_busy = option("busy=");
    late = option("late=");
    crashes_at_suspend = option("crash-at-suspend=");
    if (shows_gap) {
        step_ms = SHORT_STEP_MS;
        tick_ms = LONG_TICK_MS;
    }
    if (option("decoy-yes="))
        decoy_make(1);
    for (e = ends; e < ends + ENDS; e++)
        e->after = option(e->option);
}

/* "dirty=1", "pattern=1": these rest while a step sleeps. */
static void begin_work(void)
{
    bool is_dirty = option("dirty="), has_pattern = option("pattern=");

    if (is_dirty)
        dirty_start();
    if (has_pattern)
        pattern_start(option("pattern-spoil="));
    if ((is_dirty || has_pattern) && !shows_gap)
        step_ms = WORK_STEP_MS;
}

void guest_main(void *boot_info)
{
    platform_start(boot_info);
    store_start();
    read_options();
    print(NAME ": started\n");
    flavour_start();
    store_watch("control/shutdown");
    announce();
    balloon_start(option("balloon="));
    vcpus_start(option("vcpus="));
    begin_work();
    last_step = now();
    next_tick = last_step + (uint64_t)tick_ms * NS_PER_MS;
    for (;;) {
        step();
        dirty_step();
        pattern_step();
        if (last_step < next_tick || !vcpus_all_count() ||
            !balloon_is_right())
            continue;
        tick();
        next_tick = last_step + (uint64_t)tick_ms * NS_PER_MS;
    }
}
