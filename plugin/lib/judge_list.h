/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Verdicts on guests that are not running: from the notes of a kernel image,
 * or from the metadata of a save image.
 */
#ifndef LIB_JUDGE_LIST_H
#define LIB_JUDGE_LIST_H

#include "format/keylist.h"
#include "verdict/override.h"
#include "verdict/verdict.h"

/*
 * notes: keys are note names, as image_notes_from_fd() gives them, and loader
 * is the image's, which may be NULL.  overrides may be NULL; of those only os:
 * can apply.
 */
void judge_notes(const struct keylist *notes, const char *loader,
                 const struct overrides *overrides, struct verdict *out);

/*
 * metadata: the record's list.  Its notes are judged anew, for they outlive
 * the rules of the program that wrote them; where there are none, what that
 * program found (suspend.resumable) is passed on as it is.  0 or -ENOMEM: then
 * there is no verdict.
 */
int judge_metadata(const struct keylist *metadata,
                   const struct overrides *overrides, struct verdict *out);

#endif
