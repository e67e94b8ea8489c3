/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the process does that asks: libvirt's library is loaded, and called.
 */
#ifndef VIRT_QUESTIONS_H
#define VIRT_QUESTIONS_H

#include "virt/ask.h"

/* Codes and words as virt/virt.h has them. */
int question_answer(const struct virt_question *question,
                    struct virt_answer *out, struct xr_error *err);

struct virt_calls;

/* For tests: these in the place of the library's.  NULL: as ever. */
void questions_go_to(const struct virt_calls *calls);

#endif
