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
#include <xen/hvm/hvm_vcpu.h>
#include <xen/hvm/params.h>
#include <xen/memory.h>
#include <xen/vcpu.h>

enum {
    CPUID_STEP = 0x100, /* hypervisors' leaves begin at a multiple of it */
    CPUID_END = 0x10000,
    COMMAND_LINE_MAX = 1024,
    /* Any vector will do: interrupts stay off. */
    CALLBACK_VECTOR = 0xf3,
    STACK_OF_A_CALL = 8,
};

/* What boot-pvh.S has done for the first vCPU. */
#define RFLAGS 0x2
#define CR0_PE_ET_PG 0x80000011
#define CR4_PAE 0x20
#define EFER_LME_LMA 0x500
extern uint8_t page_map[];

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

/* What QEMU passes to an HVM guest's kernel: Multiboot's information. */
struct multiboot_info {
    uint32_t flags, mem_lower, mem_upper, boot_device;
    uint32_t command_line;
    uint32_t modules, modules_at, symbols[4];
    uint32_t map_bytes, map_at;
};
struct multiboot_range {
    uint32_t bytes; /* of the rest */
    uint64_t address, length;
    uint32_t type;
} __attribute__((packed));

/* It is among what is taken for free memory afterwards. */
static void copy_command_line(uintptr_t place)
{
    static char copy[COMMAND_LINE_MAX];
    const char *from = (const char *)place;
    size_t n = from ? strlen(from) : 0;

    if (n >= sizeof(copy))
        n = sizeof(copy) - 1;
    memcpy(copy, from, n);
    platform.command_line = copy;
}

/* What is behind the image, in the range of memory that the image is in. */
static void see_range(uint64_t address, uint64_t length, uint32_t type)
{
    uint64_t from = (uintptr_t)image_end;

    if (type == XEN_HVM_MEMMAP_TYPE_RAM && address <= from &&
        from - address < length) {
        platform.free_memory = image_end;
        platform.free_pages = (address + length - from) / PAGE_BYTES;
    }
}

static void see_start_info(const struct hvm_start_info *info)
{
    const struct hvm_memmap_table_entry *e =
        (const struct hvm_memmap_table_entry *)info->memmap_paddr;
    uint32_t i;

    copy_command_line(info->cmdline_paddr);
    if (info->version < 1)
        return;
    for (i = 0; i < info->memmap_entries; i++, e++)
        see_range(e->addr, e->size, e->type);
}

static void see_multiboot(const struct multiboot_info *info)
{
    uintptr_t at = info->map_at, end = at + info->map_bytes;

    copy_command_line(info->command_line);
    while (at < end) {
        const struct multiboot_range *r = (const struct multiboot_range *)at;

        see_range(r->address, r->length, r->type);
        at += r->bytes + sizeof(r->bytes);
    }
}

void platform_start(void *boot_info)
{
    const struct hvm_start_info *info = boot_info;

    if (info->magic == XEN_HVM_START_MAGIC_VALUE)
        see_start_info(info);
    else
        see_multiboot(boot_info);
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

bool platform_start_vcpu(unsigned int number, void (*entry)(void),
                         void *stack_top)
{
    struct vcpu_hvm_context context = {
        .mode = VCPU_HVM_MODE_64B,
        .cpu_regs.x86_64 = {
            .rip = (uintptr_t)entry,
            .rsp = (uintptr_t)stack_top - STACK_OF_A_CALL,
            .rflags = RFLAGS,
            .cr0 = CR0_PE_ET_PG,
            .cr3 = (uintptr_t)page_map,
            .cr4 = CR4_PAE,
            .efer = EFER_LME_LMA,
        },
    };

    return !hypercall(__HYPERVISOR_vcpu_op, VCPUOP_initialise, number,
                      (uintptr_t)&context) &&
           !hypercall(__HYPERVISOR_vcpu_op, VCPUOP_up, number, 0);
}

uint64_t platform_last_pages(uint64_t *pages)
{
    if (*pages > platform.free_pages)
        *pages = 0;
    platform.free_pages -= *pages;
    return (uintptr_t)platform.free_memory / PAGE_BYTES + platform.free_pages;
}

uint64_t platform_forget_page(uint64_t page)
{
    return page;
}
