/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/table.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libsmartcols.h>

#include "cli/cli.h"
#include "util/buffer.h"
#include "util/cleanup.h"

struct table {
    struct libscols_table *scols;
    struct libscols_line *line;
    const char *first; /* column's name */
    size_t lines;
    size_t cells; /* of the current line */
    bool failed;  /* something is missing in it */
};

static void use_colours(struct libscols_table *scols)
{
    const char *dumb = getenv("TERM");
    bool colours = isatty(STDOUT_FILENO) && !getenv("NO_COLOR")
                   && (!dumb || strcmp(dumb, "dumb"));

    scols_table_enable_colors(scols, colours);
}

struct table *table_new(void)
{
    struct table *t = calloc(1, sizeof(*t));

    if (!t)
        return NULL;
    t->scols = scols_new_table();
    if (t->scols) {
        use_colours(t->scols);
        /* Whole cells: smartcols would break a reason in mid-word. */
        scols_table_set_termforce(t->scols, SCOLS_TERMFORCE_NEVER);
    }
    return t;
}

void table_free(struct table *t)
{
    if (t)
        scols_unref_table(t->scols);
    free(t);
}

void table_column(struct table *t, const char *name)
{
    if (t && !t->first)
        t->first = name;
    if (t && t->scols && !scols_table_new_column(t->scols, name, 0, 0))
        t->failed = true;
}

void table_row(struct table *t)
{
    if (!t || !t->scols)
        return;
    t->line = scols_table_new_line(t->scols, NULL);
    t->cells = 0;
    t->lines++;
    if (!t->line)
        t->failed = true;
}

void table_cell(struct table *t, const char *text)
{
    struct buffer safe = { 0 };
    char *cell;

    if (!t || !t->line)
        return;
    buffer_put_safe(&safe, text, strlen(text));
    cell = buffer_steal(&safe);
    if (!cell || scols_line_refer_data(t->line, t->cells, cell)) {
        free(cell);
        t->failed = true;
    }
    t->cells++;
}

void table_verdict(struct table *t, enum verdict_answer answer)
{
    static const char *const colours[] = {
        [VERDICT_UNKNOWN] = "yellow",
        [VERDICT_YES] = "green",
        [VERDICT_NO] = "red",
    };
    struct libscols_cell *cell;

    table_cell(t, verdict_answer_name(answer));
    if (!t || !t->line)
        return;
    cell = scols_line_get_cell(t->line, t->cells - 1);
    if (cell)
        scols_cell_set_color(cell, colours[answer]);
}

void table_print(struct table *t, const char *indent)
{
    CLEANUP_FREE char *text = NULL;
    char *line, *rest;
    size_t printed = 0;

    /* Out of memory it may say 0, and have printed nothing or less. */
    if (!t || !t->scols || t->failed
        || scols_print_table_to_string(t->scols, &text) || !text
        || (t->lines && strncmp(text, t->first, strlen(t->first)))) {
        lose_output("a table could not be printed");
        return;
    }
    for (line = strtok_r(text, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest), printed++)
        printf("%s%s\n", indent, line);
    if (t->lines && printed != t->lines + 1)
        lose_output("a table could not be printed");
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
