/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mkstream WORD...: a sound save image on standard output.
 *
 *   xl, libvirt, libxl, libxc    the container
 *   hvm, live, metadata, version2, seal
 *   pages=N, batch=N, vcpus=N
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static void take(const char *word, struct image_plan *plan, bool *seal)
{
    take_container(word, plan);
    plan->hvm = plan->hvm || !strcmp(word, "hvm");
    plan->live = plan->live || !strcmp(word, "live");
    plan->metadata = plan->metadata || !strcmp(word, "metadata");
    plan->version2 = plan->version2 || !strcmp(word, "version2");
    *seal = *seal || !strcmp(word, "seal");
    plan->pages += number(word, "pages");
    plan->batch += number(word, "batch");
    plan->vcpus += number(word, "vcpus");
}

int main(int argc, char **argv)
{
    CLEANUP_SEALER struct sealer *sealer = sealer_new();
    CLEANUP_BUFFER struct buffer b = { 0 };
    struct image_plan plan = { .container = 'x' };
    uint8_t bytes[SEAL_SIZE];
    bool sealed = false;
    struct seal seal;
    int i;

    for (i = 1; i < argc; i++)
        take(argv[i], &plan, &sealed);
    build_image(&b, &plan);
    if (sealed) {
        sealer_update(sealer, b.data, b.length);
        sealer_finish(sealer, &seal);
        seal_encode(&seal, bytes);
        build_bytes(&b, bytes, sizeof(bytes));
    }
    return fwrite(b.data, 1, b.length, stdout) == b.length
           && !fflush(stdout) ? 0 : 2;
}
