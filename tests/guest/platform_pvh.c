/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A PVH guest (xen/arch-x86/hvm/start_info.h): memory is where it says, all of
 * the first 4 GiB is mapped by boot-pvh.S, and what Xen has for the guest is
 * asked for by hypercalls.
 *
 * A new domain remembers nothing of what was asked for, so all of it is asked
 * for again after a 0.  After a 1 everything is as it was.
 */
#include "platform.h"

#include "hypercall.h"

#include <xen/arch-x86/cpuid.h>
#include <xen/arch-x86/hvm/start_info.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>
#include <xen/memory.h>

enum {
    CPUID_STEP = 0x100, /* hypervisors' leaves begin at a multiple of it */
    CPUID_END = 0x10000,
    COMMAND_LINE_MAX = 1024,
    /* Any vector will do: interrupts stay off. */
    CALLBACK_VECTOR = 0xf3,
};

/* The first page behind all that is linked. */
extern uint8_t image_end[];

/* Xen's page takes the place of this one of ours. */
static uint8_t shared_page[PAGE_BYTES] __attribute__((aligned(PAGE_BYTES)));

static void cpuid(uint32_t leaf, uint32_t *a, uint32_t *b, uint32_t *c,
                  uint32_t *d)
{
    __asm__ volatile("cpuid"
                     : "=a"(*a), "=b"(*b), "=c"(*c), "=d"(*d)
                     : "a"(leaf), "c"(0));
}

static void write_msr(uint32_t number, uint64_t value)
{
    __asm__ volatile("wrmsr"
                     :
                     : "c"(number), "a"((uint32_t)value),
                       "d"((uint32_t)(value >> 32))
                     : "memory");
}

/* Xen's leaves may stand behind those of a hypervisor that it imitates. */
static uint32_t xen_leaves(void)
{
    uint32_t leaf, a, b, c, d;

    for (leaf = XEN_CPUID_FIRST_LEAF; leaf < XEN_CPUID_LEAF(CPUID_END);
         leaf += CPUID_STEP) {
        cpuid(leaf, &a, &b, &c, &d);
        if (b == XEN_CPUID_SIGNATURE_EBX && c == XEN_CPUID_SIGNATURE_ECX &&
            d == XEN_CPUID_SIGNATURE_EDX)
            return leaf;
    }
    for (;;) /* no Xen, and nobody to tell it to */
        __asm__ volatile("cli; hlt");
}

/* The third leaf names the MSR that fills a page with hypercalls. */
static void fill_hypercall_page(void)
{
    uint32_t pages, msr, c, d;

    cpuid(xen_leaves() + 2, &pages, &msr, &c, &d);
    write_msr(msr, (uintptr_t)hypercall_page);
}

static void map_shared_info(void)
{
    struct xen_add_to_physmap place = {
        .domid = DOMID_SELF,
        .space = XENMAPSPACE_shared_info,
        .gpfn = platform_frame_of(shared_page),
    };

    hypercall(__HYPERVISOR_memory_op, XENMEM_add_to_physmap,
              (uintptr_t)&place, 0);
    platform.shared_info = (struct shared_info *)shared_page;
}

static uint64_t parameter(uint32_t index)
{
    struct xen_hvm_param p = { .domid = DOMID_SELF, .index = index };

    hypercall(__HYPERVISOR_hvm_op, HVMOP_get_param, (uintptr_t)&p, 0);
    return p.value;
}

/*
 * No event is ever delivered.  But a toolstack takes a guest without a
 * callback for one without PV drivers, and does not set what its suspend
 * returns.
 */
static void set_callback(void)
{
    struct xen_hvm_param p = {
        .domid = DOMID_SELF,
        .index = HVM_PARAM_CALLBACK_IRQ,
        .value = (uint64_t)HVM_PARAM_CALLBACK_TYPE_VECTOR << 56 |
                 CALLBACK_VECTOR,
    };

    hypercall(__HYPERVISOR_hvm_op, HVMOP_set_param, (uintptr_t)&p, 0);
}

static void *page_of_parameter(uint32_t index)
{
    return (void *)(parameter(index) * PAGE_BYTES);
}

static void settle_in_domain(void)
{
    fill_hypercall_page();
    map_shared_info();
    set_callback();
    platform.console_ring = page_of_parameter(HVM_PARAM_CONSOLE_PFN);
    platform.console_port =
        (evtchn_port_t)parameter(HVM_PARAM_CONSOLE_EVTCHN);
    platform.store_ring = page_of_parameter(HVM_PARAM_STORE_PFN);
    platform.store_port = (evtchn_port_t)parameter(HVM_PARAM_STORE_EVTCHN);
}

/* It is among what is taken for free memory afterwards. */
static void copy_command_line(const struct hvm_start_info *info)
{
    static char copy[COMMAND_LINE_MAX];
    const char *from = (const char *)info->cmdline_paddr;
    size_t n = from ? strlen(from) : 0;

    if (n >= sizeof(copy))
        n = sizeof(copy) - 1;
    memcpy(copy, from, n);
    platform.command_line = copy;
}

/* What is behind the image, in the range of memory that the image is in. */
static void find_free_memory(const struct hvm_start_info *info)
{
    const struct hvm_memmap_table_entry *e =
        (const struct hvm_memmap_table_entry *)info->memmap_paddr;
    uint64_t from = (uintptr_t)image_end;
    uint32_t i;

    if (info->version < 1)
        return;
    for (i = 0; i < info->memmap_entries; i++, e++)
        if (e->type == XEN_HVM_MEMMAP_TYPE_RAM && e->addr <= from &&
            from - e->addr < e->size) {
            platform.free_memory = image_end;
            platform.free_pages = (e->addr + e->size - from) / PAGE_BYTES;
        }
}

void platform_start(void *boot_info)
{
    copy_command_line(boot_info);
    find_free_memory(boot_info);
    settle_in_domain();
}

uint64_t platform_before_suspend(void)
{
    return 0;
}

void platform_after_suspend(bool new_domain)
{
    if (new_domain)
        settle_in_domain();
}

uint64_t platform_frame_of(const void *address)
{
    return (uintptr_t)address / PAGE_BYTES;
}
