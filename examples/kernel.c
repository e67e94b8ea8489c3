/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* kernel KERNEL: the example of libxenresumable(3), word for word. */
#include <stdio.h>
#include <xenresumable.h>

/* Exit status: 0 yes, 1 no, 2 error, 3 unknown, as of "check". */
int main(int argc, char **argv)
{
    struct xr_metadata *notes = NULL;
    struct xr_verdict verdict;
    struct xr_error err;
    int r;

    if (argc != 2)
        return 2;
    r = xr_metadata_from_path(argv[1], &notes, &err);
    if (!r)
        r = xr_verdict(notes, &verdict, &err);
    xr_metadata_free(notes);
    if (r) {
        fprintf(stderr, "%s (%s)\n", err.message, xr_reason_name(err.reason));
        return 2;
    }
    printf("%s: %s\n", xr_answer_name(verdict.resumable), verdict.reason);
    switch (verdict.resumable) {
    case XR_YES: return 0;
    case XR_NO:  return 1;
    default:     return 3;
    }
}
