/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/judge_list.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "format/notes.h"

/* subject: what else than the notes an override can go by. */
static void judge_by_notes(const struct keylist *notes, const char *loader,
                           enum guest_type type,
                           const struct overrides *overrides,
                           struct override_subject subject,
                           struct verdict *out)
{
    struct verdict_input input = {
        .type = type,
        .have_notes = notes->count > 0,
        .guest_os = keylist_get(notes, "GUEST_OS"),
        .suspend_cancel = keylist_get(notes, "SUSPEND_CANCEL"),
        .malformed_cancel = keylist_find(notes, "NOTE_14"),
        .loader = loader ? loader : notes_loader(notes),
    };

    if (type == GUEST_HVM && notes->count && !input.loader)
        input.loader = "firmware";
    if (!input.loader)
        subject.guest_os = input.guest_os;
    overrides_apply(overrides, &subject, &input);
    verdict_reach(&input, out);
}

void judge_notes(const struct keylist *notes, const char *loader,
                 const struct overrides *overrides, struct verdict *out)
{
    judge_by_notes(notes, loader, GUEST_UNKNOWN, overrides,
                   (struct override_subject){ 0 }, out);
}

static bool word_is(const struct keylist *list, const char *key,
                    const char *word)
{
    const char *value = keylist_get(list, key);

    return value && !strcmp(value, word);
}

/* What the saving program found, when nothing is left to judge. */
static void adopt_verdict(const struct keylist *metadata, struct verdict *out)
{
    enum verdict_source source;

    if (word_is(metadata, "suspend.resumable", "yes"))
        out->resumable = VERDICT_YES;
    else if (word_is(metadata, "suspend.resumable", "no"))
        out->resumable = VERDICT_NO;
    else
        return;
    for (source = SOURCE_OVERRIDE; source < SOURCE_NONE; source++)
        if (word_is(metadata, "suspend.source", verdict_source_name(source)))
            break;
    out->source = source;
    snprintf(out->reason, sizeof(out->reason),
             "this was the answer when the image was written");
}

int judge_metadata(const struct keylist *metadata,
                   const struct overrides *overrides, struct verdict *out)
{
    CLEANUP_KEYLIST struct keylist notes = { 0 };
    const struct override_subject subject = {
        .name = keylist_get(metadata, "domain.name"),
        .uuid = keylist_get(metadata, "domain.uuid"),
    };
    enum guest_type type =
        guest_type_from_name(keylist_get(metadata, "domain.type"));

    /* With fewer notes the verdict would be another. */
    if (keylist_copy_prefix(&notes, metadata, "image."))
        return -ENOMEM;
    judge_by_notes(&notes, NULL, type, overrides, subject, out);
    if (out->source == SOURCE_NONE)
        adopt_verdict(metadata, out);
    return 0;
}
