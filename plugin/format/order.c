/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "format/order.h"

#include <stddef.h>

#include "format/record.h"

enum {
    PV = 1,
    HVM = 2,
    BOTH = PV | HVM,
    MANY = 4,     /* more than one of them is right */
    EMPTY = 8,    /* it has no body */
    SINCE_3 = 16, /* only in streams of version 3 */
};

/* rank: records with a lower one come before those with a higher one. */
struct rule {
    int rank;
    int flags;
};

enum {
    RANK_METADATA = 6,
    RANK_PAGES = 7,
    RANK_CHECKPOINT = 13,
};

static const struct rule libxc_rules[] = {
    [LIBXC_REC_X86_PV_INFO] = { 1, PV },
    [LIBXC_REC_X86_CPUID_POLICY] = { 2, BOTH | SINCE_3 },
    [LIBXC_REC_X86_MSR_POLICY] = { 3, BOTH | SINCE_3 },
    [LIBXC_REC_STATIC_DATA_END] = { 4, BOTH | SINCE_3 | EMPTY },
    [LIBXC_REC_X86_PV_P2M_FRAMES] = { 5, PV | MANY },
    [LIBXC_REC_PAGE_DATA] = { RANK_PAGES, BOTH | MANY },
    [LIBXC_REC_VERIFY] = { RANK_PAGES, BOTH | EMPTY },
    [LIBXC_REC_X86_TSC_INFO] = { 8, BOTH },
    [LIBXC_REC_SHARED_INFO] = { 9, PV },
    [LIBXC_REC_X86_PV_VCPU_BASIC] = { 10, PV | MANY },
    [LIBXC_REC_X86_PV_VCPU_EXTENDED] = { 10, PV | MANY },
    [LIBXC_REC_X86_PV_VCPU_XSAVE] = { 10, PV | MANY },
    [LIBXC_REC_X86_PV_VCPU_MSRS] = { 10, PV | MANY },
    [LIBXC_REC_HVM_CONTEXT] = { 11, HVM },
    [LIBXC_REC_HVM_PARAMS] = { 12, HVM },
    [LIBXC_REC_CHECKPOINT] = { RANK_CHECKPOINT, BOTH | MANY | EMPTY },
    [LIBXC_REC_END] = { 14, BOTH | EMPTY },
};

static const struct rule libxl_rules[] = {
    [LIBXL_REC_LIBXC_CONTEXT] = { 1, BOTH | EMPTY },
    [LIBXL_REC_EMULATOR_XENSTORE_DATA] = { 2, HVM | MANY },
    [LIBXL_REC_EMULATOR_CONTEXT] = { 3, HVM | MANY },
    [LIBXL_REC_CHECKPOINT_END] = { 4, BOTH | MANY | EMPTY },
    [LIBXL_REC_END] = { 5, BOTH | EMPTY },
};

static const struct rule *find_rule(enum stream_layer layer, uint32_t type)
{
    const struct rule *rules = layer == STREAM_LIBXC ? libxc_rules
                                                     : libxl_rules;
    size_t count = layer == STREAM_LIBXC
        ? sizeof(libxc_rules) / sizeof(libxc_rules[0])
        : sizeof(libxl_rules) / sizeof(libxl_rules[0]);

    return type < count && rules[type].rank ? &rules[type] : NULL;
}

void order_init(struct order *o)
{
    *o = (struct order){ .rank = { 0 } };
}

void order_libxc(struct order *o, bool hvm, uint32_t version)
{
    o->hvm = hvm;
    o->version = version;
}

/*
 * A reader skips an optional record unseen: so does it a mandatory one whose
 * type has lost a bit.  No record of Xen's is optional until now.
 */
static const char *optional_problem(uint32_t type)
{
    if (libxc_record_name(type & 0xffffff))
        return "an optional record whose type looks like a damaged one";
    return NULL;
}

static const char *unknown_problem(enum stream_layer layer, uint32_t type)
{
    if (layer == STREAM_LIBXL)
        return libxl_record_name(type)
            ? "a record that belongs on the way back of a COLO pair"
            : "a record of an unknown type, which libxl does not take";
    if (type == LIBXC_REC_TOOLSTACK)
        return "a TOOLSTACK record, which no Xen since 4.12 takes";
    if (type == LIBXC_REC_CHECKPOINT_DIRTY_PFN_LIST)
        return "a record that belongs on the way back of a COLO pair";
    return "a mandatory record of an unknown type";
}

static const char *check_rule(const struct order *o, enum stream_layer layer,
                              const struct rule *rule, uint32_t type,
                              uint32_t length)
{
    bool again = o->seen[layer] & UINT32_C(1) << type;

    /* libxl's own records may stand before the domain's type is known. */
    if (o->version && !(rule->flags & (o->hvm ? HVM : PV)))
        return "a record that this type of domain does not have";
    if (rule->flags & SINCE_3 && o->version < 3)
        return "a record that streams of version 2 do not have";
    if (rule->flags & EMPTY && length)
        return "a record with a body that should have none";
    if (rule->rank < o->rank[layer])
        return "a record in the wrong place: it belongs before others";
    return again && !(rule->flags & MANY) ? "a second record of its type"
                                          : NULL;
}

/* Behind a checkpoint, memory and state come once more. */
static void start_again(struct order *o)
{
    uint32_t state = UINT32_C(1) << LIBXC_REC_X86_TSC_INFO
                     | UINT32_C(1) << LIBXC_REC_SHARED_INFO
                     | UINT32_C(1) << LIBXC_REC_HVM_CONTEXT
                     | UINT32_C(1) << LIBXC_REC_HVM_PARAMS;

    o->seen[STREAM_LIBXC] &= ~state;
    o->rank[STREAM_LIBXC] = RANK_PAGES;
    o->rank[STREAM_LIBXL] = 1;
}

const char *order_next(struct order *o, enum stream_layer layer,
                       uint32_t type, uint32_t length)
{
    const struct rule *rule = find_rule(layer, type);
    const char *what;

    if (layer == STREAM_LIBXC && libxc_record_is_optional(type))
        return optional_problem(type);
    if (!rule)
        return unknown_problem(layer, type);
    what = check_rule(o, layer, rule, type, length);
    o->seen[layer] |= UINT32_C(1) << type;
    if (rule->rank > o->rank[layer])
        o->rank[layer] = rule->rank;
    if (layer == STREAM_LIBXC && type == LIBXC_REC_CHECKPOINT)
        start_again(o);
    return what;
}

void order_metadata(struct order *o)
{
    if (o->rank[STREAM_LIBXC] < RANK_METADATA)
        o->rank[STREAM_LIBXC] = RANK_METADATA;
}

struct need {
    enum stream_layer layer;
    uint32_t type;
    int flags;
    const char *what;
};

const char *order_lacks(struct order *o, enum stream_layer layer)
{
    static const struct need needs[] = {
        { STREAM_LIBXL, LIBXL_REC_LIBXC_CONTEXT, BOTH,
          "no libxc stream" },
        { STREAM_LIBXC, LIBXC_REC_X86_PV_INFO, PV,
          "no X86_PV_INFO record" },
        { STREAM_LIBXC, LIBXC_REC_STATIC_DATA_END, BOTH | SINCE_3,
          "no STATIC_DATA_END record" },
        { STREAM_LIBXC, LIBXC_REC_X86_PV_P2M_FRAMES, PV,
          "no X86_PV_P2M_FRAMES record" },
        { STREAM_LIBXC, LIBXC_REC_PAGE_DATA, BOTH,
          "no PAGE_DATA record" },
        { STREAM_LIBXC, LIBXC_REC_X86_TSC_INFO, BOTH,
          "no X86_TSC_INFO record" },
        { STREAM_LIBXC, LIBXC_REC_SHARED_INFO, PV,
          "no SHARED_INFO record" },
        { STREAM_LIBXC, LIBXC_REC_X86_PV_VCPU_BASIC, PV,
          "no X86_PV_VCPU_BASIC record" },
        { STREAM_LIBXC, LIBXC_REC_HVM_CONTEXT, HVM,
          "no HVM_CONTEXT record" },
        /* It names xenstore's page, which libxl gives every such domain. */
        { STREAM_LIBXC, LIBXC_REC_HVM_PARAMS, HVM,
          "no HVM_PARAMS record" },
    };
    size_t i;

    for (i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
        const struct need *need = &needs[i];

        if (need->layer != layer
            || !(need->flags & (o->hvm ? HVM : PV))
            || (need->flags & SINCE_3 && o->version < 3)
            || o->seen[layer] & UINT32_C(1) << need->type)
            continue;
        o->seen[layer] |= UINT32_C(1) << need->type;
        return need->what;
    }
    return NULL;
}
