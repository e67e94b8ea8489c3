/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * "vcpus=N": further vCPUs beside the first, which does all else.  Each of them
 * counts, and the guest's own counter waits for all of them: where one does not
 * go on after a save or a restore, the guest does not.
 *
 * While the first one suspends they stand still, as Linux' do, at a place that
 * needs nothing of what a suspend takes away: not even a hypercall, whose page is
 * filled again in a new domain, under their feet.
 */

#include "hypercall.h"
#include "platform.h"

#include <xen/sched.h>

enum {
    VCPUS_MAX = 8,
    STACK_BYTES = 4096,
    NAP_NS = 250000000,
    WAIT_NS = 10000000,
    /* So many refusals of vcpus_all_count() are worth a line. */
    PATIENCE = 100,
};

static struct vcpu {
    volatile uint64_t count;
    uint64_t last_count; /* at the last tick */
    volatile bool stands_still;
} vcpus[VCPUS_MAX];

static uint8_t stacks[VCPUS_MAX][STACK_BYTES] __attribute__((aligned(16)));
static unsigned int running = 1;
static volatile unsigned int beginning;
static volatile bool should_stand_still;

static void stand_still(struct vcpu *v)
{
    v->stands_still = true;
    while (should_stand_still)
        __asm__ volatile("pause" ::: "memory");
    v->stands_still = false;
}

static void vcpu_main(void)
{
    struct vcpu *v = &vcpus[beginning];

    for (;;) {
        v->count++;
        if (should_stand_still)
            stand_still(v);
        nap_until(now() + NAP_NS);
    }
}

static void begin(unsigned int number)
{
    beginning = number;
    if (!platform_start_vcpu(number, vcpu_main, stacks[number] + STACK_BYTES)) {
        print("vcpus: WRONG: Xen does not start number ");
        print_number(number);
        print("\n");
        stop(SHUTDOWN_crash);
    }
    while (!vcpus[number].count)
        nap_until(now() + WAIT_NS);
}

void vcpus_start(uint64_t wanted)
{
    for (; running < wanted && running < VCPUS_MAX; running++)
        begin(running);
}

static void say_who_stands_still(unsigned int number)
{
    static unsigned int refusals;

    if (++refusals % PATIENCE)
        return;
    print("vcpus: number ");
    print_number(number);
    print(" stands still\n");
}

bool vcpus_all_count(void)
{
    unsigned int i;

    for (i = 1; i < running; i++)
        if (vcpus[i].count == vcpus[i].last_count) {
            say_who_stands_still(i);
            return false;
        }
    for (i = 1; i < running; i++)
        vcpus[i].last_count = vcpus[i].count;
    return true;
}

void vcpus_stand_still(void)
{
    unsigned int i;

    should_stand_still = true;
    for (i = 1; i < running; i++)
        while (!vcpus[i].stands_still)
            nap_until(now() + WAIT_NS);
}

void vcpus_go_on(void)
{
    should_stand_still = false;
}
