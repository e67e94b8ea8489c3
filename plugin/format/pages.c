/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "format/pages.h"

#include "util/bytes.h"

void pages_init(struct pages *p, bool hvm, bool any_order)
{
    *p = (struct pages){
        .hvm = hvm,
        .any_order = any_order,
        .first_run = true,
    };
}

/* Which is no number: set to just below where this record's run may begin. */
void pages_begin(struct pages *p)
{
    p->last = UINT64_MAX;
}

static bool is_known_type(uint64_t entry, bool hvm)
{
    unsigned int type = page_type(entry);

    if (type == PAGE_NOTAB || type >= PAGE_BROKEN)
        return true;
    /* Level 1 to 4, and the same pinned. */
    return !hvm && (type & 7) >= 1 && (type & 7) <= 4;
}

/* In the first run every number follows the one before. */
static const char *first_run(struct pages *p, uint64_t number)
{
    if (number == p->covered) {
        p->covered++;
        return NULL;
    }
    if (number > p->covered) {
        p->covered = number + 1;
        return "pages before this one are missing";
    }
    if (p->last != UINT64_MAX)
        return "a page number that is not greater than the one before";
    p->first_run = false;
    return NULL;
}

static const char *later_run(const struct pages *p, uint64_t number)
{
    if (number >= p->covered)
        return "a page that the first run did not have";
    if (p->last != UINT64_MAX && number <= p->last)
        return "a page number that is not greater than the one before";
    return NULL;
}

static const char *check_order(struct pages *p, uint64_t number)
{
    const char *what;

    if (p->any_order) {
        if (number >= p->covered)
            p->covered = number + 1;
        return NULL;
    }
    what = p->first_run ? first_run(p, number) : later_run(p, number);
    p->last = number;
    return what;
}

static const char *check_one(struct pages *p, uint64_t entry)
{
    uint64_t number = entry & PAGE_NUMBER_MASK;

    if (entry >> 52 & 0xff)
        return "reserved bits of a page's entry are set";
    if (!is_known_type(entry, p->hvm))
        return p->hvm ? "a page of a type that no HVM guest has"
                      : "a page of an unknown type";
    if (p->limit && number >= p->limit)
        return "a page number beyond the end of the P2M";
    return check_order(p, number);
}

const char *pages_check(struct pages *p, const uint8_t *list, size_t count,
                        size_t *at)
{
    const char *what;
    size_t i;

    for (i = 0; i < count; i++) {
        uint64_t entry = load_le64(list + PAGE_ENTRY_SIZE * i);

        p->entries++;
        p->with_data += page_has_data(entry);
        what = check_one(p, entry);
        if (what) {
            *at = i;
            return what;
        }
    }
    return NULL;
}
