/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A PV guest: start_info stays where Xen put it.  The p2m tree, by which the
 * toolstack finds this guest's memory when it saves it; and the mapping of
 * shared_info.
 *
 * Three levels of frame numbers: the list of all our frames, which Xen built
 * at mfn_list; pages that hold the frames of that list's pages; and one page
 * that holds the frames of those (xen/arch-x86/xen.h, arch_shared_info).
 */
#include "platform.h"

#include "hypercall.h"

#include <xen/vcpu.h>

enum {
    PER_PAGE = PAGE_BYTES / sizeof(unsigned long),
    MIDDLE_PAGES = 4, /* 1 GiB each, or 4 */
    PTE_FLAGS = 0x67, /* present, writable, user, accessed, dirty */
    MAPPED_MAX = 2048,   /* pages behind the image; 8 MiB */
};
#define INVALID_FRAME (~0ul)

extern uint8_t image_end[];

static struct start_info *start_info;

static uint8_t shared_page[PAGE_BYTES] __attribute__((aligned(PAGE_BYTES)));
static uint8_t console_page[PAGE_BYTES] __attribute__((aligned(PAGE_BYTES)));
static uint8_t store_page[PAGE_BYTES] __attribute__((aligned(PAGE_BYTES)));
static unsigned long top[PER_PAGE] __attribute__((aligned(PAGE_BYTES)));
static unsigned long middle[MIDDLE_PAGES][PER_PAGE]
    __attribute__((aligned(PAGE_BYTES)));

static unsigned long *p2m(void)
{
    return (unsigned long *)start_info->mfn_list;
}

uint64_t platform_frame_of(const void *address)
{
    return p2m()[(uintptr_t)address / PAGE_BYTES];
}

static unsigned long pfn_of(unsigned long mfn)
{
    return ((unsigned long *)MACH2PHYS_VIRT_START)[mfn];
}

static void map(const void *address, uint64_t machine_address)
{
    uint64_t entry = machine_address | PTE_FLAGS;

#ifdef __i386__
    hypercall4(__HYPERVISOR_update_va_mapping, (uintptr_t)address,
               (uint32_t)entry, (uint32_t)(entry >> 32), UVMF_INVLPG);
#else
    hypercall(__HYPERVISOR_update_va_mapping, (uintptr_t)address, entry,
              UVMF_INVLPG);
#endif
}

static void map_shared_info(void)
{
    map(shared_page, start_info->shared_info);
    platform.shared_info = (struct shared_info *)shared_page;
}

/* Needed anew in a new domain: its frames are others. */
static void build_tree(void)
{
    uint64_t pages = (start_info->nr_pages + PER_PAGE - 1) / PER_PAGE;
    struct arch_shared_info *arch = &platform.shared_info->arch;
    uint64_t i;

    if (pages > MIDDLE_PAGES * PER_PAGE)
        pages = MIDDLE_PAGES * PER_PAGE;
    for (i = 0; i < pages; i++)
        middle[i / PER_PAGE][i % PER_PAGE] =
            platform_frame_of(p2m() + i * PER_PAGE);
    for (i = 0; i < MIDDLE_PAGES; i++)
        top[i] = platform_frame_of(middle[i]);
    arch->pfn_to_mfn_frame_list_list = platform_frame_of(top);
    arch->max_pfn = start_info->nr_pages;
}

/* A loader such as GRUB maps these two frames nowhere. */
static void find_rings(void)
{
    map(console_page, (uint64_t)start_info->console.domU.mfn * PAGE_BYTES);
    map(store_page, (uint64_t)start_info->store_mfn * PAGE_BYTES);
    platform.console_ring = console_page;
    platform.console_port = start_info->console.domU.evtchn;
    platform.store_ring = store_page;
    platform.store_port = start_info->store_evtchn;
}

void platform_start(void *boot_info)
{
    start_info = boot_info;
    platform.command_line = (const char *)start_info->cmd_line;
    map_shared_info();
    build_tree();
    find_rings();
}

/*
 * shared_info is no frame of ours, and the toolstack takes no page table entry
 * that points outside.  The two rings' frames become PFNs: a restore turns
 * them back.  It finds start_info by its frame, which it wants to know.
 */
uint64_t platform_before_suspend(void)
{
    start_info->store_mfn = pfn_of(start_info->store_mfn);
    start_info->console.domU.mfn = pfn_of(start_info->console.domU.mfn);
    map(shared_page, platform_frame_of(shared_page) * PAGE_BYTES);
    platform.shared_info = NULL;
    return platform_frame_of(start_info);
}

void platform_after_suspend(bool new_domain)
{
    map_shared_info();
    if (new_domain) {
        build_tree();
    } else {
        start_info->store_mfn = p2m()[start_info->store_mfn];
        start_info->console.domU.mfn = p2m()[start_info->console.domU.mfn];
    }
    find_rings();
}

bool platform_start_vcpu(unsigned int number, void (*entry)(void),
                         void *stack_top)
{
    static struct vcpu_guest_context context;
    /* As behind a call. */
    uintptr_t stack = (uintptr_t)stack_top - sizeof(void *);

    memset(&context, 0, sizeof(context));
    context.flags = VGCF_IN_KERNEL;
    context.user_regs.cs = FLAT_KERNEL_CS;
    context.user_regs.ss = FLAT_KERNEL_SS;
    context.user_regs.ds = context.user_regs.es = FLAT_KERNEL_DS;
#ifdef __i386__
    context.user_regs.eip = (uintptr_t)entry;
    context.user_regs.esp = stack;
#else
    context.user_regs.rip = (uintptr_t)entry;
    context.user_regs.rsp = stack;
#endif
    context.kernel_ss = FLAT_KERNEL_SS;
    context.kernel_sp = stack;
    context.ctrlreg[3] = xen_pfn_to_cr3(
        platform_frame_of((const void *)start_info->pt_base));
    return !hypercall(__HYPERVISOR_vcpu_op, VCPUOP_initialise, number,
                      (uintptr_t)&context) &&
           !hypercall(__HYPERVISOR_vcpu_op, VCPUOP_up, number, 0);
}

/* Behind all that is mapped at the start: no page table names them. */
uint64_t platform_last_pages(uint64_t *pages)
{
    uint64_t mapped = (uintptr_t)image_end / PAGE_BYTES + MAPPED_MAX;

    if (start_info->nr_pages < mapped + *pages)
        *pages = 0;
    return start_info->nr_pages - *pages;
}

uint64_t platform_forget_page(uint64_t page)
{
    uint64_t frame = p2m()[page];

    p2m()[page] = INVALID_FRAME;
    return frame;
}
