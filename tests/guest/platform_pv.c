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

enum {
    PER_PAGE = PAGE_BYTES / 8,
    MIDDLE_PAGES = 4, /* 1 GiB each */
    PTE_FLAGS = 0x67, /* present, writable, user, accessed, dirty */
};

static struct start_info *start_info;

static uint8_t shared_page[PAGE_BYTES] __attribute__((aligned(PAGE_BYTES)));
static uint64_t top[PER_PAGE] __attribute__((aligned(PAGE_BYTES)));
static uint64_t middle[MIDDLE_PAGES][PER_PAGE]
    __attribute__((aligned(PAGE_BYTES)));

static uint64_t *p2m(void)
{
    return (uint64_t *)start_info->mfn_list;
}

uint64_t platform_frame_of(const void *address)
{
    return p2m()[(uintptr_t)address / PAGE_BYTES];
}

static uint64_t pfn_of(uint64_t mfn)
{
    return ((uint64_t *)MACH2PHYS_VIRT_START)[mfn];
}

static void *page_of_mfn(uint64_t mfn)
{
    return (void *)(pfn_of(mfn) * PAGE_BYTES);
}

static void map(const void *address, uint64_t machine_address)
{
    hypercall(__HYPERVISOR_update_va_mapping, (uintptr_t)address,
              machine_address | PTE_FLAGS, UVMF_INVLPG);
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

static void find_rings(void)
{
    platform.console_ring = page_of_mfn(start_info->console.domU.mfn);
    platform.console_port = start_info->console.domU.evtchn;
    platform.store_ring = page_of_mfn(start_info->store_mfn);
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
