/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "memory_guest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/libxc.h"
#include "format/pages.h"
#include "lib/memory_cpu.h"
#include "stream_builder.h"
#include "util/bytes.h"
#include "util/cleanup.h"

enum {
    HVM_CPU_SIZE = 1032,
    NOTE_AT = 40, /* the page where VMCOREINFO begins */
    LURE_AT = 4,
    ZEROED_AT = 7,
    GIVEN_BACK_AT = 12,
    TAKEN_AT = 20,
};

uint64_t guest_entry(uint64_t number, unsigned int type)
{
    return number | (uint64_t)type << 60;
}

/* The last round that has the page; fewer and fewer pages are dirty. */
static unsigned int last_round(uint64_t number)
{
    unsigned int round = GUEST_ROUNDS - 1;

    while (round && number % (UINT64_C(1) << (2 * round)))
        round--;
    return round;
}

static bool is_dirty(uint64_t number, unsigned int round)
{
    return !(number % (UINT64_C(1) << (2 * round)));
}

/*
 * Page 7 and each 16th behind it are zeros at last, after they were not; 12 and each
 * 16th were given back, of which libxc's restore hears too late; 20 and each 32nd
 * came late; of others some never had data.
 */
static unsigned int type_of(uint64_t number, unsigned int round)
{
    static const uint8_t given_back[] = {
        PAGE_XTAB, PAGE_BROKEN, PAGE_XALLOC,
    };

    if (number >= GUEST_GAP_AT && number < GUEST_GAP_AT + GUEST_GAP)
        return PAGE_XTAB;
    if (number % 32 == TAKEN_AT)
        return round ? PAGE_NOTAB : PAGE_XTAB;
    if (number % 16 == GIVEN_BACK_AT)
        return round ? given_back[number / 16 % sizeof(given_back)]
                     : PAGE_NOTAB;
    if (number % 64 == 3)
        return PAGE_XALLOC;
    return number % 64 == 5 ? PAGE_BROKEN : PAGE_NOTAB;
}

const char *guest_vmcoreinfo(void)
{
    static char text[5000];

    if (!*text) {
        memset(text, 'x', sizeof(text) - 1);
        memcpy(text, "OSRELEASE=6.1.0-made\n", 21);
        memcpy(text + sizeof(text) - 6, "END=1", 5);
    }
    return text;
}

static void fill_note(uint8_t page[GUEST_PAGE], uint64_t number)
{
    size_t n = strlen(guest_vmcoreinfo()), first = GUEST_PAGE - 24;

    memset(page, 0, GUEST_PAGE);
    if (number == NOTE_AT + 1) {
        memcpy(page, guest_vmcoreinfo() + first, n - first);
        return;
    }
    store_le32(page, 11);
    store_le32(page + 4, (uint32_t)n);
    memcpy(page + 12, "VMCOREINFO", 11);
    memcpy(page + 24, guest_vmcoreinfo(), first);
}

static void fill_page(uint8_t page[GUEST_PAGE], uint64_t number,
                      unsigned int round)
{
    size_t i;

    memset(page, 0, GUEST_PAGE);
    if (number % 16 == ZEROED_AT && round)
        return;
    for (i = 0; i < GUEST_PAGE; i += 16) {
        store_le64(page + i, number);
        store_le64(page + i + 8, round + 1);
    }
}

static bool is_note(const struct guest_plan *plan, uint64_t number)
{
    return plan && ((plan->vmcoreinfo
                     && (number == NOTE_AT || number == NOTE_AT + 1))
                    || (plan->lure && number == LURE_AT));
}

static void put_record(struct buffer *b, const struct guest_plan *plan,
                       const uint64_t *entries, uint32_t count,
                       unsigned int round)
{
    CLEANUP_BUFFER struct buffer body = { 0 };
    uint8_t page[GUEST_PAGE];
    uint32_t i;

    build_le64(&body, count);
    for (i = 0; i < count; i++)
        build_le64(&body, entries[i]);
    for (i = 0; i < count; i++) {
        if (!page_has_data(entries[i]))
            continue;
        if (is_note(plan, entries[i] & PAGE_NUMBER_MASK))
            fill_note(page, entries[i] & PAGE_NUMBER_MASK);
        else
            fill_page(page, entries[i] & PAGE_NUMBER_MASK, round);
        build_bytes(&body, page, sizeof(page));
    }
    build_record(b, LIBXC_REC_PAGE_DATA, body.data, body.length);
}

void guest_record(struct buffer *b, const uint64_t *entries, uint32_t count,
                  unsigned int round)
{
    put_record(b, NULL, entries, count, round);
}

/* The gap has no entries but in the first record behind it. */
static void put_rounds(struct buffer *b, const struct guest_plan *plan)
{
    uint64_t entries[128], number;
    unsigned int round;
    uint32_t n = 0;

    for (round = 0; round < GUEST_ROUNDS; round++) {
        for (number = 0; number < GUEST_PAGES; number++) {
            if (!is_dirty(number, round) && !(round == 1 && number % 4 == 3))
                continue;
            entries[n++] = guest_entry(number, type_of(number, round));
            if (n == 128)
                put_record(b, plan, entries, n, round);
            n %= 128;
        }
        put_record(b, plan, entries, n, round);
        n = 0;
    }
}

enum guest_page_kind guest_page(const struct guest_plan *plan,
                                uint64_t number, uint8_t out[GUEST_PAGE])
{
    unsigned int round = last_round(number), type;

    if (number % 4 == 3 && !round)
        round = 1;
    if (number % 16 == GIVEN_BACK_AT)
        round = 0; /* it stays what it was */
    type = number < GUEST_PAGES ? type_of(number, round) : PAGE_XTAB;
    memset(out, 0, GUEST_PAGE);
    if (type == PAGE_XTAB || type == PAGE_BROKEN)
        return GUEST_NONE;
    if (type == PAGE_XALLOC)
        return GUEST_ZEROS;
    if (is_note(plan, number))
        fill_note(out, number);
    else
        fill_page(out, number, round);
    return GUEST_DATA;
}

uint64_t guest_register(unsigned int vcpu, unsigned int which)
{
    return UINT64_C(0x1122334400000000) * (vcpu + 1) + which * 0x101;
}

static void put_hvm_state(struct buffer *b)
{
    CLEANUP_BUFFER struct buffer context = { 0 };
    uint8_t cpu[HVM_CPU_SIZE] = { 0 };
    unsigned int vcpu, i;

    build_le64(&context, UINT64_C(8) << 32 | 1);
    build_le64(&context, 0);
    for (vcpu = 0; vcpu < GUEST_VCPUS; vcpu++) {
        /* All words between the registers of the FPU and EFER. */
        for (i = 0; i < 61; i++)
            store_le64(cpu + 512 + (size_t)8 * i, guest_register(vcpu, i));
        build_le32(&context, 2 | vcpu << 16);
        build_le32(&context, sizeof(cpu));
        build_bytes(&context, cpu, sizeof(cpu));
    }
    build_le64(&context, 0);
    build_record(b, LIBXC_REC_HVM_CONTEXT, context.data, context.length);
}

static void put_pv_state(struct buffer *b, bool narrow)
{
    size_t n = narrow ? MEMORY_CONTEXT_32_SIZE : MEMORY_CONTEXT_64_SIZE, i;
    uint8_t body[8 + MEMORY_CONTEXT_64_SIZE] = { 0 };
    uint8_t shared[GUEST_PAGE];
    unsigned int vcpu;

    memset(shared, 's', sizeof(shared));
    build_record(b, LIBXC_REC_SHARED_INFO, shared, sizeof(shared));
    for (vcpu = 0; vcpu < GUEST_VCPUS; vcpu++) {
        store_le32(body, vcpu);
        for (i = 0; i < n / 8; i++)
            store_le64(body + 8 + 8 * i,
                       guest_register(vcpu, (unsigned int)i));
        build_record(b, LIBXC_REC_X86_PV_VCPU_BASIC, body, 8 + n);
    }
}

static void put_wrapping(struct buffer *b, const struct guest_plan *plan)
{
    if (plan->container == 'x')
        build_xl(b, "{\"c_info\":{\"name\":\"web\"}}");
    if (plan->container == 'v')
        build_libvirt(b, "<domain><name>web</name></domain>");
    if (plan->container == 'c')
        return;
    build_libxl(b);
    build_record(b, 1, NULL, 0);
}

void guest_image(struct buffer *b, const struct guest_plan *plan)
{
    put_wrapping(b, plan);
    build_libxc(b, 3, plan->hvm ? LIBXC_DOMAIN_X86_HVM : LIBXC_DOMAIN_X86_PV);
    if (!plan->hvm)
        build_record(b, LIBXC_REC_X86_PV_INFO,
                     plan->narrow ? "\4\3\0\0\0\0\0\0" : "\10\4\0\0\0\0\0\0",
                     8);
    put_rounds(b, plan);
    if (plan->hvm)
        put_hvm_state(b);
    else
        put_pv_state(b, plan->narrow);
    build_record(b, LIBXC_REC_END, NULL, 0);
    if (plan->container != 'c')
        build_record(b, 0, NULL, 0);
}
