/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* kernel KERNEL: the example of libxenresumable(3), word for word. */
#include <stdio.h>
#include <xenresumable.h>

int main(int argc, char **argv)
{
    struct xr_metadata *metadata;
    struct xr_error err;
    uint64_t value = 0;

    if (argc != 2)
        return 2;
    if (xr_metadata_from_path(argv[1], &metadata, &err)) {
        fprintf(stderr, "%s: %s\n", argv[1], err.message);
        return 2;
    }
    xr_metadata_number(metadata, "SUSPEND_CANCEL", &value);
    printf("%s\n", value ? "resumable" : "not resumable");
    xr_metadata_free(metadata);
    return !value;
}
