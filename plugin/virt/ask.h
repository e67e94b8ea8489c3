/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One question to libvirtd, in a process of its own (virt/virt.h says why).
 */
#ifndef VIRT_ASK_H
#define VIRT_ASK_H

#include <stdatomic.h>

#include "virt/virt.h"

enum virt_kind {
    VIRT_ASK_DOMAIN,  /* what libvirt says of it */
    VIRT_DESTROY,
    VIRT_CALL_RUNNING,
    VIRT_ASK_DAEMON,
};

struct virt_question {
    enum virt_kind kind;
    unsigned int patience; /* seconds */
    const char *uuid;      /* of a domain, or NULL */
    uint32_t domid;        /* whom something is to be done to */
    bool with_xml;
};

enum { VIRT_NAME_MAX = 256 };

enum virt_fate {
    VIRT_ASKING,
    VIRT_GIVEN_UP,  /* the patience was over: it is killed */
    VIRT_TO_END,    /* it is killed no more */
};

/* What was found out: memory that two processes see, so without pointers. */
struct virt_answer {
    uint32_t domid;        /* as in struct virt_domain */
    enum virt_state state;
    bool persistent;
    bool autostart;
    bool has_managed_save;
    char name[VIRT_NAME_MAX];
    char xml[VIRT_XML_MAX]; /* "": none */
    struct virt_daemon daemon;
    atomic_int fate;        /* enum virt_fate, of the process that asks */
};

/*
 * *answer, whose texts all end, is to be given to virt_answer_free, also after
 * a failure.
 */
int virt_ask(const struct virt_question *question,
             struct virt_answer **answer, struct xr_error *err);

void virt_answer_free(struct virt_answer **answer);

/*
 * In the process that asks, before it does what must not stay half done: from here
 * on it is not killed, whoever else is and whatever the patience was, but ends by
 * itself.  False: it was given up, and is not to begin.
 */
bool virt_must_end(struct virt_answer *answer);

#define CLEANUP_VIRT_ANSWER __attribute__((cleanup(virt_answer_free)))

#endif
