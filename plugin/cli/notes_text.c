/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/notes_reading.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/table.h"
#include "util/buffer.h"

void reading_print_list(const struct reading *reading, bool several)
{
    CLEANUP_BUFFER struct buffer text = { 0 };

    if (reading->status != STATUS_YES)
        return;
    keylist_print(&reading->notes, &text);
    if (buffer_failed(&text)) {
        lose_output("out of memory");
        return;
    }
    if (several) {
        print_safe(reading->path);
        fputs(": ", stdout);
    }
    printf("%s\n", text.data ? text.data : "");
}

void reading_print_table(const struct reading *reading)
{
    const struct image_info *info = &reading->info;
    struct table *t;
    size_t i;

    if (reading->status == STATUS_ERROR)
        return;
    print_safe(reading->path);
    printf(": %s", info->container);
    if (strcmp(info->compression, "none"))
        printf(", %s", info->compression);
    if (info->bits)
        printf(", %u bits%s", info->bits,
               info->big_endian ? ", big-endian" : "");
    if (info->loader)
        printf(", not a guest's own kernel: %s", info->loader);
    printf("%s\n", reading->notes.count ? "" : ", no Xen notes");
    if (!reading->notes.count)
        return;
    t = table_new();
    table_column(t, "NOTE");
    table_column(t, "VALUE");
    for (i = 0; i < reading->notes.count; i++) {
        table_row(t);
        table_cell(t, reading->notes.pairs[i].key);
        table_cell(t, reading->notes.pairs[i].value);
    }
    table_print(t, "  ");
    table_free(t);
}
