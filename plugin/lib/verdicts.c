/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * struct xr_verdict of the public API: verdicts on kernels and save images.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include <xenresumable.h>

#include "lib/api.h"
#include "lib/judge_list.h"

_Static_assert((int)XR_UNKNOWN == (int)VERDICT_UNKNOWN
               && (int)XR_YES == (int)VERDICT_YES
               && (int)XR_NO == (int)VERDICT_NO,
               "the numbers of answers are public");

/* The public numbers stay; those of verdict/ are in order of strength. */
static const enum xr_source sources[] = {
    [SOURCE_OVERRIDE] = XR_SOURCE_OVERRIDE,
    [SOURCE_GUEST] = XR_SOURCE_GUEST,
    [SOURCE_QUIRK] = XR_SOURCE_QUIRK,
    [SOURCE_IMAGE] = XR_SOURCE_IMAGE,
    [SOURCE_FILE] = XR_SOURCE_FILE,
    [SOURCE_MEMORY] = XR_SOURCE_MEMORY,
    [SOURCE_LOADER] = XR_SOURCE_LOADER,
    [SOURCE_HVM] = XR_SOURCE_HVM,
    [SOURCE_NONE] = XR_SOURCE_NONE,
};

/* No name of a note has a dot; every key of a record has one. */
static bool is_of_a_record(const struct keylist *list)
{
    return list->count && strchr(list->pairs[0].key, '.');
}

int xr_verdict(const struct xr_metadata *metadata, struct xr_verdict *out,
               struct xr_error *err)
{
    const struct keylist *list = metadata_list(metadata);
    const struct xr_kernel *kernel = xr_metadata_kernel(metadata);
    struct verdict verdict;
    int r = 0;

    if (!out)
        return api_usage(err);
    if (is_of_a_record(list))
        r = judge_metadata(list, NULL, &verdict);
    else
        judge_notes(list, kernel ? kernel->loader : NULL, NULL, &verdict);
    if (r)
        return error_set(err, -r, "out of memory");
    *out = (struct xr_verdict){
        .resumable = (enum xr_answer)verdict.resumable,
        .source = sources[verdict.source],
    };
    snprintf(out->reason, sizeof(out->reason), "%s", verdict.reason);
    return 0;
}

const char *xr_answer_name(enum xr_answer answer)
{
    return (unsigned)answer > XR_NO
           ? verdict_answer_name(VERDICT_UNKNOWN)
           : verdict_answer_name((enum verdict_answer)answer);
}

const char *xr_source_name(enum xr_source source)
{
    size_t i;

    for (i = 0; i < SOURCE_NONE; i++)
        if (sources[i] == source)
            return verdict_source_name((enum verdict_source)i);
    return verdict_source_name(SOURCE_NONE);
}
