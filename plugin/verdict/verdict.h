/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Evidence in, verdict out: can this guest's suspend be resumed, that is, can
 * its suspend hypercall return 1?  Pure: no Xen, no files, no state.
 *
 * The contract between guest and toolstack is SCHEDOP_shutdown's in Xen's
 * public/sched.h; SUSPEND_CANCEL is note 14 of public/elfnote.h.
 */
#ifndef VERDICT_VERDICT_H
#define VERDICT_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum verdict_answer {
    VERDICT_UNKNOWN,
    VERDICT_YES,
    VERDICT_NO,
};

/* Strongest first: the first source that speaks decides. */
enum verdict_source {
    SOURCE_OVERRIDE, /* the administrator's configuration */
    SOURCE_GUEST,    /* control/feature-resumable, written by the guest */
    SOURCE_QUIRK,    /* what is known of a guest despite its notes */
    SOURCE_IMAGE,    /* the recorded SUSPEND_CANCEL */
    SOURCE_FILE,     /* the kernel file that the stored configuration names */
    SOURCE_MEMORY,   /* notes found in the guest's memory: a hint */
    SOURCE_LOADER,   /* what is loaded is not the guest's kernel */
    SOURCE_HVM,      /* rules for HVM guests */
    SOURCE_NONE,
};

enum guest_type {
    GUEST_UNKNOWN,
    GUEST_PV,
    GUEST_PVH,
    GUEST_HVM,
};

enum pv_drivers {
    PV_DRIVERS_UNKNOWN,
    PV_DRIVERS_ABSENT,  /* HVM_PARAM_CALLBACK_IRQ is 0 */
    PV_DRIVERS_PRESENT,
};

/*
 * What was found elsewhere, where nothing is recorded.  It was looked for if
 * where or unusable is set; strings are borrowed.
 */
struct verdict_found {
    const char *where;           /* a file's name; a place in memory */
    const char *guest_os;
    const char *suspend_cancel;
    bool malformed_cancel;
    const char *unusable;        /* why it says nothing */
};

/* What is known.  Strings are borrowed and may be NULL, that is: absent. */
struct verdict_input {
    enum verdict_answer override; /* VERDICT_UNKNOWN: no line applies */
    const char *override_line;    /* where that line stands */
    const char *feature_resumable;
    const char *feature_suspend;
    enum guest_type type;
    enum pv_drivers pv_drivers;
    bool have_notes;              /* any note of the kernel is recorded */
    const char *guest_os;         /* note GUEST_OS */
    const char *suspend_cancel;   /* note SUSPEND_CANCEL, in list form */
    bool malformed_cancel;        /* it is there, and no number */
    const char *loader;           /* what the image is, if not the kernel */
    struct verdict_found file;
    struct verdict_found memory;
};

enum { VERDICT_TEXT_MAX = 200 };

struct verdict_evidence {
    enum verdict_source source;
    enum verdict_answer says;
    char detail[VERDICT_TEXT_MAX];
};

struct verdict {
    enum verdict_answer resumable;
    enum verdict_source source;
    char reason[VERDICT_TEXT_MAX];     /* the deciding evidence's detail */
    enum verdict_answer suspendable;   /* by control/feature-suspend */
    struct verdict_evidence evidence[SOURCE_NONE];
    size_t evidence_count;             /* strongest first */
};

void verdict_reach(const struct verdict_input *input, struct verdict *out);

/* "yes", "no", "unknown". */
const char *verdict_answer_name(enum verdict_answer answer);

/* "override", "guest", ..., "none". */
const char *verdict_source_name(enum verdict_source source);

/* "pv", "pvh", "hvm" or "unknown", and back. */
const char *guest_type_name(enum guest_type type);
enum guest_type guest_type_from_name(const char *name);

#endif
