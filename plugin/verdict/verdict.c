/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "verdict/verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "util/number.h"

const char *verdict_answer_name(enum verdict_answer answer)
{
    static const char *const names[] = {
        [VERDICT_UNKNOWN] = "unknown",
        [VERDICT_YES] = "yes",
        [VERDICT_NO] = "no",
    };

    return names[answer];
}

const char *verdict_source_name(enum verdict_source source)
{
    static const char *const names[] = {
        [SOURCE_OVERRIDE] = "override",
        [SOURCE_GUEST] = "guest",
        [SOURCE_QUIRK] = "quirk",
        [SOURCE_IMAGE] = "image",
        [SOURCE_FILE] = "file",
        [SOURCE_MEMORY] = "memory",
        [SOURCE_LOADER] = "loader",
        [SOURCE_HVM] = "hvm",
        [SOURCE_NONE] = "none",
    };

    return names[source];
}

static const char *const type_names[] = {
    [GUEST_UNKNOWN] = "unknown",
    [GUEST_PV] = "pv",
    [GUEST_PVH] = "pvh",
    [GUEST_HVM] = "hvm",
};

const char *guest_type_name(enum guest_type type)
{
    return type_names[type];
}

enum guest_type guest_type_from_name(const char *name)
{
    enum guest_type type;

    for (type = GUEST_PV; type <= GUEST_HVM; type++)
        if (name && !strcmp(name, type_names[type]))
            return type;
    return GUEST_UNKNOWN;
}

/*
 * A note that lies or a reading of it that does not: guests that are known to
 * take a 1 although their note says, or leaves to be read, the contrary.
 */
static const struct quirk {
    const char *guest_os;
    enum guest_type type; /* GUEST_UNKNOWN: every type */
    enum verdict_answer says;
    const char *why;
} quirks[] = {
    {
        /* sys/x86/xen/xen_intr.c and dev/xen/control/control.c of FreeBSD:
         * the return value is taken as "cancelled", devices stay. */
        "FreeBSD", GUEST_UNKNOWN, VERDICT_YES,
        "FreeBSD takes a 1 correctly although its SUSPEND_CANCEL note is 0",
    },
};

__attribute__((format(printf, 4, 5)))
static void add_evidence(struct verdict *v, enum verdict_source source,
                         enum verdict_answer says, const char *format, ...)
{
    struct verdict_evidence *e = &v->evidence[v->evidence_count++];
    va_list ap;

    e->source = source;
    e->says = says;
    va_start(ap, format);
    vsnprintf(e->detail, sizeof(e->detail), format, ap);
    va_end(ap);
}

static void weigh_override(const struct verdict_input *in, struct verdict *v)
{
    if (in->override != VERDICT_UNKNOWN)
        add_evidence(v, SOURCE_OVERRIDE, in->override, "%s",
                     in->override_line ? in->override_line : "configured");
}

static void weigh_guest(const struct verdict_input *in, struct verdict *v)
{
    const char *value = in->feature_resumable;

    if (!value)
        return;
    if (!strcmp(value, "1"))
        add_evidence(v, SOURCE_GUEST, VERDICT_YES,
                     "the guest wrote control/feature-resumable = 1");
    else if (!strcmp(value, "0"))
        add_evidence(v, SOURCE_GUEST, VERDICT_NO,
                     "the guest wrote control/feature-resumable = 0");
    else if (*value)
        add_evidence(v, SOURCE_GUEST, VERDICT_UNKNOWN,
                     "the guest wrote neither 0 nor 1 to "
                     "control/feature-resumable");
}

static const struct quirk *find_quirk(const char *guest_os,
                                      enum guest_type type)
{
    size_t i;

    for (i = 0; i < sizeof(quirks) / sizeof(quirks[0]); i++) {
        const struct quirk *q = &quirks[i];

        if (guest_os && !strcmp(guest_os, q->guest_os)
            && (q->type == GUEST_UNKNOWN || q->type == type))
            return q;
    }
    return NULL;
}

static void weigh_quirks(const struct verdict_input *in, struct verdict *v)
{
    const struct quirk *q = find_quirk(in->guest_os, in->type);

    if (q)
        add_evidence(v, SOURCE_QUIRK, q->says, "%s", q->why);
}

static void weigh_image(const struct verdict_input *in, struct verdict *v)
{
    uint64_t value;

    if (!in->have_notes || in->loader)
        return;
    if (in->malformed_cancel)
        add_evidence(v, SOURCE_IMAGE, VERDICT_UNKNOWN,
                     "the kernel's SUSPEND_CANCEL note is malformed");
    else if (!in->suspend_cancel)
        add_evidence(v, SOURCE_IMAGE, VERDICT_NO,
                     "the kernel has no SUSPEND_CANCEL note, whose default "
                     "is 0");
    else if (!number_parse(in->suspend_cancel, &value))
        add_evidence(v, SOURCE_IMAGE, VERDICT_UNKNOWN,
                     "the kernel's SUSPEND_CANCEL note is not a number");
    else
        add_evidence(v, SOURCE_IMAGE, value ? VERDICT_YES : VERDICT_NO,
                     "the kernel's SUSPEND_CANCEL note is %llu",
                     (unsigned long long)value);
}

/*
 * The notes of what was found, by the rules of quirk and image together: these
 * rows are weaker than any of recorded notes.  what is said of the place comes
 * last, for it may be long.
 */
static void weigh_found(const struct verdict_input *in,
                        const struct verdict_found *found,
                        enum verdict_source source, const char *how,
                        struct verdict *v)
{
    const struct quirk *q = find_quirk(found->guest_os, in->type);
    uint64_t value;

    if (found->unusable)
        add_evidence(v, source, VERDICT_UNKNOWN, "%s", found->unusable);
    else if (!found->where)
        return;
    else if (q)
        add_evidence(v, source, q->says, "%s (%s %.80s)", q->why, how,
                     found->where);
    else if (found->malformed_cancel
             || (found->suspend_cancel
                 && !number_parse(found->suspend_cancel, &value)))
        add_evidence(v, source, VERDICT_UNKNOWN,
                     "SUSPEND_CANCEL is malformed (%s %.100s)", how,
                     found->where);
    else if (!found->suspend_cancel)
        add_evidence(v, source, VERDICT_NO,
                     "there is no SUSPEND_CANCEL, whose default is 0 "
                     "(%s %.100s)", how, found->where);
    else
        add_evidence(v, source, value ? VERDICT_YES : VERDICT_NO,
                     "SUSPEND_CANCEL is %llu (%s %.100s)",
                     (unsigned long long)value, how, found->where);
}

static void weigh_file(const struct verdict_input *in, struct verdict *v)
{
    if (in->file.unusable)
        add_evidence(v, SOURCE_FILE, VERDICT_UNKNOWN,
                     "nothing is recorded, and %s", in->file.unusable);
    else
        weigh_found(in, &in->file, SOURCE_FILE,
                    "unchanged since before the domain:", v);
}

/* A hint must not outweigh what is certain of an HVM guest. */
static void weigh_memory(const struct verdict_input *in, struct verdict *v)
{
    if (in->memory.where && in->type == GUEST_HVM
        && in->pv_drivers == PV_DRIVERS_ABSENT)
        add_evidence(v, SOURCE_MEMORY, VERDICT_UNKNOWN,
                     "the kernel at %.100s does not use its PV drivers",
                     in->memory.where);
    else
        weigh_found(in, &in->memory, SOURCE_MEMORY,
                    "only a hint: in the guest's memory at", v);
}

static void weigh_loader(const struct verdict_input *in, struct verdict *v)
{
    if (in->loader)
        add_evidence(v, SOURCE_LOADER, VERDICT_UNKNOWN,
                     "what was loaded is %s, not the guest's kernel",
                     in->loader);
}

static void weigh_hvm(const struct verdict_input *in, struct verdict *v)
{
    if (in->type != GUEST_HVM)
        return;
    if (in->pv_drivers == PV_DRIVERS_ABSENT)
        add_evidence(v, SOURCE_HVM, VERDICT_YES,
                     "an HVM guest without PV drivers has no return value to "
                     "change");
    else
        add_evidence(v, SOURCE_HVM, VERDICT_YES,
                     "only a rule: HVM guests with PV drivers take a 1");
}

static enum verdict_answer weigh_suspend(const struct verdict_input *in)
{
    if (!in->feature_suspend)
        return VERDICT_UNKNOWN;
    if (!strcmp(in->feature_suspend, "1"))
        return VERDICT_YES;
    return strcmp(in->feature_suspend, "0") ? VERDICT_UNKNOWN : VERDICT_NO;
}

void verdict_reach(const struct verdict_input *input, struct verdict *out)
{
    struct verdict v = {
        .source = SOURCE_NONE,
        .reason = "nothing is known of the guest's kernel",
        .suspendable = weigh_suspend(input),
    };
    size_t i;

    weigh_override(input, &v);
    weigh_guest(input, &v);
    weigh_quirks(input, &v);
    weigh_image(input, &v);
    weigh_file(input, &v);
    weigh_memory(input, &v);
    weigh_loader(input, &v);
    weigh_hvm(input, &v);
    for (i = 0; i < v.evidence_count; i++)
        if (v.evidence[i].says != VERDICT_UNKNOWN)
            break;
    if (i < v.evidence_count) {
        v.resumable = v.evidence[i].says;
        v.source = v.evidence[i].source;
        memcpy(v.reason, v.evidence[i].detail, sizeof(v.reason));
    } else if (v.evidence_count) {
        memcpy(v.reason, v.evidence[0].detail, sizeof(v.reason));
    }
    *out = v;
}
