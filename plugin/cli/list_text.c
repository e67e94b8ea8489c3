/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A table that fits: where it is too wide for the terminal, it is made narrower
 * step by step, and what can best be done without goes first.
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

enum { LABEL_LEAST = 12 };

struct cells {
    char *text[COLUMNS]; /* the table makes it safe for a terminal */
    enum verdict_answer resumable;
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
    case COLUMN_SHARED: /* nothing: as if nobody could say it */
        if (s->occupancy.shared)
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

    row->resumable = image->summary.resumable;
    for (c = 0; c < COLUMNS; c++) {
        struct buffer text = { 0 };

        put_cell(image, dir, c, &text);
        row->text[c] = buffer_steal(&text);
        if (!row->text[c])
            return false;
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

/* Of a column without its title: 0 if there is nothing in it. */
static size_t widest_cell(const struct sheet *sheet, enum column c)
{
    size_t widest = 0, i, width;

    for (i = 0; i < sheet->count; i++) {
        width = cell_width(sheet->rows[i].text[c]);
        if (width > widest)
            widest = width;
    }
    return widest;
}

static void measure_column(struct sheet *sheet, enum column c)
{
    size_t title = strlen(titles[c]), cells = widest_cell(sheet, c);

    sheet->widths[c] = cells > title ? cells : title;
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
        sheet->shown[c] = widest_cell(sheet, c);
        measure_column(sheet, c);
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

/* In its guest's folder an image is known by its own name. */
static void shorten_files(struct sheet *sheet, size_t excess)
{
    char *file;
    size_t i, n;

    (void)excess;
    for (i = 0; i < sheet->count; i++) {
        file = sheet->rows[i].text[COLUMN_FILE];
        n = strlen(sheet->rows[i].text[COLUMN_GUEST]);
        if (!strncmp(file, sheet->rows[i].text[COLUMN_GUEST], n)
            && file[n] == '/')
            memmove(file, file + n + 1, strlen(file + n + 1) + 1);
    }
    measure_column(sheet, COLUMN_FILE);
}

/* Its first characters, and dots; what is not ASCII is not cut. */
static void shorten_label(char *label, size_t width)
{
    size_t i;

    for (i = 0; i < width && label[i]; i++)
        if (label[i] < ' ' || label[i] > '~')
            return;
    if (i == width && label[i])
        memcpy(label + width - 3, "...", sizeof("..."));
}

static void shorten_labels(struct sheet *sheet, size_t excess)
{
    size_t width = sheet->widths[COLUMN_LABEL], i;

    if (!sheet->shown[COLUMN_LABEL] || width < LABEL_LEAST + excess)
        return;
    for (i = 0; i < sheet->count; i++)
        shorten_label(sheet->rows[i].text[COLUMN_LABEL], width - excess);
    measure_column(sheet, COLUMN_LABEL);
}

/* A column that goes, or something that gets shorter. */
static const struct step {
    enum column goes;
    void (*shorten)(struct sheet *sheet, size_t excess);
} steps[] = {
    { .goes = COLUMN_LAYOUT },
    { .goes = COLUMN_SEALED },
    { .shorten = shorten_files },
    { .shorten = shorten_labels },
    { .goes = COLUMN_RESUMABLE },
    { .shorten = shorten_labels },
    { .goes = COLUMN_SHARED },
    { .shorten = shorten_labels },
    { .goes = COLUMN_LABEL },
    { .goes = COLUMN_DISKS },
};

static void sheet_fit(struct sheet *sheet, size_t screen)
{
    size_t i, width;

    for (i = 0; screen && i < sizeof(steps) / sizeof(*steps); i++) {
        width = sheet_width(sheet);
        if (width <= screen)
            break;
        if (steps[i].shorten)
            steps[i].shorten(sheet, width - screen);
        else
            sheet->shown[steps[i].goes] = false;
    }
}

static void add_listed_column(struct table *t, enum column c)
{
    if (c == COLUMN_SIZE || c == COLUMN_SHARED)
        table_column_right(t, titles[c]);
    else
        table_column(t, titles[c]);
}

static void sheet_print(const struct sheet *sheet)
{
    struct table *t = table_new();
    size_t i;
    enum column c;

    for (c = 0; c < COLUMNS; c++)
        if (sheet->shown[c])
            add_listed_column(t, c);
    for (i = 0; i < sheet->count; i++) {
        table_row(t);
        for (c = 0; c < COLUMNS; c++) {
            if (!sheet->shown[c])
                continue;
            if (c == COLUMN_RESUMABLE)
                table_verdict(t, sheet->rows[i].resumable);
            else
                table_cell(t, sheet->rows[i].text[c]);
        }
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
