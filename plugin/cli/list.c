/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * list: which save images there are, and of whom (engine/image_list.h).
 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"
#include "cli/list.h"
#include "cli/options_common.h"
#include "cli/output.h"
#include "cli/signals.h"
#include "engine/series.h"
#include "util/cleanup.h"

struct list_request {
    const char *dir;
    enum format format;
    char **names; /* of domains and files */
};

static const struct option_row list_options[] = {
    { .name = "dir", .word = "DIR", .offer = OFFER_FOLDERS,
      SETS_TEXT(struct list_request, dir),
      .help = "the folder of the series; by default that of "
              "xen-resumable.conf" },
    FORMAT_ROW(struct list_request, format),
    { .name = NULL },
};

static int cmd_list(int argc, char **argv);

const struct verb verb_list = {
    .name = "list",
    .run = cmd_list,
    .synopsis = "[DOMAIN...] [FILE...]",
    .summary = "which images there are, of whom, and from when",
    .description = "Lists save images: all that are in the folder of the series, "
                   "those of some domains, or files. A word with a / in it, or "
                   "the name of a file, is a FILE. Any other is a DOMAIN.",
    .options = list_options,
    .footer = "It does not verify images: verify does.",
    .exit_status = "0 done; 2 error, or a file cannot be read.",
    .operands = { { "DOMAIN", OFFER_DOMAINS }, { "FILE", OFFER_FILES } },
    .most = OPERANDS_ANY,
};

static bool is_file_operand(const char *word)
{
    struct stat st;

    return strchr(word, '/') || (!stat(word, &st) && S_ISREG(st.st_mode));
}

static bool want_dir(const struct list_request *q)
{
    char **name;

    for (name = q->names; *name; name++)
        if (!is_file_operand(*name))
            return true;
    return q->dir || !*q->names;
}

static bool names_folder(const char *path)
{
    struct stat st;

    return !stat(path, &st) && S_ISDIR(st.st_mode);
}

/* Nothing was found of a word that need not have been meant for a domain. */
static void explain_name(const char *name, const char *dir,
                         struct xr_error *err)
{
    if (names_folder(name))
        error_set(err, EISDIR, "it is a folder; --dir=%.150s lists it", name);
    else if (err->code == ENOENT && !names_folder(dir))
        error_set(err, ENOENT, "there is no such file, and no series: %.120s "
                  "is not a folder", dir);
}

static void explain_dir(const char *dir, struct xr_error *err)
{
    struct stat st;

    if (!stat(dir, &st) && S_ISREG(st.st_mode))
        error_set(err, ENOTDIR, "%.120s is a file; give it without --dir",
                  dir);
    else if (err->code == ENOENT)
        error_set(err, ENOENT, "%.120s does not exist; 'checkpoint --all' "
                  "begins a series, and --dir names another folder", dir);
}

/*
 * A folder beside files is listed as a whole, unless there are domains.  *subject is
 * the name that is to blame, or NULL.
 */
static int list_gather(struct image_list *list,
                       const struct list_request *q, const char *dir,
                       const char **subject, struct xr_error *err)
{
    bool whole = dir != NULL;
    int r = 0;
    char **name;

    for (name = q->names; !r && *name; name++) {
        *subject = *name;
        if (is_file_operand(*name)) {
            r = image_list_add_file(list, *name, err);
        } else {
            whole = false;
            r = image_list_add_dir(list, dir, *name, err);
            if (r && r != -ENOMEM)
                explain_name(*name, dir, err);
        }
    }
    if (r || !whole)
        return r;
    *subject = NULL;
    r = image_list_add_dir(list, dir, NULL, err);
    if (r && r != -ENOMEM)
        explain_dir(dir, err);
    return r;
}

static void say_unreadable(const struct output *out,
                           const struct image_list *list)
{
    size_t i;

    for (i = 0; i < list->count; i++)
        if (!list->items[i].readable)
            events_fail(&out->events, list->items[i].path,
                        &list->items[i].error);
}

static int show_list(const struct output *out, const struct image_list *list,
                     const char *dir)
{
    const struct listed_image *failed = image_list_failed(list);
    struct xr_error err;
    yajl_gen g;

    say_unreadable(out, list);
    if (failed) {
        err = failed->error;
        error_name_file(&err, failed->path);
    }
    if (output_is_json(out)) {
        g = output_result_begin(out, failed ? &err : NULL, NULL);
        json_text(g, "dir", dir);
        list_json(g, list);
        output_result_end(out, g);
    } else {
        list_text(list, dir);
    }
    return failed ? STATUS_ERROR : STATUS_YES;
}

static int list_images(const struct output *out, const struct list_request *q)
{
    CLEANUP_IMAGE_LIST struct image_list list = { 0 };
    CLEANUP_FREE char *dir = NULL;
    const char *subject = NULL;
    struct xr_error err;
    int r = 0;

    if (want_dir(q)) {
        dir = series_dir(q->dir, &out->events);
        if (!dir)
            r = error_set(&err, ENOMEM, "out of memory");
    }
    if (!r)
        r = list_gather(&list, q, dir, &subject, &err);
    if (r)
        return subject ? output_file_failure(out, subject, &err)
                       : output_verb_failure(out, "list", &err);
    image_list_sort(&list);
    return show_list(out, &list, dir);
}

static int cmd_list(int argc, char **argv)
{
    struct list_request q = { .format = FORMAT_TEXT };
    int first = options_parse(&verb_list, argc, argv, &q);
    struct output out;

    if (first < 0)
        return -1 - first;
    q.names = argv + first;
    output_begin(&out, q.format, false);
    return finish_output(list_images(&out, &q));
}
