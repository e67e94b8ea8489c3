/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the pages are:
 *
 *   PVH, HVM   at their guest frame numbers, 0 to the greatest one
 *   PV         in a tree of three levels that the guest keeps and shared_info
 *              points to (arch.pfn_to_mfn_frame_list_list): its leaves are the
 *              machine frame numbers, in words of the guest's width
 *
 * The tree's holes are long: Linux has one leaf without any frame stand for all
 * of them.  Where it ends says arch.max_pfn.  Xen maps no frame that is not the
 * domain's own, whatever the tree says.
 */
#include "config.h"

#define XC_WANT_COMPAT_MAP_FOREIGN_API
#include "xen/guest_memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "util/bytes.h"
#include "util/cleanup.h"

enum {
    PAGE_BYTES = 4096,
    BATCH = 512,
    /* Of struct shared_info as a 32-bit guest has it. */
    MAX_PFN_32 = 2316,
    FRAME_LIST_LIST_32 = 2320,
    /* A guest's pages, and what Xen lends it: grant tables, rings. */
    PAGES_BESIDE = 4096,
};

struct walk {
    xc_interface *xch;
    uint32_t domid;
    struct timespec deadline;
    uint64_t pages_max;
    uint64_t end;      /* PV: the number behind the last page's */
    memory_visitor *visit;
    void *data;
    uint8_t *copy;     /* BATCH pages */
    struct memory_walk result;
};

static bool is_over(struct walk *w)
{
    struct timespec now;

    if (w->result.ended)
        return true;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (now.tv_sec > w->deadline.tv_sec
        || (now.tv_sec == w->deadline.tv_sec
            && now.tv_nsec >= w->deadline.tv_nsec))
        w->result.ended = "it took too long";
    else if (w->result.pages > w->pages_max)
        w->result.ended = "the guest describes more memory than it has";
    return w->result.ended;
}

/* Hands on the pages [from, to) of the copy. */
static int hand_on_pages(struct walk *w, uint64_t first, size_t from,
                         size_t to)
{
    if (from == to)
        return 0;
    w->result.pages += to - from;
    return w->visit(w->data, w->copy + from * PAGE_BYTES,
                    (to - from) * PAGE_BYTES, (first + from) * PAGE_BYTES);
}

/* Frames that cannot be mapped (holes, ballooned out) are left out. */
static int see_batch(struct walk *w, const xen_pfn_t *frames, size_t count,
                     uint64_t first)
{
    int errors[BATCH];
    size_t i, from = 0;
    uint8_t *mapped;
    int r = 0;

    memset(errors, 0xff, sizeof(errors));
    mapped = xc_map_foreign_bulk(w->xch, w->domid, PROT_READ, frames, errors,
                                 (unsigned int)count);
    if (!mapped)
        return 0;
    for (i = 0; i < count; i++)
        if (!errors[i])
            memcpy(w->copy + i * PAGE_BYTES, mapped + i * PAGE_BYTES,
                   PAGE_BYTES);
    munmap(mapped, count * PAGE_BYTES);
    for (i = 0; !r && i < count; i++) {
        if (!errors[i])
            continue;
        r = hand_on_pages(w, first, from, i);
        from = i + 1;
    }
    return r ? r : hand_on_pages(w, first, from, count);
}

static int walk_frames(struct walk *w, struct xr_error *err)
{
    xen_pfn_t frames[BATCH], last = 0;
    uint64_t first;
    size_t i;
    int r = 0;

    if (xc_domain_maximum_gpfn(w->xch, w->domid, &last))
        return error_system(err, errno, "cannot ask Xen how much memory the "
                            "domain has");
    for (first = 0; !r && first <= last && !is_over(w); first += BATCH) {
        for (i = 0; i < BATCH; i++)
            frames[i] = first + i;
        r = see_batch(w, frames, BATCH, first);
    }
    return r;
}

/* One page of the guest's, copied; false if it cannot be mapped. */
static bool copy_page(struct walk *w, xen_pfn_t frame, uint8_t *out)
{
    int error = -1;
    void *mapped = xc_map_foreign_bulk(w->xch, w->domid, PROT_READ, &frame,
                                       &error, 1);

    if (!mapped)
        return false;
    if (!error)
        memcpy(out, mapped, PAGE_BYTES);
    munmap(mapped, PAGE_BYTES);
    return !error;
}

static xen_pfn_t page_entry(const uint8_t *page, size_t i, size_t width)
{
    return width == 8 ? load_le64(page + i * 8) : load_le32(page + i * 4);
}

/* No frame at all, as a 32-bit or a 64-bit guest writes it. */
static bool is_hole(xen_pfn_t frame, size_t width)
{
    return !frame || frame == (width == 8 ? UINT64_MAX : UINT32_MAX);
}

/* A leaf: the machine frames of as many pages as it has words. */
static int walk_leaf(struct walk *w, const uint8_t *leaf, size_t width,
                     uint64_t first)
{
    size_t words = PAGE_BYTES / width, done, i;
    xen_pfn_t frames[BATCH];
    bool any;
    int r = 0;

    for (done = 0; !r && done < words; done += BATCH) {
        for (i = 0, any = false; i < BATCH; i++) {
            frames[i] = page_entry(leaf, done + i, width);
            any |= !is_hole(frames[i], width);
        }
        if (any)
            r = see_batch(w, frames, BATCH, first + done);
    }
    return r;
}

/* level 2 is the root, 0 a leaf; first: the number of its first page. */
static int walk_tree(struct walk *w, xen_pfn_t frame, size_t width,
                     unsigned int level, uint64_t first)
{
    size_t words = PAGE_BYTES / width, i;
    uint64_t covers = words;
    uint8_t page[PAGE_BYTES];
    unsigned int l;
    int r = 0;

    if (first >= w->end || is_hole(frame, width) || is_over(w)
        || !copy_page(w, frame, page))
        return 0;
    if (!level)
        return walk_leaf(w, page, width, first);
    for (l = 1; l < level; l++)
        covers *= words;
    for (i = 0; !r && i < words && !is_over(w); i++)
        r = walk_tree(w, page_entry(page, i, width), width, level - 1,
                      first + i * covers);
    return r;
}

static int walk_pv(struct walk *w, const struct domain *domain,
                   struct xr_error *err)
{
    unsigned int width = 0;
    uint8_t shared[PAGE_BYTES];
    xen_pfn_t root;

    if (xc_domain_get_guest_width(w->xch, w->domid, &width)
        || (width != 4 && width != 8))
        return error_system(err, errno ? errno : EIO,
                            "cannot ask Xen how wide the guest's words are");
    if (!copy_page(w, domain->shared_info_frame, shared))
        return error_set(err, EFAULT, "cannot map the guest's shared_info");
    w->end = width == 8
             ? load_le64(shared + offsetof(struct shared_info, arch.max_pfn))
             : load_le32(shared + MAX_PFN_32);
    root = width == 8
           ? load_le64(shared + offsetof(struct shared_info,
                                         arch.pfn_to_mfn_frame_list_list))
           : load_le32(shared + FRAME_LIST_LIST_32);
    return walk_tree(w, root, width, 2, 0);
}

int guest_memory_walk(xc_interface *xch, const struct domain *domain,
                      unsigned int seconds, memory_visitor *visit, void *data,
                      struct memory_walk *out, struct xr_error *err)
{
    CLEANUP_FREE uint8_t *copy = malloc((size_t)BATCH * PAGE_BYTES);
    struct walk w = {
        .xch = xch,
        .domid = domain->domid,
        .pages_max = domain->pages + PAGES_BESIDE,
        .visit = visit,
        .data = data,
        .copy = copy,
    };
    int r;

    if (!copy)
        return error_set(err, ENOMEM, "out of memory");
    clock_gettime(CLOCK_MONOTONIC, &w.deadline);
    w.deadline.tv_sec += seconds;
    r = domain->hvm ? walk_frames(&w, err) : walk_pv(&w, domain, err);
    if (!r)
        *out = w.result;
    return r;
}
