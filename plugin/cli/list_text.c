/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A table that fits: where it is too wide for the terminal, it leaves out the
 * columns that one misses least.
 */
#include "config.h"

#include "cli/list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/facts.h"
#include "cli/screen.h"
#include "cli/table.h"
#include "util/buffer.h"
#include "util/cleanup.h"

enum column {
    COLUMN_GUEST,
    COLUMN_WHEN,
    COLUMN_SIZE,
    COLUMN_SHARED,
    COLUMN_LAYOUT,
    COLUMN_SEALED,
    COLUMN_RESUMABLE,
    COLUMN_DISKS,
    COLUMN_LABEL,
    COLUMN_FILE,
    COLUMNS,
};

static const char *const titles[COLUMNS] = {
    "GUEST", "WHEN", "SIZE", "SHARED", "LAYOUT", "SEALED", "RESUMABLE",
    "DISKS", "LABEL", "FILE",
};

/* In the order in which they go; the others stay. */
static const enum column dispensable[] = {
    COLUMN_LAYOUT, COLUMN_SEALED, COLUMN_RESUMABLE, COLUMN_LABEL,
    COLUMN_DISKS, COLUMN_SHARED,
};

struct cells {
    char *text[COLUMNS]; /* the table makes it safe for a terminal */
};

struct sheet {
    struct cells *rows;
    size_t count;
    size_t widths[COLUMNS];
    bool shown[COLUMNS];
};

void moment_text(time_t when, char out[MOMENT_TEXT_SIZE])
{
    struct tm tm;

    if (!localtime_r(&when, &tm)
        || !strftime(out, MOMENT_TEXT_SIZE, "%Y-%m-%d %H:%M:%S", &tm))
        snprintf(out, MOMENT_TEXT_SIZE, "?");
}

const char *path_below(const char *path, const char *dir)
{
    size_t n = dir ? strlen(dir) : 0;

    while (n && dir[n - 1] == '/')
        n--;
    return n && !strncmp(path, dir, n) && path[n] == '/' ? path + n + 1 : path;
}

/* When it was made safe. */
static size_t cell_width(const char *text)
{
    CLEANUP_BUFFER struct buffer safe = { 0 };

    buffer_put_safe(&safe, text, strlen(text));
    return text_width(safe.data ? safe.data : "", safe.length);
}

static void put_labels(const struct keylist *labels, struct buffer *out)
{
    size_t i;

    for (i = 0; i < labels->count; i++)
        buffer_printf(out, "%s%s=%s", i ? " " : "", labels->pairs[i].key,
                      labels->pairs[i].value);
}

/* How many of those that it writes have a copy; nothing where nobody says which
   there are. */
static void put_disks(const struct image_disks *disks, struct buffer *out)
{
    size_t written = image_disks_written(disks);

    if (written)
        buffer_printf(out, "%zu of %zu", image_disks_kept(disks), written);
}

static void put_bytes(uint64_t bytes, struct buffer *out)
{
    char text[SIZE_TEXT_MAX];

    if (bytes == OCCUPANCY_UNKNOWN)
        return;
    size_text(bytes, text);
    buffer_puts(out, text);
}

static void put_cell(const struct listed_image *image, const char *dir,
                     enum column column, struct buffer *out)
{
    const struct image_summary *s = &image->summary;
    char when[MOMENT_TEXT_SIZE];

    switch (column) {
    case COLUMN_GUEST:
        buffer_puts(out, s->identity.name ? s->identity.name : "?");
        break;
    case COLUMN_WHEN:
        moment_text(image->when, when);
        buffer_puts(out, when);
        break;
    case COLUMN_SIZE:
        put_bytes(s->occupancy.bytes, out);
        break;
    case COLUMN_SHARED:
        put_bytes(s->occupancy.shared, out);
        break;
    case COLUMN_LAYOUT:
        buffer_puts(out, s->layout == LAYOUT_UNKNOWN
                         ? "" : save_layout_name(s->layout));
        break;
    case COLUMN_SEALED:
        buffer_puts(out, s->sealed ? "yes" : "no");
        break;
    case COLUMN_RESUMABLE:
        buffer_puts(out, verdict_answer_name(s->resumable));
        break;
    case COLUMN_DISKS:
        put_disks(&s->disks, out);
        break;
    case COLUMN_LABEL:
        put_labels(&s->labels, out);
        break;
    default:
        buffer_puts(out, path_below(image->path, dir));
        break;
    }
}

/* False: out of memory. */
static bool sheet_fill(struct sheet *sheet, const struct listed_image *image,
                       const char *dir)
{
    struct cells *row = &sheet->rows[sheet->count++];
    enum column c;

    for (c = 0; c < COLUMNS; c++) {
        struct buffer text = { 0 };

        put_cell(image, dir, c, &text);
        row->text[c] = buffer_steal(&text);
        if (!row->text[c])
            return false;
        if (cell_width(row->text[c]) > sheet->widths[c])
            sheet->widths[c] = cell_width(row->text[c]);
    }
    return true;
}

static void sheet_free(struct sheet *sheet)
{
    enum column c;

    while (sheet->count--)
        for (c = 0; c < COLUMNS; c++)
            free(sheet->rows[sheet->count].text[c]);
    free(sheet->rows);
}

/* What nobody would see is not shown either. */
static bool sheet_make(struct sheet *sheet, const struct image_list *list,
                       const char *dir)
{
    size_t i;
    enum column c;

    sheet->rows = calloc(list->count + 1, sizeof(*sheet->rows));
    if (!sheet->rows)
        return false;
    for (i = 0; i < list->count; i++)
        if (list->items[i].readable
            && !sheet_fill(sheet, &list->items[i], dir))
            return false;
    for (c = 0; c < COLUMNS; c++) {
        sheet->shown[c] = sheet->widths[c] > 0;
        if (strlen(titles[c]) > sheet->widths[c])
            sheet->widths[c] = strlen(titles[c]);
    }
    return true;
}

static size_t sheet_width(const struct sheet *sheet)
{
    size_t width = 0;
    enum column c;

    for (c = 0; c < COLUMNS; c++)
        if (sheet->shown[c])
            width += sheet->widths[c] + 1;
    return width ? width - 1 : 0;
}

static void sheet_fit(struct sheet *sheet, size_t width)
{
    size_t i;

    for (i = 0; width && sheet_width(sheet) > width
                && i < sizeof(dispensable) / sizeof(*dispensable); i++)
        sheet->shown[dispensable[i]] = false;
}

static void sheet_print(const struct sheet *sheet)
{
    struct table *t = table_new();
    size_t i;
    enum column c;

    for (c = 0; c < COLUMNS; c++)
        if (sheet->shown[c])
            table_column(t, titles[c]);
    for (i = 0; i < sheet->count; i++) {
        table_row(t);
        for (c = 0; c < COLUMNS; c++)
            if (sheet->shown[c])
                table_cell(t, sheet->rows[i].text[c]);
    }
    table_print(t, "");
    table_free(t);
}

void list_text(const struct image_list *list, const char *dir)
{
    struct sheet sheet = { .rows = NULL };

    if (!sheet_make(&sheet, list, dir))
        lose_output("out of memory");
    else if (sheet.count) {
        sheet_fit(&sheet, screen_width());
        sheet_print(&sheet);
    }
    sheet_free(&sheet);
}
