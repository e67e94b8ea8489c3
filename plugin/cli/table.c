/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The cells are kept until the table is printed: only then is it known which
 * columns are too wide.
 */
#include "config.h"

#include "cli/table.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/facts.h"
#include "util/buffer.h"
#include "util/cleanup.h"

enum {
    COLUMNS_MAX = 10,
    ROWS_AT_FIRST = 8, /* a power of two */
};

struct column {
    const char *name;
    bool wraps;
    bool right; /* its cells stand to the right */
    size_t width;
    size_t least; /* its longest word, if it wraps */
};

struct cell {
    char *text; /* safe; NULL: the row ended before */
    enum mark mark;
};

struct row {
    struct cell cells[COLUMNS_MAX];
};

struct table {
    struct column columns[COLUMNS_MAX];
    struct row *rows;
    size_t column_count;
    size_t row_count;
    size_t cell_count; /* of the last row */
    bool failed;       /* something is missing in it */
};

struct table *table_new(void)
{
    return calloc(1, sizeof(struct table));
}

void table_free(struct table *t)
{
    size_t i, c;

    for (i = 0; t && i < t->row_count; i++)
        for (c = 0; c < COLUMNS_MAX; c++)
            free(t->rows[i].cells[c].text);
    if (t)
        free(t->rows);
    free(t);
}

static void add_column(struct table *t, struct column column)
{
    if (!t)
        return;
    assert(t->column_count < COLUMNS_MAX);
    column.width = column.least = strlen(column.name);
    t->columns[t->column_count++] = column;
}

void table_column(struct table *t, const char *name)
{
    add_column(t, (struct column){ .name = name });
}

void table_column_right(struct table *t, const char *name)
{
    add_column(t, (struct column){ .name = name, .right = true });
}

void table_prose(struct table *t, const char *name)
{
    add_column(t, (struct column){ .name = name, .wraps = true });
}

/* Grows at every power of two. */
void table_row(struct table *t)
{
    size_t n = t ? t->row_count : 0;
    struct row *rows;

    if (!t || t->failed)
        return;
    if (!n || (n >= ROWS_AT_FIRST && !(n & (n - 1)))) {
        rows = reallocarray(t->rows, n ? 2 * n : ROWS_AT_FIRST,
                            sizeof(*rows));
        if (!rows) {
            t->failed = true;
            return;
        }
        t->rows = rows;
    }
    t->rows[t->row_count++] = (struct row){ .cells[0].text = NULL };
    t->cell_count = 0;
}

static size_t longest_word(const char *text)
{
    size_t longest = 0;

    while (*text) {
        size_t n = strcspn(text, " "), width = text_width(text, n);

        longest = width > longest ? width : longest;
        text += n;
        text += strspn(text, " ");
    }
    return longest;
}

static void measure_cell(struct column *column, const char *text)
{
    size_t width = text_width(text, strlen(text));
    size_t least = column->wraps ? longest_word(text) : width;

    column->width = width > column->width ? width : column->width;
    column->least = least > column->least ? least : column->least;
}

void table_marked(struct table *t, enum mark mark, const char *text)
{
    struct buffer safe = { 0 };
    struct cell *cell;

    if (!t || t->failed)
        return;
    assert(t->row_count && t->cell_count < t->column_count);
    cell = &t->rows[t->row_count - 1].cells[t->cell_count];
    buffer_put_safe(&safe, text, strlen(text));
    cell->text = buffer_steal(&safe);
    cell->mark = mark;
    if (cell->text)
        measure_cell(&t->columns[t->cell_count++], cell->text);
    else
        t->failed = true;
}

void table_cell(struct table *t, const char *text)
{
    table_marked(t, MARK_NONE, text);
}

void table_verdict(struct table *t, enum verdict_answer answer)
{
    table_marked(t, mark_of_verdict(answer), verdict_answer_name(answer));
}

static size_t width_of_columns(const struct table *t)
{
    size_t width = 0, c;

    for (c = 0; c < t->column_count; c++)
        width += t->columns[c].width + 1;
    return width;
}

/* The widest of the columns that can still be narrower; NULL: none can. */
static struct column *find_widest(struct table *t)
{
    struct column *widest = NULL;
    size_t c;

    for (c = 0; c < t->column_count; c++) {
        struct column *column = &t->columns[c];

        if (column->width > column->least
            && (!widest || column->width > widest->width))
            widest = column;
    }
    return widest;
}

static void table_fit(struct table *t, size_t indent)
{
    size_t width = screen_width();
    struct column *column;

    while (width && indent + width_of_columns(t) > width + 1
           && (column = find_widest(t)))
        column->width--;
}

/*
 * The next line of a row.  rests: what is still to be printed of its cells.
 * True: there is something left.
 */
static bool put_line(const struct table *t, const struct row *row,
                     const char **rests, struct buffer *line)
{
    size_t blanks = 0, c; /* up to the next cell that has a text */
    bool left = false;

    for (c = 0; c < t->column_count; c++) {
        const struct column *column = &t->columns[c];
        enum mark mark = row ? row->cells[c].mark : MARK_NONE;
        const char *text = rests[c];
        size_t n = column->wraps ? text_fitting(text, column->width)
                                 : strlen(text);
        size_t width = text_width(text, n);
        size_t room = column->width > width ? column->width - width : 0;

        if (n) {
            blanks += column->right ? room : 0;
            buffer_printf(line, "%*s%s%.*s%s", (int)blanks, "",
                          mark_begin(mark), (int)n, text, mark_end(mark));
            blanks = 0;
        }
        blanks += 1 + (n && column->right ? 0 : room);
        rests[c] = text + n + strspn(text + n, " ");
        left = left || *rests[c];
    }
    return left;
}

static void put_row(const struct table *t, const struct row *row,
                    const char *indent, struct buffer *out)
{
    const char *rests[COLUMNS_MAX];
    bool left = true;
    size_t c;

    for (c = 0; c < t->column_count; c++)
        rests[c] = !row ? t->columns[c].name
                        : row->cells[c].text ? row->cells[c].text : "";
    while (left) {
        buffer_puts(out, indent);
        left = put_line(t, row, rests, out);
        buffer_puts(out, "\n");
    }
}

void table_print(struct table *t, const char *indent)
{
    CLEANUP_BUFFER struct buffer out = { 0 };
    size_t i;

    if (t && !t->failed) {
        table_fit(t, strlen(indent));
        put_row(t, NULL, indent, &out);
        for (i = 0; i < t->row_count; i++)
            put_row(t, &t->rows[i], indent, &out);
    }
    if (!t || t->failed || buffer_failed(&out))
        lose_output("a table could not be printed: out of memory");
    else
        fwrite(out.data, 1, out.length, stdout);
}

void print_safe(const char *text)
{
    CLEANUP_BUFFER struct buffer safe = { 0 };

    buffer_put_safe(&safe, text, strlen(text));
    if (buffer_failed(&safe))
        lose_output("out of memory");
    else if (safe.data)
        fputs(safe.data, stdout);
}
