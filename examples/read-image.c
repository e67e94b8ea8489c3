/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * read-image IMAGE: what a save image is, what its record says, and whether it
 * is sound.  Needs no Xen.  Exit status 0 sound, 1 not sound, 2 no save image.
 */
#include <inttypes.h>
#include <stdio.h>
#include <xenresumable.h>

/* What stands in an image is its writer's: no control character passes. */
static void print_safely(FILE *to, const char *text)
{
    for (; text && *text; text++)
        fputc((unsigned char)*text < ' ' || *text == 127 ? '?' : *text, to);
}

static void print_record(const struct xr_metadata *metadata)
{
    size_t i;

    for (i = 0; metadata && i < xr_metadata_count(metadata); i++) {
        const char *name = xr_metadata_name(metadata, i);

        printf("  ");
        print_safely(stdout, name);
        printf(" = ");
        print_safely(stdout, xr_metadata_value(metadata, name));
        putchar('\n');
    }
}

static int describe(const char *path)
{
    struct xr_save *save;
    struct xr_error err;
    const struct xr_save_info *info;

    if (xr_save_from_path(path, &save, &err)) {
        print_safely(stderr, err.message);
        fputc('\n', stderr);
        return 2;
    }
    info = xr_save_info(save);
    printf("%s, %s, written on Xen %u.%u\n",
           xr_container_name(info->container), info->type, info->xen_major,
           info->xen_minor);
    printf("domain: ");
    print_safely(stdout, xr_save_name(save));
    putchar('\n');
    if (info->record_error)
        printf("its record cannot be read: %s\n", info->record_error);
    print_record(xr_save_metadata(save));
    xr_save_free(save);
    return 0;
}

static int verify(const char *path)
{
    struct xr_verify *verify;
    struct xr_error err;
    const char *problem;
    uint64_t offset;
    size_t i;
    bool ok;

    if (xr_verify_path(path, 0, NULL, &verify, &err)) {
        print_safely(stderr, err.message);
        fputc('\n', stderr);
        return 2;
    }
    for (i = 0; (problem = xr_verify_problem(verify, i, &offset)); i++) {
        printf("at offset %" PRIu64 ": ", offset);
        print_safely(stdout, problem);
        putchar('\n');
    }
    ok = xr_verify_info(verify)->ok;
    printf("%s, %" PRIu64 " pages, seal: %s\n", ok ? "sound" : "not sound",
           xr_verify_info(verify)->pages,
           xr_seal_state_name(xr_verify_info(verify)->seal));
    xr_verify_free(verify);
    return !ok;
}

int main(int argc, char **argv)
{
    int status = argc == 2 ? describe(argv[1]) : 2;

    return status ? status : verify(argv[1]);
}
