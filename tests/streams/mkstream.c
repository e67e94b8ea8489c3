/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mkstream WORD...: a sound save image on standard output.
 *
 *   xl, libvirt, libxl, libxc    the container
 *   hvm, emulator, live, metadata, version2, seal
 *   flat                         each page has its place; live: in another order
 *   holes                        the pages are holes in the file; a seal only of a
 *                                flat image, and if the file can be read, too: 1<>FILE
 *   pages=N, batch=N, vcpus=N
 *   rounds=N                     each page comes so often, and is never the same
 *   record=LIST                  metadata, with these keys, too
 *   config=FILE                  xl's JSON or libvirt's XML
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flat_seal.h"
#include "format/seal.h"
#include "stream_builder.h"

static uint32_t number(const char *word, const char *name)
{
    size_t n = strlen(name);

    return strncmp(word, name, n) || word[n] != '='
           ? 0 : (uint32_t)strtoul(word + n + 1, NULL, 10);
}

static void take_container(const char *word, struct image_plan *plan)
{
    static const struct {
        const char *word;
        char container;
    } rows[] = {
        { "xl", 'x' }, { "libvirt", 'v' }, { "libxl", 'l' }, { "libxc", 'c' },
    };
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (!strcmp(word, rows[i].word))
            plan->container = rows[i].container;
}

/* Lives as long as the program. */
static const char *read_text(const char *path)
{
    static struct buffer text;
    FILE *file = fopen(path, "rbe");
    char chunk[65536];
    size_t n;

    if (!file) {
        perror(path);
        exit(2);
    }
    while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0)
        buffer_append(&text, chunk, n);
    fclose(file);
    return text.data ? text.data : "";
}

static void write_out(struct buffer *b)
{
    if (fwrite(b->data, 1, b->length, stdout) != b->length)
        exit(2);
    b->length = 0;
}

static void write_holes(struct buffer *b, uint64_t first, uint32_t count)
{
    build_page_list(b, first, count);
    write_out(b);
    if (fseek(stdout, (long)count * 4096, SEEK_CUR))
        exit(2);
}

static void take(const char *word, struct image_plan *plan, bool *seal)
{
    take_container(word, plan);
    plan->hvm = plan->hvm || !strcmp(word, "hvm");
    plan->emulator = plan->emulator || !strcmp(word, "emulator");
    plan->live = plan->live || !strcmp(word, "live");
    plan->metadata = plan->metadata || !strcmp(word, "metadata");
    plan->version2 = plan->version2 || !strcmp(word, "version2");
    plan->flat = plan->flat || !strcmp(word, "flat");
    if (!strcmp(word, "holes"))
        plan->write_pages = write_holes;
    if (!strncmp(word, "config=", 7))
        plan->config = read_text(word + 7);
    if (!strncmp(word, "record=", 7))
        plan->record = word + 7;
    plan->metadata = plan->metadata || plan->record;
    *seal = *seal || !strcmp(word, "seal");
    plan->pages += number(word, "pages");
    plan->batch += number(word, "batch");
    plan->vcpus += number(word, "vcpus");
    plan->rounds += number(word, "rounds");
}

static void seal_bytes(struct buffer *b)
{
    CLEANUP_SEALER struct sealer *sealer = sealer_new();
    uint8_t bytes[SEAL_SIZE];
    struct seal seal;

    sealer_update(sealer, b->data, b->length);
    sealer_finish(sealer, &seal);
    seal_encode(&seal, bytes);
    build_bytes(b, bytes, sizeof(bytes));
}

int main(int argc, char **argv)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    struct image_plan plan = { .container = 'x' };
    bool sealed = false;
    int i;

    for (i = 1; i < argc; i++)
        take(argv[i], &plan, &sealed);
    build_image(&b, &plan);
    if (sealed && !plan.write_pages && plan.flat)
        flat_seal(&b);
    else if (sealed && !plan.write_pages)
        seal_bytes(&b);
    write_out(&b);
    if (fflush(stdout))
        return 2;
    if (sealed && plan.write_pages && plan.flat)
        flat_seal_file(STDOUT_FILENO);
    return 0;
}
